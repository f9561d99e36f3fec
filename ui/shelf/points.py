"""The map of the library: its articles as points, and what their colours stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rag.index.listing import Heading
from rag.index.projection import MOST_TOPICS, Projection
from rag.links import link
from ui.choices import place

_MOST_DRAWN = 20_000
"""Points at most; of more, so many are drawn, evenly chosen."""
_EXAMPLES = 10
_ELSE = "Elsewhere"


@dataclass(frozen=True, slots=True)
class Key:
    """What a colour stands for."""

    words: str
    articles: int
    examples: tuple[tuple[Heading, str], ...]
    """The newest of its articles, each with its address."""


@dataclass(frozen=True, slots=True)
class Point:
    """An article on the map."""

    id: str
    x: float
    y: float
    colour: int
    """The place of what it stands for in `names`."""
    heading: Heading


@dataclass(frozen=True, slots=True)
class Drawn:
    """The points of some articles, and the names of their colours."""

    points: tuple[Point, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, made: Projection, headings: Mapping[str, Heading], *, by_source: bool) -> Drawn:
        """Return those of the articles on the map that have `headings`, coloured by topic or by source."""
        if by_source:
            names, colours = _sources(headings)
        else:
            names, colours = made.names, dict(zip(made.ids, map(int, made.topics), strict=True))
        points = tuple(
            Point(article_id, float(x), float(y), colours[article_id], headings[article_id])
            for article_id, x, y in zip(made.ids, made.x, made.y, strict=True)
            if article_id in headings
        )
        return cls(points, names)

    @property
    def sparse(self) -> Sequence[Point]:
        """The points that are drawn."""
        return self.points[:: max(1, -(-len(self.points) // _MOST_DRAWN))]

    def columns(self) -> dict[str, Any]:
        """Return what is drawn, column by column."""
        drawn = self.sparse
        return {
            "x": [round(point.x, 4) for point in drawn],
            "y": [round(point.y, 4) for point in drawn],
            "colour": [point.colour for point in drawn],
            "link": [link(point.id) for point in drawn],
            "title": [point.heading.title for point in drawn],
        }

    def keys(self) -> list[Key]:
        """Return what each colour stands for."""
        held: dict[int, list[Point]] = {colour: [] for colour in range(len(self.names))}
        for point in self.points:
            held[point.colour].append(point)
        return [Key(name, len(held[colour]), _newest(held[colour])) for colour, name in enumerate(self.names)]


def _sources(headings: Mapping[str, Heading]) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the places that most articles are from, and by article the number of its place."""
    places = {article_id: place(heading.source) for article_id, heading in headings.items()}
    counts = Counter(places.values())
    names = [name for name, _ in counts.most_common(MOST_TOPICS)]
    if len(counts) > MOST_TOPICS:
        names[-1] = _ELSE
    number = {name: at for at, name in enumerate(names)}
    return tuple(names), {article_id: number.get(name, len(names) - 1) for article_id, name in places.items()}


def _newest(points: Sequence[Point]) -> tuple[tuple[Heading, str], ...]:
    def age(point: Point) -> tuple[int, str]:
        published = point.heading.published
        return (-published.toordinal() if published else 0, point.heading.title)

    return tuple((point.heading, link(point.id)) for point in sorted(points, key=age)[:_EXAMPLES])
