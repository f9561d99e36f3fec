"""The days at the end of a question about the library: "from 2023", "since March", "of the last ten days"."""

from __future__ import annotations

import re
from datetime import date, timedelta

from rag.ingest.dates import MONTHS

Days = tuple[date | None, date | None]
"""The first and the last, of which one may be open."""

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = r"(?:1[5-9]|20)\d\d"
_WHEN = (
    r"(?:(?P<iso>\d{4}-\d\d(?:-\d\d)?)"
    rf"|(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?)?(?P<month>{_MONTH})\.?,? (?P<of>\d{{4}})"
    rf"|(?:the year )?(?P<year>{_YEAR}))"
)
_DATED = (
    r"(?:(?:that |which )?(?:(?:are|were|was|is|come|date|has been|have been) )?"
    r"(?:(?:published|written|dated|added|posted) )?)"
)
_SPAN = re.compile(rf"[\s,]+{_DATED}(?:between|from) (?P<a>{_YEAR}) (?:and|to|until|till|-) (?P<b>{_YEAR})$", re.I)
_TIME = re.compile(
    rf"[\s,]+{_DATED}(?P<how>since|after|before|until|till|up to|prior to|from(?: before)?|in|of|for|during|on|dated|"
    rf"published) {_WHEN}(?P<on> on(?:wards)?| or later)?$",
    re.I,
)
_RELATIVE = re.compile(
    rf"[\s,]+{_DATED}(?:from |in |of |during |since |for )?(?:the )?(?P<which>last|past|this|previous) "
    r"(?:(?P<count>\d{1,3}) )?(?P<unit>day|week|month|year)s?$|[\s,]+(?:from )?(?P<named>today|yesterday)$",
    re.I,
)


def days_at_the_end(asked: str, today: date) -> tuple[str, Days] | None:
    """Return what stands before the time at the end of `asked`, and the days it means; None where there is none."""
    if (match := _SPAN.search(asked)) and match["a"] <= match["b"]:
        return asked[: match.start()], (date(int(match["a"]), 1, 1), date(int(match["b"]), 12, 31))
    try:
        if match := _TIME.search(asked):
            return asked[: match.start()], _days(match)
        if match := _RELATIVE.search(asked):
            return asked[: match.start()], _lately(match, today)
    except (ValueError, OverflowError):  # there is no such day
        pass
    return None


def _days(match: re.Match[str]) -> Days:
    """Return the first and the last day that a time names. Raises `ValueError` where there is no such day."""
    parts = [int(part) for part in match["iso"].split("-")] if match["iso"] else []
    year = parts[0] if parts else int(match["of"] or match["year"])
    month = parts[1] if parts else MONTHS.get((match["month"] or "").casefold(), 0)
    day = (parts[2] if len(parts) > 2 else 0) if parts else int(match["day"] or 0)
    first = date(year, month or 1, day or 1)
    following = date(year + month // 12, month % 12 + 1, 1) if month else date(year + 1, 1, 1)
    last = first if day else following - timedelta(1)
    how = match["how"].casefold()
    if how == "since" or match["on"]:
        return first, None
    if how == "after":
        return last + timedelta(1), None
    if how in ("before", "prior to", "from before"):
        return None, first - timedelta(1)
    if how in ("until", "till", "up to"):
        return None, last
    return first, last


def _lately(match: re.Match[str], today: date) -> Days:
    """Return the days of "last year", "this month", "the last 10 days", "yesterday"."""
    if match["named"]:
        day = today - timedelta(match["named"].casefold() == "yesterday")
        return day, day
    unit, which = match["unit"].casefold(), match["which"].casefold()
    if match["count"] or which == "past":
        days = {"day": 1, "week": 7, "month": 31, "year": 366}[unit] * int(match["count"] or 1)
        return today - timedelta(days), today
    begins = {
        "day": today,
        "week": today - timedelta(today.weekday()),
        "month": today.replace(day=1),
        "year": today.replace(month=1, day=1),
    }[unit]
    if which == "this":
        return begins, today
    end = begins - timedelta(1)
    before = {"day": end, "week": end - timedelta(6), "month": end.replace(day=1), "year": end.replace(month=1, day=1)}
    return before[unit], end
