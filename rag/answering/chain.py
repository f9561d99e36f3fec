"""The retrieval chain: a question in, an answer with footnotes out, as a LangChain `Runnable`."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import run_in_executor
from langchain_core.tools import BaseTool
from pydantic import BaseModel

from rag.answering.compose import marked, row_text
from rag.answering.evidence import Candidate
from rag.answering.extract import Extract, Place, extract
from rag.answering.history import places, topic, turns
from rag.answering.notes import none_admitted, not_found, nothing_more
from rag.answering.question import parts
from rag.answering.reader import shipped_reader
from rag.filters import EVERY_ARTICLE, Filters
from rag.index.library import Library, open_default
from rag.index.selection import Selection
from rag.index.terms import words
from rag.retrieve.followup import second_part, standalone
from rag.retrieve.retriever import HybridRetriever, configured, distinct
from rag.settings import Settings
from rag.text import clean_text, one_line
from rag.types import Answer, Citation, Copy, Passage, Sentence

_NOTHING_ASKED = "Please ask a question in words, for example “When did the bridge reopen?”."
_ASK_ON = "Ask on whenever you like."
_TURNS_READ = 4
"""Turns before a question that a follow-up can lean on."""
_DOUBT = 0.15
"""Confidence by which a less likely meaning of a follow-up has to be answered better than the likeliest."""
_NO_ARTICLES = (
    "There are no articles in this library yet. Add some with `footnote add FOLDER`, or drop files into the window."
)


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
    """

    def __init__(self, library: Library, *, settings: Settings | None = None) -> None:
        self.library = library
        self.settings = settings or library.settings
        self.retriever = HybridRetriever(library=library, k=self.settings.passages)

    def invoke(self, input: Asked, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Answer one question. Whatever is asked, an `Answer` comes back.

        Raises `InvalidFilter` where `filters` are none.
        """
        given = kwargs["filters"] if "filters" in kwargs else configured(config)
        return self._call_with_config(lambda asked: self._answer(asked, given), input, config, run_type="chain")

    def stream(self, input: Asked, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        """Yield the answer so far, each time with one more sentence; the last one is whole."""
        yield from growing(self.invoke(input, config, **kwargs))

    async def astream(self, input: Asked, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Answer]:
        """Yield as `stream` does, without holding up the event loop."""
        for partial in growing(await run_in_executor(config, self.invoke, input, config, **kwargs)):
            yield partial

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

    def _answer(self, asked: Asked, given: Any) -> Answer:
        started = time.perf_counter()
        written, history, named = _taken_apart(asked)
        filters = Filters.of(given if named is None else named)
        question, note = self._readable(written)
        unanswered = Answer(question=written, found=False, confidence=0.0, filters=filters)
        if not words(question):
            return replace(unanswered, note=_NOTHING_ASKED)
        within = self.library.select(filters)
        history = [answer for answer in history if answer.found or answer.passages]
        before = turns(history, within)[-_TURNS_READ:]
        meant = standalone(question, before, self._likeness)
        if meant.courtesy:
            return replace(unanswered, note=f"{meant.courtesy} {_ASK_ON}")
        if not self.library.chunk_count():
            return replace(unanswered, note=_NO_ARTICLES)
        if within and not within.articles:
            return replace(unanswered, note=none_admitted(within))
        clock = _Clock()
        said = places(history[-_TURNS_READ:]) if meant.more else frozenset()
        about = topic(history[-_TURNS_READ:], within)
        meaning, extracts = self._best_meaning(meant.questions, _Asking(within, about, said, clock))
        sentences, citations = self._cited(extracts)
        notes = [self._word_on(extracts, within, more=bool(said)), note]
        return Answer(
            question=written,
            standalone_question=meaning,
            found=bool(sentences),
            confidence=min((e.confidence for _, e in extracts if e.found or not sentences), default=0.0),
            sentences=sentences,
            citations=citations,
            passages=_passages([extract for _, extract in extracts]),
            note=" ".join(filter(None, notes)),
            verdict=extracts[0][1].composed.verdict if len(extracts) == 1 and sentences else "",
            models={
                "embedder": self.library.embedder.name,
                "reader": shipped_reader(self.settings.threads).name,
                "answerer": "extractive",
            },
            timings={**clock.timings, "total": (time.perf_counter() - started) * 1000},
            filters=filters,
        )

    def _best_meaning(self, meanings: Sequence[str], asking: _Asking) -> tuple[str, list[tuple[str, Extract]]]:
        """Answer what the question may mean; return the meaning that is answered best. The first has the benefit."""
        answered = [(meaning, self._extracts(meaning, asking)) for meaning in meanings]
        return max(
            answered,
            key=lambda item: max(e.confidence for _, e in item[1]) - _DOUBT * meanings.index(item[0]),
        )

    def _extracts(self, question: str, asking: _Asking) -> list[tuple[str, Extract]]:
        """Answer each part of a question."""
        first, *others = parts(question)
        asked = [first, *(second_part(other, first, self._likeness) for other in others)]
        found = []
        for part in asked:
            with asking.clock.measured("retrieve"):
                passages = self.retriever.passages(part, about=asking.about, filters=asking.within)
            with asking.clock.measured("answer"):
                extracted = extract(
                    part, passages, self.library, self.settings, without=asking.said, within=asking.within
                )
                found.append((part, extracted))
        return found

    def _likeness(self, one: str, other: str) -> float:
        return float(self.library.query_vector(one) @ self.library.query_vector(other))

    def _readable(self, asked: str) -> tuple[str, str]:
        """Return the question as it is searched for, and what the reader is told where that is not all of it."""
        question = one_line(clean_text(asked))
        limit = self.settings.max_question_length
        if len(question) <= limit:
            return question, ""
        # A long paste nearly always says what is wanted at its beginning or at its end.
        half = limit // 2
        return (
            f"{question[:half]} {question[-half:]}",
            f"The question had {len(question):,} characters; its first and last {half} were read.",
        )

    def _cited(self, extracts: Sequence[tuple[str, Extract]]) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
        """Number what is quoted: each place once, in the order in which it comes up."""
        sentences: list[Sentence] = []
        citations: dict[tuple[str, int, int], Citation] = {}

        def number(candidate: Candidate, span: tuple[int, int], text: str) -> int:
            place = (candidate.passage.article_id, *span)
            if place not in citations:
                article = self.library.article(candidate.passage.article_id)
                also_in, versions = self._elsewhere(article.text[slice(*span)], candidate.passage.copies)
                citations[place] = Citation(
                    article,
                    number=len(citations) + 1,
                    start=span[0],
                    end=span[1],
                    sentence=text,
                    also_in=also_in,
                    versions=versions,
                )
            return citations[place].number

        for line in (line for _, e in extracts if e.found for line in e.composed.lines):
            quoted = line.quoted
            text = one_line(quoted.text)
            spans = [(quoted, (quoted.start, quoted.end))]
            if line.header:
                heading = self.library.article(quoted.passage.article_id).text[slice(*line.header)]
                text = row_text(heading, quoted.text)
                spans.append((quoted, line.header))
            spans += [(other, (other.start, other.end)) for other in line.support]
            numbers = tuple(dict.fromkeys(number(candidate, span, text) for candidate, span in spans))
            if all(text != sentence.text for sentence in sentences):
                short = marked(text, quoted) if line.role != "context" else None
                sentences.append(Sentence(text, numbers, short, line.role))
        used = {number for sentence in sentences for number in sentence.citations}
        return tuple(sentences), tuple(c for c in citations.values() if c.number in used)

    def _elsewhere(self, quote: str, copies: Sequence[Copy]) -> tuple[tuple[Copy, ...], tuple[Copy, ...]]:
        """Return which near copies have the quote too, word for word, and which have not."""
        stored = self.library.catalog.articles([copy.article_id for copy in copies]) if copies else {}
        having = {article_id for article_id, article in stored.items() if one_line(quote) in one_line(article.text)}
        return (
            tuple(copy for copy in copies if copy.article_id in having),
            tuple(copy for copy in copies if copy.article_id in stored.keys() - having),
        )

    def _word_on(self, extracts: Sequence[tuple[str, Extract]], within: Selection | None, *, more: bool) -> str:
        """Return what the reader is told beside the sentences."""
        missing = [part for part, extracted in extracts if not extracted.found]
        if len(missing) == len(extracts):
            return nothing_more(within) if more else not_found(" ".join(missing), within)
        if missing:
            return f"The articles do not seem to answer: {' '.join(missing)}"
        if any(extracted.form == "list" for _, extracted in extracts):
            read = sum(extract.read for _, extract in extracts)
            if read < self.library.chunk_count(within=within):
                return f"The list may be incomplete: it comes from the {read} passages that fit the question best."
        return ""


def answer(
    question: str,
    *,
    history: Sequence[Answer] = (),
    filters: Filters = EVERY_ARTICLE,
    library: Library | None = None,
    settings: Settings | None = None,
) -> Answer:
    """Answer `question` from `library`; without one, from the default library.

    `history` is the answers of the turns before, oldest first, for a question such as "And when?"; of the articles that
    `filters` leave out nothing is said.
    The default library is made from the sample articles the first time.
    """
    return _chain(library, settings).invoke({"question": question, "history": list(history), "filters": filters})


def stream(
    question: str,
    *,
    history: Sequence[Answer] = (),
    filters: Filters = EVERY_ARTICLE,
    library: Library | None = None,
    settings: Settings | None = None,
) -> Iterator[Answer]:
    """Yield the answer so far, each time with one more sentence; the last one is whole."""
    return _chain(library, settings).stream({"question": question, "history": list(history), "filters": filters})


def growing(whole: Answer) -> Iterator[Answer]:
    """Yield `whole` by one sentence more each time."""
    for count in range(1, len(whole.sentences)):
        sentences = whole.sentences[:count]
        cited = {number for sentence in sentences for number in sentence.citations}
        citations = tuple(c for c in whole.citations if c.number in cited)
        yield replace(whole, sentences=sentences, citations=citations, note="")
    yield whole


def _chain(library: Library | None, settings: Settings | None) -> AnswerChain:
    if library is not None:
        return AnswerChain(library, settings=settings)
    with _opening:
        return _default_chain(settings or Settings())


_opening = threading.Lock()


@lru_cache(maxsize=4)
def _default_chain(settings: Settings) -> AnswerChain:
    return AnswerChain(open_default(settings), settings=settings)


class _Clock:
    """Adds up the milliseconds of each stage."""

    def __init__(self) -> None:
        self.timings: dict[str, float] = {"retrieve": 0.0, "answer": 0.0}

    @contextmanager
    def measured(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.timings[stage] += (time.perf_counter() - started) * 1000


@dataclass(frozen=True, slots=True)
class _Asking:
    """What all that a question may mean is answered with."""

    within: Selection | None
    about: str
    """The title of the article that was quoted last."""
    said: Container[Place]
    clock: _Clock


def _taken_apart(asked: Asked) -> tuple[str, list[Answer], Any]:
    if isinstance(asked, str):
        return asked, [], None
    unknown = set(asked) - {"question", "history", "filters"}
    if unknown or not isinstance(asked.get("question"), str):
        raise TypeError('Ask a string, or {"question": "...", "history": [answers], "filters": Filters(...)}.')
    return asked["question"], list(asked.get("history") or []), asked.get("filters")


def _passages(extracts: Sequence[Extract]) -> tuple[Passage, ...]:
    """Return the passages that were looked at, those of several parts by turns, each once."""
    rows = zip_longest(*(extract.passages for extract in extracts))
    return tuple(distinct(passage for row in rows for passage in row if passage))
