"""Fit what the checker weighs.

    python -m training.fit_checker    writes rag/models/checker.json

Boosted trees over the features: does the article say what a sentence says? They are fitted on sentences made by
`benchmarks.pairs` of the articles that the reader was not trained on: a fifth of SQuAD 1.1 train (89 articles) and
SQuADShifts new_wiki (48). Not half of them are true; the others have one number, name, date or negation changed, a word
turned into its opposite, more claimed than was told, two names exchanged, another question's answer, or are about
something else. Some features can only raise the chance or only lower it
(`MONOTONE`).

All figures that are printed are of five folds by article, each judged by trees fitted on the other four; so are the
calibration (Platt) and the two thresholds: a sentence is supported from the lowest chance at which `PRECISION` of those
above it are true, if `LEAST_RECALL` of the true ones are among them, and shown as weak from the chance that `RECALL` of
the true ones reach.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from random import Random
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler
from threadpoolctl import threadpool_limits

from benchmarks import data
from benchmarks.changing import CHANGES, HARDER
from benchmarks.pairs import Made, elsewhere, invented, made, other_answers, passages_of
from rag.answering.checking.checker import Vectors, look
from rag.answering.checking.claims import statement
from rag.answering.checking.evidence import around
from rag.answering.checking.features import FEATURES
from rag.answering.checking.weighing import MODEL_FILE, read_trees
from rag.answering.reader import Reader
from rag.index.embeddings import OnnxEmbedder
from rag.types import Article
from training.questions import KEPT_ASIDE, WORK

EACH, EACH_HARDER = 300, 80
TREES, RATE, LEAVES = 150, 0.05, 16
FOLDS = 5
PRECISION, LEAST_RECALL, RECALL = 0.95, 0.7, 0.95
MONOTONE = {"words_near": 1, "figures_passage": 1, "figures_nowhere": -1, "names_nowhere": -1}
"""Whether more of a feature must not lower the chance (1) or not raise it (-1)."""
SEEN = WORK / "checker-seen.pickle"
WORKERS = 2


@threadpool_limits.wrap(limits=1)  # trees this small wait for threads longer than they grow
def main() -> None:
    items, features, groups = _seen()
    labels = np.array([item.true for item in items])
    for name, make in (("regression", _regression), ("trees", _trees)):
        print(name)
        margins = _in_folds(make, features, labels, groups)
        report(items, margins)
    platt = LogisticRegression(C=1e6).fit(margins[:, None], labels)
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    chances = 1 / (1 + np.exp(-(slope * margins + offset)))
    supported, weak = _thresholds(labels, chances)
    _calibration(labels, chances)
    trees = _trees().fit(features, labels)
    stored = {
        "features": FEATURES,
        "chance": _exported(trees, slope, offset),
        "supported": round(supported, 4),
        "weak": round(weak, 4),
        "command": "python -m training.fit_checker",
        "data": "SQuAD 1.1 train (CC BY-SA 4.0) and SQuADShifts new_wiki (CC BY 4.0), by benchmarks.pairs",
    }
    MODEL_FILE.write_text(json.dumps(stored, separators=(",", ":")).replace("]],[[", "]],\n[[") + "\n", "utf-8")
    shipped = read_trees(stored["chance"])
    own = 1 / (1 + np.exp(-(slope * trees.decision_function(features) + offset)))
    print(
        "furthest from what was fitted:", max(abs(shipped(row) - one) for row, one in zip(features, own, strict=True))
    )


def _trees() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=TREES,
        learning_rate=RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=10,
        l2_regularization=5.0,
        max_features=0.25,
        monotonic_cst=[MONOTONE.get(name, 0) for name in FEATURES],
        early_stopping=False,
        random_state=0,
    )


def _regression() -> Pipeline:
    """Return what is compared: a logistic regression over features and the products of every two."""
    return make_pipeline(
        StandardScaler(),
        FunctionTransformer(np.clip, kw_args={"a_min": -3, "a_max": 3}),
        PolynomialFeatures(2, include_bias=False),
        StandardScaler(),
        LogisticRegression(C=0.003, max_iter=500),
    )


def _in_folds(
    make: Callable[[], Pipeline | HistGradientBoostingClassifier],
    features: np.ndarray,
    labels: np.ndarray,
    groups: list[str],
) -> np.ndarray:
    """Return of each sentence the margin that is given to it by what was fitted on other articles."""
    margins = np.zeros(len(labels))
    for fitted, judged in GroupKFold(FOLDS).split(features, labels, groups):
        margins[judged] = make().fit(features[fitted], labels[fitted]).decision_function(features[judged])
    return margins


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


def _seen() -> tuple[list[Made], np.ndarray, list[str]]:
    """Return the made sentences, their features, and the article of each; kept in training/work."""
    if SEEN.is_file():
        items, features = pickle.loads(SEEN.read_bytes())
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
        SEEN.parent.mkdir(exist_ok=True)
        SEEN.write_bytes(pickle.dumps((items, features)))
    return items, features, [item.source for item in items]


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
    right = np.cumsum(labels[order])
    precision, recall = right / np.arange(1, len(order) + 1), right / labels.sum()
    precise = np.flatnonzero(precision >= PRECISION)
    at = max(precise[-1] if len(precise) else 0, int(np.argmax(recall >= LEAST_RECALL)))
    supported = float(chances[order][at])
    weak = float(np.quantile(chances[labels], 1 - RECALL))
    for name, chance in (("supported", supported), ("weak", weak)):
        above = chances >= chance
        print(f"{name} {chance:.3f}: precision {labels[above].mean():.3f}, recall {above[labels].mean():.3f}")
    return max(supported, weak), weak


def _calibration(labels: np.ndarray, chances: np.ndarray) -> None:
    """Print how many are true of those that are given a chance."""
    for low in np.arange(0, 1, 0.2):
        some = (chances >= low) & (chances < low + 0.2 + (low > 0.7))
        print(f"chance {low:.1f} to {low + 0.2:.1f}: {some.sum()}, of them true {labels[some].mean():.2f}")


def _exported(trees: HistGradientBoostingClassifier, slope: float, offset: float) -> dict[str, Any]:
    """Return what `rag.answering.checking.weighing.read_trees` reads."""
    grown = [one[0].nodes for one in trees._predictors]
    return {
        "trees": [[_node(node) for node in nodes] for nodes in grown],
        "depth": int(max(nodes["depth"].max() for nodes in grown)),
        "slope": round(slope, 6),
        "bias": round(offset + slope * float(trees._baseline_prediction.ravel()[0]), 6),
    }


def _node(node: np.void) -> list[float]:
    if node["is_leaf"]:
        return [round(float(node["value"]), 5)]
    return [int(node["feature_idx"]), float(node["num_threshold"]), int(node["left"]), int(node["right"])]


if __name__ == "__main__":
    sys.exit(main())
