"""Dates as they are written in running text, whole or in part, and days named from another day ("last Tuesday")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from rag.ingest.dates import MONTH_NAMES, MONTHS, WEEKDAY_NAMES

_MONTH = rf"(?:{'|'.join(MONTH_NAMES)}|(?:{'|'.join(name[:3] for name in MONTH_NAMES if name != 'May')}|Sept)\b\.?)"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?:1\d|20|21)\d\d"
_WEEKDAY = rf"(?:{'|'.join(WEEKDAY_NAMES)})"
_NAMED = r"(?i:yesterday|today|tomorrow|tonight|last night|this morning|this afternoon|this evening)"
DATE = (
    rf"(?P<iso>{_YEAR}-[01]\d-[0-3]\d)"
    rf"|(?P<slashed>\d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d\d))"
    rf"|(?P<days>{_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s+{_YEAR})?)(?!\w)"
    rf"|(?P<months>{_MONTH}\s+(?:the\s+)?{_DAY}(?:,?\s+{_YEAR})?)(?![\w])(?![.,]\d)"
    rf"|(?P<monthyear>{_MONTH},?\s+(?:of\s+)?{_YEAR})(?!\w)"
    rf"|(?P<decade>(?:the\s+)?(?:{_YEAR[:-4]}\d0)['’]?s)\b"
    rf"|(?P<weekday>(?:(?i:last|next|this)\s+)?{_WEEKDAY})s?\b"
    rf"|(?P<named>{_NAMED})\b"
    rf"|(?P<month>(?:(?<=[iI]n\s)|(?<=[oO]f\s)|(?<=[sS]ince\s)|(?<=[uU]ntil\s)|(?<=[bB]y\s)|(?<=[fF]rom\s)"
    rf"|(?<=[lL]ast\s)|(?<=[eE]arly\s)|(?<=[lL]ate\s)|(?<=[tT]o\s)|(?<=[aA]nd\s))"
    rf"(?:{'|'.join(MONTH_NAMES)}))\b"
    rf"|(?P<year>{_YEAR})(?![\d%])(?![.,]\d)(?!\s?(?:%|per\s?cent\b|[a-z]+s\b(?<!s\ss)))"
)
"""A date, or a part of one."""


@dataclass(frozen=True, slots=True)
class Day:
    """What is known of a day: any of its parts."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    """0 is Monday."""
    decade: int | None = None

    @property
    def parts(self) -> dict[str, int]:
        """Return what is known, by name."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}

    def whole(self) -> date | None:
        """Return the day itself where year, month and day are known and there is such a day."""
        if self.year is None or self.month is None or self.day is None:
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None

    def filled(self) -> Day:
        """Return the same with what follows: the weekday of a whole day, the decade of a year."""
        known = self.whole()
        decade = self.year // 10 * 10 if self.year is not None and self.decade is None else self.decade
        weekday = known.weekday() if known and self.weekday is None else self.weekday
        return Day(self.year, self.month, self.day, weekday, decade)


def days_of(match: re.Match[str], published: date | None) -> tuple[Day, ...]:
    """Return what a match of `DATE` can mean, in a text of the day `published`."""
    text = match[0]
    kind = match.lastgroup or ""
    if kind == "iso":
        year, month, day = map(int, text.split("-"))
        return (Day(year, month, day),)
    if kind == "slashed":
        return _slashed(text)
    if kind == "weekday":
        return _weekday(text, published)
    if kind == "named":
        return _named(text, published)
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if kind == "decade":
        return (Day(decade=numbers[0]),)
    named = re.search(r"[A-Z][a-z]{2,}", text)
    month_number = MONTHS.get(named[0].lower()[:3]) if named else None
    days = [number for number in numbers if number <= 31]
    years = [number for number in numbers if number > 31]
    return (Day(next(iter(years), None), month_number, next(iter(days), None)),)


def agreement(claimed: tuple[Day, ...], told: tuple[Day, ...], published: date | None) -> float:
    """Return how well what is told bears out what is claimed: 1 wholly, 0 not, between where a part is not told."""
    return max((_agreement(one, other, published) for one, other in product(claimed, told)), default=0.0)


def _agreement(claimed: Day, told: Day, published: date | None) -> float:
    wanted, known = claimed.parts, told.filled().parts
    shared = wanted.keys() & known.keys()
    if not shared or any(wanted[name] != known[name] for name in shared):
        return 0.0
    missing = wanted.keys() - known.keys()
    if missing == {"year"} and published and known.get("month") is not None:
        return 0.9 if wanted["year"] == published.year else 0.3
    return 1.0 if not missing else 0.5


def _slashed(text: str) -> tuple[Day, ...]:
    one, other, year = map(int, text.split("/"))
    year += 2000 if year < 70 else 1900 if year < 100 else 0
    found = [Day(year, month, day) for day, month in {(one, other), (other, one)} if 1 <= month <= 12]
    return tuple(day for day in found if day.whole())


def _weekday(text: str, published: date | None) -> tuple[Day, ...]:
    number = next(n for n, name in enumerate(WEEKDAY_NAMES) if name in text)
    bare = Day(weekday=number)
    if not published:
        return (bare,)
    back, on = (published.weekday() - number) % 7, (number - published.weekday()) % 7
    before = [published - timedelta(back), published - timedelta(back or 7)]
    after = [published + timedelta(on), published + timedelta(on or 7)]
    lead = text.split()[0].lower()
    meant = after if lead == "next" else before if lead == "last" else before + after
    return (bare, *dict.fromkeys(Day(d.year, d.month, d.day, d.weekday()) for d in meant))


def _named(text: str, published: date | None) -> tuple[Day, ...]:
    if not published:
        return ()
    shift = {"yesterday": -1, "last night": -1, "tomorrow": 1}.get(" ".join(text.lower().split()), 0)
    day = published + timedelta(shift)
    return (Day(day.year, day.month, day.day),)
