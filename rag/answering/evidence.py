"""How well a sentence answers a question: what the reader makes of it, and what can be seen beside.

Passages are read and put into the order in which they are likely to answer (`read`). The sentences in which the
reader sees the likeliest answers are then described by a few numbers (`FEATURES`): the reader's score, the likeness
of vectors, the share of the question's words that stand in or near the sentence, whether it holds the kind of thing
that is asked for. `rag.answering.extract` weighs them.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from rag.answering.question import Question, is_name
from rag.answering.reader import Reader, Reading
from rag.index.terms import stem, words
from rag.ingest import sentence_spans
from rag.ingest.dates import MONTH_NAMES, WEEKDAY_NAMES
from rag.retrieve.scope import TimeScope, without_time
from rag.text import shorten
from rag.types import Passage

PASSAGE_FEATURES = (
    "reader",
    "reader_above_all",
    "dense",
    "lexical",
    "first_rank",
    "names_nowhere",
    "rarest_nowhere",
)
"""What a passage is ordered by: names of the columns of `describe_passages`."""

FEATURES = (
    "reader",
    "reader_above_passage",
    "reader_above_all",
    "reader_closer",
    "likeness",
    "likeness_above_all",
    "words_in_sentence",
    "words_near",
    "rarest_missing",
    "names_missing",
    "numbers_missing",
    "names_nowhere",
    "rarest_nowhere",
    "kind_asked",
    "kind_present",
    "kind_in_short",
    "passage_likeness",
    "passage_rank",
    "passage_order",
    "agreeing",
)
"""Names of the columns of `Evidence.features`, in order."""

_NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion "
    "dozen half third quarter once twice".split()
)
_TIME_WORDS = frozenset(
    " ".join(MONTH_NAMES + WEEKDAY_NAMES).lower().split()
    + "century decade yesterday today tomorrow midnight noon spring summer autumn winter morning evening".split()
)
_LOWEST = -20.0
"""Reader score of a sentence in which it sees nothing at all."""

Holding = Mapping[str, Container[str]]
"""By stem of a question's word: the ids of the articles in which it stands."""

