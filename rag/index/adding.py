"""How articles come into a library: cut into chunks, embedded batch by batch, stored in the catalog, told to Chroma."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from rag.index import copies
from rag.index.catalog import Catalog
from rag.index.embeddings import Embedder, Vectors
from rag.index.progress import Progress
from rag.index.reembedding import Cut
from rag.index.report import AddReport, NearCopy, StoredArticle
from rag.index.vectors.index import VectorIndex
from rag.index.whole import note_copies
from rag.ingest import SentenceSplitter
from rag.text import shorten
from rag.types import Article, Chunk

_CHUNKS_A_BATCH = 256
_SIGNED_AT_ONCE = 1000
"""Articles of an older Footnote that are looked through for near copies when any are added; takes some 3 s."""
_TITLE_LENGTH = 150

Numbered = tuple[int, Article]
"""An article and the number, from 1, of the file that it is in."""

_Batch = dict[str, tuple[Article, list[Chunk]]]
"""Articles by id, each with its chunks."""


class Adding:
    """Adds articles, and says in a report what became of each. Only while nobody else writes."""

    def __init__(
        self,
        catalog: Catalog,
        index: VectorIndex,
        embedder: Embedder,
        report: AddReport,
        total: int,
        show: Progress,
    ) -> None:
        self._catalog = catalog
        self._index = index
        self._embedder = embedder
        self._report = report
        self._total = total
        self._show = show

    def add(self, articles: Iterator[Numbered]) -> None:
        """Add what is new or changed. While one batch is embedded, the one before it is stored."""
        bring_up_to_date(self._catalog, self._index)
        note_copies(self._catalog, at_most=_SIGNED_AT_ONCE)
        with ThreadPoolExecutor(1) as ahead:
            waiting: tuple[_Batch, Future[Vectors]] | None = None
            for batch in self._batches(articles):
                vectors = ahead.submit(self._embedded, batch)
                if waiting:
                    self._store(*waiting)
                waiting = batch, vectors
            if waiting:
                self._store(*waiting)

    def _batches(self, articles: Iterator[Numbered]) -> Iterator[_Batch]:
        """Yield the articles that are new or changed, cut into chunks, some hundred chunks at a time."""
        batch: _Batch = {}
        for done, article in articles:
            if article.id in batch or sum(len(chunks) for _, chunks in batch.values()) >= _CHUNKS_A_BATCH:
                yield batch
                batch = {}
            if self._catalog.content_hashes([article.id]).get(article.id) == article.content_hash:
                self._report.unchanged.append(_entry(article))
            else:
                batch[article.id] = (article, chunks_of(article, self._embedder))
            self._show(done, self._total, article.source)
        if batch:
            yield batch

    def _embedded(self, batch: _Batch) -> Vectors:
        return self._embedder.documents(
            [_embedded_text(article.title, chunk.text) for article, chunks in batch.values() for chunk in chunks]
        )

    def _store(self, batch: _Batch, embedded: Future[Vectors]) -> None:
        """Store each article of a batch in the catalog, then tell Chroma."""
        vectors = embedded.result()
        known = self._catalog.content_hashes(list(batch))
        at = 0
        for article, chunks in batch.values():
            own = vectors[at : at + len(chunks)]
            at += len(chunks)
            if known.get(article.id) == article.content_hash:  # it came in the batch before
                self._report.unchanged.append(_entry(article))
                continue
            self._catalog.store(article, chunks, own)
            (self._report.updated if article.id in known else self._report.added).append(_entry(article))
            self._report.near_copies += self._near_copies(article)
        bring_up_to_date(self._catalog, self._index)

    def _near_copies(self, article: Article) -> list[NearCopy]:
        with self._catalog.begin() as connection:
            found = copies.nearest(connection, article.id)
        return [NearCopy(article.id, article.title, article.source, *found)] if found else []


def bring_up_to_date(catalog: Catalog, index: VectorIndex) -> None:
    """Tell the index what the catalog says it has not been told yet."""
    stale = catalog.stale_vectors()
    waiting = list(catalog.unindexed())
    if not stale and not waiting:
        return
    if stale:
        index.delete(stale)
        catalog.forget_stale_vectors(stale)
    index.upsert(waiting)
    catalog.set_indexed(waiting)


def chunks_of(article: Article, embedder: Embedder) -> list[Chunk]:
    """Cut an article into chunks that the model reads whole."""
    splitter = SentenceSplitter(fits=lambda text: embedder.fits(_embedded_text(article.title, text)))
    spans = splitter.spans(article.text, article.language)
    return [Chunk(article, start=start, end=end, ordinal=n) for n, (start, end) in enumerate(spans)]


def cut_for(embedder: Embedder, article: Article, chunks: Sequence[Chunk]) -> Cut:
    """Return the article as `embedder` reads it, in the chunks that it has, if all of them fit."""
    if not all(embedder.fits(_embedded_text(article.title, chunk.text)) for chunk in chunks):
        chunks = chunks_of(article, embedder)
    return Cut(article, chunks, [_embedded_text(article.title, chunk.text) for chunk in chunks])


def _embedded_text(title: str, text: str) -> str:
    """What the embedding model reads of a chunk: it knows then what "he" or "the company" is about."""
    return f"{shorten(title, _TITLE_LENGTH)}\n{text}"


def _entry(article: Article) -> StoredArticle:
    return StoredArticle(article.id, article.title, article.source)
