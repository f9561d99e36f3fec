"""The nearest chunks by comparing with all of them, where nothing can be written."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from rag.errors import FootnoteError, LibraryUnusable
from rag.index.catalog import Catalog
from rag.index.embeddings import Vectors
from rag.index.vectors.index import Steps


class ExactIndex:
    """A `VectorIndex` in memory, straight from the catalog: 1.5 KB a chunk with the shipped model.

    Chroma cannot be opened without being written to. 100,000 chunks take some 20 ms to compare.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._read = threading.Lock()
        self._ids: list[str] = []
        self._vectors: Vectors = np.empty((0, 0), dtype=np.float32)
        self._edition: tuple[object, ...] = ()

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids and cosines, best first, of the chunks nearest to `vector` [dimension]."""
        ids, vectors = self._current()
        if not ids:
            return []
        cosines = vectors @ (vector / np.linalg.norm(vector))
        best = np.argsort(-cosines, kind="stable")[:limit]
        return [(ids[at], float(cosines[at])) for at in best]

    def upsert(self, article_ids: Sequence[str]) -> None:
        """Refuse."""
        raise self._refused()

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Refuse."""
        raise self._refused()

    def count(self) -> int:
        """Return how many chunks there are."""
        return len(self._current()[0])

    def rebuild(self, steps: Steps | None = None) -> None:
        """Refuse."""
        raise self._refused()

    def lost(self, steps: Steps | None = None) -> list[str]:
        """Return nothing: what is compared with everything is found."""
        return []

    def _current(self) -> tuple[list[str], Vectors]:
        with self._read:
            edition = self._catalog.edition()
            if edition != self._edition:
                stored = self._catalog.all_vectors()
                self._ids = list(stored)
                if stored:
                    rows = np.stack(list(stored.values()))
                    self._vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
                self._edition = edition
            return self._ids, self._vectors

    def _refused(self) -> FootnoteError:
        return self._catalog.refusal or LibraryUnusable(f"The library {self._catalog.library} is only read here.")
