"""Fit what the extractive answerer weighs.

    python -m training.fit_extractor    writes rag/models/extractor.json

Two logistic regressions. The first ranks sentences: does this one hold an accepted answer? The second
says whether the best one answers at all. They are fitted on questions of two kinds:

- of the training sets: half with an answer; of a fourth, every passage that holds an accepted answer is
  taken away, so that only its neighbours on the same subject come up; of the last fourth, a name or number is
  swapped for that of another question, and all passages stay;
- `natural_questions.jsonl`: 300 questions on the 2,225 news stories, written for this project by readers who
  put them in words of their own; 102 of them sound as if a story answered and none does. People who make
  question sets look at the passage and borrow its words, so these count `NATURAL_WEIGHT` times.

The natural ones are also what is chosen on, each by regressions that have not seen it (five folds): the threshold,
so that `REFUSED` of those without an answer are refused, and the bound for a second and third sentence.
"""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks import data
from benchmarks.accepted import holds
from benchmarks.data import QA
from rag.answering.evidence import FEATURES, Evidence
from rag.answering.extract import _MODEL as MODEL_FILE
from rag.answering.extract import answer_features, gather
from rag.index.library import Library
from rag.types import Passage
from training.questions import WORK, fitting_library, fitting_questions, names, swapped

QUESTIONS = 1400
NATURAL = Path(__file__).parent / "natural_questions.jsonl"
NATURAL_WEIGHT = 4.0
FOLDS = 5
REFUSED = 0.75
MAX_SENTENCES = 3
CASES = WORK / "cases.pickle"


@dataclass
class Case:
    """A question, what was seen, and which of the sentences hold an accepted answer."""

    evidence: Evidence
    right: np.ndarray
    has_answer: bool
    weight: float


def main() -> None:
    from_sets, natural = _kept("sets", _cases_of_sets), _kept("natural", _cases_of_natural)
    fold = np.random.default_rng(0).integers(0, FOLDS, len(natural))
    confidence = np.zeros(len(natural))
    chances: list[np.ndarray] = [np.zeros(0)] * len(natural)
    for number in range(FOLDS):
        seen = from_sets + [case for case, own in zip(natural, fold, strict=True) if own != number]
        sentence, answered = _fitted(seen)
        for index in np.flatnonzero(fold == number):
            chances[index] = sentence.predict_proba(natural[index].evidence.features)[:, 1]
            row = answer_features(natural[index].evidence, chances[index])
            confidence[index] = answered.predict_proba(row[None, :])[0, 1]
    has_answer = np.array([case.has_answer for case in natural])
    threshold = float(np.quantile(confidence[~has_answer], REFUSED))
    further = _choose_further(natural, chances)
    _report(natural, chances, confidence, threshold)
    sentence, answered = _fitted(from_sets + natural)
    stored = {
        "features": FEATURES,
        "sentence": _stored(sentence),
        "answered": _stored(answered),
        "threshold": round(threshold, 4),
        "further": further,
        "command": "python -m training.fit_extractor",
        "data": "SQuAD 1.1 train (CC BY-SA 4.0), SQuADShifts new_wiki (CC BY 4.0), training/natural_questions.jsonl",
    }
    MODEL_FILE.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    print("sentence weights:", dict(zip(FEATURES, sentence[-1].coef_[0].round(2).tolist(), strict=True)))


def _cases_of_sets() -> list[Case]:
    articles, questions = fitting_questions(QUESTIONS, seed=1)
    with fitting_library(articles) as library:
        strangers = [name for qa in questions for name in names(qa.question)]
        chance = random.Random(0)
        cases = []
        for index, qa in enumerate(questions):
            exchanged = swapped(qa.question, strangers, chance) if index % 4 == 3 else ""
            cases.append(_case(qa, library, with_answer=index % 2 == 0, exchanged=exchanged))
        return cases


def _cases_of_natural() -> list[Case]:
    with Library(WORK / "news") as library:
        print(library.add_articles(data.news()))
        cases = []
        for line in NATURAL.read_text("utf-8").splitlines():
            item = json.loads(line)
            passages = library.search(item["question"], library.settings.passages)
            evidence = gather(item["question"], passages, library)
            right = [
                c.passage.source == f"bbc/{item['file']}" and holds(c.text, item["answers"])
                for c in evidence.candidates
            ]
            cases.append(Case(evidence, np.array(right), bool(item["answers"]), NATURAL_WEIGHT))
        return cases


