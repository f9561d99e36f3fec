"""Pairs of questions, the second of which leans on the first: `followups.jsonl`.

In 26 pairs the follow-up leaves to the first question what it is about; in four, kind "new subject", it does not,
and must not be taken to. Right is: a sentence that is not there to say otherwise quotes accepted words from the
right article. Beside the follow-up after its first question stand the same question as a person put it in full (what
could be reached), and the follow-up with nothing before it (what its own words give).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.conversation.wanted import Wanted, in_full, shortly
from benchmarks.results import share, table
from rag.answering.chain import AnswerChain
from rag.text import shorten
from rag.types import Answer

FILE = Path(__file__).parent / "followups.jsonl"
NEW_SUBJECT = "new subject"
_CELL = 110


@dataclass(frozen=True, slots=True)
class Said:
    """What was said to a pair."""

    first: Answer
    after: Answer
    """To the follow-up after the first question."""
    in_full: Answer
    """To the same question put in full."""
    alone: Answer
    """To the follow-up with nothing before it."""

    def answers(self) -> tuple[Answer, ...]:
        """Return what counts: after, in full, alone."""
        return self.after, self.in_full, self.alone


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, its follow-up and what was said."""

    id: str
    kind: str
    follow_up: str
    wanted: Wanted
    said: Said
    said_whatever: Said
    """What is said when nothing is refused for being weak."""

    def rights(self) -> list[bool]:
        """Say of each of the six answers whether it is right: after, in full, alone; the same with none refused."""
        return [self.is_right(answer) for said in (self.said, self.said_whatever) for answer in said.answers()]

    def is_right(self, answer: Answer) -> bool:
        """Say whether an answer quotes what is wanted."""
        answering = [sentence for sentence in answer.sentences if sentence.role != "otherwise"]
        return self.wanted.first_in(answer, answering) is not None

    def all_said(self) -> Iterator[Answer]:
        """Yield every answer."""
        for said in (self.said, self.said_whatever):
            yield said.first
            yield from said.answers()


def ask(chain: AnswerChain, unrefusing: AnswerChain, limit: int | None) -> list[Pair]:
    """Ask all pairs, as a person would and once more with no answer refused."""
    lines = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()][:limit]
    return [
        Pair(
            id=line["id"],
            kind=line["kind"],
            follow_up=line["follow_up"],
            wanted=Wanted(tuple(line["accepted"]), line["source"]),
            said=_said(chain, line),
            said_whatever=_said(unrefusing, line),
        )
        for line in lines
    ]


def described(pairs: Sequence[Pair]) -> str:
    """Return the counts by kind, and what was said to each pair."""
    leaning = [pair for pair in pairs if pair.kind != NEW_SUBJECT]
    kinds = list(dict.fromkeys(pair.kind for pair in leaning))
    rows = [(kind, *_counts([pair for pair in leaning if pair.kind == kind])) for kind in kinds]
    rows.append(("**all of these**", *_counts(leaning)))
    rows.append((NEW_SUBJECT, *_counts([pair for pair in pairs if pair.kind == NEW_SUBJECT])))
    header = ("follow-ups", "pairs", "right", "in full", "alone", "right, none refused", "in full", "alone")
    listed = [(p.id, p.follow_up, shorten(p.said.after.standalone_question, _CELL), _outcome(p)) for p in pairs]
    answered = share(sum(pair.said.first.found for pair in pairs), len(pairs))
    return "\n\n".join(
        [
            "### Follow-up questions",
            table(header, rows),
            f"“In full” is the same question as a person put it, “alone” the follow-up with nothing before it. "
            f"The first question was answered in {answered}.",
            table(("", "follow-up", "understood as", "what was said [confidence]"), listed),
        ]
    )


def missed(pairs: Sequence[Pair]) -> Iterator[str]:
    """Yield each miss in full."""
    for pair in pairs:
        if pair.is_right(pair.said.after):
            continue
        yield f"{pair.id} {pair.follow_up} | wanted: {' / '.join(pair.wanted.words)} ({pair.wanted.source})"
        yield f"    to the first question: {in_full(pair.said.first)}"
        yield from _compared("after it", pair, pair.said.after, pair.said_whatever.after)
        yield from _compared("in full", pair, pair.said.in_full, pair.said_whatever.in_full)


def _compared(name: str, pair: Pair, said: Answer, whatever: Answer) -> Iterator[str]:
    yield f"    {name}: {said.standalone_question} | wanted in {pair.wanted.place(said)}"
    yield f"        said: {in_full(said)}"
    if not said.found:
        right = "right" if pair.is_right(whatever) else "wrong"
        yield f"        none refused, {right}: {whatever.standalone_question} {in_full(whatever)}"


def _said(chain: AnswerChain, line: dict[str, str]) -> Said:
    first = chain.invoke(line["first"])
    return Said(
        first=first,
        after=chain.invoke({"question": line["follow_up"], "history": [first]}),
        in_full=chain.invoke(line["standalone"]),
        alone=chain.invoke(line["follow_up"]),
    )


def _counts(pairs: Sequence[Pair]) -> tuple[int, ...]:
    return len(pairs), *(sum(pair.rights()[column] for pair in pairs) for column in range(6))


def _outcome(pair: Pair) -> str:
    return "right" if pair.is_right(pair.said.after) else shortly(pair.said.after)
