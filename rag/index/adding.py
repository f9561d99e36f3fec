"""How articles come into a library: cut into chunks, embedded batch by batch, stored in the catalog, told to Chroma."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from rag.index import copies
from rag.index.catalog import Catalog
from rag.index.embeddings import Embedder, Vectors
from rag.index.progress import Progress
from rag.index.reembedding import Cut
from rag.index.report import AddReport, NearCopy, StoredArticle
from rag.index.sources import FileRead, Sources
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


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Comes after the articles of a file that was read to its end."""

    file: FileRead | None
    """None where it changed while it was read, or where a part of it could not be read."""
    left: frozenset[str]
    """Sources that were in it before, and are no longer."""


@dataclass(slots=True)
class _Batch:
    articles: dict[str, tuple[Article, list[Chunk]]] = field(default_factory=dict)
    """By id, each with its chunks."""
    read: list[ReadFile] = field(default_factory=list)
    """Files whose articles are all in this batch or in earlier ones."""
    unsure: set[str] = field(default_factory=set)
    """Ids of articles that came while others of the same source, id or text were not stored yet."""
    marks: set[str] = field(default_factory=set)
    """Sources, ids and texts of its articles."""

    @property
    def is_full(self) -> bool:
        return sum(len(chunks) for _, chunks in self.articles.values()) >= _CHUNKS_A_BATCH

    def take(self, article: Article, chunks: list[Chunk], before: _Batch) -> None:
        """Take in an article that is new to the library, while the batch `before` may not be stored yet."""
        marks = {article.source, article.id, article.text}
        if not marks.isdisjoint(self.marks | before.marks):
            self.unsure.add(article.id)
        self.marks |= marks
        self.articles[article.id] = (article, chunks)


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
        self._sources = Sources(catalog)
        self._index = index
        self._embedder = embedder
        self._report = report
        self._total = total
        self._show = show
        self._copied: set[str] = set()
        """Ids of articles whose text has come under another source, which takes them over when they get another."""

    def add(self, items: Iterator[Numbered | ReadFile]) -> None:
        """Add what is new or changed. While one batch is embedded, the one before it is stored."""
        bring_up_to_date(self._catalog, self._index)
        note_copies(self._catalog, at_most=_SIGNED_AT_ONCE)
        with ThreadPoolExecutor(1) as ahead:
            waiting: tuple[_Batch, Future[Vectors]] | None = None
            for batch in self._batches(items):
                vectors = ahead.submit(self._embedded, batch)
                if waiting:
                    self._store(*waiting)
                waiting = batch, vectors
            if waiting:
                self._store(*waiting)

    def remove(self, sources: Iterable[str]) -> None:
        """Let go of sources, and of the articles that have no other."""
        for source in sorted(sources):
            article_id = self._sources.let_go(source)
            if article_id is not None:
                article = self._catalog.article(article_id)
                self._catalog.remove(article_id)
                self._report.removed.append(StoredArticle(article_id, article.title if article else "", source))
        bring_up_to_date(self._catalog, self._index)

    def _batches(self, items: Iterator[Numbered | ReadFile]) -> Iterator[_Batch]:
        """Yield the articles that are new or changed, cut into chunks, some hundred chunks at a time."""
        batch, before = _Batch(), _Batch()
        for item in items:
            if isinstance(item, ReadFile):
                batch.read.append(item)
                continue
            done, article = item
            if article.id in batch.articles or batch.is_full:
                yield batch
                batch, before = _Batch(), batch
            if self._is_new(article):
                article = self._sources.identified(article)
                batch.take(article, chunks_of(article, self._embedder), before)
            self._show(done, self._total, article.source)
        yield batch

    def _is_new(self, article: Article) -> bool:
        """Say whether the article is to be stored; where not, the report says what became of it."""
        known = self._sources.known(article.source)
        if known and known.is_same_as(article):
            self._report.unchanged.append(StoredArticle(known.article_id, article.title, article.source))
            return False
        if known and known.text == article.text:
            return True  # of all its sources: another title, or a day
        left = self._sources.let_go(article.source) if known else None
        twin = self._sources.twin(article)
        if twin is None:
            return True
        if left is not None:
            self._catalog.remove(left)
        self._sources.add_copy(article.source, twin)
        self._copied.add(twin)
        self._report.copies.append(StoredArticle(twin, article.title, article.source))
        return False

    def _embedded(self, batch: _Batch) -> Vectors:
        texts = [_embedded_text(a.title, chunk.text) for a, chunks in batch.articles.values() for chunk in chunks]
        return self._embedder.documents(texts) if texts else np.empty((0, 0), dtype=np.float32)

    def _store(self, batch: _Batch, embedded: Future[Vectors]) -> None:
        """Store each article of a batch in the catalog, then tell Chroma."""
        vectors = embedded.result()
        at = 0
        for article, chunks in batch.articles.values():
            own = vectors[at : at + len(chunks)]
            at += len(chunks)
            if article.id in batch.unsure or article.id in self._copied:
                if not self._is_new(article):
                    continue
                article, chunks = self._as_stored(article, chunks)
            stored = self._catalog.store(article, chunks, own)
            entry = StoredArticle(article.id, article.title, article.source)
            (self._report.updated if stored.was_there else self._report.added).append(entry)
            if stored.near_copies:
                self._report.near_copies += self._near_copies(article)
        bring_up_to_date(self._catalog, self._index)
        for read in batch.read:
            if read.left:
                self.remove(read.left)
        self._sources.note(read.file for read in batch.read if read.file)

    def _as_stored(self, article: Article, chunks: list[Chunk]) -> tuple[Article, list[Chunk]]:
        """Return them with the id of the article's source, which a copy may have taken since they were cut."""
        identified = self._sources.identified(article)
        if identified.id == article.id:
            return article, chunks
        return identified, [Chunk(identified, start=c.start, end=c.end, ordinal=c.ordinal) for c in chunks]

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
