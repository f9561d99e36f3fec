"""The catalog: articles, chunks, vectors and full text in one SQL database. It is the truth.

Chroma is derived from it. What Chroma still has to be told stands here too: `articles.indexed`
is false until an article's vectors are in Chroma, and `stale_vectors` names what has to leave it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from rag.errors import DiskFull, FootnoteError, LibraryUnusable
from rag.filters import Filters
from rag.index import copies, removed
from rag.index.databases.database import Database
from rag.index.databases.sqlite import SQLite
from rag.index.databases.values import json_each
from rag.index.embeddings import Vectors
from rag.index.listing import ArticleInfo, infos_of
from rag.index.schema import SCHEMA_VERSION
from rag.index.schema import articles as _articles
from rag.index.schema import chunks as _chunks
from rag.index.schema import edits as _edits
from rag.index.schema import facts as _facts
from rag.index.schema import stale_vectors as _stale_vectors
from rag.index.selection import Selection, is_of_the_time, spellings, suits
from rag.index.sources import forget_sources
from rag.types import Article, Chunk

_SET_FACT = text(
    "INSERT INTO facts (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_SET_STALE = text("INSERT INTO stale_vectors (chunk_id) VALUES (:chunk_id) ON CONFLICT DO NOTHING")
_ADDED = select(_articles.c.added).where(_articles.c.id == bindparam("article_id"))
_INDEXED = (
    select(_chunks.c.id, _chunks.c.article_id, _articles.c.title, _chunks.c.start, _chunks.c.end, _chunks.c.vector)
    .join(_articles, _articles.c.id == _chunks.c.article_id)
    .where(_chunks.c.article_id.in_(bindparam("article_ids", expanding=True)))
    .order_by(_chunks.c.row)
)
_LAST_ROW = select(func.max(_chunks.c.row))
_ROWS_AT_ONCE = 5_000

_CHUNKS_AT_ONCE = 1_000
_INDEXED_AT_ONCE = 20
"""Articles."""
_ARTICLES_A_PORTION = 100
_CHARACTERS_A_PORTION = 2_000_000


@dataclass(frozen=True, slots=True)
class Indexed:
    """What Chroma stores of a chunk. The text stands in the catalog alone."""

    id: str
    article_id: str
    title: str
    """Of the article."""
    start: int
    end: int
    vector: Vectors
    """[dimension]"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What storing an article came upon."""

    was_there: bool
    """Whether an article stood under its id."""
    near_copies: int
    """How many articles are near copies of it."""


