"""Searching a library: Chroma's nearest chunks and the full text's best, fused, of the articles that filters admit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rag.filters import Filters
from rag.index.catalog import Catalog
from rag.index.collapse import Collapse, Shown, Timely
from rag.index.embeddings import Vectors
from rag.index.search import full_text_query, quoted, reciprocal_rank_fusion
from rag.index.selection import Selection
from rag.index.versions import Versions
from rag.settings import Settings
from rag.types import Passage

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

    from rag.index.home import OpenIndex

# Fitted by `python -m training.fit_fusion` on questions of the training sets; see training/RESULTS.md.
RRF_K = 2
DENSE_WEIGHT = 1.0
LEXICAL_WEIGHT = 1.0
TITLE_WEIGHT = 1.0

_STALE_AT_MOST = 50
_COMPARED_AT_ONCE = 10_000
"""Chunks whose vectors are compared one by one sooner than Chroma is asked; takes some 80 ms."""
_LOOKED_AT = 4
"""Of more chunks: by how many times too many of Chroma's nearest are looked at for those of the articles wanted."""


class Searching(ABC):
    """What of a library is asked about its passages; `Library` is one."""

    settings: Settings
    catalog: Catalog
    _vectors: OpenIndex
    _versions: Versions
    _query_vectors: _lru_cache_wrapper[Vectors]

    def select(self, filters: Filters | Selection | None) -> Selection | None:
        """Return the articles that `filters` admit, for what looks up several things there; None for every article."""
        if isinstance(filters, Filters):
            return self.catalog.select(filters) if filters else None
        return filters

    def search(
        self, query: str, k: int = 10, *, filters: Filters | Selection | None = None, timely: Timely | None = None
    ) -> list[Passage]:
        """Return the `k` passages that fit `query` best, best first, each with its scores.

        Chroma's nearest chunks and the full text's best, fused by reciprocal rank, of the articles that `filters`
        admit: they are looked for only there, so a narrow filter leaves as many passages as a wide one.
        Of near copies the passage of the one that answers stands for what the others have too: the newest, before it
        one of a day that is `timely`.
        """
        if not query.strip() or not self.catalog.counts()[0]:
            return []
        within = self.select(filters)
        limit = max(self.settings.candidates, k)
        for wider in (1, _LOOKED_AT):
            stages = self._stages(query, limit * wider, within)
            stored = self.catalog.chunks(list(stages["fused"])[: k * wider + _STALE_AT_MOST])
            # A chunk that Chroma has and the catalog has not was removed: it is never shown.
            found = [stored[chunk_id] for chunk_id in stages["fused"] if chunk_id in stored]
            shown = Collapse(self.catalog, self._versions, within=within, timely=timely).show(found, k)
            exhausted = all(len(stages[name]) < limit * wider for name in ("dense", "lexical"))
            if len(shown) >= min(k, len(found)) or exhausted:
                break  # else so many versions of one text came up that others found no place
        return [_passage(each, stages) for each in shown]

    def _stages(self, query: str, limit: int, within: Selection | None) -> dict[str, dict[str, float]]:
        """Return the scores by chunk, best first, of each search and of both fused."""
        dense, lexical = self.nearest(query, limit, within=within), self.matching(query, limit, within=within)
        fused = reciprocal_rank_fusion(
            [[chunk_id for chunk_id, _ in ranking] for ranking in (dense, lexical)],
            weights=[DENSE_WEIGHT, LEXICAL_WEIGHT],
            k=RRF_K,
        )
        return {"dense": dict(dense), "lexical": dict(lexical), "fused": dict(fused)}

    def nearest(self, query: str, limit: int, *, within: Selection | None = None) -> list[tuple[str, float]]:
        """Return ids and cosines, best first, of the chunks whose vectors are nearest to the query's.

        Of few articles all vectors are compared, and of many where Chroma's nearest are mostly of others: filtered by
        Chroma, an HNSW graph leaves out what it does not reach.
        """
        self._require_same_embedder()
        vector = self.query_vector(query)
        if within is None:
            return self._vectors.nearest(vector, limit)
        if within.chunks > _COMPARED_AT_ONCE:
            near = self._vectors.nearest(vector, limit * _LOOKED_AT)
            homes = self.catalog.article_ids([chunk_id for chunk_id, _ in near])
            near = [(chunk_id, cosine) for chunk_id, cosine in near if homes.get(chunk_id) in within.articles]
            if len(near) >= limit:  # no chunk that was not looked at is nearer
                return near[:limit]
        return self.catalog.nearest(vector, limit, within)

    def query_vector(self, query: str) -> Vectors:
        """Return the vector of a question, [dimension]; the latest ones are remembered."""
        return self._query_vectors(query)

    def matching(
        self, query: str, limit: int, *, title_weight: float = TITLE_WEIGHT, within: Selection | None = None
    ) -> list[tuple[str, float]]:
        """Return ids and BM25 scores, best first, of the chunks that share words with the query.

        A word in the title counts `title_weight` times one in the text.
        """
        keywords = full_text_query(query)
        return self.catalog.matching(keywords, limit, title_weight=title_weight, within=within) if keywords else []

    def chunks_with(self, words: Iterable[str], *, within: Selection | None = None) -> list[int]:
        """Return in how many chunks each word stands, in any of its forms that share a stem."""
        return self.catalog.count_matching(map(quoted, words), within)

    def articles_with(self, words: Iterable[str], article_ids: Sequence[str]) -> list[frozenset[str]]:
        """Return for each word the ids of those of the articles in which it stands, their titles included."""
        return self.catalog.articles_matching(map(quoted, words), article_ids)

    def chunk_count(self, *, within: Selection | None = None) -> int:
        """Return how many chunks are stored."""
        return within.chunks if within else self.catalog.counts()[1]

    @abstractmethod
    def _require_same_embedder(self) -> None:
        """Raise where another process had all articles embedded again since this one loaded its model."""


def _passage(shown: Shown, stages: dict[str, dict[str, float]]) -> Passage:
    chunk, article = shown.chunk, shown.article
    # One that did not come up itself has the scores of the one whose words it has.
    scored = chunk.id if chunk.id in stages["fused"] else shown.found
    return Passage(
        chunk=chunk,
        title=article.title,
        source=article.source,
        published=article.published,
        author=article.author,
        page=article.page_at(chunk.start),
        scores={name: scores[scored] for name, scores in stages.items() if scored in scores},
        copies=shown.copies,
        superseded=shown.superseded,
    )
