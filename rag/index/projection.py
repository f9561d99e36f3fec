"""A map of a library: each article a point, near those that are about the same, and the topics that they fall into.

An article is the mean of its chunks' vectors. Topics are found by k-means; the plane is the one in which their centres
lie furthest apart, so that topics part on it, where the two widest directions of all vectors would mix them. It takes
numpy alone, and some seconds for 100,000 chunks, in a thread of its own.
"""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from rag.index.embeddings import Vectors
from rag.index.schema import articles, chunks
from rag.index.terms import STOP_WORDS
from rag.text import folded

if TYPE_CHECKING:
    from rag.index.catalog import Catalog

_log = logging.getLogger(__name__)

MOST_TOPICS = 8
"""As many as colours can be told apart."""
_ARTICLES_A_TOPIC = 5
"""A library of fewer articles has one topic; one of more has as many topics as it has this many articles, at most."""
_FITTED_ON = 5_000
_ROUNDS = 25
_RESTARTS = 4
_ROWS_AT_ONCE = 5_000
_NAMED_BY = 3
_WORD = re.compile(r"[^\W\d_]{3,}")
_EMPTY = STOP_WORDS | set("day days first last more new next news report reports says say year years".split())
"""Words that stand in titles of any topic."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The articles as points in the square from 0 to 1."""

    ids: tuple[str, ...]
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    topics: NDArray[np.int8]
    """By article, the place of its topic in `names`, the largest topic first."""
    names: tuple[str, ...]
    """Words that the titles of a topic have and others have not."""


_NOTHING = Projection((), np.empty(0, np.float32), np.empty(0, np.float32), np.empty(0, np.int8), ())


