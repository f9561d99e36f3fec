"""What is said of a sentence that was checked: how it stands, and where the articles say so."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Standing


@dataclass(frozen=True, slots=True)
class Place:
    """Whole sentences of an article."""

    passage: int
    """Its number among the passages, from 0."""
    start: int
    """Offset in the article, as `end`."""
    end: int


@dataclass(frozen=True, slots=True)
class Support:
    """How a sentence stands to the articles, and where."""

    standing: Standing
    chance: float
    """From 0 to 1, that the places say so."""
    places: tuple[Place, ...] = ()
    faults: tuple[str, ...] = ()
    """What the articles do not hold, in words."""