class Catalog:
    """Reads and writes one catalog, in the file of that path or in another database. Each method is one transaction."""

    def __init__(self, place: Path | Database) -> None:
        self.database: Database = SQLite(place) if isinstance(place, Path) else place
        self.library = self.database.library
        """What a person calls the library."""
        self.refusal: FootnoteError | None = self.database.refusal()
        """Why nothing can be changed; None where it can."""
        try:
            self._open()
        except DiskFull as full:
            self.refusal = DiskFull(
                f"The disk was full when the library {self.library} was opened, so it can only be read. Free some "
                "space, then open it again."
            )
            try:
                self._open()
            except LibraryUnusable:
                raise full from full.__cause__

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def begin(self) -> AbstractContextManager[Connection]:
        """Return a transaction, for what is asked of the whole catalog at once."""
        return self._engine.begin()

    def outlive_fork(self) -> None:
        """In a forked child: leave the parent's connections alone, and make others."""
        self._engine.dispose(close=False)

    def fact(self, name: str) -> str | None:
        """Return what the library remembers about itself under `name`."""
        with self._engine.connect() as connection:
            return connection.scalar(select(_facts.c.value).where(_facts.c.name == name))

    def facts(self) -> dict[str, str]:
        """Return all that the library remembers about itself."""
        with self._engine.connect() as connection:
            return {row.name: row.value for row in connection.execute(select(_facts))}

    def set_facts(self, **facts: str) -> None:
        """Remember facts about the library, in place of older ones of the same names."""
        with self._engine.begin() as connection:
            set_facts(connection, facts)

    def vectors_version(self) -> str:
        """Return what changes when all vectors are replaced at once."""
        return self.fact("vectors") or ""

    # Articles

    def store(self, article: Article, chunks: Sequence[Chunk], vectors: Vectors) -> Stored:
        """Store an article with its chunks, in place of what stood under its id; Chroma is still to be told.

        `vectors` is [chunks, dimension].
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        with self._engine.begin() as connection:
            added = connection.scalar(_ADDED, {"article_id": article.id})
            if added is not None:
                self._delete(connection, article.id)
            connection.execute(
                insert(_articles),
                {
                    "id": article.id,
                    "source": article.source,
                    "title": article.title,
                    "text": article.text,
                    "published": article.published,
                    "author": article.author,
                    "tags": list(article.tags),
                    "language": article.language,
                    "media_type": article.media_type,
                    "pages": list(article.pages) or None,
                    "content_hash": article.content_hash,
                    "added": added or now,
                    "updated": max(now, added or now),  # clocks are set back
                    "indexed": False,
                },
            )
            first = (connection.scalar(_LAST_ROW) or 0) + 1
            rows = list(enumerate(chunks, start=first))
            connection.execute(
                insert(_chunks),
                [
                    {
                        "row": row,
                        "id": chunk.id,
                        "article_id": article.id,
                        "ordinal": chunk.ordinal,
                        "start": chunk.start,
                        "end": chunk.end,
                        "vector": vector.astype("<f4").tobytes(),
                    }
                    for (row, chunk), vector in zip(rows, vectors, strict=True)
                ],
            )
            self.database.full_text.insert(
                connection, [{"row": row, "title": article.title, "body": chunk.text} for row, chunk in rows]
            )
            # The same words may come back under the same ids: then they are not stale after all.
            self._forget_stale(connection, [chunk.id for chunk in chunks])
            return Stored(added is not None, copies.note(connection, article))

    def remove(self, article_id: str, *, kept: bool = False) -> bool:
        """Remove an article, `kept` to be put back; say whether it was there. Chroma is still to be told."""
        with self._engine.begin() as connection:
            if kept:
                removed.keep(connection, article_id)
            forget_sources(connection, article_id)
            connection.execute(delete(_edits).where(_edits.c.article_id == article_id))
            return self._delete(connection, article_id)

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Return the content hash by article id, of those that are stored."""
        query = select(_articles.c.id, _articles.c.content_hash).where(_articles.c.id.in_(article_ids))
        with self._engine.connect() as connection:
            return {row.id: row.content_hash for row in connection.execute(query)}

    def article(self, article_id: str) -> Article | None:
        """Return the article of that id, where it is stored."""
        if "\0" in article_id:  # which PostgreSQL takes in no text
            return None
        return self.articles([article_id]).get(article_id)

    def articles(self, article_ids: Sequence[str]) -> dict[str, Article]:
        """Return the articles of those ids that are stored, by id."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_articles).where(_articles.c.id.in_(article_ids)))
            return {row.id: article_of(row) for row in rows}

    def select(self, filters: Filters) -> Selection:
        """Return the articles that `filters` admit."""
        with self._engine.connect() as connection:
            fit = select(_articles.c.id).where(suits(filters, _articles, spellings(filters, _articles, connection)))
            timely = fit.where(is_of_the_time(filters, _articles))
            undated = fit.where(_articles.c.published.is_(None))
            ids = connection.scalars(timely).all()
            chunks = select(func.count()).select_from(_chunks).where(_chunks.c.article_id.in_(listed(json.dumps(ids))))
            return Selection(
                filters,
                articles=frozenset(ids),
                chunks=connection.scalar(chunks) or 0,
                undated=len(connection.scalars(undated).all()) if filters.dated else 0,
            )

    def infos(self, within: Selection | None = None) -> list[ArticleInfo]:
        """Return every article, or those `within`, without its text, newest first, undated ones last, then by title."""
        with self._engine.connect() as connection:
            return infos_of(connection, None if within is None else sorted(within.articles))

    def counts(self) -> tuple[int, int]:
        """Return how many articles and chunks are stored."""
        with self._engine.connect() as connection:
            articles = connection.scalar(select(func.count()).select_from(_articles)) or 0
            chunks = connection.scalar(select(func.count()).select_from(_chunks)) or 0
            return articles, chunks

    # Search

    def nearest(self, vector: Vectors, limit: int, within: Selection) -> list[tuple[str, float]]:
        """Return ids and cosines, best first, of the chunks `within` nearest to `vector` [dimension], none left out."""
        query: Select[Any] = select(_chunks.c.id, _chunks.c.vector)
        query = query.where(_chunks.c.article_id.in_(listed(within.to_json())))
        with self._engine.connect() as connection:
            rows = connection.execute(query)
            found = (pair for part in rows.partitions(_ROWS_AT_ONCE) for pair in _cosines(part, vector))
            return nlargest(limit, found, key=lambda pair: pair[1])

    def matching(
        self, query: str, limit: int, *, title_weight: float, within: Selection | None = None
    ) -> list[tuple[str, float]]:
        """Return ids and BM25 scores, best first, of the chunks that match an FTS5 query."""
        wanted = within.to_json() if within else None
        with self._engine.connect() as connection:
            return self.database.full_text.matching(connection, query, limit, title_weight=title_weight, within=wanted)

    def count_matching(self, queries: Iterable[str], within: Selection | None = None) -> list[int]:
        """Return how many chunks match each FTS5 query."""
        with self._engine.connect() as connection:
            return self.database.full_text.count_matching(
                connection, list(queries), within.to_json() if within else None
            )

    def vocabulary(self, shortest: int, longest: int) -> dict[str, int]:
        """Return the stems in the full text that have so many letters, each with the number of chunks it stands in."""
        with self._engine.connect() as connection:
            return self.database.full_text.vocabulary(connection, shortest, longest)

    def articles_matching(self, queries: Iterable[str], article_ids: Sequence[str]) -> list[frozenset[str]]:
        """Return for each FTS5 query the ids of those of the articles that have a chunk which matches."""
        with self._engine.connect() as connection:
            return self.database.full_text.articles_matching(connection, list(queries), article_ids)

    # Chunks, and what Chroma has to be told

    def chunks(self, chunk_ids: Sequence[str]) -> dict[str, tuple[Chunk, Article]]:
        """Return the chunks of those ids that are stored, each with its article, by id."""
        query = select(_chunks).where(_chunks.c.id.in_(chunk_ids))
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        articles = self.articles(sorted({row.article_id for row in rows}))
        return {
            row.id: (_chunk(row, articles[row.article_id]), articles[row.article_id])
            for row in rows
            if row.article_id in articles
        }

    def texts_of(self, chunk_ids: Sequence[str]) -> dict[str, str]:
        """Return the texts of the chunks of those ids that are stored, by id."""
        texts: dict[str, str] = {}
        for first in range(0, len(chunk_ids), _CHUNKS_AT_ONCE):
            found = self.chunks(chunk_ids[first : first + _CHUNKS_AT_ONCE])
            texts.update({chunk_id: chunk.text for chunk_id, (chunk, _) in found.items()})
        return texts

    def article_ids(self, chunk_ids: Sequence[str]) -> dict[str, str]:
        """Return by id of those of the chunks that are stored the id of its article."""
        query = select(_chunks.c.id, _chunks.c.article_id).where(_chunks.c.id.in_(chunk_ids))
        with self._engine.connect() as connection:
            return {row.id: row.article_id for row in connection.execute(query)}

    def unindexed(self) -> Iterator[str]:
        """Yield the ids of articles whose vectors are not in Chroma yet."""
        with self._engine.connect() as connection:
            yield from connection.scalars(select(_articles.c.id).where(~_articles.c.indexed)).all()

    def chunks_of(self, article_id: str) -> list[Chunk]:
        """Return the chunks of an article, in order."""
        article = self.article(article_id)
        if article is None:
            return []
        query = select(_chunks).where(_chunks.c.article_id == article_id).order_by(_chunks.c.ordinal)
        with self._engine.connect() as connection:
            return [_chunk(row, article) for row in connection.execute(query)]

    def chunks_to_index(self, article_ids: Sequence[str]) -> Iterator[Indexed]:
        """Yield what Chroma stores of the chunks of those articles."""
        for first in range(0, len(article_ids), _INDEXED_AT_ONCE):
            some = list(article_ids[first : first + _INDEXED_AT_ONCE])
            with self._engine.connect() as connection:
                rows = connection.execute(_INDEXED, {"article_ids": some}).all()
            yield from (_indexed(row) for row in rows)

    def set_indexed(self, article_ids: Sequence[str]) -> None:
        """Say that Chroma holds the vectors of these articles."""
        if not article_ids:
            return
        with self._engine.begin() as connection:
            told = _articles.c.id.in_(listed(json.dumps(list(article_ids))))
            connection.execute(update(_articles).where(told).values(indexed=True))

    def set_all_indexed(self) -> None:
        """Say that Chroma holds all vectors and no others, as after it was built again."""
        with self._engine.begin() as connection:
            connection.execute(update(_articles).values(indexed=True))
            connection.execute(delete(_stale_vectors))

    def stale_vectors(self) -> list[str]:
        """Return the ids of chunks that have to leave Chroma."""
        with self._engine.connect() as connection:
            return list(connection.scalars(select(_stale_vectors.c.chunk_id)))

    def forget_stale_vectors(self, chunk_ids: Sequence[str]) -> None:
        """Say that these have left Chroma."""
        with self._engine.begin() as connection:
            self._forget_stale(connection, chunk_ids)

    def expected_in_chroma(self) -> int | None:
        """Return how many chunks Chroma should hold; None where it has not been told everything yet."""
        waiting = select(func.count()).select_from(_articles).where(~_articles.c.indexed).scalar_subquery()
        stale = select(func.count()).select_from(_stale_vectors).scalar_subquery()
        chunks = select(func.count()).select_from(_chunks).scalar_subquery()
        with self._engine.connect() as connection:
            waiting_now, stale_now, chunks_now = connection.execute(select(waiting, stale, chunks)).one()
        return None if waiting_now or stale_now else chunks_now

    def each_chunk(self) -> Iterator[Indexed]:
        """Yield what Chroma stores of all chunks as they are at one moment."""
        with self._engine.connect() as connection:
            self.database.snapshot(connection)
            for some in portions(connection):
                rows = connection.execute(_INDEXED, {"article_ids": some}).all()
                yield from (_indexed(row) for row in rows)

    def vectors(self, chunk_ids: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors of those chunks that are stored, by id."""
        query = select(_chunks.c.id, _chunks.c.vector).where(_chunks.c.id.in_(chunk_ids))
        with self._engine.connect() as connection:
            return {row.id: np.frombuffer(row.vector, dtype="<f4") for row in connection.execute(query)}

    def edition(self) -> tuple[object, ...]:
        """Return what is another after chunks were added, removed or embedded again.

        The last chunk's id belongs to it: what takes the place of the last article may take its rows, too.
        """
        last = select(_chunks.c.row, _chunks.c.id).order_by(_chunks.c.row.desc()).limit(1)
        with self._engine.connect() as connection:
            count = connection.scalar(select(func.count()).select_from(_chunks))
            return (self.vectors_version(), count, *(connection.execute(last).one_or_none() or ()))

    def all_vectors(self) -> dict[str, Vectors]:
        """Return all vectors by the ids of their chunks."""
        query = select(_chunks.c.id, _chunks.c.vector).order_by(_chunks.c.row)
        with self._engine.connect() as connection:
            return {row.id: np.frombuffer(row.vector, dtype="<f4") for row in connection.execute(query)}

    def some_vectors(self, count: int) -> list[tuple[str, Vectors]]:
        """Return ids and vectors of `count` chunks, spread evenly over all."""
        with self._engine.connect() as connection:
            step = max(1, (connection.scalar(select(func.max(_chunks.c.row))) or 0) // count)
            query = select(_chunks.c.id, _chunks.c.vector).where(_chunks.c.row % step == 0).limit(count)
            return [(row.id, np.frombuffer(row.vector, dtype="<f4")) for row in connection.execute(query)]

    # Private

    def _open(self) -> None:
        self._engine = self.database.connect(writable=not self.refusal)
        try:
            with self._engine.begin() as connection:
                version = self._version(connection)
                if not self.refusal:
                    self.database.make_current(connection, version)
                elif version != SCHEMA_VERSION:
                    raise LibraryUnusable(
                        f"The library {self.library} was made by an older Footnote and can only be read. Open it once "
                        "where it can be written to, which brings it up to date."
                    )
        except DatabaseError as error:
            self._engine.dispose()
            raise LibraryUnusable(
                f"The catalog {self.database.catalog} cannot be opened: {error.orig}. If the folder is right and can "
                "be written to, restore the file from a backup."
            ) from error
        except FootnoteError:
            self._engine.dispose()
            raise

    def _delete(self, connection: Connection, article_id: str) -> bool:
        row = connection.execute(select(_articles).where(_articles.c.id == article_id)).one_or_none()
        if row is None:
            return False
        article = article_of(row)
        chunks = connection.execute(select(_chunks).where(_chunks.c.article_id == article_id)).all()
        if chunks:
            self.database.full_text.delete(
                connection,
                [{"row": c.row, "title": article.title, "body": article.text[c.start : c.end]} for c in chunks],
            )
            connection.execute(_SET_STALE, [{"chunk_id": c.id} for c in chunks])
            connection.execute(delete(_chunks).where(_chunks.c.article_id == article_id))
        copies.forget(connection, article_id)
        connection.execute(delete(_articles).where(_articles.c.id == article_id))
        return True

    def _forget_stale(self, connection: Connection, chunk_ids: Sequence[str]) -> None:
        if chunk_ids:
            gone = _stale_vectors.c.chunk_id.in_(listed(json.dumps(list(chunk_ids))))
            connection.execute(delete(_stale_vectors).where(gone))

    def _version(self, connection: Connection) -> int:
        version = self.database.version(connection)
        if version > SCHEMA_VERSION:
            raise LibraryUnusable(
                f"The catalog {self.database.catalog} was written by a newer Footnote (schema {version}; this one "
                f"knows {SCHEMA_VERSION}). Install the newer version to open it."
            )
        return version


def set_facts(connection: Connection, facts: Mapping[str, str]) -> None:
    """Remember facts about the library, in place of older ones of the same names."""
    connection.execute(_SET_FACT, [{"name": name, "value": value} for name, value in facts.items()])


def listed(values: str) -> Select[Any]:
    """Return the values of a JSON list as rows, however many there are."""
    return select(json_each(values).table_valued("value", name="listed").c.value)


def _cosines(rows: Sequence[Row[Any]], vector: Vectors) -> Iterator[tuple[str, float]]:
    vectors = np.frombuffer(b"".join(row.vector for row in rows), dtype="<f4").reshape(len(rows), -1)
    return zip((row.id for row in rows), map(float, vectors @ vector), strict=True)


def article_of(row: Row[Any]) -> Article:
    """Return the article of a row of the table."""
    return Article.restored(
        id=row.id,
        title=row.title,
        text=row.text,
        source=row.source,
        published=row.published,
        author=row.author,
        tags=tuple(row.tags),
        language=row.language,
        media_type=row.media_type,
        pages=tuple(row.pages or ()),
        content_hash=row.content_hash,
    )


def _chunk(row: Row[Any], article: Article) -> Chunk:
    return Chunk(article, start=row.start, end=row.end, ordinal=row.ordinal)


def _indexed(row: Any) -> Indexed:
    return Indexed(row.id, row.article_id, row.title, row.start, row.end, np.frombuffer(row.vector, dtype="<f4"))


def portions(connection: Connection) -> Iterator[list[str]]:
    """Yield the ids of all articles, a hundred at a time, or fewer where they are long."""
    portion: list[str] = []
    characters = 0
    for row in connection.execute(select(_articles.c.id, func.length(_articles.c.text).label("characters"))).all():
        portion.append(row.id)
        characters += row.characters
        if len(portion) == _ARTICLES_A_PORTION or characters > _CHARACTERS_A_PORTION:
            yield portion
            portion, characters = [], 0
    if portion:
        yield portion
