"""How what is seen of a sentence becomes a chance: a regression, fitted by `python -m training.fit_checker`."""

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
FURTHEST = 3.0
"""Standard deviations from the mean, beyond which a feature tells no more."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """A logistic regression over standardised features and the products of every two: the chance of a yes."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    """Of each feature, then of each product, in the order of the upper triangle."""
    bias: float

    def __call__(self, features: NDArray[np.float64]) -> float:
        """Take [features], give a chance from 0 to 1."""
        logit = terms((features - self.mean) / self.scale) @ self.weights + self.bias
        return float(1.0 / (1.0 + np.exp(-logit)))


def terms(standardised: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return features, none further than `FURTHEST` from its mean, and the product of every two: [..., terms]."""
    near = np.clip(standardised, -FURTHEST, FURTHEST)
    one, other = np.triu_indices(near.shape[-1])
    return np.concatenate([near, near[..., one] * near[..., other]], axis=-1)


@dataclass(frozen=True, slots=True)
class Model:
    """What was fitted, by `python -m training.fit_checker`."""

    chance: Weighing
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
    weights = stored["chance"]
    chance = Weighing(
        mean=np.array(weights["mean"]),
        scale=np.array(weights["scale"]),
        weights=np.array(weights["weights"]),
        bias=float(weights["bias"]),
    )
    return Model(chance, stored["supported"], stored["weak"])
