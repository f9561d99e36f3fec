"""What the writer asks of a checker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rag.types import Passage, Standing


class Place(Protocol):
    """Whole sentences of an article that support what was written."""

    @property
    def passage(self) -> int:
        """Which of the passages, from 0."""

    @property
    def start(self) -> int:
        """Where in the article they begin."""

    @property
    def end(self) -> int:
        """Where in the article they end."""


class Support(Protocol):
    """How something that was written stands to the passages."""

    @property
    def standing(self) -> Standing:
        """Whether they say so."""

    @property
    def chance(self) -> float:
        """The chance, from 0 to 1, that they say so."""

    @property
    def places(self) -> Sequence[Place]:
        """Where they say so, the best first."""

    @property
    def faults(self) -> Sequence[str]:
        """What they do not hold, in words."""


class Checks(Protocol):
    """Holds sentences against passages."""

    def check(
        self, text: str, passages: Sequence[Passage], *, pointed: Sequence[int] = (), question: str = ""
    ) -> Support:
        """Say how `text` stands to `passages`; `pointed` are those, from 0, that its writer named for it."""
