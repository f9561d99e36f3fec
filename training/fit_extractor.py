"""Fit what the extractive answerer weighs, on questions of the training sets.

    python -m training.fit_extractor    writes rag/models/extractor.json

Two logistic regressions. The first ranks sentences: does this one hold an accepted answer? The second
says whether the best one answers at all. Half of the questions have an answer. Of a fourth, every passage that
holds an accepted answer is taken away, so that only its neighbours on the same subject come up. Of the last
fourth, a name or number is swapped for that of another question, and all passages stay. The threshold is
chosen on a fourth of the questions kept aside: the lowest confidence at which `REFUSED` of the questions
without an answer are refused. So is the bound for a second and third sentence.
"""

from __future__ import annotations

import json
import pickle
import random
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from benchmarks.data import QA
from rag.answering.evidence import FEATURES, Evidence
from rag.answering.extract import _MODEL as MODEL_FILE
from rag.answering.extract import answer_features, gather
from rag.index.library import Library
from rag.types import Passage
from training.questions import WORK, fitting_library, fitting_questions

QUESTIONS = 3000
_NAME = re.compile(r"\b(?:[A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+)*|\d[\d,.]*)\b")
CASES = WORK / "cases.pickle"
REFUSED = 0.75
MAX_SENTENCES = 3


@dataclass
class Case:
    """A question, what was seen, and which of the sentences hold an accepted answer."""

    evidence: Evidence
    right: np.ndarray
    has_answer: bool


def main() -> None:
    articles, questions = fitting_questions(QUESTIONS, seed=1)
    library = fitting_library(articles)
    cases = _seen(questions, library)
    cases = [case for case in cases if case.evidence.candidates]
    kept_aside, train = cases[: len(cases) // 4], cases[len(cases) // 4 :]

    sentence = _fit(*_sentences([case for case in train if case.has_answer and case.right.any()]))
    answered = _fit(*_answers(train, sentence))
    features, labels = _answers(kept_aside, sentence)
    confidence = answered.predict_proba(features)[:, 1]
    # A question without an answer is refused; one whose best sentence is wrong is no loss to refuse.
    without = np.array([not case.has_answer for case in kept_aside])
    threshold = float(np.quantile(confidence[without], REFUSED))

    further = _choose_further(kept_aside, sentence)
    _report(kept_aside, sentence, confidence, labels, without, threshold)
    stored = {
        "features": FEATURES,
        "sentence": _stored(sentence),
        "answered": _stored(answered),
        "threshold": round(threshold, 4),
        "further": further,
        "command": "python -m training.fit_extractor",
        "data": "SQuAD 1.1 train (CC BY-SA 4.0), SQuADShifts new_wiki (CC BY 4.0)",
    }
    MODEL_FILE.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")


def _seen(questions: list[QA], library: Library) -> list[Case]:
    """Look at every question once; kept in training/work until that file is deleted."""
    if CASES.is_file():
        print(f"using {CASES.name}; delete it after a change to search or to the features")
        return list(pickle.loads(CASES.read_bytes()))
    cases = []
    strangers = [name for qa in questions for name in _NAME.findall(qa.question)]
    chance = random.Random(0)
    for index, qa in enumerate(questions):
        swapped = _swapped(qa.question, strangers, chance) if index % 4 == 3 else ""
        cases.append(_case(qa, library, with_answer=index % 2 == 0, swapped=swapped))
        if index % 250 == 0:
            print(index, flush=True)
    CASES.write_bytes(pickle.dumps(cases))
    return cases


def _swapped(question: str, strangers: list[str], chance: random.Random) -> str:
    """Return `question` with a number or a name that is not at its beginning exchanged; "" where there is none."""
    found = [match for match in _NAME.finditer(question) if match.start()]
    if not found:
        return ""
    match = chance.choice(found)
    numeric = match[0][0].isdigit()
    other = [name for name in strangers if name[0].isdigit() == numeric and name not in question]
    return question[: match.start()] + chance.choice(other) + question[match.end() :]


def _case(qa: QA, library: Library, *, with_answer: bool, swapped: str) -> Case:
    asked = swapped or qa.question
    passages = library.search(asked, 30)
    if not with_answer and not swapped:
        passages = [p for p in passages if not _holds_answer(p, qa)]
    evidence = gather(asked, passages[: library.settings.passages], library)
    right = np.array(
        [
            with_answer and c.passage.source == qa.source and any(c.start <= s and e <= c.end for s, e in qa.spans)
            for c in evidence.candidates
        ]
    )
    return Case(evidence, right, with_answer)


def _holds_answer(passage: Passage, qa: QA) -> bool:
    start, end = qa.paragraph
    same_paragraph = passage.source == qa.source and passage.chunk.start < end and start < passage.chunk.end
    return same_paragraph and any(answer in passage.text for answer in qa.answers)


def _fit(features: np.ndarray, labels: np.ndarray) -> Any:
    from sklearn.pipeline import make_pipeline

    return make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000)).fit(features, labels)