def _kept(name: str, look: Callable[[], list[Case]]) -> list[Case]:
    """Look at every question once; what was seen is kept in training/work until the file is deleted."""
    file = CASES.with_stem(f"cases-{name}")
    if not file.is_file():
        seen = [(c.evidence, c.right, c.has_answer, c.weight) for c in look() if c.evidence.candidates]
        file.write_bytes(pickle.dumps(seen))
    return [Case(*values) for values in pickle.loads(file.read_bytes())]


def _case(qa: QA, library: Library, *, with_answer: bool, exchanged: str) -> Case:
    asked = exchanged or qa.question
    passages = library.search(asked, 30)
    if not with_answer and not exchanged:
        passages = [p for p in passages if not _holds_answer(p, qa)]
    evidence = gather(asked, passages[: library.settings.passages], library)
    right = [
        with_answer and c.passage.source == qa.source and any(c.start <= s and e <= c.end for s, e in qa.spans)
        for c in evidence.candidates
    ]
    return Case(evidence, np.array(right), with_answer, 1.0)


def _holds_answer(passage: Passage, qa: QA) -> bool:
    start, end = qa.paragraph
    same_paragraph = passage.source == qa.source and passage.chunk.start < end and start < passage.chunk.end
    return same_paragraph and any(answer in passage.text for answer in qa.answers)


def _fitted(cases: list[Case]) -> tuple[Pipeline, Pipeline]:
    """Fit both regressions."""
    ranked = [case for case in cases if case.right.any()]
    sentence = _fit(
        np.concatenate([case.evidence.features for case in ranked]),
        np.concatenate([case.right for case in ranked]),
        np.concatenate([np.full(len(case.right), case.weight) for case in ranked]),
    )
    rows, labels = [], []
    for case in cases:
        chances = sentence.predict_proba(case.evidence.features)[:, 1]
        rows.append(answer_features(case.evidence, chances))
        labels.append(bool(case.right[np.argmax(chances)]))
    answered = _fit(np.stack(rows), np.array(labels), np.array([case.weight for case in cases]))
    return sentence, answered


def _fit(features: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> Pipeline:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))
    return pipeline.fit(features, labels, logisticregression__sample_weight=weights)


def _choose_further(cases: list[Case], chances: list[np.ndarray]) -> float:
    """Print what each bound for further sentences gives; take the highest that loses at most 3 points of answers."""
    table = {}
    for further in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        hits, counts = [], []
        for case, chance in zip(cases, chances, strict=True):
            if case.has_answer:
                order = np.argsort(-chance)[:MAX_SENTENCES]
                order = order[chance[order] >= further * chance[order[0]]]
                hits.append(case.right[order].any())
                counts.append(len(order))
        table[further] = float(np.mean(hits))
        print(f"further {further:.1f}: {np.mean(counts):.2f} sentences, {table[further]:.3f} hold an answer")
    return max(further for further, hits in table.items() if hits >= table[0.0] - 0.03)


def _report(cases: list[Case], chances: list[np.ndarray], confidence: np.ndarray, threshold: float) -> None:
    has_answer = np.array([case.has_answer for case in cases])
    best = np.array([bool(case.right[np.argmax(chance)]) for case, chance in zip(cases, chances, strict=True)])
    weighed = np.mean([case.right.any() for case in cases if case.has_answer])
    print(f"natural questions, unseen: {len(cases)}, {has_answer.sum()} with an answer")
    print(f"  an answering sentence among those weighed    {weighed:.3f}")
    print(f"  the best sentence answers                    {best[has_answer].mean():.3f}")
    print(f"  best sentence right, AUROC of the confidence {roc_auc_score(best, confidence):.3f}")
    print(f"  has an answer, AUROC of the confidence       {roc_auc_score(has_answer, confidence):.3f}")
    print(f"  threshold {threshold:.3f}: refused without an answer {np.mean(confidence[~has_answer] < threshold):.3f}")
    print(f"  answered with one {np.mean(confidence[has_answer] >= threshold):.3f}", end="")
    print(f", of the answered the best sentence is right {best[confidence >= threshold].mean():.3f}")


def _stored(pipeline: Pipeline) -> dict[str, Any]:
    scaler, regression = pipeline[0], pipeline[-1]
    return {
        "mean": [round(float(x), 6) for x in scaler.mean_],
        "scale": [round(float(x), 6) for x in scaler.scale_],
        "weights": [round(float(x), 6) for x in regression.coef_[0]],
        "bias": round(float(regression.intercept_[0]), 6),
    }


if __name__ == "__main__":
    main()
