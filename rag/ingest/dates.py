"""Reading the dates that people write, and only those that can mean one day."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

MONTH_NAMES = tuple("January February March April May June July August September October November December".split())
WEEKDAY_NAMES = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
MONTHS = {
    name: number for number, full in enumerate(MONTH_NAMES, start=1) for name in (full.lower(), full[:3].lower())
} | {"sept": 9}
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_TIME = (
    r"(?:(?:,|\s+at|\s+um|\s*[–—-])?\s*T?\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?\s*"
    r"(?:Z|UTC|GMT|BST|CES?T|[ECMP][SD]?T|Uhr|[+-]\d{2}:?\d{2})?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME, re.I)
_DAY_FIRST = re.compile(
    _WEEKDAY + r"(\d{1,2})(?:st|nd|rd|th)?\.?[\s-]+(?:of\s+)?([a-z]{3,9})\.?,?[\s-]+(\d{4})" + _TIME, re.I
)
_MONTH_FIRST = re.compile(
    _WEEKDAY + r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})" + _TIME,
    re.I,
)
_NUMBERS = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})" + _TIME, re.I)
_OTHER_LANGUAGE = re.compile(r"(?=.*(?<!\d)\d{1,2}(?!\d))(?=.*(?<!\d)\d{4}(?!\d))(?=.*[^\W\d_])[\w\s.,:°º]{8,40}")
_YEARS = range(1000, 2200)


def parse_date(value: object) -> date | None:
    """Return the day that `value` names, or None where it names none or could mean several.

    Takes dates, datetimes (the day as written, whatever the time zone), ISO 8601, English with the
    month in letters, and other languages' dates by `dateparser`. Day, month and a year of four digits
    must all be there. None comes of 03/04/2024 (two readings), 2024-13-01 (no such day),
    "yesterday" and a bare number or year.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return _read(" ".join(value.split())) if isinstance(value, str) and len(value) <= 80 else None


@lru_cache(maxsize=4096)
def _read(text: str) -> date | None:
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], match[3], match[4])
    if match := _DAY_FIRST.fullmatch(text):
        month = MONTHS.get(match[2].lower())
        return _day(match[3], month, match[1]) if month else _other_language(text)
    if match := _MONTH_FIRST.fullmatch(text):
        month = MONTHS.get(match[1].lower())
        return _day(match[3], month, match[2]) if month else _other_language(text)
    if match := _NUMBERS.fullmatch(text):
        return _from_numbers(int(match[1]), match[2], int(match[3]), match[4])
    return _other_language(text)


def _day(year: int | str, month: int | str, day: int | str) -> date | None:
    if int(year) not in _YEARS:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _from_numbers(first: int, mark: str, second: int, year: str) -> date | None:
    if mark == "." or first == second or first > 12:
        return _day(year, second, first)
    return _day(year, first, second) if second > 12 else None


def _other_language(text: str) -> date | None:
    if not _OTHER_LANGUAGE.fullmatch(text):
        return None
    import dateparser

    found = dateparser.parse(
        text,
        settings={
            "STRICT_PARSING": True,
            "REQUIRE_PARTS": ["day", "month", "year"],
            "PARSERS": ["absolute-time"],
        },
    )
    return found.date() if found and found.year in _YEARS else None
