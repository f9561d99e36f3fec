"""The extractive answerer: the sentences that answer best, in the article's own words, and how sure that is."""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.answering.compose import Composed, compose
from rag.answering.evidence import (
    FEATURES,
    PASSAGE_FEATURES,
    Evidence,
    Holding,
    ReadPassage,
    describe,
    describe_passages,
    lacks_sum,
    likeliest,
    look_closer,
    read,
)
from rag.answering.question import Form, Question
from rag.answering.reader import Reader, shipped_reader
from rag.index.library import Library
from rag.index.selection import Selection
from rag.index.terms import content_words, stem
from rag.retrieve.scope import without_time
from rag.settings import Settings
from rag.text import one_line
from rag.types import Passage

_MODEL = Path(__file__).parent.parent / "models" / "extractor.json"

WEIGHED = 6
"""Sentences that are weighed: those in which the reader sees the likeliest answers."""
_COMMON = 1000
"""Chunks in which a word can stand and still be looked up article by article."""
WEIGHED_FOR_LIST = 20
"""The same for a question that asks for all of something."""
_WITHOUT_SUM = 0.5
"""What is left of the confidence where a price is asked for and no figure stands there.

As a feature it was given the wrong sign: among the questions that are fitted on, it is too rare.
"""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression over standardised features: the chance of a yes, from 0 to 1."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float

    def __call__(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take [rows, features], give [rows]."""
        logits = (features - self.mean) / self.scale @ self.weights + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Model:
    """What was fitted, by `python -m training.fit_extractor`."""

    passage: Logistic
    """The chance that a passage holds the answer: what passages are ordered by."""
    sentence: Logistic
    """The chance that a sentence holds the answer, of a question that the passages answer."""
    answered: Logistic
    """The chance that what is quoted holds the answer: that is the confidence."""
    threshold: float
    """Confidence under which the articles are said not to answer."""
    further: float
    """A further sentence joins where its chance is at least this share of the best one's."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What answers a question, and how sure it is that it does."""

    composed: Composed
    form: Form
    """How the question had to be answered."""
    confidence: float
    found: bool
    passages: tuple[Passage, ...]
    """Those that were read, likeliest first, then the others in the order of the search."""
    read: int
    """How many of them were read."""


Place = tuple[str, int]
"""An article's id and where a sentence of it begins."""


def extract(
    question: str,
    passages: Sequence[Passage],
    library: Library,
    settings: Settings,
    *,
    without: Container[Place] = (),
    within: Selection | None = None,
) -> Extract:
    """Read `passages` and choose the sentences that answer `question`, leaving out those `without`.

    `within` are the articles that the passages were looked for in.
    """
    understood = understand(question, library, within=within)
    found = read_in_order(understood, passages, library, settings)
    evidence = gather(understood, found, library, shipped_reader(settings.threads))
    form = evidence.question.form
    rest = tuple(passages[len(found) :])
    order = tuple(item.passage for item in found) + rest
    if not evidence.candidates:
        return Extract(Composed(()), form, 0.0, found=False, passages=order, read=len(found))
    model = shipped_model()
    chances = model.sentence(evidence.features)
    confidence = float(model.answered(answer_features(evidence, chances)[None, :])[0])
    if lacks_sum(evidence.question, evidence.candidates[int(np.argmax(chances))]):
        confidence *= _WITHOUT_SUM
    threshold = model.threshold if settings.min_confidence is None else settings.min_confidence
    if form == "list":
        # One answer is likeliest in the first passage; each of several can stand anywhere.
        chances = model.sentence(evidence.features_anywhere())
    fresh = np.array([(c.passage.article_id, c.start) not in without for c in evidence.candidates])
    composed = compose(
        replace(
            evidence,
            candidates=tuple(c for c, kept in zip(evidence.candidates, fresh, strict=True) if kept),
            features=evidence.features[fresh],
            vectors=evidence.vectors[fresh],
        ),
        chances[fresh],
        lambda article_id: library.article(article_id).text,
        max_sentences=settings.max_sentences,
        max_listed=settings.max_listed,
        further=model.further,
    )
    answers = confidence >= threshold and bool(composed.lines)
    return Extract(composed, form, confidence, found=answers, passages=order, read=len(found))


def understand(question: str, library: Library, *, within: Selection | None = None) -> Question:
    """Weigh the words of a question by how rare they are in the library, or in the articles `within`."""
    asked = content_words(question)
    counts = dict(zip(asked, library.chunks_with(asked, within=within), strict=True))
    return Question.of(question, counts, library.chunk_count(within=within))


def look_up(question: Question, passages: Sequence[Passage], library: Library) -> Holding:
    """Find out in which articles of `passages` the words of a question stand that are not too common for it to tell."""
    told = [word for word, count in question.counts.items() if count <= _COMMON]
    articles = list(dict.fromkeys(passage.article_id for passage in passages))
    return dict(zip(map(stem, told), library.articles_with(told, articles), strict=True))


def read_in_order(
    question: Question, passages: Sequence[Passage], library: Library, settings: Settings
) -> list[ReadPassage]:
    """Read the first of `passages`, as many as the settings allow, and put them into the order of their chances."""
    first = passages[: settings.passages]
    reader, holding = shipped_reader(settings.threads), look_up(question, first, library)
    found = read(question, first, holding, reader, seconds=settings.reading_ms / 1000)
    if not found:
        return []
    described = describe_passages(found)
    chances = shipped_model().passage(described)
    scored = []
    for item, score, chance in zip(found, described[:, PASSAGE_FEATURES.index("reader")], chances, strict=True):
        scores = {**item.passage.scores, "reader": float(score), "order": logit(float(chance))}
        scored.append(replace(item, passage=replace(item.passage, scores=scores, sentence=item.sentence())))
    return sorted(scored, key=lambda item: -item.passage.scores["order"])


def gather(question: Question, found: Sequence[ReadPassage], library: Library, reader: Reader) -> Evidence:
    """Describe the sentences in which the reader sees the likeliest answers."""
    limit = WEIGHED_FOR_LIST if question.form == "list" else WEIGHED
    pointed = look_closer(question.text, likeliest(found, question.scope, limit=limit), found, reader)
    vectors = library.embedder.documents([one_line(candidate.text) for candidate in pointed])
    likeness = vectors @ library.query_vector(question.text)
    settled = [question.scope.is_settled_by(candidate.passage.published) for candidate in pointed]
    if any(settled):
        likeness = np.where(settled, vectors @ library.query_vector(without_time(question.text)), likeness)
    return describe(question, pointed, vectors, likeness)


def answer_features(evidence: Evidence, chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Describe the best sentence for the question whether it is answered at all: [len(FEATURES) + 1]."""
    best = int(np.argmax(chances))
    return np.concatenate([evidence.features[best], [logit(chances[best])]])


def logit(chance: float) -> float:
    """Return the logarithm of the odds."""
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return float(np.log(chance / (1 - chance)))


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """Load what was fitted: `rag/models/extractor.json`."""
    stored = json.loads(_MODEL.read_text("utf-8"))
    if tuple(stored["features"]) != FEATURES or tuple(stored["passage_features"]) != PASSAGE_FEATURES:
        raise RuntimeError(f"{_MODEL.name} was fitted for other features; run python -m training.fit_extractor.")
    return Model(
        passage=_logistic(stored["passage"]),
        sentence=_logistic(stored["sentence"]),
        answered=_logistic(stored["answered"]),
        threshold=stored["threshold"],
        further=stored["further"],
    )


def _logistic(stored: dict[str, list[float] | float]) -> Logistic:
    return Logistic(
        mean=np.array(stored["mean"]),
        scale=np.array(stored["scale"]),
        weights=np.array(stored["weights"]),
        bias=float(stored["bias"]),  # type: ignore[arg-type]
    )
