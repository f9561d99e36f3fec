"""What is said of a sentence that was checked: how it stands, and where the articles say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rag.types import Passage, Standing


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


class Checks(Protocol):
    """Holds sentences against passages."""

    def check(
        self, text: str, passages: Sequence[Passage], *, pointed: Sequence[int] = (), question: str = ""
    ) -> Support:
        """Say how `text` stands to `passages`; `pointed` are those, from 0, that its writer named for it."""
