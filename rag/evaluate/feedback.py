"""Evaluates by what people thought of answers: is what was liked still said, and what was rejected no longer?

What got a thumb up becomes a question whose accepted answer is what was said then; an answer that nothing is found,
liked, one that the articles do not answer. What got a thumb down, or a quote that does not support its sentence, tells
no right answer: there it counts whether the rejected words are said still.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rag.answering.chain import AnswerChain
from rag.errors import UnusableQuestions
from rag.evaluate.evaluation import Evaluation
from rag.evaluate.questions import Question
from rag.evaluate.runner import evaluate
from rag.filters import EVERY_ARTICLE, Filters
from rag.index.feedback import Rated
from rag.index.library import Library
from rag.text import one_line, shorten
from rag.types import Answer

_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Rejected:
    """A question whose answer, or a quote of it, was rejected, and what is said to it now."""

    question: str
    quotes: tuple[str, ...]
    """What was rejected; nothing where it was that the articles do not answer."""
    said: tuple[str, ...]
    """The quotes of the answer now; none where it is refused."""

    @property
    def repeated(self) -> bool:
        """Whether what was rejected is said again."""
        return not self.said if not self.quotes else any(quote in self.said for quote in self.quotes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return {
            "question": self.question,
            "rejected": list(self.quotes),
            "said": list(self.said),
            "repeated": self.repeated,
        }

    def __str__(self) -> str:
        was = " / ".join(f"“{shorten(quote, _SHOWN)}”" for quote in self.quotes) or "that the articles do not answer"
        return f"{'again   ' if self.repeated else 'no more '}{self.question}\n        {was}"


@dataclass(frozen=True, slots=True)
class FeedbackEvaluation:
    """What came of it."""

    liked: Evaluation | None
    """Over the questions whose answers got a thumb up; None where there are none."""
    rejected: tuple[Rejected, ...]

    @property
    def repeated(self) -> int:
        """How many of the rejected answers are given again."""
        return sum(rejected.repeated for rejected in self.rejected)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        liked = self.liked.to_dict() if self.liked else None
        return {"liked": liked, "rejected": [rejected.to_dict() for rejected in self.rejected]}

    def __str__(self) -> str:
        parts = ["Answers that got a thumb up, asked again:", str(self.liked)] if self.liked else []
        if self.rejected:
            parts.append(f"Rejected: {len(self.rejected):,}, of which {self.repeated:,} are said again.")
            parts += map(str, self.rejected)
        return "\n\n".join(parts)


def evaluate_feedback(library: Library, *, filters: Filters = EVERY_ARTICLE) -> FeedbackEvaluation:
    """Ask again what people judged in `library`, and compare. Each question is asked of the articles it was asked of.

    Raises `UnusableQuestions` where nothing was judged.
    """
    kept = [rated for rated in library.feedback.all() if not rated.answer.holdings]
    if not kept:
        raise UnusableQuestions(
            "No answer was judged yet. In the window, each answer has a thumb up and a thumb down, and each footnote "
            "takes the word that its quote does not support it."
        )
    liked = list(liked_questions(kept))
    evaluation = evaluate(liked, library=library, filters=filters) if liked else None
    return FeedbackEvaluation(evaluation, tuple(_asked_again(kept, library)))


def liked_questions(kept: Sequence[Rated]) -> Iterator[Question]:
    """Yield the questions whose answers got a thumb up, each with what was said as its accepted answers.

    A quote that was objected to is none.
    """
    for rated in kept:
        answer = rated.answer
        if rated.verdict != 1:
            continue
        good = [citation for citation in answer.citations if citation.number not in rated.objections]
        if answer.found and not good:
            continue
        answers = [answer.short] if answer.short else [one_line(citation.quote) for citation in good]
        source = good[0].source if len({citation.source for citation in good}) == 1 else ""
        yield Question(
            answer.standalone_question, tuple(answers) if answer.found else (), source, filters=answer.filters
        )


def _asked_again(kept: Sequence[Rated], library: Library) -> Iterator[Rejected]:
    chain = AnswerChain(library)
    for rated in kept:
        answer = rated.answer
        if rated.verdict != -1 and not rated.objections:
            continue
        now = chain.invoke({"question": answer.standalone_question, "filters": answer.filters})
        wrong = [c for c in answer.citations if rated.verdict == -1 or c.number in rated.objections]
        yield Rejected(answer.standalone_question, tuple(one_line(c.quote) for c in wrong), _quotes(now))


def _quotes(answer: Answer) -> tuple[str, ...]:
    return tuple(one_line(citation.quote) for citation in answer.citations)
