"""The extractive answerer: the sentences that answer best, in the article's own words, and how sure that is."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.answering.evidence import (
    FEATURES,
    Candidate,
    Evidence,
    Question,
    candidates,
    describe,
    likeliest,
    read_text,
)
from rag.answering.reader import shipped_reader
from rag.index.library import Library
from rag.index.terms import content_words
from rag.text import one_line
from rag.types import Passage

_MODEL = Path(__file__).parent.parent / "models" / "extractor.json"

_POINTS_BACK = re.compile(r"[\"“‘']?(He|She|It|They|This|That|These|Those|His|Her|Its|Their|Him|Them)\b")

WEIGHED = 6
"""Sentences that are weighed: those in which the reader sees the likeliest answers."""


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

    sentence: Logistic
    """The chance that a sentence holds the answer, of a question that the passages answer."""
    answered: Logistic
    """The chance that the best sentence holds the answer at all: that is the confidence."""
    threshold: float
    """Confidence under which the articles are said not to answer."""
    further: float
    """A further sentence joins where its chance is at least this share of the best one's."""


@dataclass(frozen=True, slots=True)
class Extract:
    """The sentences chosen, in an order that reads, and how sure it is that they answer."""

    chosen: tuple[Candidate, ...]
    confidence: float
    found: bool


def extract(
    question: str, passages: Sequence[Passage], library: Library, *, max_sentences: int, min_confidence: float | None
) -> Extract:
    """Choose the sentences of `passages` that answer `question`.

    `min_confidence` under which nothing counts as found; None takes the fitted one.
    """
    evidence = gather(question, passages, library)
    if not evidence.candidates:
        return Extract((), 0.0, found=False)
    model = shipped_model()
    chances = model.sentence(evidence.features)
    order = np.argsort(-chances)
    confidence = float(model.answered(answer_features(evidence, chances)[None, :])[0])
    threshold = model.threshold if min_confidence is None else min_confidence
    chosen = _choose(evidence.candidates, chances, order, limit=max_sentences, further=model.further)
    chosen = _with_antecedents(chosen, limit=max_sentences)
    return Extract(_in_reading_order(chosen), confidence, found=confidence >= threshold)


def gather(question: str, passages: Sequence[Passage], library: Library) -> Evidence:
    """Read `passages` and describe the sentences in which the reader sees the likeliest answers."""
    asked = content_words(question)
    counts = dict(zip(asked, library.chunks_with(asked), strict=True))
    readings = shipped_reader(library.settings.threads).read(question, [read_text(passage) for passage in passages])
    scored = likeliest(candidates(passages), readings, limit=WEIGHED)
    vectors = library.embedder.documents([one_line(candidate.text) for candidate, _ in scored])
    likeness = vectors @ library.query_vector(question)
    return describe(Question.of(question, counts, library.chunk_count()), scored, likeness)


def answer_features(evidence: Evidence, chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Describe the best sentence for the question whether it answers at all: [len(FEATURES) + 3]."""
    order = np.argsort(-chances)
    second = chances[order[1]] if len(order) > 1 else 0.0
    best = order[0]
    agreement = float(evidence.candidates[best].rank == 0)
    return np.concatenate([evidence.features[best], [_logit(chances[best]), chances[best] - second, agreement]])


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """Load what was fitted: `rag/models/extractor.json`."""
    stored = json.loads(_MODEL.read_text("utf-8"))
    if tuple(stored["features"]) != FEATURES:
        raise RuntimeError(f"{_MODEL.name} was fitted for other features; run python -m training.fit_extractor.")
    return Model(
        sentence=_logistic(stored["sentence"]),
        answered=_logistic(stored["answered"]),
        threshold=stored["threshold"],
        further=stored["further"],
    )


def _choose(
    found: Sequence[Candidate],
    chances: NDArray[np.float64],
    order: NDArray[np.intp],
    *,
    limit: int,
    further: float,
) -> list[Candidate]:
    """Take the best sentence, and further ones that come near it and say something else."""
    chosen: list[Candidate] = []
    said: set[str] = set()
    for index in order:
        text = one_line(found[index].text).casefold()
        if chances[index] < further * chances[order[0]] or len(chosen) == limit:
            break
        if text not in said:
            chosen.append(found[index])
            said.add(text)
    return chosen


def _with_antecedents(chosen: Sequence[Candidate], *, limit: int) -> list[Candidate]:
    """Bring, as far as `limit` allows, the sentence before one that begins with "He", "It" or the like."""
    kept: list[Candidate] = []
    for candidate in chosen:
        places = {(c.passage.article_id, c.start) for c in kept}
        if (candidate.passage.article_id, candidate.start) in places:
            continue
        lead = candidate.before if _POINTS_BACK.match(candidate.text) else None
        wanted = [candidate]
        if lead and (candidate.passage.article_id, lead[0]) not in places:
            wanted.insert(0, replace(candidate, start=lead[0], end=lead[1], before=None))
        if len(kept) + len(wanted) > limit:
            wanted = [candidate]
        if len(kept) < limit:
            kept += wanted
    return kept


def _in_reading_order(chosen: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Keep articles in the order of their best sentence, and an article's sentences in its own order."""
    articles = list(dict.fromkeys(candidate.passage.article_id for candidate in chosen))
    return tuple(sorted(chosen, key=lambda c: (articles.index(c.passage.article_id), c.start)))


def _logistic(stored: dict[str, list[float] | float]) -> Logistic:
    return Logistic(
        mean=np.array(stored["mean"]),
        scale=np.array(stored["scale"]),
        weights=np.array(stored["weights"]),
        bias=float(stored["bias"]),  # type: ignore[arg-type]
    )


def _logit(chance: float) -> float:
    chance = min(max(chance, 1e-6), 1 - 1e-6)
    return float(np.log(chance / (1 - chance)))
