"""The full text in SQLite's FTS5."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, text

from rag.index.databases.database import TextRow

# Contentless: the text is in `articles` already. A row is taken out by sending its old text again.
_CREATE = text(
    "CREATE VIRTUAL TABLE IF NOT EXISTS chunk_text USING "
    "fts5(title, body, content='', tokenize='porter unicode61 remove_diacritics 2')"
)
_INSERT = text("INSERT INTO chunk_text(rowid, title, body) VALUES (:row, :title, :body)")
_DELETE = text("INSERT INTO chunk_text(chunk_text, rowid, title, body) VALUES ('delete', :row, :title, :body)")
_CLEAR = text("INSERT INTO chunk_text(chunk_text) VALUES ('delete-all')")
_ROWS_WITHOUT_TEXT = text("SELECT count(*) FROM chunks WHERE row NOT IN (SELECT id FROM chunk_text_docsize)")
_TEXT_WITHOUT_ROW = text("SELECT count(*) FROM chunk_text_docsize WHERE id NOT IN (SELECT row FROM chunks)")
_MATCH = text(
    "SELECT chunks.id, -bm25(chunk_text, :title_weight, 1.0) AS score FROM chunk_text "
    "JOIN chunks ON chunks.row = chunk_text.rowid "
    "WHERE chunk_text MATCH :query "
    "AND (:within IS NULL OR chunks.article_id IN (SELECT value FROM json_each(:within))) "
    "ORDER BY score DESC, chunks.row LIMIT :limit"
)
_COUNT = text("SELECT count(*) FROM chunk_text WHERE chunk_text MATCH :query")
_HOLDING = text(
    "SELECT DISTINCT chunks.article_id FROM chunk_text JOIN chunks ON chunks.row = chunk_text.rowid "
    "WHERE chunk_text MATCH :query AND chunks.article_id IN :articles"
).bindparams(bindparam("articles", expanding=True))
# The plus keeps SQLite from looking each row up in the full text by itself.
_COUNT_WITHIN = text(
    "WITH within AS MATERIALIZED "
    "(SELECT row FROM chunks WHERE article_id IN (SELECT value FROM json_each(:within))) "
    "SELECT (SELECT count(*) FROM chunk_text WHERE chunk_text MATCH query.value AND +rowid IN within) "
    "FROM json_each(:queries) AS query ORDER BY query.key"
)

_WORDS = text("CREATE VIRTUAL TABLE IF NOT EXISTS temp.chunk_words USING fts5vocab('main', 'chunk_text', 'row')")
_VOCABULARY = text("SELECT term, doc FROM temp.chunk_words WHERE length(term) BETWEEN :shortest AND :longest")


class FTS5:
    """A `FullText`."""

    def make(self, connection: Connection) -> None:
        """Make the table where there is none."""
        connection.execute(_CREATE)

    def insert(self, connection: Connection, rows: Sequence[TextRow]) -> None:
        """Take in chunks."""
        if rows:
            connection.execute(_INSERT, [{**row} for row in rows])

    def delete(self, connection: Connection, rows: Sequence[TextRow]) -> None:
        """Take out chunks; the words are those that were taken in."""
        if rows:
            connection.execute(_DELETE, [{**row} for row in rows])

    def clear(self, connection: Connection) -> None:
        """Take out everything."""
        connection.execute(_CLEAR)

    def faults(self, connection: Connection) -> int:
        """Return how many chunks are missing, and how many are held too many."""
        return sum(int(connection.scalar(count) or 0) for count in (_ROWS_WITHOUT_TEXT, _TEXT_WITHOUT_ROW))

    def matching(
        self, connection: Connection, query: str, limit: int, *, title_weight: float, within: str | None
    ) -> list[tuple[str, float]]:
        """Return ids and BM25 scores, best first, of the chunks that match, `within` those articles."""
        values = {"query": query, "limit": limit, "title_weight": title_weight, "within": within}
        return [(row.id, row.score) for row in connection.execute(_MATCH, values)]

    def count_matching(self, connection: Connection, queries: Sequence[str], within: str | None) -> list[int]:
        """Return how many chunks match each query."""
        if within is not None:
            values = {"queries": json.dumps(list(queries)), "within": within}
            return list(connection.scalars(_COUNT_WITHIN, values))
        return [connection.scalar(_COUNT, {"query": query}) or 0 for query in queries]

    def vocabulary(self, connection: Connection, shortest: int, longest: int) -> dict[str, int]:
        """Return the stems that have so many letters, each with the number of chunks it stands in."""
        connection.execute(_WORDS)
        rows = connection.execute(_VOCABULARY, {"shortest": shortest, "longest": longest})
        return {row.term: row.doc for row in rows}

    def articles_matching(
        self, connection: Connection, queries: Sequence[str], article_ids: Sequence[str]
    ) -> list[frozenset[str]]:
        """Return for each query the ids of those of the articles that have a chunk which matches."""
        return [
            frozenset(connection.scalars(_HOLDING, {"query": query, "articles": list(article_ids)}))
            for query in queries
        ]
