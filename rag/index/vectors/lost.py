"""Which chunks a vector index does not find."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rag.index.catalog import Catalog
from rag.index.embeddings import Vectors
from rag.index.vectors.index import Steps
from rag.index.vectors.portions import batches

Firsts = Callable[[Vectors], list[list[str]]]
"""Returns for each vector [vectors, dimension] the id of the nearest chunk, in a list that may be empty."""


def lost(catalog: Catalog, firsts: Firsts, steps: Steps | None = None) -> list[str]:
    """Return the ids of the catalog's chunks that are not the first to be found by their own vectors.

    Another chunk with the same vector may come first.
    """
    found: list[str] = []
    done, total = 0, catalog.counts()[1]
    for batch in batches(catalog.each_chunk()):
        nearest = firsts(np.stack([row.vector for row in batch]))
        missed = {row.id: first[0] if first else "" for row, first in zip(batch, nearest, strict=True)}
        missed = {own: first for own, first in missed.items() if own != first}
        stored = catalog.vectors([*missed, *missed.values()])
        found += [
            own
            for own, first in missed.items()
            if own in stored and not (first in stored and np.array_equal(stored[own], stored[first]))
        ]
        done += len(batch)
        if steps:
            steps(min(done, total), total)
    return found
