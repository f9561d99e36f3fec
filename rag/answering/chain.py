"""The retrieval chain: a question in, an answer with footnotes out, as a LangChain `Runnable`."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import run_in_executor

from rag.answering.observing import Observer, watched
from rag.answering.quoting import InFull, Quoted, Quoting
from rag.chat_models.opening import is_named
from rag.errors import FootnoteError
from rag.filters import EVERY_ARTICLE, Filters
from rag.index.library import Library, open_default
from rag.retrieve.retriever import HybridRetriever, configured
from rag.settings import Settings
from rag.types import Answer

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from pydantic import BaseModel

    from rag.answering.chat_writer import ChatWriter
    from rag.answering.checking.support import Checks

LONGEST_QUESTION = 100_000
"""Characters that are taken for a question where one is typed or sent. Fewer are read (`Settings.max_question_length`),
and the answer says so."""
Asked = str | Mapping[str, Any]
"""A question, or ``{"question": ..., "history": [...], "filters": ...}``: the answers of the turns before it, oldest
first, and which articles to ask. Both can be left out."""


class AnswerChain(Runnable[Asked, Answer]):
    """Answers questions from a library. `stream` yields the answer growing by a sentence at a time.

    >>> chain = AnswerChain(Library("my-library"))
    >>> first = chain.invoke("When does the ferry leave?")
    >>> chain.invoke({"question": "And on Sundays?", "history": [first]})
    >>> chain.invoke({"question": "What does it cost?", "filters": Filters(since="2025")})

    Filters can also be given as the argument `filters`, by `bind` for instance, or in the config of a chain around it,
    under ``configurable``. Those of the question come first, then those of the argument.

    With a chat model, named in the settings or given, that model writes the answer, and every sentence is checked. To
    end its work, close the iterator that `stream` returned, or set the `threading.Event` given as `cancelled`, which
    also helps while the first word is waited for.
    """

    def __init__(
        self,
        library: Library,
        *,
        settings: Settings | None = None,
        chat_model: BaseChatModel | None = None,
        checker: Checks | None = None,
    ) -> None:
        """Ask `library`. What a chat model writes is checked by `checker`, or by the one that comes with Footnote."""
        self.library = library
        self.observers: list[Observer] = []
        """Who is told what becomes of each question."""
        self.use(settings or library.settings, chat_model=chat_model, checker=checker)

    def use(
        self, settings: Settings, *, chat_model: BaseChatModel | None = None, checker: Checks | None = None
    ) -> None:
        """Answer by other settings from the next question on. What is being answered is answered by the old ones."""
        self.settings = settings
        self.retriever = HybridRetriever(library=self.library, k=settings.passages)
        self._quoting = Quoting(self.library, settings, self.retriever)
        self._writer: ChatWriter | None = None
        if chat_model is not None or is_named(settings):
            from rag.answering.chat_writer import ChatWriter

            self._writer = ChatWriter(self.library, settings, chat_model=chat_model, checker=checker)

    def prepare(self) -> None:
        """Load what the first question would wait for: the models, the indexes. What is wrong is told when one asks."""
        with contextlib.suppress(FootnoteError):
            self._quoted("Who was there before the others?", EVERY_ARTICLE)

    @property
    def extractive(self) -> AnswerChain:
        """The same chain without a chat model, and without observers: it is for questions that nobody asked."""
        if self._writer is None and not self.observers:
            return self
        unnamed = self.settings.model_copy(update={"chat_model": "", "chat_base_url": ""})
        return AnswerChain(self.library, settings=unnamed)

    def invoke(self, input: Asked, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Answer one question. Whatever is asked, an `Answer` comes back.

        Raises `InvalidFilter` where `filters` are none.
        """
        given = kwargs["filters"] if "filters" in kwargs else configured(config)

        def answered(asked: Asked, run_manager: Any, config: RunnableConfig) -> Answer:  # noqa: ARG001
            if self._writer is None:
                return self._quoted(asked, given).answer
            asking = self._writer.asking(cancelled=kwargs.get("cancelled"), config=config)
            *_, last = asking.answers(self._quoted(asked, given, asking.in_full))
            return last

        with watched(self.observers, input, kwargs.get("cancelled")) as watching:
            answer = self._call_with_config(answered, input, config, run_type="chain")
            watching.answer, watching.whole = answer, True
        return answer

    async def ainvoke(self, input: Asked, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Answer as `invoke` does, without holding up the event loop. Cancelling the task ends a model's work."""
        cancelled = kwargs.get("cancelled") or threading.Event()
        try:
            return await run_in_executor(config, self.invoke, input, config, **{**kwargs, "cancelled": cancelled})
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def stream(self, input: Asked, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        """Yield the answer so far, each time with one more sentence; the last one is whole."""
        writer = self._writer
        if writer is None:
            yield from growing(self.invoke(input, config, **kwargs))
            return
        given = kwargs["filters"] if "filters" in kwargs else configured(config)
        opened: list[Generator[Answer, None, None]] = []

        def written(asked: Iterator[Asked], run_manager: Any, config: RunnableConfig) -> Iterator[Answer]:  # noqa: ARG001
            for question in asked:
                asking = writer.asking(cancelled=kwargs.get("cancelled"), config=config)
                opened.append(asking.answers(self._quoted(question, given, asking.in_full)))
                yield from opened[-1]

        with watched(self.observers, input, kwargs.get("cancelled")) as watching:
            try:
                for answer in self._transform_stream_with_config(iter([input]), written, config, run_type="chain"):
                    watching.answer = answer
                    yield answer
                watching.whole = True
            finally:
                for answers in opened:
                    answers.close()  # which ends the request

    async def astream(self, input: Asked, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Answer]:
        """Yield as `stream` does, without holding up the event loop. A task that is cancelled ends the model's work."""
        if self._writer is None:
            for partial in growing(await run_in_executor(config, self.invoke, input, config, **kwargs)):
                yield partial
            return
        cancelled = kwargs.get("cancelled") or threading.Event()
        answers = self.stream(input, config, **{**kwargs, "cancelled": cancelled})
        try:
            while partials := await run_in_executor(config, _following, answers):
                yield partials[0]
        except (asyncio.CancelledError, GeneratorExit):
            cancelled.set()
            raise

    def as_tool(
        self,
        args_schema: type[BaseModel] | None = None,
        *,
        name: str | None = None,
        description: str | None = None,
        arg_types: dict[str, type] | None = None,
        filters: Filters | None = None,
    ) -> BaseTool:
        """Return a tool for an agent: a question in, text with footnotes out, `Answer.to_dict` as its artifact.

        With `filters` it asks only some articles. With a schema of one's own it is LangChain's `Runnable.as_tool`.
        """
        if args_schema or arg_types:
            return super().as_tool(args_schema, name=name, description=description, arg_types=arg_types)
        from rag.answering.tool import DESCRIPTION, NAME, tool_of

        return tool_of(self, name=name or NAME, description=description or DESCRIPTION, filters=filters)

    def _quoted(self, asked: Asked, given: Any, in_full: InFull | None = None) -> Quoted:
        written, history, named = _taken_apart(asked)
        return self._quoting.quote(written, history, Filters.of(given if named is None else named), in_full)


def answer(
    question: str,
    *,
    history: Sequence[Answer] = (),
    filters: Filters = EVERY_ARTICLE,
    library: Library | None = None,
    settings: Settings | None = None,
    chat_model: BaseChatModel | None = None,
) -> Answer:
    """Answer `question` from `library`; without one, from the default library.

    `history` is the answers of the turns before, oldest first, for a question such as "And when?"; of the articles that
    `filters` leave out nothing is said. `chat_model` writes the answer, as does the one that settings name.
    The default library is made from the sample articles the first time.
    """
    asked = {"question": question, "history": list(history), "filters": filters}
    return _chain(library, settings, chat_model).invoke(asked)


def stream(
    question: str,
    *,
    history: Sequence[Answer] = (),
    filters: Filters = EVERY_ARTICLE,
    library: Library | None = None,
    settings: Settings | None = None,
    chat_model: BaseChatModel | None = None,
) -> Iterator[Answer]:
    """Yield the answer so far, each time with one more sentence; the last one is whole."""
    asked = {"question": question, "history": list(history), "filters": filters}
    return _chain(library, settings, chat_model).stream(asked)


def growing(whole: Answer) -> Iterator[Answer]:
    """Yield `whole` by one sentence more each time."""
    for count in range(1, len(whole.sentences)):
        sentences = whole.sentences[:count]
        cited = {number for sentence in sentences for number in sentence.citations}
        citations = tuple(c for c in whole.citations if c.number in cited)
        yield replace(whole, sentences=sentences, citations=citations, note="")
    yield whole


def _chain(library: Library | None, settings: Settings | None, chat_model: BaseChatModel | None) -> AnswerChain:
    if library is None:
        with _opening:
            chain = _default_chain(settings or Settings())
        if chat_model is None:
            return chain
        library, settings = chain.library, chain.settings
    return AnswerChain(library, settings=settings, chat_model=chat_model)


_opening = threading.Lock()


@lru_cache(maxsize=4)
def _default_chain(settings: Settings) -> AnswerChain:
    return AnswerChain(open_default(settings), settings=settings)


def _following(answers: Iterator[Answer]) -> list[Answer]:
    return [answer for answer in (next(answers, None),) if answer]


def _taken_apart(asked: Asked) -> tuple[str, list[Answer], Any]:
    if isinstance(asked, str):
        return asked, [], None
    unknown = set(asked) - {"question", "history", "filters"}
    if unknown or not isinstance(asked.get("question"), str):
        raise TypeError('Ask a string, or {"question": "...", "history": [answers], "filters": Filters(...)}.')
    return asked["question"], list(asked.get("history") or []), asked.get("filters")
