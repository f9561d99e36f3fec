"""Who is told what becomes of the questions that a chain is asked, to count or to log it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any, Literal, Protocol

from rag.errors import InvalidFilter
from rag.types import Answer

Outcome = Literal["quoted", "written", "library", "not_found", "stopped", "refused", "failed"]
"""Quoted from the articles, written by a chat model, told of the library itself, not found in the articles, stopped by
whoever asked, refused for a filter that is none, or ended by an error."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a question."""

    outcome: Outcome
    question: str
    """As it was asked."""
    seconds: float
    answer: Answer | None = None
    """As far as there was one."""
    error: Exception | None = None


class Observer(Protocol):
    """Is told of every question, in the thread that answers it. What it does must be quick, and must not raise."""

    def begun(self) -> None:
        """A question was asked."""

    def ended(self, ended: Ended) -> None:
        """Nothing more is done for a question."""


@dataclass(slots=True)
class Watched:
    """One question while it is answered."""

    answer: Answer | None = None
    whole: bool = False


@contextmanager
def watched(observers: Sequence[Observer], asked: Any, cancelled: Event | None) -> Iterator[Watched]:
    """Tell `observers` of a question: that it is asked, and what became of it once the ``with`` statement ends."""
    told = tuple(observers)
    started = time.perf_counter()
    for observer in told:
        observer.begun()
    watching = Watched()
    error: Exception | None = None
    try:
        yield watching
    except Exception as raised:
        error = raised
        raise
    finally:
        stopped = not watching.whole or (cancelled is not None and cancelled.is_set())
        outcome = _outcome(watching.answer, error, stopped=stopped)
        seconds = time.perf_counter() - started
        for observer in told:
            observer.ended(Ended(outcome, _question(asked), seconds, watching.answer, error))


def _outcome(answer: Answer | None, error: Exception | None, *, stopped: bool) -> Outcome:
    if error is not None:
        return "refused" if isinstance(error, InvalidFilter) else "failed"
    if stopped or answer is None:
        return "stopped"
    if answer.holdings:
        return "library"
    if not answer.found:
        return "not_found"
    return "written" if answer.written_by else "quoted"


def _question(asked: Any) -> str:
    question = asked if isinstance(asked, str) else asked.get("question", "")
    return question if isinstance(question, str) else ""
