"""What the library asks of its vector index, wherever that index is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from rag.index.embeddings import Vectors

Steps = Callable[[int, int], None]
"""Called as steps(done, total), counting chunks."""


class VectorIndex(Protocol):
    """The nearest chunks by cosine, by the ids of chunks. What is written stands in the catalog already.

    Each of these can be asked again after it was interrupted, and then does the same.
    """

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids and cosines, best first, of the chunks nearest to `vector` [dimension]."""

    def upsert(self, article_ids: Sequence[str]) -> None:
        """Write the chunks of these articles as the catalog holds them."""

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Delete chunks; ids that are not there do no harm."""

    def count(self) -> int:
        """Return how many chunks the index holds."""

    def rebuild(self, steps: Steps | None = None) -> None:
        """Make the index anew from the catalog, beside the old one, and take its place in one step."""

    def lost(self, steps: Steps | None = None) -> list[str]:
        """Return the ids of the catalog's chunks that are not the first to be found by their own vectors.

        Another chunk with the same vector may come first.
        """
