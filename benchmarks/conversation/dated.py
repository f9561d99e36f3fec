"""Questions on what changes with time, or on which articles disagree: `dated.jsonl`.

A disagreement is right when both accounts are quoted, each from its article. Any other question is right when the
first sentence that is there to answer is one of the right article with accepted words, and no sentence before it
quotes words that were true at another time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from benchmarks.conversation.wanted import Wanted, in_full, shortly
from benchmarks.results import table
from rag.answering.chain import AnswerChain
from rag.evaluate.accepted import holds
from rag.types import Answer

FILE = Path(__file__).parent / "dated.jsonl"
DISAGREEMENT = "disagreement"


@dataclass(frozen=True, slots=True)
class Dated:
    """A question and what was said."""

    id: str
    kind: str
    question: str
    wanted: Wanted
    other: Wanted
    """The second account of a disagreement."""
    rejected: tuple[str, ...]
    """Words that were true at another time than the question asks about."""
    said: Answer
    said_whatever: Answer
    """What is said when nothing is refused for being weak."""

    def is_right(self, answer: Answer) -> bool:
        """Say whether an answer gives both accounts, or the one of the right time first."""
        if self.kind == DISAGREEMENT:
            return None not in self._accounts(answer)
        before = list(takewhile(lambda sentence: sentence.role != "answer", answer.sentences))
        if len(before) == len(answer.sentences):
            return False
        cited = {citation.number: citation for citation in answer.citations}
        # Its first number is its own quote's; the others are those of what agrees with it.
        own = cited[answer.sentences[len(before)].citations[0]]
        misled = any(holds(cited[number].quote, self.rejected) for s in before for number in s.citations)
        return self.wanted.quoted_by(own) and not misled

    def has_newer_first(self, answer: Answer) -> bool:
        """Say whether of two accounts the one of the newer article comes first."""
        days = {c.number: c.published for c in answer.citations}
        numbers = sorted(number for number in self._accounts(answer) if number is not None)
        first, second = (days[number] for number in numbers)
        return first is not None and second is not None and first > second

    def _accounts(self, answer: Answer) -> tuple[int | None, int | None]:
        return self.wanted.first_in(answer, answer.sentences), self.other.first_in(answer, answer.sentences)


def ask(chain: AnswerChain, unrefusing: AnswerChain, limit: int | None) -> list[Dated]:
    """Ask all questions, as a person would and once more with no answer refused."""
    lines = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()][:limit]
    return asked(chain, unrefusing, lines)


def asked(chain: AnswerChain, unrefusing: AnswerChain, lines: Sequence[dict[str, Any]]) -> list[Dated]:
    """Ask the questions of `lines`, each as it stands in `dated.jsonl`."""
    return [
        Dated(
            id=line["id"],
            kind=line["kind"],
            question=line["question"],
            wanted=Wanted(tuple(line["accepted"]), line["source"]),
            other=Wanted(tuple(line["other"]), line["other_source"]),
            rejected=tuple(line["rejected"]),
            said=chain.invoke(line["question"]),
            said_whatever=unrefusing.invoke(line["question"]),
        )
        for line in lines
    ]


def described(cases: Sequence[Dated]) -> str:
    """Return the counts by kind, and what was said to each question."""
    kinds = list(dict.fromkeys(case.kind for case in cases))
    rows = [_counts(kind, [case for case in cases if case.kind == kind]) for kind in kinds]
    both = [case for case in cases if case.kind == DISAGREEMENT and case.is_right(case.said)]
    newer = sum(case.has_newer_first(case.said) for case in both)
    listed = [(case.id, case.kind, case.question, _outcome(case)) for case in cases]
    return "\n\n".join(
        [
            "### What changes with time",
            table(("questions", "", "right", "right, none refused"), [*rows, _counts("**all**", cases)]),
            f"Of the {len(both)} disagreements of which both sides are quoted, {newer} have the newer first.",
            table(("", "kind", "question", "what was said [confidence]"), listed),
        ]
    )


def missed(cases: Sequence[Dated]) -> Iterator[str]:
    """Yield each miss in full."""
    for case in cases:
        if case.is_right(case.said):
            continue
        yield f"{case.id} {case.kind}: {case.question}"
        for wanted in (case.wanted, case.other) if case.kind == DISAGREEMENT else (case.wanted,):
            yield f"    wanted: {' / '.join(wanted.words)} ({wanted.source}), in {wanted.place(case.said)}"
        yield f"        said: {in_full(case.said)}"
        if not case.said.found:
            right = "right" if case.is_right(case.said_whatever) else "wrong"
            yield f"        none refused, {right}: {in_full(case.said_whatever)}"


def _counts(name: str, cases: Sequence[Dated]) -> tuple[str, int, int, int]:
    right = sum(case.is_right(case.said) for case in cases)
    return name, len(cases), right, sum(case.is_right(case.said_whatever) for case in cases)


def _outcome(case: Dated) -> str:
    return "right" if case.is_right(case.said) else shortly(case.said)
