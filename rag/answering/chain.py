"""The retrieval chain: a question in, an answer with footnotes out, as a LangChain `Runnable`."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import run_in_executor

from rag.answering.extract import Extract, extract
from rag.index.library import Library, open_default
from rag.index.terms import content_words, words
from rag.retrieve.retriever import HybridRetriever
from rag.settings import Settings
from rag.text import clean_text, one_line
from rag.types import Answer, Citation, Sentence

_NOTHING_ASKED = "Please ask a question in words, for example “When did the bridge reopen?”."
_NO_ARTICLES = (
    "There are no articles in this library yet. Add some with `footnote add FOLDER`, or drop files into the window."
)


class AnswerChain(Runnable[str, Answer]):
    """Answers questions from a library. `stream` yields the answer growing by a sentence at a time.

    >>> AnswerChain(Library("my-library")).invoke("When does the ferry leave?")
    """

    def __init__(self, library: Library, *, settings: Settings | None = None) -> None:
        self.library = library
        self.settings = settings or library.settings
        self.retriever = HybridRetriever(library=library, k=self.settings.passages)

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Answer one question. Whatever is asked, an `Answer` comes back."""
        return self._call_with_config(self._answer, input, config, run_type="chain")

    def stream(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        """Yield the answer so far, each time with one more sentence; the last one is whole."""
        yield from growing(self.invoke(input, config))

    async def astream(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Answer]:
        """Yield as `stream` does, without holding up the event loop."""
        for partial in growing(await run_in_executor(config, self.invoke, input, config)):
            yield partial

    def _answer(self, asked: str) -> Answer:
        started = time.perf_counter()
        question, note = self._readable(asked)
        if not words(question):
            return Answer(question=asked, found=False, confidence=0.0, note=_NOTHING_ASKED)
        if not self.library.chunk_count():
            return Answer(question=asked, found=False, confidence=0.0, note=_NO_ARTICLES)
        passages = self.retriever.passages(question)
        retrieved = time.perf_counter()
        extracted = extract(
            question,
            passages,
            self.library,
            max_sentences=self.settings.max_sentences,
            min_confidence=self.settings.min_confidence,
        )
        sentences, citations = self._cited(extracted) if extracted.found else ((), ())
        if not extracted.found:
            note = " ".join(filter(None, [_not_found(question), note]))
        ended = time.perf_counter()
        return Answer(
            question=asked,
            standalone_question=question,
            found=bool(sentences),
            confidence=extracted.confidence,
            sentences=sentences,
            citations=citations,
            passages=tuple(passages),
            note=note,
            models={"embedder": self.library.embedder.name, "answerer": "extractive"},
            timings={
                "retrieve": (retrieved - started) * 1000,
                "answer": (ended - retrieved) * 1000,
                "total": (ended - started) * 1000,
            },
        )

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

    def _cited(self, extracted: Extract) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
        sentences, citations = [], []
        for number, candidate in enumerate(extracted.chosen, start=1):
            article = self.library.article(candidate.passage.article_id)
            text = one_line(candidate.text)
            sentences.append(Sentence(text, (number,)))
            citations.append(Citation(article, number=number, start=candidate.start, end=candidate.end, sentence=text))
        return tuple(sentences), tuple(citations)


def answer(question: str, *, library: Library | None = None, settings: Settings | None = None) -> Answer:
    """Answer `question` from `library`; without one, from the default library.

    The default library is made from the sample articles the first time.
    """
    return _chain(library, settings).invoke(question)


def stream(question: str, *, library: Library | None = None, settings: Settings | None = None) -> Iterator[Answer]:
    """Yield the answer so far, each time with one more sentence; the last one is whole."""
    return _chain(library, settings).stream(question)


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


def _not_found(question: str) -> str:
    asked = [f"“{word}”" for word in content_words(question)[:6]]
    return f"Your articles do not seem to answer this. I looked for {', '.join(asked)}."
