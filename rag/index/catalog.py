"""The catalog: articles, chunks, vectors and full text in one SQL database. It is the truth.

Chroma is derived from it. What Chroma still has to be told stands here too: `articles.indexed`
is false until an article's vectors are in Chroma, and `stale_vectors` names what has to leave it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from heapq import nlargest
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Text,
    bindparam,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DatabaseError

from rag.errors import LibraryUnusable
from rag.filters import Filters
from rag.index.embeddings import Vectors
from rag.index.migrations import migrate
from rag.index.selection import Selection, is_of_the_time, sql_folded, suits
from rag.types import Article, Chunk

SCHEMA_VERSION = 2

_metadata = MetaData()

_facts = Table("facts", _metadata, Column("name", String, primary_key=True), Column("value", String, nullable=False))

_articles = Table(
    "articles",
    _metadata,
    Column("id", String, primary_key=True),
    Column("source", String, nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("published", Date),
    Column("author", String),
    Column("tags", JSON, nullable=False),
    Column("language", String),
    Column("media_type", String, nullable=False),
    Column("pages", JSON(none_as_null=True)),
    Column("content_hash", String, nullable=False),
    Column("added", DateTime, nullable=False),
    Column("updated", DateTime, nullable=False),
    Column("indexed", Boolean, nullable=False, index=True),
)

_chunks = Table(
    "chunks",
    _metadata,
    Column("row", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("article_id", ForeignKey("articles.id"), nullable=False, index=True),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)

_stale_vectors = Table("stale_vectors", _metadata, Column("chunk_id", String, primary_key=True))

# Contentless: the text is in `articles` already. A row is taken out by sending its old text again.
_FULL_TEXT = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS chunk_text USING "
    "fts5(title, body, content='', tokenize='porter unicode61 remove_diacritics 2')"
)
_INSERT_TEXT = text("INSERT INTO chunk_text(rowid, title, body) VALUES (:row, :title, :body)")
_DELETE_TEXT = text("INSERT INTO chunk_text(chunk_text, rowid, title, body) VALUES ('delete', :row, :title, :body)")
_MATCH_TEXT = text(
    "SELECT chunks.id, -bm25(chunk_text, :title_weight, 1.0) AS score FROM chunk_text "
    "JOIN chunks ON chunks.row = chunk_text.rowid "
    "WHERE chunk_text MATCH :query "
    "AND (:within IS NULL OR chunks.article_id IN (SELECT value FROM json_each(:within))) "
    "ORDER BY score DESC, chunks.row LIMIT :limit"
)
_COUNT_TEXT = text("SELECT count(*) FROM chunk_text WHERE chunk_text MATCH :query")
_HOLDING_TEXT = text(
    "SELECT DISTINCT chunks.article_id FROM chunk_text JOIN chunks ON chunks.row = chunk_text.rowid "
    "WHERE chunk_text MATCH :query AND chunks.article_id IN :articles"
).bindparams(bindparam("articles", expanding=True))
# The plus keeps SQLite from looking each row up in the full text by itself.
_COUNT_TEXT_WITHIN = text(
    "WITH within AS MATERIALIZED "
    "(SELECT row FROM chunks WHERE article_id IN (SELECT value FROM json_each(:within))) "
    "SELECT (SELECT count(*) FROM chunk_text WHERE chunk_text MATCH query.value AND +rowid IN within) "
    "FROM json_each(:queries) AS query ORDER BY query.key"
)
_COUNT_CHUNKS = text("SELECT count(*) FROM chunks WHERE article_id IN (SELECT value FROM json_each(:within))")
_VECTORS_WITHIN = text("SELECT id, vector FROM chunks WHERE article_id IN (SELECT value FROM json_each(:within))")
_ROWS_AT_ONCE = 5_000

# All that filters ask for, so that no text is read to look past it.
_FILTERED_BY = "CREATE INDEX IF NOT EXISTS articles_filtered_by ON articles(source, published, language, tags, id)"


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """What a list of articles shows: an article without its text."""

    id: str
    title: str
    source: str
    published: date | None
    author: str | None
    tags: tuple[str, ...]
    language: str | None
    media_type: str
    characters: int
    chunks: int
    added: datetime
    """In UTC, as `updated`."""
    updated: datetime


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk together with what Chroma stores of it."""

    chunk: Chunk
    title: str
    vector: Vectors
    """[dimension]"""