_LONG_LINE = 60
"""Characters from which a line without a full stop is taken for more than a heading."""
_YEAR = re.compile(r"^(1[0-9]{3}|20[0-9]{2})(s|'s)?$")
_MONEY = re.compile(r"[$£€¥₩]|\b(pounds?|dollars?|euros?|pence|cents?|million|billion|free)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lacks:
    """What of a question stands nowhere in an article, its title included.

    A passage of an article on Carrowdrum need not name it; one of an article that never does is on something else.
    """

    names: float = 0.0
    """Share of its names and numbers, from 0 to 1."""
    rarest: float = 0.0
    """How much the rarest of its words tells, from 0 to 1."""

    @classmethod
    def of(cls, question: Question, passage: Passage, holding: Holding) -> Lacks:
        """Look up what the article of a passage lacks. Words that are not in `holding` are taken to be there."""
        asked = question.undated() if question.scope.is_settled_by(passage.published) else question
        lacking = {word for word in asked.weights if passage.article_id not in holding.get(word, {passage.article_id})}
        if passage.published:
            lacking.discard(str(passage.published.year))
        return cls(
            names=len(asked.names & lacking) / len(asked.names) if asked.names else 0.0,
            rarest=max((asked.weights[word] for word in lacking), default=0.0),
        )


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
    short: tuple[int, int] | None = None
    """Offsets in the article of the words that the reader points at."""
    score: float = _LOWEST
    """The reader's: above 0 where an answer is likelier than none."""
    closer: float = _LOWEST
    """The reader's for the sentence read by itself."""
    lacks: Lacks = Lacks()
    """What its article lacks."""

    @property
    def text(self) -> str:
        """The sentence's words, as they stand in the article."""
        return self._cut(self.start, self.end)

    @property
    def text_before(self) -> str:
        """The words of the sentence before; empty where there is none."""
        return self._cut(*self.before) if self.before else ""

    @property
    def short_text(self) -> str:
        """The words that the reader points at; empty where it was not asked."""
        return self._cut(*self.short) if self.short else ""

    @property
    def is_row(self) -> bool:
        """Say whether it is a row of a table."""
        return self.text.startswith("|")

    def fits(self, scope: TimeScope) -> bool:
        """Say whether it can tell of the time that a question asks about."""
        return scope.fits(self.passage.published, f"{self.passage.title} {self.text_before} {self.text}")

    def _cut(self, start: int, end: int) -> str:
        offset = self.passage.chunk.start
        return self.passage.text[start - offset : end - offset]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The candidates for one question and what is seen of each."""

    question: Question
    candidates: tuple[Candidate, ...]
    features: NDArray[np.float64]
    """[candidates, len(FEATURES)]"""
    vectors: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    """[candidates, dimension]: of the sentences, of length 1."""

    def features_anywhere(self) -> NDArray[np.float64]:
        """Return the features as they were if every sentence stood in the first passage."""
        features = self.features.copy()
        for name in ("passage_rank", "passage_order"):
            column = features[:, FEATURES.index(name)]
            column[:] = column.max(initial=-np.inf)
        return features


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage and what the reader made of it."""

    passage: Passage
    reading: Reading
    lacks: Lacks = Lacks()

    @property
    def shift(self) -> int:
        """What to add to an offset in the article to have one in the text that was read."""
        return len(read_text(self.passage)) - len(self.passage.text) - self.passage.chunk.start

    def score(self) -> float:
        """Return the reader's score of the likeliest answer anywhere in the passage."""
        return max(self._best()[0], _LOWEST)

    def sentence(self) -> tuple[int, int] | None:
        """Return where in the article the sentence stands that holds the likeliest answer; None where none was seen."""
        score, start, _ = self._best()
        offset = self.passage.chunk.start
        holding = (
            (offset + first, offset + last)
            for first, last in sentence_spans(self.passage.text)
            if first <= start - self.shift - offset < last
        )
        return next(holding, None) if score > -np.inf else None

    def _best(self) -> tuple[float, int, int]:
        start, end = self.passage.chunk.start, self.passage.chunk.end
        return self.reading.best(start + self.shift, end + self.shift)


def read(
    question: Question, passages: Sequence[Passage], holding: Holding, reader: Reader, *, seconds: float
) -> list[ReadPassage]:
    """Read as many of `passages`, in their order, as begin within `seconds`.

    What the day of an article settles is not looked for in its words: it is asked without the time.
    """
    asked = asked_of(question.text, passages)
    readings = reader.read(asked, [read_text(passage) for passage in passages], seconds=seconds)
    return [
        ReadPassage(passage, reading, Lacks.of(question, passage, holding))
        for passage, reading in zip(passages, readings, strict=False)
    ]


def asked_of(question: str, passages: Sequence[Passage]) -> list[str]:
    """Return what each passage is asked: the question, or that without the time which its article's day settles."""
    scope, timeless = TimeScope.of(question), without_time(question)
    return [timeless if scope.is_settled_by(passage.published) else question for passage in passages]


def read_text(passage: Passage) -> str:
    """Return what the reader reads of a passage: its title tells what "he" or "the hall" is."""
    return f"{shorten(passage.title, 150)}\n{passage.text}"


def describe_passages(found: Sequence[ReadPassage]) -> NDArray[np.float64]:
    """Put numbers to passages that were read, in the order of the search: [passages, len(PASSAGE_FEATURES)]."""
    scores = [item.score() for item in found]
    best = max(scores, default=_LOWEST)
    lexical = [item.passage.scores.get("lexical", 0.0) for item in found]
    most = max(lexical, default=0.0) or 1.0
    rows = [
        (
            score,
            score - best,
            item.passage.scores.get("dense", 0.0),
            words_shared / most,
            1.0 / (1 + rank),
            item.lacks.names,
            item.lacks.rarest,
        )
        for rank, (item, score, words_shared) in enumerate(zip(found, scores, lexical, strict=True))
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(PASSAGE_FEATURES))


def candidates(passages: Sequence[Passage]) -> list[Candidate]:
    """Return the sentences of `passages` that say something, in order of passages and text.

    Those are left out that a near copy which answers before the article has too, or has corrected.
    """
    found = []
    for rank, passage in enumerate(passages):
        before = None
        offset = passage.chunk.start
        row_before = offset > 0 and _begins_inside_table(passage.text)
        for start, end in sentence_spans(passage.text):
            row = passage.text[start] == "|"
            heads_table = row and not row_before
            row_before = row
            middle = offset + (start + end) // 2
            superseded = any(first <= middle < last for first, last in passage.superseded)
            if _says_something(passage.text[start:end]) and not heads_table and not superseded:
                found.append(Candidate(passage, offset + start, offset + end, rank, before))
            before = (offset + start, offset + end)
    return found


def likeliest(found: Sequence[ReadPassage], scope: TimeScope, *, limit: int) -> list[Candidate]:
    """Return the `limit` sentences in which the reader sees the likeliest answers, each pointed at.

    Sentences that can tell of the time asked about come before all others.
    """
    pointed = []
    for candidate in candidates([item.passage for item in found]):
        item = found[candidate.rank]
        score, start, end = item.reading.best(candidate.start + item.shift, candidate.end + item.shift)
        short = (start - item.shift, end - item.shift) if score > _LOWEST and start < end else None
        pointed.append(replace(candidate, short=short, score=max(score, _LOWEST), lacks=item.lacks))
    return sorted(pointed, key=lambda candidate: (not candidate.fits(scope), -candidate.score))[:limit]


def look_closer(
    question: str, pointed: Sequence[Candidate], found: Sequence[ReadPassage], reader: Reader
) -> list[Candidate]:
    """Read each sentence again by itself; its short answer is then what the two readings together point at."""
    asked = asked_of(question, [candidate.passage for candidate in pointed])
    looked = []
    for candidate, alone in zip(pointed, reader.read(asked, [c.text for c in pointed]), strict=True):
        item = found[candidate.rank]
        first, last = candidate.start + item.shift, candidate.end + item.shift
        _, start, end = item.reading.within(first, last).seconded(alone).best(first, last)
        short = (start - item.shift, end - item.shift) if candidate.short else None
        score, *_ = alone.best(0, len(candidate.text))
        looked.append(replace(candidate, short=short, closer=max(score, _LOWEST)))
    return looked


def describe(
    question: Question, found: Sequence[Candidate], vectors: NDArray[np.float32], likeness: NDArray[np.float32]
) -> Evidence:
    """Put numbers to candidates, given their vectors and the vectors' cosines to the question, [candidates].

    Where the day of an article settles the time asked about, the words of that time are not missed.
    """
    undated = question.undated()
    best_of_passage: dict[int, float] = {}
    for candidate in found:
        best_of_passage[candidate.rank] = max(candidate.score, best_of_passage.get(candidate.rank, _LOWEST))
    best_of_all = max(best_of_passage.values(), default=_LOWEST)
    most_alike = float(likeness.max(initial=-1.0))
    stems_of_passage = {c.rank: _stems(f"{c.passage.title} {c.passage.text}") for c in found}
    rows = []
    for candidate, alike in zip(found, likeness, strict=True):
        in_sentence = _stems(candidate.text)
        near = in_sentence | _stems(candidate.text_before) | _stems(candidate.passage.title)
        in_passage = stems_of_passage[candidate.rank]
        asked = undated if question.scope.is_settled_by(candidate.passage.published) else question
        missing = [weight for word, weight in asked.weights.items() if word not in in_passage]
        names, numbers = asked.names, asked.numbers
        dated = {str(candidate.passage.published.year)} if candidate.passage.published else set()
        rows.append(
            (
                candidate.score,
                candidate.score - best_of_passage[candidate.rank],
                candidate.score - best_of_all,
                candidate.closer,
                float(alike),
                float(alike) - most_alike,
                asked.share(in_sentence),
                asked.share(near),
                max(missing, default=0.0),
                len(names - in_passage) / len(names) if names else 0.0,
                len(numbers - in_passage - dated) / len(numbers) if numbers else 0.0,
                candidate.lacks.names,
                candidate.lacks.rarest,
                float(bool(question.kind)),
                _holds(question, candidate.text),
                _holds(question, candidate.short_text),
                candidate.passage.scores.get("dense", 0.0),
                1.0 / (1 + candidate.rank),
                candidate.passage.scores.get("order", 0.0),
                min(2.0, sum(_agree(candidate, other) for other in found)),
            )
        )
    features = np.array(rows, dtype=np.float64).reshape(len(rows), len(FEATURES))
    return Evidence(question, tuple(found), features, vectors)


def lacks_sum(question: Question, candidate: Candidate) -> bool:
    """Say whether a price is asked for where the sentence has neither a figure nor a word of money."""
    text = candidate.text
    return question.kind == "money" and not _MONEY.search(text) and not any(c.isdigit() for c in text)


def bare(text: str) -> str:
    """Return a short answer as it is compared: its words in lower case, "the" and punctuation left out."""
    return " ".join(w.casefold() for w in words(text) if w.casefold() not in ("the", "a", "an", "about", "around"))


def _agree(one: Candidate, other: Candidate) -> bool:
    """Say whether another passage points at the same words, but for one of a near copy."""
    if other.rank == one.rank or not one.short_text or bare(one.short_text) != bare(other.short_text):
        return False
    return one.passage.account != other.passage.account or one.passage.article_id == other.passage.article_id


def _says_something(sentence: str) -> bool:
    """Headings and scraps are no answers; table rows, list items and whole lines are."""
    if sentence.startswith(("|", "- ", "* ")):
        return True
    return len(sentence) >= 8 and (sentence.rstrip("\"'”’)»]")[-1:] in ".!?…。！？" or len(sentence) >= _LONG_LINE)


def _begins_inside_table(text: str) -> bool:
    """Say whether the first row of a chunk is none that only names the columns: figures stand in it too."""
    first, second = [*text.split("\n", 2), ""][:2]
    return any(c.isdigit() for c in first) or not any(c.isdigit() for c in second)


def _stems(text: str) -> set[str]:
    return set(map(stem, set(words(text))))


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
        if question.kind == "name" and index and is_name(word, first=False) and not number:
            return 1.0
    return 0.0
