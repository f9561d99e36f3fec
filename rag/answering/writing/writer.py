"""The writer: a chat model's answer, sentence by sentence, each held against the passages it was shown."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.answering.checking.support import Checks, Support
from rag.answering.writing.markup import visible
from rag.answering.writing.parsing import Statement, ended, settled, statements
from rag.answering.writing.prompt import messages, new_fence
from rag.chat_models.calling import Call
from rag.errors import ChatModelUnavailable
from rag.settings import Settings
from rag.types import Passage

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

_LOOKED_EVERY = 16
"""Characters after which it is looked for sentences that are whole."""
_OVER = 2
"""By how many times a model may write more sentences than it was asked for, before it is stopped."""
_LONGEST_SENTENCE = 600
"""Characters of a sentence, on average, before a model is stopped."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence that a model wrote, and how the passages support it."""

    statement: Statement
    support: Support

    @property
    def text(self) -> str:
        """Its words."""
        return self.statement.text

    @property
    def is_supported(self) -> bool:
        """Say whether anything supports it."""
        return self.support.standing != "unsupported" and bool(self.support.places)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model has written so far, as far as it is whole."""

    sentences: tuple[Checked, ...] = ()
    refuses: bool = False
    """Whether it says that the passages do not answer."""
    remarks: tuple[str, ...] = ()
    """Of what else it says that they do not tell."""
    problem: str = ""
    """Why there is not more; said where it was cut or did not come at all."""
    whole: bool = False
    """Whether this is all there is."""


class Writer:
    """Has one chat model write answers."""

    def __init__(self, call: Call, checker: Checks, settings: Settings) -> None:
        self._call = call
        self._checker = checker
        self._settings = settings

    def write(
        self,
        question: str,
        passages: Sequence[Passage],
        *,
        listing: bool = False,
        cancelled: threading.Event | None = None,
        config: RunnableConfig | None = None,
    ) -> Generator[Draft, None, None]:
        """Yield the draft each time that it has a sentence more; the last one is all there is.

        Closing the iterator ends the request, as `cancelled` does. Where the model fails, the last draft says why.
        """
        most = _OVER * (self._settings.max_listed if listing else self._settings.max_sentences)
        checking = _Checking(self._checker, passages, question)
        fence = new_fence()
        told = messages(question, passages, self._settings, listing=listing, fence=fence)
        text, looked, shown = "", 0, 0
        problem, stopped = "", False
        with closing(self._call.stream(told, cancelled=cancelled, config=config)) as pieces:
            try:
                for piece in pieces:
                    text += piece
                    if len(text) - looked < _LOOKED_EVERY and "\n" not in piece:
                        continue
                    looked = len(text)
                    draft = checking.draft(settled(text, len(passages), fence=fence))
                    if len(draft.sentences) > shown:
                        shown = len(draft.sentences)
                        yield draft
                    if shown >= most or len(visible(text)) > most * _LONGEST_SENTENCE:
                        stopped = True
                        break
            except ChatModelUnavailable as error:
                problem = str(error)
        whole = self._call.complete and not stopped
        found = statements(text, len(passages), whole=whole, fence=fence)
        if not whole and found and not ended(found[-1]):
            found = found[:-1]
        yield replace(checking.draft(found[: most + 1]), problem=problem, whole=True)


class _Checking:
    """Checks each sentence once."""

    def __init__(self, checker: Checks, passages: Sequence[Passage], question: str) -> None:
        self._checker = checker
        self._passages = passages
        self._question = question
        self._known: dict[Statement, Support] = {}

    def draft(self, found: Sequence[Statement]) -> Draft:
        if found and found[0].refuses:
            return Draft(refuses=True)
        claims = [statement for statement in found if not statement.refuses]
        return Draft(
            tuple(Checked(statement, self._support(statement)) for statement in claims),
            remarks=tuple(statement.text for statement in found if statement.refuses),
        )

    def _support(self, statement: Statement) -> Support:
        if statement not in self._known:
            self._known[statement] = self._checker.check(
                statement.text, self._passages, pointed=statement.pointed, question=self._question
            )
        return self._known[statement]