class Catalog:
    """Reads and writes one catalog file. Each method is one transaction."""

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
        event.listen(self._engine, "connect", _set_pragmas)
        try:
            with self._engine.begin() as connection:
                migrate(connection, self._version(connection, path), SCHEMA_VERSION)
                _metadata.create_all(connection)
                connection.execute(text(_FULL_TEXT))
                connection.execute(text(_FILTERED_BY))
        except DatabaseError as error:
            self._engine.dispose()
            raise LibraryUnusable(
                f"The catalog {path} cannot be opened: {error.orig}. If the folder is right and can be written to, "
                "restore the file from a backup."
            ) from error

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def fact(self, name: str) -> str | None:
        """Return what the library remembers about itself under `name`."""
        with self._engine.connect() as connection:
            return connection.scalar(select(_facts.c.value).where(_facts.c.name == name))

    def set_facts(self, **facts: str) -> None:
        """Remember facts about the library, in place of older ones of the same names."""
        with self._engine.begin() as connection:
            for name, value in facts.items():
                connection.execute(insert(_facts).prefix_with("OR REPLACE").values(name=name, value=value))

    # Articles

    def store(self, article: Article, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Store an article with its chunks, in place of what stood under its id; Chroma is still to be told.

        `vectors` is [chunks, dimension].
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        with self._engine.begin() as connection:
            added = connection.scalar(select(_articles.c.added).where(_articles.c.id == article.id))
            self._delete(connection, article.id)
            connection.execute(
                insert(_articles).values(
                    id=article.id,
                    source=article.source,
                    title=article.title,
                    text=article.text,
                    published=article.published,
                    author=article.author,
                    tags=list(article.tags),
                    language=article.language,
                    media_type=article.media_type,
                    pages=list(article.pages) or None,
                    content_hash=article.content_hash,
                    added=added or now,
                    updated=now,
                    indexed=False,
                )
            )
            first = (connection.scalar(select(func.max(_chunks.c.row))) or 0) + 1
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
            connection.execute(
                _INSERT_TEXT, [{"row": row, "title": article.title, "body": chunk.text} for row, chunk in rows]
            )
            # The same words may come back under the same ids: then they are not stale after all.
            connection.execute(
                delete(_stale_vectors).where(_stale_vectors.c.chunk_id.in_([chunk.id for chunk in chunks]))
            )

    def remove(self, article_id: str) -> bool:
        """Remove an article; say whether it was there. Chroma is still to be told."""
        with self._engine.begin() as connection:
            return self._delete(connection, article_id)

    def content_hashes(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Return the content hash by article id, of those that are stored."""
        query = select(_articles.c.id, _articles.c.content_hash).where(_articles.c.id.in_(article_ids))
        with self._engine.connect() as connection:
            return {row.id: row.content_hash for row in connection.execute(query)}

    def article(self, article_id: str) -> Article | None:
        """Return the article of that id, where it is stored."""
        return self.articles([article_id]).get(article_id)

    def articles(self, article_ids: Sequence[str]) -> dict[str, Article]:
        """Return the articles of those ids that are stored, by id."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_articles).where(_articles.c.id.in_(article_ids)))
            return {row.id: _article(row) for row in rows}

    def select(self, filters: Filters) -> Selection:
        """Return the articles that `filters` admit."""
        fit = select(_articles.c.id).where(suits(filters, _articles))
        timely = fit.where(is_of_the_time(filters, _articles))
        undated = fit.where(_articles.c.published.is_(None))
        with self._engine.connect() as connection:
            ids = connection.scalars(timely).all()
            return Selection(
                filters,
                articles=frozenset(ids),
                chunks=connection.scalar(_COUNT_CHUNKS, {"within": json.dumps(ids)}) or 0,
                undated=len(connection.scalars(undated).all()) if filters.dated else 0,
            )

    def infos(self, within: Selection | None = None) -> list[ArticleInfo]:
        """Return every article, or those `within`, without its text, newest first, undated ones last, then by title."""
        columns = [column for column in _articles.c if column.name not in {"text", "pages", "content_hash", "indexed"}]
        chunks = select(func.count()).where(_chunks.c.article_id == _articles.c.id).scalar_subquery()
        query = select(*columns, func.length(_articles.c.text).label("characters"), chunks.label("chunks")).order_by(
            _articles.c.published.desc().nulls_last(), _articles.c.title
        )
        with self._engine.connect() as connection:
            infos = [ArticleInfo(**{**row._mapping, "tags": tuple(row.tags)}) for row in connection.execute(query)]
        return [info for info in infos if within is None or info.id in within.articles]

    def counts(self) -> tuple[int, int]:
        """Return how many articles and chunks are stored."""
        with self._engine.connect() as connection:
            articles = connection.scalar(select(func.count()).select_from(_articles)) or 0
            chunks = connection.scalar(select(func.count()).select_from(_chunks)) or 0
            return articles, chunks

    # Search

    def nearest(self, vector: Vectors, limit: int, within: Selection) -> list[tuple[str, float]]:
        """Return ids and cosines, best first, of the chunks `within` nearest to `vector` [dimension], none left out."""
        with self._engine.connect() as connection:
            rows = connection.execute(_VECTORS_WITHIN, {"within": within.to_json()})
            found = (pair for part in rows.partitions(_ROWS_AT_ONCE) for pair in _cosines(part, vector))
            return nlargest(limit, found, key=lambda pair: pair[1])

    def matching(
        self, query: str, limit: int, *, title_weight: float, within: Selection | None = None
    ) -> list[tuple[str, float]]:
        """Return ids and BM25 scores, best first, of the chunks that match an FTS5 query."""
        values = {"query": query, "limit": limit, "title_weight": title_weight}
        values["within"] = within.to_json() if within else None
        with self._engine.connect() as connection:
            return [(row.id, row.score) for row in connection.execute(_MATCH_TEXT, values)]

    def count_matching(self, queries: Iterable[str], within: Selection | None = None) -> list[int]:
        """Return how many chunks match each FTS5 query."""
        with self._engine.connect() as connection:
            if within:
                values = {"queries": json.dumps(list(queries)), "within": within.to_json()}
                return list(connection.scalars(_COUNT_TEXT_WITHIN, values))
            return [connection.scalar(_COUNT_TEXT, {"query": query}) or 0 for query in queries]

    def articles_matching(self, queries: Iterable[str], article_ids: Sequence[str]) -> list[frozenset[str]]:
        """Return for each FTS5 query the ids of those of the articles that have a chunk which matches."""
        with self._engine.connect() as connection:
            return [
                frozenset(connection.scalars(_HOLDING_TEXT, {"query": query, "articles": list(article_ids)}))
                for query in queries
            ]

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

    def unindexed(self) -> Iterator[str]:
        """Yield the ids of articles whose vectors are not in Chroma yet."""
        with self._engine.connect() as connection:
            yield from connection.scalars(select(_articles.c.id).where(~_articles.c.indexed)).all()

    def chunk_rows(self, article_id: str) -> list[ChunkRow]:
        """Return the chunks of an article with their vectors, in order."""
        article = self.article(article_id)
        if article is None:
            return []
        query = select(_chunks).where(_chunks.c.article_id == article_id).order_by(_chunks.c.ordinal)
        with self._engine.connect() as connection:
            return [
                ChunkRow(_chunk(row, article), article.title, np.frombuffer(row.vector, dtype="<f4"))
                for row in connection.execute(query)
            ]

    def set_indexed(self, article_ids: Sequence[str]) -> None:
        """Say that Chroma holds the vectors of these articles."""
        with self._engine.begin() as connection:
            connection.execute(update(_articles).where(_articles.c.id.in_(article_ids)).values(indexed=True))

    def set_all_unindexed(self) -> None:
        """Say that Chroma holds nothing, as before it is built again."""
        with self._engine.begin() as connection:
            connection.execute(update(_articles).values(indexed=False))
            connection.execute(delete(_stale_vectors))

    def stale_vectors(self) -> list[str]:
        """Return the ids of chunks that have to leave Chroma."""
        with self._engine.connect() as connection:
            return list(connection.scalars(select(_stale_vectors.c.chunk_id)))

    def forget_stale_vectors(self, chunk_ids: Sequence[str]) -> None:
        """Say that these have left Chroma."""
        with self._engine.begin() as connection:
            for chunk_id in chunk_ids:
                connection.execute(delete(_stale_vectors).where(_stale_vectors.c.chunk_id == chunk_id))

    # Private

    def _delete(self, connection: Connection, article_id: str) -> bool:
        row = connection.execute(select(_articles).where(_articles.c.id == article_id)).one_or_none()
        if row is None:
            return False
        article = _article(row)
        chunks = connection.execute(select(_chunks).where(_chunks.c.article_id == article_id)).all()
        if chunks:
            connection.execute(
                _DELETE_TEXT,
                [{"row": c.row, "title": article.title, "body": article.text[c.start : c.end]} for c in chunks],
            )
            stale = insert(_stale_vectors).prefix_with("OR IGNORE")
            connection.execute(stale, [{"chunk_id": c.id} for c in chunks])
            connection.execute(delete(_chunks).where(_chunks.c.article_id == article_id))
        connection.execute(delete(_articles).where(_articles.c.id == article_id))
        return True

    def _version(self, connection: Connection, path: Path) -> int:
        version = int(connection.scalar(text("PRAGMA user_version")) or 0)
        if version > SCHEMA_VERSION:
            raise LibraryUnusable(
                f"The catalog {path} was written by a newer Footnote (schema {version}; this one knows "
                f"{SCHEMA_VERSION}). Install the newer version to open it."
            )
        return version


@contextmanager
def _cursor(connection: Any) -> Iterator[Any]:
    cursor = connection.cursor()
    try:
        yield cursor
    finally:
        cursor.close()


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.create_function("folded", 1, sql_folded, deterministic=True)
    with _cursor(connection) as cursor:
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")


def _cosines(rows: Sequence[Row[Any]], vector: Vectors) -> Iterator[tuple[str, float]]:
    vectors = np.frombuffer(b"".join(row.vector for row in rows), dtype="<f4").reshape(len(rows), -1)
    return zip((row.id for row in rows), map(float, vectors @ vector), strict=True)


def _article(row: Row[Any]) -> Article:
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
