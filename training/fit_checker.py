"""Fit what the checker weighs.

    python -m training.fit_checker    writes rag/models/checker.json

One logistic regression, over features and the products of every two: does the article say what a sentence says? It is
fitted on sentences made by `benchmarks.pairs` of the articles that the reader was not trained on: a fifth of SQuAD 1.1
train (89 articles) and SQuADShifts new_wiki (48). Half of them are true; the others have one number, name, date or
negation changed, a word turned into its opposite, more claimed than was told, two names exchanged, another question's
answer, or are about something else. A fifth of the articles is kept aside; all
figures that are printed are of it, and so are the two thresholds: a sentence is supported from the lowest chance at
which `PRECISION` of the kept-aside ones above it are true, and shown as weak from the chance that `RECALL` of the true
ones reach.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from benchmarks import data
from benchmarks.changing import CHANGES, HARDER
from benchmarks.pairs import Made, elsewhere, invented, made, other_answers, passages_of
from rag.answering.checking.checker import Vectors, look
from rag.answering.checking.claims import statement
from rag.answering.checking.evidence import around
from rag.answering.checking.features import FEATURES
from rag.answering.checking.weighing import MODEL_FILE, terms
from rag.answering.reader import Reader
from rag.index.embeddings import OnnxEmbedder
from rag.types import Article
from training.questions import KEPT_ASIDE, WORK

EACH, EACH_HARDER = 300, 80
STRENGTH = 0.003
"""Inverse strength of the regularisation; chosen by three folds, as are the products."""
PRECISION, RECALL = 0.9, 0.95
SEEN = WORK / "checker-seen.pickle"
WORKERS = 2


def main() -> None:
    items, features, aside = _seen()
    labels = np.array([item.true for item in items])
    pipeline = _pipeline().fit(features[~aside], labels[~aside])
    chances = pipeline.predict_proba(features[aside])[:, 1]
    kept = [item for item, is_aside in zip(items, aside, strict=True) if is_aside]
    report(kept, chances)
    _without_each(features, labels, aside)
    supported, weak = _thresholds(labels[aside], chances)
    pipeline.fit(features, labels)
    _store(pipeline, supported, weak)
    print("weights:", dict(zip(FEATURES, pipeline[-1].coef_[0].round(2).tolist(), strict=False)))
    print(f"supported {supported:.3f}, weak {weak:.3f}")


def _pipeline() -> Pipeline:
    return make_pipeline(
        StandardScaler(), FunctionTransformer(terms), StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=500)
    )


def report(items: Sequence[Made], chances: np.ndarray) -> None:
    """Print AUROC by kind."""
    labels = np.array([item.true for item in items])
    kinds = np.array([item.kind for item in items])
    hard = np.array([item.hard or item.true for item in items])
    main_kinds = np.isin(kinds, list(CHANGES))
    print(f"all {len(items)}: {roc_auc_score(labels, chances):.3f}", end="; ")
    print(f"four kinds: {roc_auc_score(labels[main_kinds], chances[main_kinds]):.3f}")
    for kind in dict.fromkeys(kinds):
        own = kinds == kind
        others = labels if kind in ("elsewhere", "invented") else labels & own
        some = own | others
        print(f"  {kind} {own.sum()}: {roc_auc_score(labels[some], chances[some]):.3f}", end="")
        some &= hard
        print(f", hard {roc_auc_score(labels[some], chances[some]):.3f}" if len(set(labels[some])) == 2 else "")


def _without_each(features: np.ndarray, labels: np.ndarray, aside: np.ndarray) -> None:
    """Print what each feature earns: the AUROC of a regression without it."""

    def area(columns: list[int]) -> float:
        fitted = _pipeline().fit(features[~aside][:, columns], labels[~aside])
        return float(roc_auc_score(labels[aside], fitted.predict_proba(features[aside][:, columns])[:, 1]))

    every = list(range(len(FEATURES)))
    whole = area(every)
    print(
        "lost without:", {name: round(whole - area([c for c in every if c != n]), 4) for n, name in enumerate(FEATURES)}
    )


def _seen() -> tuple[list[Made], np.ndarray, np.ndarray]:
    """Return the made sentences, their features, and which are of articles kept aside; kept in training/work."""
    if SEEN.is_file():
        items, features, sources = pickle.loads(SEEN.read_bytes())
    else:
        articles, questions = fitting_articles()
        items = sentences(articles, questions)
        items.sort(key=lambda item: (item.source, item.paragraph))
        size = -(-len(items) // (WORKERS * 4))
        parts = [items[n : n + size] for n in range(0, len(items), size)]
        by_source = {article.source: article for article in articles}
        jobs = [(part, {i.source: by_source[i.source] for i in part}) for part in parts]
        with ProcessPoolExecutor(WORKERS) as pool:
            found = list(pool.map(describe_all, *zip(*jobs, strict=True)))
        items = [item for part in parts for item in part]
        features = np.concatenate(found)
        sources = [article.source for article in articles]
        SEEN.parent.mkdir(exist_ok=True)
        SEEN.write_bytes(pickle.dumps((items, features, sources)))
    last = set(sources[::5])
    return items, features, np.array([item.source in last for item in items])


def fitting_articles() -> tuple[list[Article], list[data.QA]]:
    """Return the articles that are fitted on, and the questions on them."""
    articles, questions = data.squad("train_squad11.json.gz", articles=KEPT_ASIDE, prefix="squad")
    more, more_questions = data.squad("train_squadshifts_new_wiki.json.gz", prefix="wiki")
    return articles + more, questions + more_questions


def sentences(articles: Sequence[Article], questions: Sequence[data.QA]) -> list[Made]:
    """Return the made sentences."""
    chance = Random(1)
    items = made(articles, questions, kinds=list(CHANGES), each=EACH)
    items += made(articles, questions, kinds=list(HARDER), each=EACH_HARDER, seed=1)
    true = [item for item in items if item.true]
    items += elsewhere(chance.sample(true, EACH_HARDER), articles, chance)
    items += invented(articles, EACH_HARDER, chance)
    items += other_answers(articles, questions, 2 * EACH_HARDER, chance)
    return items + elsewhere(chance.sample(true, 4 * EACH_HARDER), articles, chance)


def describe_all(items: Sequence[Made], by_source: dict[str, Article]) -> np.ndarray:
    """Return the features of made sentences, each looked up in ten passages: [sentences, features]."""
    vectors, reader = Vectors(OnnxEmbedder(threads=1)), Reader(threads=1)
    rows = []
    last, over = None, None
    for item in items:
        article = by_source[item.source]
        if over is None or last != (item.source, item.paragraph):
            last = (item.source, item.paragraph)
            over = around(passages_of(article, item.paragraph, Random(item.number)), lambda _: "")
        seen = look(statement(item.text), over, vectors, reader)
        rows.append(seen.features if seen else np.zeros(len(FEATURES)))
    return np.stack(rows)


def _thresholds(labels: np.ndarray, chances: np.ndarray) -> tuple[float, float]:
    order = np.argsort(-chances)
    precision = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
    supported = float(chances[order][np.flatnonzero(precision >= PRECISION)[-1]])
    weak = float(np.quantile(chances[labels], 1 - RECALL))
    return max(supported, weak), weak


def _store(pipeline: Pipeline, supported: float, weak: float) -> None:
    scaler, _, products, regression = (step for _, step in pipeline.steps)
    weights = regression.coef_[0] / products.scale_
    stored = {
        "features": FEATURES,
        "chance": {
            "mean": scaler.mean_.round(6).tolist(),
            "scale": scaler.scale_.round(6).tolist(),
            "weights": weights.round(6).tolist(),
            "bias": round(float(regression.intercept_[0] - products.mean_ @ weights), 6),
        },
        "supported": round(supported, 4),
        "weak": round(weak, 4),
        "command": "python -m training.fit_checker",
        "data": "SQuAD 1.1 train (CC BY-SA 4.0) and SQuADShifts new_wiki (CC BY 4.0), by benchmarks.pairs",
    }
    Path(MODEL_FILE).write_text(json.dumps(stored, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
