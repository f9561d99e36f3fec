"""Checking a library, and making anew what can be made anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.errors import LibraryUnusable
from rag.index import whole
from rag.index.catalog import Catalog
from rag.index.progress import Progress
from rag.index.report import Findings, Pulse
from rag.index.vectors.index import Steps, VectorIndex


def check(catalog: Catalog, index: VectorIndex, progress: Progress) -> Findings:
    """Look at every article and every chunk. Only while nobody changes them."""
    damage = whole.damage(catalog)
    if damage:  # nothing else that it says means anything
        return Findings(0, 0, 0, 0, catalog=damage, misplaced=0, full_text=0, lost=())
    articles, chunks = catalog.counts()
    return Findings(
        articles=articles,
        chunks=chunks,
        vectors=index.count(),
        waiting=len(list(catalog.unindexed())) + len(catalog.stale_vectors()),
        catalog=(),
        misplaced=whole.misplaced(catalog, steps(progress, "articles")),
        full_text=whole.full_text_faults(catalog),
        lost=tuple(index.lost(steps(progress, "check"))),
    )


def pulse(catalog: Catalog, index: VectorIndex) -> Pulse:
    """Compare how many chunks there should be with how many there are, also while others add some."""
    expected, vectors = catalog.expected_in_chroma(), index.count()
    return Pulse(expected if catalog.expected_in_chroma() == expected else None, vectors)


def repair(catalog: Catalog, index: VectorIndex, progress: Progress) -> Findings:
    """Make the full text and the vector index anew from the catalog, then check everything. Only while alone."""
    _require_sound(catalog)
    whole.rebuild_full_text(catalog, steps(progress, "full text"))
    index.rebuild(steps(progress, "vectors"))
    catalog.set_all_indexed()
    whole.note_copies(catalog, steps(progress, "near copies"))
    findings = check(catalog, index, progress)
    if not findings.lost:
        return findings
    return replace(findings, lost=_linked(catalog, index, findings.lost), vectors=index.count())


def _linked(catalog: Catalog, index: VectorIndex, lost: Sequence[str]) -> tuple[str, ...]:
    """Tell the index once more of chunks that its graph does not lead to; return those that are not found even so.

    How many those are is chance. Of 100,000 chunks it was 2, to which links led once they were written again.
    """
    index.upsert(sorted(set(catalog.article_ids(lost).values())))
    vectors = catalog.vectors(lost)
    nearest = {chunk_id: index.nearest(vector, 1)[0][0] for chunk_id, vector in vectors.items()}
    stored = catalog.vectors(list(nearest.values()))
    return tuple(
        chunk_id
        for chunk_id, first in nearest.items()
        if first not in stored or not np.array_equal(vectors[chunk_id], stored[first])
    )


def steps(progress: Progress, what: str) -> Steps:
    """Return what tells `progress` of the steps of one part of the work."""
    return lambda done, total: progress(done, total, what)


def _require_sound(catalog: Catalog) -> None:
    damage = whole.damage(catalog)
    if damage:
        whole.rebuild_indexes(catalog)
        damage = whole.damage(catalog)
    if damage:
        raise LibraryUnusable(
            f"The catalog of {catalog.library} is damaged ({damage[0]}) and cannot be made anew. Restore a backup with "
            "`footnote restore FILE --replace`, or add the articles to an empty folder."
        )
