"""A conversation: its turns, and the form in which the browser keeps them.

The server holds no conversations. The page carries its own turns and the browser's local storage
keeps them, so a reload or a restart of Footnote loses nothing, and each answer keeps the citations
that it was given.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from rag.types import Answer

KEPT_TURNS = 50
KEPT_CHARACTERS = 500_000
"""Of all turns as JSON. Browsers grant a site about five million, and encryption adds a third."""
KEPT_QUESTION = 2_000
NEAREST = 3
"""Passages that are shown, and so kept, when nothing was found."""
HISTORY = 6
"""Answers that go with a question, for it to lean on."""

_log = logging.getLogger(__name__)


def storage_key(library: str, part: str = "") -> str:
    """Return under what name the browser keeps a part of what is done with the library of that name.

    Two libraries that are shown at one address keep their own.
    """
    return f"footnote-{sha256(library.encode()).hexdigest()[:12]}{part and f'-{part}'}"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what has come of it so far."""

    question: str
    answer: Answer | None = None
    problem: str = ""
    """A sentence to the reader when the answer failed or was stopped."""
    done: bool = False
    literal: bool = False
    """Asked as it is written: it leans on nothing that was said before."""


def remember(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return the newest turns as plain values, at most `KEPT_TURNS` and `KEPT_CHARACTERS` of them."""
    kept: list[dict[str, Any]] = []
    room = KEPT_CHARACTERS
    for turn in reversed(turns[-KEPT_TURNS:]):
        values = {
            "question": _shortened(turn.question),
            "answer": _slim(turn.answer).to_dict() if turn.answer else None,
            "problem": turn.problem,
            "done": turn.done,
            "literal": turn.literal,
        }
        room -= len(json.dumps(values))
        if room < 0 and kept:
            break
        kept.insert(0, values)
    return kept


def recall(values: object) -> list[Turn]:
    """Bring back the turns of `remember`. What cannot be read, such as another version's, is left out."""
    turns = []
    for item in values if isinstance(values, list) else []:
        try:
            answer = Answer.from_dict(item["answer"]) if item["answer"] else None
            closed, literal = bool(item["done"]), bool(item.get("literal", False))
            turns.append(Turn(str(item["question"]), answer, str(item["problem"]), closed, literal))
        except (KeyError, TypeError, ValueError, AttributeError):
            _log.warning("A remembered turn could not be read and was left out.", exc_info=True)
    return turns


def finished(turns: Sequence[Turn], problem: str) -> list[Turn]:
    """Return `turns` with the last one closed: if it was still under way, `problem` says why it ends."""
    if not turns or turns[-1].done:
        return list(turns)
    return [*turns[:-1], replace(turns[-1], done=True, problem=problem)]


def history(turns: Sequence[Turn]) -> list[Answer]:
    """Return the answers of `turns` that the next question can lean on, oldest first.

    Between a question and its follow-up may stand a "thanks".
    """
    answers = [turn.answer for turn in turns if turn.answer and not is_remark(turn.answer)]
    return answers[-HISTORY:]


def is_remark(answer: Answer) -> bool:
    """Say whether nothing was looked for, and the note is all that there is to say."""
    return not answer.found and not answer.passages


def _slim(answer: Answer) -> Answer:
    return replace(
        answer,
        question=_shortened(answer.question),
        standalone_question=_shortened(answer.standalone_question),
        passages=() if answer.found else answer.passages[:NEAREST],
    )


def _shortened(question: str) -> str:
    return question if len(question) <= KEPT_QUESTION else question[: KEPT_QUESTION - 1] + "…"
