"""Whoever is asked about the library itself: recognises such a question, and answers it from the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from rag.answering.about_library.holdings import holdings_of
from rag.answering.about_library.mentions import bare
from rag.answering.about_library.question import LibraryQuestion, recognise
from rag.answering.spelling import respelt
from rag.index.library import Library
from rag.index.selection import Selection
from rag.types import Answer

CATALOG = "catalog"
"""`Answer.models["answerer"]` of an answer about the library."""
_ITSELF = (
    "I am Footnote. I answer questions from your {articles}, in their own words: every sentence has a number, and the "
    "number opens the place where it stands. Where they do not answer, I say so. Ask in words, for example “{example}”"
)
_EXAMPLE = "Which articles are from this year?"


class Librarian:
    """Answers what is asked about one library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def answer(
        self,
        unanswered: Answer,
        meanings: Sequence[str],
        within: Selection | None,
        *,
        history: Sequence[Answer] = (),
        more: bool = False,
        certain: bool = True,
    ) -> Answer | None:
        """Answer the question, whose `meanings` are in full, in place of `unanswered`; None for no such question.

        With `more`, those articles are named that answers of `history` to the same question have not named. A question
        that an article may answer is taken only where it need not be `certain`.
        """
        for meaning in meanings:
            asked = recognise(meaning, date.today())
            if asked and asked.certain == certain:
                return self._replied(asked, replace(unanswered, standalone_question=meaning), within, history, more)
        return None

    def _replied(
        self,
        asked: LibraryQuestion,
        unanswered: Answer,
        within: Selection | None,
        history: Sequence[Answer],
        more: bool,
    ) -> Answer | None:
        if asked.asks == "itself":
            count = len(within.articles) if within else self._library.catalog.counts()[0]
            articles = "1 article" if count == 1 else f"{count:,} articles"
            return replace(unanswered, note=_ITSELF.format(articles=articles, example=_EXAMPLE))
        before = [a.holdings for a in history if a.holdings and a.standalone_question == unanswered.standalone_question]
        shown = sum(len(holdings.articles) for holdings in before) if more else 0
        holdings = holdings_of(asked, self._library, within, shown=shown)
        if holdings:
            return replace(
                unanswered, found=True, confidence=1.0, holdings=holdings, models={"answerer": CATALOG}, note=""
            )
        return self._unmentioned(asked, unanswered, within) if asked.certain and asked.topic else None

    def _unmentioned(self, asked: LibraryQuestion, unanswered: Answer, within: Selection | None) -> Answer:
        """Say that no article mentions what was asked about, and what comes nearest in meaning."""
        where = f"None of the articles {within.filters}" if within else "None of your articles"
        return replace(
            unanswered,
            note=f"{where} mentions “{bare(asked.topic)}”.",
            passages=tuple(self._library.search(asked.topic, 3, filters=within)),
            instead=respelt(unanswered.standalone_question, self._library, within),
        )
