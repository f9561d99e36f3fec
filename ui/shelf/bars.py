"""Articles over time: a bar a day, a month, a year or ten, whichever makes a picture that can be read at a glance."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from rag.types import long_date

Step = Literal["day", "month", "year", "decade"]

_MOST = {"day": 31, "month": 48, "year": 60}
"""Bars of each kind at most; with more, they stand for more time each."""

_MOST_MARKS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """The articles of a stretch of time."""

    since: date
    until: date
    words: str
    """As it is said: "March 2024"."""
    mark: str
    """What stands beneath it; "" where nothing does."""
    is_minor: bool
    """Whether the mark can be left out where there is little room."""
    articles: int
    height: float
    """Of the highest, of 100."""


def bars(days: Mapping[date | None, int]) -> tuple[Step, list[Bar]]:
    """Return the bars for a number of articles by day, the times between without any included."""
    known = {day: count for day, count in days.items() if day}
    if not known:
        return "year", []
    first, last = min(known), max(known)
    step = _step(first, last)
    counts: Counter[date] = Counter()
    for day, count in known.items():
        counts[_begin(day, step)] += count
    begins = list(_begins(_begin(first, step), last, step))
    most = max(counts.values())
    apart = max(1, -(-len(begins) // _MOST_MARKS))
    return step, [
        Bar(
            since=begin,
            until=_next(begin, step) - timedelta(days=1),
            words=_words(begin, step),
            mark=_mark(begin, step, begins[at - apart] if at else None) if at % apart == 0 else "",
            is_minor=at // apart % 2 == 1,
            articles=counts[begin],
            height=100 * counts[begin] / most,
        )
        for at, begin in enumerate(begins)
    ]


def _step(first: date, last: date) -> Step:
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if (last - first).days < _MOST["day"]:
        return "day"
    if months <= _MOST["month"]:
        return "month"
    return "year" if last.year - first.year < _MOST["year"] else "decade"


def _begin(day: date, step: Step) -> date:
    match step:
        case "day":
            return day
        case "month":
            return day.replace(day=1)
        case "year":
            return date(day.year, 1, 1)
        case "decade":
            return date(max(1, day.year // 10 * 10), 1, 1)


def _next(begin: date, step: Step) -> date:
    match step:
        case "day":
            return begin + timedelta(days=1)
        case "month":
            return begin + timedelta(days=monthrange(begin.year, begin.month)[1])
        case "year":
            return date(begin.year + 1, 1, 1)
        case "decade":
            return date(begin.year // 10 * 10 + 10, 1, 1)


def _begins(first: date, last: date, step: Step) -> Iterator[date]:
    begin = first
    while begin <= last:
        yield begin
        begin = _next(begin, step)


def _words(begin: date, step: Step) -> str:
    match step:
        case "day":
            return long_date(begin)
        case "month":
            return f"{begin:%B} {begin.year}"
        case "year":
            return str(begin.year)
        case "decade":
            return f"{begin.year // 10 * 10} to {begin.year // 10 * 10 + 9}"


def _mark(begin: date, step: Step, before: date | None) -> str:
    """Return what stands beneath a bar: of months, the first of each year names it."""
    match step:
        case "day":
            return f"{begin.day} {begin:%b}"
        case "month":
            new = before is None or before.year != begin.year
            return f"{begin:%b} {begin.year}" if new else f"{begin:%b}"
        case "year":
            return str(begin.year)
        case "decade":
            return f"{begin.year // 10 * 10}s"