class Atlas:
    """Keeps the map of a library at hand, and makes it anew, beside all else, when the library has changed."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._made: tuple[object, Projection] | None = None
        self._making: object = None

    def current(self, edition: object) -> Projection | None:
        """Return the map of this edition of the library; None while it is being made."""
        with self._lock:
            if self._made and self._made[0] == edition:
                return self._made[1]
            if self._making is None:
                self._making = edition
                threading.Thread(target=self._make, args=(edition,), name="atlas", daemon=True).start()
        return None

    def _make(self, edition: object) -> None:
        made = _NOTHING
        try:
            made = project(self._catalog)
        except Exception:  # noqa: BLE001 - a library that is closed meanwhile, or out of reach, has no map
            _log.warning("The map of the library could not be made.", exc_info=True)
        with self._lock:
            self._making = None
            self._made = (edition, made)


def project(catalog: Catalog) -> Projection:
    """Return the map of all articles."""
    ids, titles, means = _means(catalog)
    if not ids:
        return _NOTHING
    topics, centres = _topics(means)
    flat = _flat(means, topics, centres)
    return Projection(ids, flat[:, 0], flat[:, 1], topics.astype(np.int8), _names(titles, topics, len(centres)))


def _means(catalog: Catalog) -> tuple[tuple[str, ...], list[str], Vectors]:
    """Return ids, titles and mean vectors, of length 1, of all articles, in the order of their ids."""
    with catalog.begin() as connection:
        catalog.database.snapshot(connection)
        rows = connection.execute(select(articles.c.id, articles.c.title).order_by(articles.c.id)).all()
        place = {row.id: at for at, row in enumerate(rows)}
        sums: Vectors | None = None
        query = select(chunks.c.article_id, chunks.c.vector)
        for part in connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query).partitions():
            sums = _summed(part, place, sums)
    if sums is None:
        return (), [], np.empty((0, 0), dtype=np.float32)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return tuple(place), [row.title for row in rows], sums / np.maximum(lengths, 1e-9)


def _summed(part: Sequence[Any], place: dict[str, int], sums: Vectors | None) -> Vectors:
    vectors = np.frombuffer(b"".join(row.vector for row in part), dtype="<f4").reshape(len(part), -1)
    if sums is None:
        sums = np.zeros((len(place), vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, [place[row.article_id] for row in part], vectors)
    return sums


def _topics(means: Vectors) -> tuple[NDArray[np.int64], Vectors]:
    """Return by article its topic, the largest first, and the centres of the topics: k-means, the same every time."""
    count = max(1, min(MOST_TOPICS, len(means) // _ARTICLES_A_TOPIC))
    draws = np.random.default_rng(0)
    seen = means[np.sort(draws.permutation(len(means))[:_FITTED_ON])]
    fits = [_centres(seen, count, draws) for _ in range(_RESTARTS if count > 1 else 1)]
    centres = max(fits, key=lambda fit: float((seen @ fit.T).max(axis=1).sum()))
    nearest = (means @ centres.T).argmax(axis=1)
    sizes = np.bincount(nearest, minlength=count)
    order = [at for at in np.argsort(-sizes, kind="stable") if sizes[at]]
    rank = np.zeros(count, dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[nearest], centres[order]


def _centres(seen: Vectors, count: int, draws: np.random.Generator) -> Vectors:
    """Return centres by k-means on the sphere, begun as k-means++ does (Arthur and Vassilvitskii, SODA 2007)."""
    chosen = [seen[draws.integers(len(seen))]]
    for _ in range(count - 1):
        far = np.maximum(1 - (seen @ np.stack(chosen).T).max(axis=1), 0) ** 2 + 1e-12
        chosen.append(seen[draws.choice(len(seen), p=far / far.sum())])
    centres = np.stack(chosen)
    for _ in range(_ROUNDS):
        nearest = (seen @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, seen)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        moved = np.where(lengths > 0, sums / np.maximum(lengths, 1e-9), centres)
        if np.allclose(moved, centres, atol=1e-4):
            break
        centres = moved
    return centres


def _flat(means: Vectors, topics: NDArray[np.int64], centres: Vectors) -> Vectors:
    """Return the articles in the plane in which the centres, or else articles, lie furthest apart, [articles, 2]."""
    centred = means - means.mean(axis=0)
    weights = np.bincount(topics, minlength=len(centres)).astype(np.float32)
    spread = (centres - means.mean(axis=0)) * np.sqrt(weights)[:, None] if len(centres) > 2 else centred
    values, axes = np.linalg.eigh(spread.T @ spread)
    axes = axes[:, np.argsort(-values)[:2]]
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1, 1)  # else a sign is drawn by chance
    flat = centred @ axes
    low, high = np.quantile(flat, [0.01, 0.99], axis=0)
    scaled = (flat - low) / np.maximum(high - low, 1e-9)
    within: Vectors = ((np.clip(scaled, -0.05, 1.05) + 0.05) / 1.1).astype(np.float32)
    return within


def _names(titles: Sequence[str], topics: NDArray[np.int64], count: int) -> tuple[str, ...]:
    """Return for each topic the words that stand in far more of its titles than in others'."""
    held: list[Counter[str]] = [Counter() for _ in range(count)]
    spelt: dict[str, Counter[str]] = {}
    for title, topic in zip(titles, topics, strict=True):
        words = {folded(word): word for word in _WORD.findall(title)}
        held[topic].update(words.keys() - _EMPTY)
        for word, as_it_stands in words.items():
            spelt.setdefault(word, Counter())[as_it_stands] += 1
    sizes = np.bincount(topics, minlength=count)
    everywhere: Counter[str] = sum(held, Counter())

    def telling(topic: int, word: str) -> float:
        inside = held[topic][word] / sizes[topic]
        outside = (everywhere[word] - held[topic][word] + 0.5) / (len(titles) - sizes[topic] + 1)
        return float(inside * np.log(inside / outside)) if inside > outside else 0.0

    names = []
    for topic in range(count):
        best = sorted(held[topic], key=lambda word: (-telling(topic, word), word))[:_NAMED_BY]
        written = [spelt[word].most_common(1)[0][0] for word in best if telling(topic, word) > 0]
        names.append(", ".join(written) or f"Topic {topic + 1}")
    return tuple(names)
