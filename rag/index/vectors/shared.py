"""The vector index as a library uses it: its own where this process is the owner, else the owner's."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rag.errors import DiskFull, LibraryBusy, LibraryUnusable
from rag.index.catalog import Catalog
from rag.index.embeddings import Vectors
from rag.index.failures import explained
from rag.index.vectors import owner
from rag.index.vectors.asked import AskedIndex, OwnerGone
from rag.index.vectors.card import read_card
from rag.index.vectors.exact import ExactIndex
from rag.index.vectors.index import Steps, VectorIndex
from rag.index.vectors.owned import IndexClosed

if TYPE_CHECKING:
    from rag.index.vectors.chroma import ChromaIndex

SECONDS_WITHOUT_AN_OWNER = 30
_SECONDS_BETWEEN_TRIES = 0.05

_T = TypeVar("_T")


class SharedIndex:
    """A `VectorIndex` that this process owns from its first use on, unless another process does.

    Where the owner ends, also in the middle of a call, another takes its place and the call is made again.
    Safe to use from several threads.
    """

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self._folder = folder
        self._exact = ExactIndex(catalog)
        self._refusal = catalog.refusal
        self._claiming = threading.Lock()
        self._claimed_by: int | None = None
        """The process that claimed it: a forked child has nothing of its parent's claim."""
        self._owner: owner.Owner | None = None
        self._closed = False

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids and cosines, best first, of the chunks nearest to `vector` [dimension]."""
        try:
            return self._use(lambda index: index.nearest(vector, limit))
        except DiskFull:
            return self._exact.nearest(vector, limit)  # not even the marker can be written

    def upsert(self, article_ids: Sequence[str]) -> None:
        """Write the chunks of these articles as the catalog holds them."""
        self._use(lambda index: index.upsert(article_ids))

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Delete chunks; ids that are not there do no harm."""
        self._use(lambda index: index.delete(chunk_ids))

    def count(self) -> int:
        """Return how many chunks the index holds."""
        return self._use(lambda index: index.count())

    def rebuild(self, steps: Steps | None = None) -> None:
        """Make the index anew from the catalog, beside the old one, and take its place in one step."""
        self._use(lambda index: index.rebuild(steps))

    def lost(self, steps: Steps | None = None) -> list[str]:
        """Return the ids of the catalog's chunks that are not the first to be found by their own vectors."""
        return self._use(lambda index: index.lost(steps))

    def chroma(self) -> ChromaIndex:
        """Return Chroma itself. Raises `LibraryBusy` where another process owns it."""
        if self._refusal:
            raise LibraryUnusable(
                f"Chroma cannot be opened in {self._folder}, which can only be read. `Library.search` and "
                "HybridRetriever work there."
            )
        claimed = self._claim()
        if claimed is None:
            raise LibraryBusy(
                f"The vector store of {self._folder} is open in {read_card(self._folder) or 'another process'}, and "
                "works only there. `Library.search` and HybridRetriever work everywhere; or end that process."
            )
        return claimed.index.opened()

    def close(self) -> None:
        """Let go of it."""
        with self._claiming:
            self._closed = True
            if self._owner and self._claimed_by == os.getpid():
                owner.give_back(self._folder)
            self._owner = None

    def _use(self, use: Callable[[VectorIndex], _T]) -> _T:
        if self._refusal:
            return use(self._exact)
        since = time.monotonic()
        while True:
            tried = time.monotonic()
            try:
                claimed = self._claim()
                if claimed:
                    return use(claimed.index)
                card = read_card(self._folder)
                if card and not card.is_here:
                    raise LibraryBusy(
                        f"The library {self._folder} is open in {card}, on another computer. End it there first: a "
                        "library can be used from one computer at a time."
                    )
                if card:
                    return use(AskedIndex(card))
            except (OwnerGone, IndexClosed):
                if time.monotonic() - tried > 1:  # it was there, and did something
                    since = time.monotonic()
            if time.monotonic() - since > SECONDS_WITHOUT_AN_OWNER:
                raise LibraryBusy(
                    f"The library {self._folder} is open in {read_card(self._folder) or 'another process'}, which "
                    "cannot be asked. End it, and try again. Nothing is lost by ending it."
                )
            time.sleep(_SECONDS_BETWEEN_TRIES)

    def _claim(self) -> owner.Owner | None:
        with self._claiming:
            if self._closed:
                raise LibraryUnusable(f"The library {self._folder} was closed. Open it again.")
            if self._owner is None or self._claimed_by != os.getpid():
                with explained(self._folder):
                    self._owner = owner.claim(self._folder)
                self._claimed_by = os.getpid()
            return self._owner

    def outlive_fork(self) -> None:
        """In a forked child: start anew, without what other threads of the parent held."""
        self._claiming = threading.Lock()
        self._owner = None
