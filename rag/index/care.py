"""Checking a library, and making anew what can be made anew."""

from __future__ import annotations

from rag.errors import LibraryUnusable
from rag.index import whole
from rag.index.catalog import Catalog
from rag.index.progress import Progress
from rag.index.report import Findings
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


def repair(catalog: Catalog, index: VectorIndex, progress: Progress) -> Findings:
    """Make the full text and the vector index anew from the catalog, then check everything. Only while alone."""
    _require_sound(catalog)
    whole.rebuild_full_text(catalog, steps(progress, "full text"))
    index.rebuild(steps(progress, "vectors"))
    catalog.set_all_indexed()
    whole.note_copies(catalog, steps(progress, "near copies"))
    return check(catalog, index, progress)


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
