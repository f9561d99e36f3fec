"""What a question can lean on of the turns before it: only what the articles that it asks have said."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.extract import Place
from rag.index.selection import Selection
from rag.index.terms import STOP_WORDS, words
from rag.retrieve.followup import Turn
from rag.types import Answer


def turns(history: Sequence[Answer], within: Selection | None) -> list[Turn]:
    """Return the turns of `history`, the last of them last.

    Of an answer that rests on articles that are filtered out, only the question is left. A question that was understood
    from such an answer is taken as it was written.
    """
    found = []
    known = set(STOP_WORDS)
    for answer in history:
        known |= _words(answer.question)
        clean = within is None or answer.filters == within.filters or _words(answer.standalone_question) <= known
        question = answer.standalone_question if clean else answer.question
        if _admitted(answer, within):
            said = next((s.text for s in answer.sentences if s.role == "answer" and s.citations), "")
            found.append(Turn(question, answer.short, said))
            known.update(*(_words(s.text) for s in answer.sentences if s.citations))
        else:
            found.append(Turn(question))
    return found


def topic(history: Sequence[Answer], within: Selection | None) -> str:
    """Return the title of the article that was quoted last; "" for one that is filtered out."""
    last = next((answer.citations[0] for answer in reversed(history) if answer.citations), None)
    return last.title if last and (within is None or last.article_id in within.articles) else ""


def places(history: Sequence[Answer]) -> frozenset[Place]:
    """Return where what was said already about the last question stands."""
    same = [answer for answer in history if answer.standalone_question == history[-1].standalone_question]
    return frozenset((c.article_id, c.start) for answer in same for c in answer.citations)


def _admitted(answer: Answer, within: Selection | None) -> bool:
    return within is None or all(citation.article_id in within.articles for citation in answer.citations)


def _words(question: str) -> set[str]:
    return {word.casefold() for word in words(question)}
