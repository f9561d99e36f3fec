"""How what is seen of a sentence becomes a chance: boosted trees, fitted by `python -m training.fit_checker`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.answering.checking.features import FEATURES

MODEL_FILE = Path(__file__).parent.parent.parent / "models" / "checker.json"


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted regression trees, all walked down side by side; their sum is made a chance by a calibrated logistic."""

    feature: NDArray[np.intp]
    """[trees, nodes]: what a node looks at, as `threshold`, `left` and `right`. A leaf leads to itself."""
    threshold: NDArray[np.float64]
    left: NDArray[np.intp]
    """The node that follows where the feature is no more than the threshold."""
    right: NDArray[np.intp]
    value: NDArray[np.float64]
    """[trees, nodes]: what a leaf adds."""
    depth: int
    bias: float
    slope: float

    def __call__(self, features: NDArray[np.float64]) -> float:
        """Take [features], give a chance from 0 to 1."""
        trees = np.arange(len(self.feature))
        at = np.zeros(len(trees), dtype=np.intp)
        for _ in range(self.depth):
            low = features[self.feature[trees, at]] <= self.threshold[trees, at]
            at = np.where(low, self.left[trees, at], self.right[trees, at])
        return float(1.0 / (1.0 + np.exp(-(self.slope * self.value[trees, at].sum() + self.bias))))


def read_trees(stored: dict[str, Any]) -> Trees:
    """Make trees of lists: of each node [feature, threshold, left, right], or [value] where it is a leaf."""
    most = max(len(tree) for tree in stored["trees"])
    shape = (len(stored["trees"]), most)
    feature, left, right = (np.zeros(shape, dtype=np.intp) for _ in range(3))
    threshold, value = np.zeros(shape), np.zeros(shape)
    for row, tree in enumerate(stored["trees"]):
        for at, node in enumerate(tree):
            if len(node) == 1:
                left[row, at] = right[row, at] = at
                value[row, at] = node[0]
            else:
                feature[row, at], threshold[row, at], left[row, at], right[row, at] = node
    return Trees(
        feature, threshold, left, right, value, int(stored["depth"]), float(stored["bias"]), float(stored["slope"])
    )


@dataclass(frozen=True, slots=True)
class Model:
    """What was fitted, by `python -m training.fit_checker`."""

    chance: Trees
    supported: float
    """Chance from which a sentence is supported."""
    weak: float
    """Chance from which it is shown, marked."""


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """Load what was fitted: `rag/models/checker.json`."""
    stored: dict[str, Any] = json.loads(MODEL_FILE.read_text("utf-8"))
    if tuple(stored["features"]) != FEATURES:
        raise RuntimeError(f"{MODEL_FILE.name} was fitted for other features; run python -m training.fit_checker.")
    return Model(read_trees(stored["chance"]), stored["supported"], stored["weak"])
