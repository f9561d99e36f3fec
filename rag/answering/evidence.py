"""How well a sentence answers a question: what the reader makes of it, and what can be seen beside.

Every sentence of the passages that came up is described by a few numbers (`FEATURES`): the reader's score
of the likeliest answer in it, whether the passage has the question's names and rare words, whether the
sentence holds the kind of thing that is asked for. `rag.answering.extract` weighs them. The share of the
question's words that stand in the sentence is left out: people who make question sets see the passage and
borrow its words, people who ask their own articles do not, and on the sets nothing is lost without it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.answering.reader import Reading
from rag.index.terms import STOP_WORDS, content_words, stem, words
from rag.ingest import sentence_spans
from rag.types import Passage

FEATURES = (
    "reader",
    "reader_above_passage",
    "reader_above_all",
    "rarest_missing",
    "names_missing",
    "kind_asked",
    "kind_present",
    "passage_likeness",
    "passage_rank",
)
"""Names of the columns of `Evidence.features`, in order."""

_MONTHS = "january february march april may june july august september october november december"
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"
_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion "
    "dozen half third quarter once twice".split()
)
_TIME_WORDS = frozenset(
    f"{_MONTHS} {_WEEKDAYS} century decade yesterday today tomorrow midnight noon spring summer autumn winter "
    "morning evening".split()
)

# What kind of thing a question asks for; the first that fits counts.
_ASKED = tuple(
    (kind, re.compile(rf"\b({pattern})\b"))
    for kind, pattern in (
        ("time", r"when|(what|which) (year|date|day|month|time|century|decade)|how long ago"),
        (
            "money",
            r"how much (money|do|does|did|is|was|were|are|will|would|has|have)|cost|price|fee|fare|salary|budget",
        ),
        ("number", r"how (many|much|long|far|old|tall|high|big|large|wide|deep|fast|often|heavy)"),
        ("number", r"percentage|percent|number of|population|what share|proportion"),
        ("name", r"who|whom|whose|where|which (city|town|country|club|team|company|person|street)"),
        ("name", r"what (city|town|country|company|team|is the name|was the name)"),
    )
)

_LOWEST = -20.0
"""Reader score of a sentence in which it sees nothing at all."""

_YEAR = re.compile(r"^(1[0-9]{3}|20[0-9]{2})(s|'s)?$")
_MONEY = re.compile(r"[$£€¥₩]|\b(pounds?|dollars?|euros?|pence|cents?|million|billion|free)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a passage that might answer."""

    passage: Passage
    start: int
    """Offset in the article, as `end`."""
    end: int
    rank: int
    """Rank of the passage, from 0."""
    before: tuple[int, int] | None = None
    """Offsets of the sentence before it in the same passage."""

    @property
    def text(self) -> str:
        """The sentence's words, as they stand in the article."""
        return self._cut(self.start, self.end)

    @property
    def text_before(self) -> str:
        """The words of the sentence before; empty where there is none."""
        return self._cut(*self.before) if self.before else ""

    def _cut(self, start: int, end: int) -> str:
        offset = self.passage.chunk.start
        return self.passage.text[start - offset : end - offset]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The candidates for one question and what is seen of each."""

    candidates: tuple[Candidate, ...]
    features: NDArray[np.float64]
    """[candidates, len(FEATURES)]"""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what its words weigh in the library."""

    text: str
    weights: dict[str, float]
    """By stem: how much a word of the question tells, from 0 to 1; rare words tell more."""
    names: frozenset[str]
    """Stems of its names and numbers."""
    kind: str
    """What is asked for: "time", "money", "number", "name" or ""."""

    @classmethod
    def of(cls, text: str, counts: dict[str, int], chunks: int) -> Question:
        """Weigh the words of `text`, given in how many of the library's `chunks` each stands."""
        # Smoothed so that in a library of a few chunks words weigh nearly the same.
        weights = {stem(w): math.log((chunks + 200) / (counts[w] + 0.5)) for w in content_words(text)}
        largest = max(weights.values(), default=1.0)
        return cls(
            text=text,
            weights={word: max(weight, 0.1) / largest for word, weight in weights.items()},
            names=frozenset(stem(w) for i, w in enumerate(words(text)) if _is_name(w, first=i == 0)),
            kind=next((kind for kind, pattern in _ASKED if pattern.search(text.casefold())), ""),
        )


def candidates(passages: Sequence[Passage]) -> list[Candidate]:
    """Return the sentences of `passages` that say something, in order of passages and text."""
    found = []
    for rank, passage in enumerate(passages):
        before = None
        offset = passage.chunk.start
        row_before = False
        for start, end in sentence_spans(passage.text):
            row = passage.text[start] == "|"
            heads_table = row and not row_before
            row_before = row
            if _says_something(passage.text[start:end]) and not heads_table:
                found.append(Candidate(passage, offset + start, offset + end, rank, before))
            before = (offset + start, offset + end)
    return found


def describe(question: Question, passages: Sequence[Passage], readings: Sequence[Reading]) -> Evidence:
    """Put numbers to each sentence of `passages`, which the reader read to give `readings`."""
    found = candidates(passages)
    best_of_passage = [reading.best(0, len(p.text))[0] for p, reading in zip(passages, readings, strict=True)]
    best_of_all = max(best_of_passage, default=0.0)
    stems_of_passage = [_stems(f"{passage.title} {passage.text}") for passage in passages]
    rows = []
    for candidate in found:
        passage = candidate.passage
        offset = passage.chunk.start
        score = readings[candidate.rank].best(candidate.start - offset, candidate.end - offset)[0]
        score = max(score, _LOWEST)
        in_passage = stems_of_passage[candidate.rank]
        missing = [weight for word, weight in question.weights.items() if word not in in_passage]
        names = question.names
        rows.append(
            (
                score,
                score - best_of_passage[candidate.rank],
                score - best_of_all,
                max(missing, default=0.0),
                len(names - in_passage) / len(names) if names else 0.0,
                float(bool(question.kind)),
                _holds(question, candidate.text),
                passage.scores.get("dense", 0.0),
                1.0 / (1 + candidate.rank),
            )
        )
    return Evidence(tuple(found), np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES)))


def _says_something(sentence: str) -> bool:
    """Headings and scraps are no answers; table rows and list items are."""
    if sentence.startswith(("|", "- ", "* ")):
        return True
    return len(sentence) >= 8 and (sentence.rstrip("\"'”’)»]")[-1:] in ".!?…。！？" or len(sentence) >= 90)


def _stems(text: str) -> set[str]:
    return {stem(word) for word in words(text)}


def _is_name(word: str, *, first: bool) -> bool:
    return any(c.isdigit() for c in word) or (word[0].isupper() and not first and word.casefold() not in STOP_WORDS)


def _holds(question: Question, text: str) -> float:
    """Say (1 or 0) whether `text` holds something of the kind that is asked for and not in the question."""
    if not question.kind:
        return 0.0
    if question.kind == "money":
        return float(bool(_MONEY.search(text)))
    for index, word in enumerate(words(text)):
        if stem(word) in question.weights:
            continue
        low = word.casefold()
        number = word[0].isdigit() or low in _NUMBER_WORDS
        if question.kind == "number" and number:
            return 1.0
        if question.kind == "time" and (low in _TIME_WORDS or _YEAR.match(low) or (number and ":" in text)):
            return 1.0
        if question.kind == "name" and index and _is_name(word, first=False) and not number:
            return 1.0
    return 0.0
