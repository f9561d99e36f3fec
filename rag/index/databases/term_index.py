"""The full text in two tables of PostgreSQL's, with FTS5's own words and its own BM25.

`ts_rank` knows neither how rare a word is nor how long chunks are. Here a row says where a word stands in a chunk,
and the ranking is the formula of FTS5's auxiliary function `bm25`, so that both databases give the same scores.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, Connection, Integer, MetaData, String, Table, text

from rag.index.databases.database import TextRow
from rag.index.databases.tokens import Places, phrases_of, words_of

_CHUNKS_AT_ONCE = 200

metadata = MetaData()

chunk_terms = Table(
    "chunk_terms",
    metadata,
    Column("term", String(collation="C"), primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False, index=True),
    Column("title_at", ARRAY(Integer)),
    Column("body_at", ARRAY(Integer)),
)
chunk_sizes = Table(
    "chunk_sizes",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("tokens", Integer, nullable=False),
)

_INSERT_TERMS = text(
    "INSERT INTO chunk_terms (term, row, title_at, body_at) SELECT term, row, title_at, body_at FROM "
    'json_to_recordset(CAST(:rows AS JSON)) AS new(term TEXT, "row" INTEGER, title_at INTEGER[], body_at INTEGER[])'
)
_INSERT_SIZES = text(
    "INSERT INTO chunk_sizes (row, tokens) SELECT row, tokens FROM "
    'json_to_recordset(CAST(:rows AS JSON)) AS new("row" INTEGER, tokens INTEGER)'
)
_ROWS = "(SELECT CAST(value AS INTEGER) FROM json_array_elements_text(CAST(:rows AS JSON)))"
_DELETE = [text(f"DELETE FROM {table} WHERE row IN {_ROWS}") for table in ("chunk_terms", "chunk_sizes")]
_CLEAR = [text(f"DELETE FROM {table}") for table in ("chunk_terms", "chunk_sizes")]
_FAULTS = text(
    "SELECT count(*) FROM chunks FULL JOIN chunk_sizes ON chunk_sizes.row = chunks.row FULL JOIN "
    "(SELECT row, sum(coalesce(cardinality(title_at), 0) + coalesce(cardinality(body_at), 0)) AS tokens "
    "FROM chunk_terms GROUP BY row) AS held ON held.row = coalesce(chunks.row, chunk_sizes.row) "
    "WHERE chunks.row IS NULL OR chunk_sizes.row IS NULL OR chunk_sizes.tokens <> coalesce(held.tokens, 0)"
)
_VOCABULARY = text(
    "SELECT term, count(*) AS chunks FROM chunk_terms WHERE length(term) BETWEEN :shortest AND :longest GROUP BY term"
)

# The offset keeps the words from being looked for in all of the table at once.
_HELD = '(SELECT * FROM chunk_terms WHERE term = words.term COLLATE "C" OFFSET 0) AS held'
# How often each phrase stands in title and body of each chunk that has it. A phrase of several words stands where each
# of them stands as far from its beginning as in the query.
_HITS = (
    "WITH words AS MATERIALIZED (SELECT * FROM json_to_recordset(CAST(:words AS JSON)) "
    "AS given(query INTEGER, number INTEGER, nth INTEGER, length INTEGER, term TEXT)), "
    "hits AS (SELECT words.query, words.number, held.row, coalesce(cardinality(held.title_at), 0) AS title, "
    "coalesce(cardinality(held.body_at), 0) AS body "
    f"FROM words CROSS JOIN LATERAL {_HELD} WHERE words.length = 1 "
    "UNION ALL SELECT query, number, row, count(*) FILTER (WHERE NOT in_body), count(*) FILTER (WHERE in_body) FROM ("
    "SELECT words.query, words.number, held.row, standing.in_body, standing.place - words.nth AS beginning "
    f"FROM words CROSS JOIN LATERAL {_HELD} CROSS JOIN LATERAL ("
    "SELECT false AS in_body, unnest(held.title_at) AS place UNION ALL SELECT true, unnest(held.body_at)) AS standing "
    "WHERE words.length > 1 "
    "GROUP BY words.query, words.number, words.length, held.row, in_body, beginning "
    "HAVING count(*) = words.length) AS phrases GROUP BY query, number, row)"
)
_WITHIN = "chunks.article_id IN (SELECT value FROM json_array_elements_text(CAST(:within AS JSON)))"
# The sums are made in the order of the phrases, as FTS5 makes them: chunks that are alike have the same score.
_MATCH = (
    f"{_HITS}, "
    "totals AS (SELECT count(*) AS chunks, CAST(sum(tokens) AS FLOAT8) / count(*) AS length FROM chunk_sizes), "
    "weights AS (SELECT number, CASE WHEN idf <= 0 THEN 1e-6 ELSE idf END AS weight FROM ("
    "SELECT number, ln(CAST(totals.chunks - count(*) + 0.5 AS FLOAT8) / CAST(count(*) + 0.5 AS FLOAT8)) AS idf "
    "FROM hits, totals GROUP BY number, totals.chunks) AS rarity), "
    "often AS (SELECT number, row, CAST(:title_weight AS FLOAT8) * title + body AS times FROM hits) "
    "SELECT chunks.id, sum(weights.weight * (times * 2.2 / "
    "(times + 1.2 * (0.25 + 0.75 * chunk_sizes.tokens / totals.length))) ORDER BY often.number) AS score "
    "FROM often JOIN weights ON weights.number = often.number JOIN chunk_sizes ON chunk_sizes.row = often.row "
    "JOIN chunks ON chunks.row = often.row CROSS JOIN totals"
)
_RANKED = " GROUP BY chunks.row ORDER BY score DESC, chunks.row LIMIT :limit"
_MATCH_ALL, _MATCH_WITHIN = text(_MATCH + _RANKED), text(f"{_MATCH} WHERE {_WITHIN}{_RANKED}")
_COUNT_ALL = text(f"{_HITS} SELECT query, count(DISTINCT row) AS chunks FROM hits GROUP BY query")
_OF_CHUNKS = "FROM hits JOIN chunks ON chunks.row = hits.row"
_COUNT_WITHIN = text(
    f"{_HITS} SELECT query, count(DISTINCT hits.row) AS chunks {_OF_CHUNKS} WHERE {_WITHIN} GROUP BY query"
)
_HOLDING = text(f"{_HITS} SELECT DISTINCT query, chunks.article_id {_OF_CHUNKS} WHERE {_WITHIN}")


class TermIndex:
    """A `FullText`."""

    def make(self, connection: Connection) -> None:
        """Make the tables where there are none."""
        metadata.create_all(connection)

    def insert(self, connection: Connection, rows: Sequence[TextRow]) -> None:
        """Take in chunks."""
        for first in range(0, len(rows), _CHUNKS_AT_ONCE):
            some = rows[first : first + _CHUNKS_AT_ONCE]
            found = words_of([(row["title"], row["body"]) for row in some])
            terms = [
                {"term": word, "row": row["row"], "title_at": at.title or None, "body_at": at.body or None}
                for row, words in zip(some, found, strict=True)
                for word, at in words.items()
            ]
            sizes = [{"row": row["row"], "tokens": _size(words)} for row, words in zip(some, found, strict=True)]
            connection.execute(_INSERT_TERMS, {"rows": json.dumps(terms)})
            connection.execute(_INSERT_SIZES, {"rows": json.dumps(sizes)})

    def delete(self, connection: Connection, rows: Sequence[TextRow]) -> None:
        """Take out chunks."""
        for statement in _DELETE if rows else ():
            connection.execute(statement, {"rows": json.dumps([row["row"] for row in rows])})

    def clear(self, connection: Connection) -> None:
        """Take out everything."""
        for statement in _CLEAR:
            connection.execute(statement)

    def faults(self, connection: Connection) -> int:
        """Return how many chunks are missing or held in part, and how many are held too many."""
        return int(connection.scalar(_FAULTS) or 0)

    def matching(
        self, connection: Connection, query: str, limit: int, *, title_weight: float, within: str | None
    ) -> list[tuple[str, float]]:
        """Return ids and BM25 scores, best first, of the chunks that match, `within` those articles."""
        values: dict[str, Any] = {"words": _words([query]), "limit": limit, "title_weight": title_weight}
        if within is None:
            found = connection.execute(_MATCH_ALL, values)
        else:
            found = connection.execute(_MATCH_WITHIN, {**values, "within": within})
        return [(row.id, row.score) for row in found]

    def count_matching(self, connection: Connection, queries: Sequence[str], within: str | None) -> list[int]:
        """Return how many chunks match each query."""
        values = {"words": _words(queries)}
        if within is None:
            found = connection.execute(_COUNT_ALL, values)
        else:
            found = connection.execute(_COUNT_WITHIN, {**values, "within": within})
        counts = {row.query: row.chunks for row in found}
        return [counts.get(number, 0) for number in range(len(queries))]

    def vocabulary(self, connection: Connection, shortest: int, longest: int) -> dict[str, int]:
        """Return the stems that have so many letters, each with the number of chunks it stands in."""
        rows = connection.execute(_VOCABULARY, {"shortest": shortest, "longest": longest})
        return {row.term: row.chunks for row in rows}

    def articles_matching(
        self, connection: Connection, queries: Sequence[str], article_ids: Sequence[str]
    ) -> list[frozenset[str]]:
        """Return for each query the ids of those of the articles that have a chunk which matches."""
        values = {"words": _words(queries), "within": json.dumps(list(article_ids))}
        found: list[set[str]] = [set() for _ in queries]
        for row in connection.execute(_HOLDING, values):
            found[row.query].add(row.article_id)
        return [frozenset(ids) for ids in found]


def _size(words: dict[str, Places]) -> int:
    return sum(len(at.title) + len(at.body) for at in words.values())


def _words(queries: Sequence[str]) -> str:
    """Return the words of the phrases of queries, as `_HITS` takes them; phrases have numbers of their own."""
    phrases = [(query, phrase) for query, found in enumerate(phrases_of(queries)) for phrase in found]
    return json.dumps(
        [
            {"query": query, "number": number, "nth": nth, "length": len(phrase), "term": term}
            for number, (query, phrase) in enumerate(phrases)
            for nth, term in enumerate(phrase)
        ]
    )
