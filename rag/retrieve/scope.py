"""What time a question asks about: "now", "in 2024", "as of March 2024", "before the 2025 change"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from rag.ingest.dates import MONTHS
from rag.text import one_line

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WHEN = (
    r"(?P<iso>(?:1[5-9]|20)\d\d-\d\d-\d\d)\b"
    rf"|(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?)?(?:(?P<month>{_MONTH})\.?,? )?(?P<year>(?:1[5-9]|20)\d\d)\b"
    r"(?:[-–/]\d\d(?:\d\d)?\b)?"
    rf"|(?P<month_first>{_MONTH}) (?P<day_last>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year_last>(?:1[5-9]|20)\d\d)\b"
)
_PART = (
    r"(?:(?:the )?(?:start|beginning|middle|end) of (?:the year )?|(?:early|mid|late|spring|summer|autumn|winter)[ -])?"
)
_LATEST = re.compile(
    r"\b(?:now(?:adays)?|today|current(?:ly)?|at present|at the moment|latest|newest|most recent(?:ly)?|these days|"
    r"this year|present-day|up[- ]to[- ]date)\b",
    re.I,
)
_AS_OF = re.compile(rf"\b(?:as (?:of|at)|by the end of|up to|until) (?:the )?{_PART}(?:{_WHEN})", re.I)
_BEFORE = re.compile(rf"\b(?:before|prior to|ahead of) (?:the )?(?:\w+ ){{0,3}}?(?:{_WHEN})", re.I)
_SINCE = re.compile(rf"\b(?:since|after) (?:the )?{_PART}(?:{_WHEN})", re.I)
_IN = re.compile(
    rf"\b(?:in|during|for|of|on|throughout) (?:the )?(?:year |season )?{_PART}(?:{_WHEN})"
    r"|\b(?:the|its|their|\w+'s) (?P<bare>(?:1[5-9]|20)\d\d)\b",
    re.I,
)
_YEARS = re.compile(
    r"\b(?:between|from) (?P<from>(?:1[5-9]|20)\d\d) (?:and|to|until|till) (?P<to>(?:1[5-9]|20)\d\d)\b", re.I
)
_NAMED = (("in", _YEARS), ("as_of", _AS_OF), ("before", _BEFORE), ("since", _SINCE), ("in", _IN))
_RELATIVE = re.compile(
    r"(?:in |for )?(?:(?:the )?(?:last|past|this|next|previous|following) "
    r"(?:year|season|month|week|spring|summer|autumn|winter)"
    r"|the (?:year|season|month|week|day) (?:before|after)|yesterday|tomorrow|then)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class TimeScope:
    """A stretch of time that a question names, and how it means it."""

    kind: Literal["any", "latest", "as_of", "before", "since", "in"] = "any"
    first: date | None = None
    """First day of the stretch, where one is named."""
    last: date | None = None
    """Last day of it."""

    @classmethod
    def of(cls, question: str) -> TimeScope:
        """Read the time out of a question; "any" where it names none that can be read."""
        for kind, pattern in _NAMED:
            if match := pattern.search(question):
                stretch = _stretch(match.groupdict())
                if stretch:
                    return cls(kind, *stretch)  # type: ignore[arg-type]
        return cls("latest") if _LATEST.search(question) else cls()

    def admits(self, published: date | None) -> bool:
        """Say whether an article of that day can tell of the time asked about. Undated ones can."""
        if published is None or self.first is None or self.last is None:
            return True
        if self.kind == "as_of":
            return published <= self.last
        if self.kind == "before":
            return published < self.first
        if self.kind == "since":
            return published >= self.first
        return True

    def names(self, published: date | None, text: str) -> bool:
        """Say whether an article of that day, or `text`, speaks of the stretch "in" which the question asks."""
        if self.kind != "in" or self.first is None or self.last is None:
            return True
        of_its_time = published is not None and self.first <= published <= self.last
        years = map(int, re.findall(r"(?<!\d)\d{4}(?!\d)", text))
        return of_its_time or any(self.first.year <= year <= self.last.year for year in years)

    def is_settled_by(self, published: date | None) -> bool:
        """Say whether the day of an article alone tells that it speaks of the time asked about."""
        return self.first is not None and published is not None and self.fits(published, "")

    def fits(self, published: date | None, text: str) -> bool:
        """Say whether `text`, of an article of that day, can tell of the time asked about."""
        return self.admits(published) and self.names(published, text)


def is_time(phrase: str) -> bool:
    """Say whether `phrase` only says when: "now", "before 2020", "last year"; a year by itself does not."""
    if _LATEST.fullmatch(phrase) or _RELATIVE.fullmatch(phrase):
        return True
    return any((match := pattern.match(phrase)) and not match.groupdict().get("bare") for _, pattern in _NAMED)


def without_time(question: str) -> str:
    """Return `question` less the time that it names: of "What did it cost in 2023", "What did it cost"."""
    for pattern in (*(pattern for _, pattern in _NAMED), _LATEST):
        if match := pattern.search(question):
            start, end = match.span("bare" if match.groupdict().get("bare") else 0)
            return one_line(f"{question[:start].rstrip(' ,')} {question[end:].lstrip(' ,')}")
    return question


def _stretch(found: dict[str, str | None]) -> tuple[date, date] | None:
    if (begin := found.get("from")) and (end := found.get("to")):
        return (date(int(begin), 1, 1), date(int(end), 12, 31)) if begin <= end else None
    if iso := found.get("iso"):
        year, month, day = (int(number) for number in iso.split("-"))
        return _days(year, month, day)
    named = found.get("year") or found.get("year_last") or found.get("bare")
    if not named:
        return None
    month_name = (found.get("month") or found.get("month_first") or "").casefold()
    return _days(int(named), MONTHS.get(month_name), int(found.get("day") or found.get("day_last") or 0) or None)


def _days(year: int, month: int | None, day: int | None) -> tuple[date, date] | None:
    """Return the first and the last day of a year, a month or a day; None where there is no such day."""
    try:
        if month and day:
            only = date(year, month, day)
            return only, only
        if month:
            following = date(year + month // 12, month % 12 + 1, 1)
            return date(year, month, 1), following - timedelta(days=1)
    except ValueError:
        return None
    return date(year, 1, 1), date(year, 12, 31)
