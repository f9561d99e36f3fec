"""Has a chat model write the answer to what was quoted; where it cannot, what was quoted is the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from rag.answering.checking import Checker
from rag.answering.checking.support import Checks
from rag.answering.extract import shipped_model
from rag.answering.quoting import Quoted
from rag.answering.reader import shipped_reader
from rag.answering.rewriting import rewrite
from rag.answering.writing.prompt import worth_showing
from rag.answering.writing.unchecked import Unchecked
from rag.answering.writing.writer import Writer
from rag.answering.written import Writing
from rag.chat_models.budget import DailyBudget
from rag.chat_models.calling import Call
from rag.chat_models.opening import name_of, open_chat_model
from rag.errors import ChatModelUnavailable
from rag.index.library import Library
from rag.index.selection import Selection
from rag.settings import Settings
from rag.types import Answer, Citation, Passage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig


_DOUBTED = 0.5
"""Share of the confidence from which something is quoted, from which the model is asked.

Of the 60 sample questions, with a model that copies what is likeliest, nothing below it was answered rightly.
"""


class ChatWriter:
    """Answers with a chat model's own words, as far as the articles support them."""

    def __init__(
        self,
        library: Library,
        settings: Settings,
        *,
        chat_model: BaseChatModel | None = None,
        checker: Checks | None = None,
    ) -> None:
        """Without a `chat_model`, the one that the settings name is opened when it is first asked."""
        self._library = library
        self._settings = settings
        self._model = chat_model
        self._checker = checker
        self._opening = threading.Lock()
        self._budget = DailyBudget(library.catalog, settings.chat_daily_tokens)
        self.name = name_of(chat_model, settings)

    def asking(self, *, cancelled: threading.Event | None = None, config: RunnableConfig | None = None) -> Asking:
        """Return what has one question answered."""
        return Asking(self, cancelled or threading.Event(), config)

    def call(self) -> Call:
        """Return a call of the model. Raises `ChatModelUnavailable` where there is none."""
        return Call(self._opened(), self._settings, name=self.name, budget=self._budget)

    def answers(
        self, quoted: Quoted, call: Callable[[], Call], stop: threading.Event, config: RunnableConfig | None
    ) -> Generator[Answer, None, None]:
        """Yield the answer each time that it has a sentence more; the last one is whole."""
        read = quoted.answer
        if not read.passages or not self._worth_asking(read):
            yield read
            return
        question = read.standalone_question
        needed = [passage for passage in read.passages if any(_holds(passage, cited) for cited in read.citations)]
        passages = worth_showing(read.passages, self._settings, question=question, needed=needed)
        answers = lru_cache(maxsize=64)(lambda text: self._answers(question, text))
        writing = Writing(quoted, passages, self.name, self._library, self._settings, answers)
        try:
            asked = call()
        except ChatModelUnavailable as error:
            yield writing.instead(str(error))
            return
        writer = Writer(asked, self._checks, self._settings)
        drafts = writer.write(question, passages, listing=quoted.listing, cancelled=stop, config=config)
        with closing(drafts):
            for draft in drafts:
                if draft.whole:
                    yield writing.whole(draft, asked.usage, stopped=stop.is_set())
                elif partial := writing.partial(draft):
                    yield partial

    def _worth_asking(self, read: Answer) -> bool:
        """Say whether the model can still make a difference: readers err, but hardly where they are so sure."""
        least = self._settings.min_confidence
        threshold = shipped_model().threshold if least is None else least
        return read.found or not self._settings.check or read.confidence >= _DOUBTED * threshold

    def _opened(self) -> BaseChatModel:
        with self._opening:
            if self._model is None:
                self._model = open_chat_model(self._settings)
            if self._model is None:
                raise ChatModelUnavailable("No chat model is named. Set FOOTNOTE_CHAT_MODEL.")
            return self._model

    @cached_property
    def _checks(self) -> Checks:
        if not self._settings.check:
            return Unchecked()
        return self._checker or Checker(self._library, self._settings)

    def _answers(self, question: str, text: str) -> bool:
        """Say whether the reader sees an answer to `question` in `text`."""
        (reading,) = shipped_reader(self._settings.threads).read(question, [text])
        return reading.best(0, len(text))[0] > 0


class Asking:
    """What a chat model is asked for one question: to put it in full, and to write the answer."""

    def __init__(self, writer: ChatWriter, stop: threading.Event, config: RunnableConfig | None) -> None:
        self._writer = writer
        self._stop = stop
        self._config = config

    def in_full(self, question: str, history: Sequence[Answer], within: Selection | None) -> str | None:
        """Return a follow-up so that it stands without the turns before; None where the rules have to do."""
        return rewrite(question, history, self._said, within=within)

    def answers(self, quoted: Quoted) -> Generator[Answer, None, None]:
        """Yield the answer each time that it has a sentence more; the last one is whole."""
        return self._writer.answers(quoted, lambda: self._call, self._stop, self._config)

    @cached_property
    def _call(self) -> Call:
        return self._writer.call()

    def _said(self, messages: Sequence[BaseMessage]) -> str:
        return "".join(self._call.stream(messages, cancelled=self._stop, config=self._config))


def _holds(passage: Passage, citation: Citation) -> bool:
    return passage.article_id == citation.article_id and passage.chunk.start <= citation.start < passage.chunk.end