def _sentences(cases: list[Case]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([c.evidence.features for c in cases]), np.concatenate([c.right for c in cases])


def _answers(cases: list[Case], sentence: Any) -> tuple[np.ndarray, np.ndarray]:
    rows, labels = [], []
    for case in cases:
        chances = sentence.predict_proba(case.evidence.features)[:, 1]
        rows.append(answer_features(case.evidence, chances))
        labels.append(bool(case.right[np.argmax(chances)]))
    return np.stack(rows), np.array(labels)


def _choose_further(cases: list[Case], sentence: Any) -> float:
    """Print what each bound for further sentences gives; take the highest that loses at most 3 points of answers."""
    table = {}
    for further in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        hits, counts = [], []
        for case in cases:
            if case.has_answer:
                chances = sentence.predict_proba(case.evidence.features)[:, 1]
                order = np.argsort(-chances)[:MAX_SENTENCES]
                order = order[chances[order] >= further * chances[order[0]]]
                hits.append(case.right[order].any())
                counts.append(len(order))
        table[further] = float(np.mean(hits))
        print(f"further {further:.1f}: {np.mean(counts):.2f} sentences, {table[further]:.3f} hold an answer")
    return max(further for further, hits in table.items() if hits >= table[0.0] - 0.03)


def _stored(pipeline: Any) -> dict[str, Any]:
    scaler, regression = pipeline[0], pipeline[1]
    return {
        "mean": [round(float(x), 6) for x in scaler.mean_],
        "scale": [round(float(x), 6) for x in scaler.scale_],
        "weights": [round(float(x), 6) for x in regression.coef_[0]],
        "bias": round(float(regression.intercept_[0]), 6),
    }


def _report(
    cases: list[Case],
    sentence: Any,
    confidence: np.ndarray,
    labels: np.ndarray,
    without: np.ndarray,
    threshold: float,
) -> None:
    with_answer = [case for case in cases if case.has_answer]
    print(f"kept aside: {len(cases)} questions, {len(with_answer)} with an answer in the library")
    print(f"  an answering sentence among the candidates   {np.mean([c.right.any() for c in with_answer]):.3f}")
    for count in (1, 2, 3):
        hits = [
            c.right[np.argsort(-sentence.predict_proba(c.evidence.features)[:, 1])[:count]].any() for c in with_answer
        ]
        print(f"  among the first {count}                            {np.mean(hits):.3f}")
    for index, name in enumerate(FEATURES[:4]):
        hits = [c.right[np.argmax(c.evidence.features[:, index])] for c in with_answer]
        print(f"  first by {name:18} alone             {np.mean(hits):.3f}")
    print(f"  best sentence right, AUROC                   {roc_auc_score(labels, confidence):.3f}")
    print(f"  answer in the library, AUROC                 {roc_auc_score(~without, confidence):.3f}")
    print(f"threshold {threshold:.3f}: refused without answer {np.mean(confidence[without] < threshold):.3f}, ", end="")
    print(f"answered with one {np.mean(confidence[~without] >= threshold):.3f}, ", end="")
    print(f"right of the answered {np.mean(labels[confidence >= threshold]):.3f}")
    weights = dict(zip(FEATURES, sentence[1].coef_[0].round(2), strict=True))
    print("sentence weights:", weights)


if __name__ == "__main__":
    main()
