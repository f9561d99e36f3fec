"""From a question to what the articles themselves say: passages are found and read, and sentences of them quoted."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest

from rag.answering.about_library.librarian import Librarian
from rag.answering.citing import quoted
from rag.answering.extract import Extract, Place, extract
from rag.answering.history import places, topic, turns
from rag.answering.notes import none_admitted, not_found, nothing_more
from rag.answering.question import parts
from rag.answering.reader import shipped_reader
from rag.answering.spelling import respelt
from rag.filters import Filters
from rag.index.library import Library
from rag.index.selection import Selection
from rag.index.terms import words
from rag.retrieve.followup import second_part, standalone
from rag.retrieve.retriever import HybridRetriever, distinct
from rag.settings import Settings
from rag.text import clean_text, one_line
from rag.types import Answer, Passage

_NOTHING_ASKED = "Please ask a question in words, for example “When did the bridge reopen?”."
_ASK_ON = "Ask on whenever you like."
_TURNS_READ = 4
"""Turns before a question that a follow-up can lean on."""
_DOUBT = 0.15
"""Confidence by which a less likely meaning of a follow-up has to be answered better than the likeliest."""
_NO_ARTICLES = (
    "There are no articles in this library yet. Add some with `footnote add FOLDER`, or drop files into the window."
)


InFull = Callable[[str, Sequence[Answer], Selection | None], str | None]
"""Puts a question in full by the answers of the turns before it and the articles asked; None where it cannot."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """What the articles say to a question, in their own words."""

    answer: Answer
    within: Selection | None = None
    """The articles that were asked."""
    listing: bool = False
    """Whether the question asks for all of something."""
    remarks: tuple[str, ...] = ()
    """What is to be said beside the answer, whoever words it."""
    started: float = 0.0
    """By `time.perf_counter`."""


class Quoting:
    """Answers questions with sentences of the articles."""

    def __init__(self, library: Library, settings: Settings, retriever: HybridRetriever) -> None:
        self._library = library
        self._settings = settings
        self._retriever = retriever
        self._librarian = Librarian(library)

    def quote(self, written: str, history: Sequence[Answer], filters: Filters, in_full: InFull | None = None) -> Quoted:
        """Answer the question as it was `written`. Where its passages are none, there was nothing to look for.

        A follow-up means what `in_full` says; where that is None, what the rules say.
        """
        started = time.perf_counter()
        question, cut = self._readable(written)
        unanswered = Answer(question=written, found=False, confidence=0.0, filters=filters)
        if not words(question):
            return Quoted(replace(unanswered, note=_NOTHING_ASKED))
        within = self._library.select(filters)
        history = [answer for answer in history if answer.found or answer.passages]
        before = turns(history, within)[-_TURNS_READ:]
        meant = standalone(question, before, self._likeness)
        if meant.courtesy:
            return Quoted(replace(unanswered, note=f"{meant.courtesy} {_ASK_ON}"))
        if not self._library.chunk_count():
            return Quoted(replace(unanswered, note=_NO_ARTICLES))
        if within and not within.articles:
            return Quoted(replace(unanswered, note=none_admitted(within)))
        history = history[-_TURNS_READ:]
        meanings = (question, *meant.questions)
        of_library = self._librarian.answer(unanswered, meanings, within, history=history, more=meant.more)
        if of_library:
            return Quoted(of_library)
        if full := in_full(question, history, within) if in_full and before else None:
            meant = replace(meant, questions=(full,))
        clock = _Clock()
        said = places(history) if meant.more else frozenset()
        about = topic(history, within)
        meaning, extracts = self._best_meaning(meant.questions, _Asking(within, about, said, clock))
        if not any(extracted.found for _, extracted in extracts):
            of_library = self._librarian.answer(unanswered, meanings, within, certain=False)
            if of_library:
                return Quoted(of_library)
        sentences, citations = quoted([extract for _, extract in extracts], self._library)
        listing = any(extracted.form == "list" for _, extracted in extracts)
        found = Answer(
            question=written,
            standalone_question=meaning,
            found=bool(sentences),
            confidence=min((e.confidence for _, e in extracts if e.found or not sentences), default=0.0),
            sentences=sentences,
            citations=citations,
            passages=_passages([extract for _, extract in extracts]),
            note=" ".join(filter(None, [self._word_on(extracts, within, more=bool(said)), cut])),
            verdict=extracts[0][1].composed.verdict if len(extracts) == 1 and sentences else "",
            models={
                "embedder": self._library.embedder.name,
                "reader": shipped_reader(self._settings.threads).name,
                "answerer": "extractive",
            },
            timings={**clock.timings, "total": (time.perf_counter() - started) * 1000},
            filters=filters,
            instead=() if sentences or said else respelt(meaning, self._library, within),
        )
        remarks = [self._incomplete(extracts, within) if listing else "", cut]
        return Quoted(found, within, listing, tuple(filter(None, remarks)), started)

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
                passages = self._retriever.passages(part, about=asking.about, filters=asking.within)
            with asking.clock.measured("answer"):
                extracted = extract(
                    part, passages, self._library, self._settings, without=asking.said, within=asking.within
                )
                found.append((part, extracted))
        return found

    def _likeness(self, one: str, other: str) -> float:
        return float(self._library.query_vector(one) @ self._library.query_vector(other))

    def _readable(self, asked: str) -> tuple[str, str]:
        """Return the question as it is searched for, and what the reader is told where that is not all of it."""
        question = one_line(clean_text(asked))
        limit = self._settings.max_question_length
        if len(question) <= limit:
            return question, ""
        # A long paste nearly always says what is wanted at its beginning or at its end.
        half = limit // 2
        return (
            f"{question[:half]} {question[-half:]}",
            f"The question had {len(question):,} characters; its first and last {half} were read.",
        )

    def _word_on(self, extracts: Sequence[tuple[str, Extract]], within: Selection | None, *, more: bool) -> str:
        """Return what the reader is told beside the sentences."""
        missing = [part for part, extracted in extracts if not extracted.found]
        if len(missing) == len(extracts):
            return nothing_more(within) if more else not_found(" ".join(missing), within)
        if missing:
            return f"The articles do not seem to answer: {' '.join(missing)}"
        if any(extracted.form == "list" for _, extracted in extracts):
            return self._incomplete(extracts, within)
        return ""

    def _incomplete(self, extracts: Sequence[tuple[str, Extract]], within: Selection | None) -> str:
        read = sum(extract.read for _, extract in extracts)
        if read < self._library.chunk_count(within=within):
            return f"The list may be incomplete: it comes from the {read} passages that fit the question best."
        return ""


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


def _passages(extracts: Sequence[Extract]) -> tuple[Passage, ...]:
    """Return the passages that were looked at, those of several parts by turns, each once."""
    rows = zip_longest(*(extract.passages for extract in extracts))
    return tuple(distinct(passage for row in rows for passage in row if passage))
