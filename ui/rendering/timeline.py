"""When the sources of an answer are from: a line of time with their numbers, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rag.links import link
from rag.types import Answer, Citation, long_date

_APART = 8.0
"""Between the middles of two dots that would lie on each other, in hundredths of the line."""


@dataclass(frozen=True, slots=True)
class Dot:
    """An article on the line, or the articles of one day."""

    day: date
    at: float
    """Its place on the line, from 0 to 100."""
    numbers: str
    """The numbers of its citations."""
    href: str
    words: str
    """What it says to who cannot see it."""


@dataclass(frozen=True, slots=True)
class Row:
    """An article in the table."""

    numbers: str
    title: str
    published: date | None
    href: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """When the articles are from that an answer quotes: a line, and all of it in a table, too."""

    dots: Sequence[Dot]
    rows: Sequence[Row]
    """The articles, the oldest first; those without a date at the end."""
    first: date
    last: date


def timeline(answer: Answer) -> Timeline | None:
    """Return when the articles are from that an answer quotes; None where fewer than two different days are known."""
    rows = _rows(answer.citations)
    days = sorted({row.published for row in rows if row.published})
    if len(days) < 2:
        return None
    in_order = sorted(rows, key=lambda row: (row.published is None, row.published or date.min))
    return Timeline(_dots(rows, days), in_order, days[0], days[-1])


def _rows(citations: Sequence[Citation]) -> list[Row]:
    """Return the articles that are cited, each once, with the numbers of all its citations."""
    by_article: dict[str, list[Citation]] = {}
    for citation in citations:
        by_article.setdefault(citation.article_id, []).append(citation)
    return [
        Row(
            numbers=", ".join(str(citation.number) for citation in cited),
            title=cited[0].title,
            published=cited[0].published,
            href=link(cited[0].article_id, cited[0].start, cited[0].end, cited[0].quote),
        )
        for cited in by_article.values()
    ]


def _dots(rows: Sequence[Row], days: Sequence[date]) -> list[Dot]:
    span = (days[-1] - days[0]).days
    places = _apart([100 * (day - days[0]).days / span for day in days])
    dots = []
    for day, at in zip(days, places, strict=True):
        of_it = [row for row in rows if row.published == day]
        numbers = ", ".join(row.numbers for row in of_it)
        titles = "; ".join(row.title for row in of_it)
        dots.append(Dot(day, at, numbers, of_it[0].href, f"{long_date(day)}: {titles}, footnote {numbers}"))
    return dots


def _apart(places: list[float]) -> list[float]:
    """Return ascending places moved as far as needed to lie `_APART` from each other, all of them on the line."""
    apart = min(_APART, 100 / max(1, len(places) - 1))
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + apart) if moved else place)
    end = 100.0
    for at in reversed(range(len(moved))):
        moved[at] = min(moved[at], end)
        end = moved[at] - apart
    return moved
