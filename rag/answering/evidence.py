"""How well a sentence answers a question: what the reader makes of it, and what can be seen beside.

The sentences in which the reader sees the likeliest answers are described by a few numbers (`FEATURES`): the
reader's score, the likeness of vectors, the share of the question's words that stand in or near the sentence,
whether it holds the kind of thing that is asked for. `rag.answering.extract` weighs them.
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
from rag.text import shorten
from rag.types import Passage

FEATURES = (
    "reader",
    "reader_above_passage",
    "reader_above_all",
    "likeness",
    "likeness_above_all",
    "words_in_sentence",
    "words_near",
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

    def share(self, stems: set[str]) -> float:
        """Return the share of the question's weight whose words are among `stems`, from 0 to 1."""
        total = sum(self.weights.values())
        return sum(weight for word, weight in self.weights.items() if word in stems) / total if total else 0.0


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


def likeliest(found: Sequence[Candidate], readings: Sequence[Reading], *, limit: int) -> list[tuple[Candidate, float]]:
    """Return the `limit` candidates in which the reader sees the likeliest answers, with its scores.

    There is a reading for each passage, of the text that `read_text` gives.
    """
    scored = []
    for candidate in found:
        shift = len(read_text(candidate.passage)) - len(candidate.passage.text) - candidate.passage.chunk.start
        score = readings[candidate.rank].best(candidate.start + shift, candidate.end + shift)[0]
        scored.append((candidate, max(score, _LOWEST)))
    return sorted(scored, key=lambda item: -item[1])[:limit]


def read_text(passage: Passage) -> str:
    """Return what the reader reads of a passage: its title tells what "he" or "the hall" is."""
    return f"{shorten(passage.title, 150)}\n{passage.text}"


def describe(question: Question, scored: Sequence[tuple[Candidate, float]], likeness: NDArray[np.float32]) -> Evidence:
    """Put numbers to candidates, given the reader's scores and the cosines to the question, [candidates]."""
    best_of_passage: dict[int, float] = {}
    for candidate, score in scored:
        best_of_passage[candidate.rank] = max(score, best_of_passage.get(candidate.rank, _LOWEST))
    best_of_all = max(best_of_passage.values(), default=_LOWEST)
    most_alike = float(likeness.max(initial=-1.0))
    stems_of_passage = {c.rank: _stems(f"{c.passage.title} {c.passage.text}") for c, _ in scored}
    rows = []
    for (candidate, score), alike in zip(scored, likeness, strict=True):
        in_sentence = _stems(candidate.text)
        near = in_sentence | _stems(candidate.text_before) | _stems(candidate.passage.title)
        in_passage = stems_of_passage[candidate.rank]
        missing = [weight for word, weight in question.weights.items() if word not in in_passage]
        names = question.names
        rows.append(
            (
                score,
                score - best_of_passage[candidate.rank],
                score - best_of_all,
                float(alike),
                float(alike) - most_alike,
                question.share(in_sentence),
                question.share(near),
                max(missing, default=0.0),
                len(names - in_passage) / len(names) if names else 0.0,
                float(bool(question.kind)),
                _holds(question, candidate.text),
                candidate.passage.scores.get("dense", 0.0),
                1.0 / (1 + candidate.rank),
            )
        )
    features = np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))
    return Evidence(tuple(candidate for candidate, _ in scored), features)


def _says_something(sentence: str) -> bool:
    """Headings and scraps are no answers; table rows and list items are."""
    if sentence.startswith(("|", "- ", "* ")):
        return True
    return len(sentence) >= 8 and (sentence.rstrip("\"'”’)»]")[-1:] in ".!?…。！？" or len(sentence) >= 90)


def _stems(text: str) -> set[str]:
    return set(map(stem, set(words(text))))


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
