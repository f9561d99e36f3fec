"""The full text on PostgreSQL ranks as SQLite's FTS5 does, on which all that weighs its scores was fitted."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from servers import Servers

from rag import Article, Chunk
from rag.index.catalog import Catalog
from rag.index.databases.address import parse_address
from rag.index.databases.postgres import PostgreSQL
from rag.index.search import full_text_query, quoted

pytestmark = pytest.mark.folder  # has a library of each kind

WORDS = (
    "ferry ferries running run runner bridge bridges Ropewalk Skail council costs cost cost the the the of of a "
    "U.S. 412,000 15.5 don't Čaj čaje naïve Straße ΣΊΣΥΦΟΣ данные 見出し 2024-05-04 co-op e-mail can't user_name x"
).split()


def made(count: int, seed: int) -> list[Article]:
    draw = random.Random(seed)

    def some(least: int, most: int) -> str:
        return " ".join(draw.choices(WORDS, k=draw.randint(least, most)))

    return [Article(title=some(1, 4), text=some(3, 60) + ".", source=f"made/{n}") for n in range(count)]


def fill(catalog: Catalog, articles: list[Article]) -> None:
    for article in articles:
        catalog.store(article, [Chunk(article, start=0, end=len(article.text))], np.ones((1, 4), dtype="<f4"))


@contextmanager
def both(servers: Servers, folder: Path) -> Iterator[tuple[Catalog, Catalog]]:
    """An empty catalog of each kind."""
    address = parse_address(servers.database_for(folder))
    sqlite, postgres = Catalog(folder / "c.sqlite3"), Catalog(PostgreSQL(address))
    try:
        yield sqlite, postgres
    finally:
        sqlite.close()
        postgres.close()


@pytest.fixture(scope="module")
def filled(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Catalog, Catalog]]:
    """The same 400 chunks in each, after some of them were changed and others removed."""
    with both(servers, tmp_path_factory.mktemp("both")) as catalogs:
        for catalog in catalogs:
            fill(catalog, made(450, seed=1))
            fill(catalog, made(40, seed=2))
            for article in made(450, seed=1)[400:]:
                catalog.remove(article.id)
        yield catalogs


_draw = random.Random(3)
QUERIES = [
    *(full_text_query(" ".join(_draw.choices(WORDS, k=_draw.randint(1, 9)))) for _ in range(60)),
    " OR ".join(map(quoted, ["run", "running", "runner"])),
    quoted("cost the"),
    quoted("the the"),
    " OR ".join([quoted("the the the"), quoted("of a ferry"), quoted("412"), quoted("412,000")]),
    " OR ".join([quoted("_"), quoted('say "ferry"'), quoted("ferry")]),
    quoted("- _"),
    quoted("zeppelin"),
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("title_weight", [1.0, 2.5, 0.0])
def test_scores_and_order_are_the_same(filled: tuple[Catalog, Catalog], query: str, title_weight: float) -> None:
    expected, found = (catalog.matching(query, 50, title_weight=title_weight) for catalog in filled)
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], rel=1e-9, abs=0)
    assert [chunk_id for chunk_id, _ in found] == [chunk_id for chunk_id, _ in expected]


def test_queries_are_no_empty_test(filled: tuple[Catalog, Catalog]) -> None:
    counts = filled[0].count_matching(QUERIES)
    assert sum(count > 20 for count in counts) > 40
    assert counts[-2:] == [0, 0]


def test_counts_are_the_same(filled: tuple[Catalog, Catalog]) -> None:
    ids = [article.id for article in made(450, seed=1)]
    expected, found = (
        (catalog.count_matching(QUERIES), catalog.articles_matching(QUERIES, ids[:100])) for catalog in filled
    )
    assert found == expected


def test_among_some_articles_scores_are_the_same(filled: tuple[Catalog, Catalog]) -> None:
    ids = [article.id for article in made(450, seed=1)][50:90]
    for query in QUERIES:
        results = []
        for catalog in filled:
            with catalog.begin() as connection:
                text = catalog.database.full_text
                found = text.matching(connection, query, 20, title_weight=1.0, within=json.dumps(ids))
                results.append((found, text.count_matching(connection, [query, query], json.dumps(ids))))
        (expected, counts), (found, counted) = results
        assert [chunk_id for chunk_id, _ in found] == [chunk_id for chunk_id, _ in expected]
        assert [score for _, score in found] == pytest.approx([score for _, score in expected], rel=1e-9)
        assert counted == counts


def test_a_question_of_many_words_is_looked_up(filled: tuple[Catalog, Catalog]) -> None:
    """A phrase of hundreds of words, as "1.1.1...", is one row a word, not one join."""
    query = " OR ".join([quoted("1." * 400 + "1"), *(quoted(f"word{n}") for n in range(300)), quoted("ferry")])
    expected, found = (catalog.matching(query, 5, title_weight=1.0) for catalog in filled)
    assert [chunk_id for chunk_id, _ in found] == [chunk_id for chunk_id, _ in expected] != []


def test_nothing_is_found_in_an_empty_catalog(servers: Servers, tmp_path: Path) -> None:
    with both(servers, tmp_path) as catalogs:
        for catalog in catalogs:
            assert catalog.matching(quoted("ferry"), 5, title_weight=1.0) == []
            assert catalog.count_matching([quoted("ferry")]) == [0]


def test_both_know_the_same_words(servers: Servers, tmp_path: Path) -> None:
    with both(servers, tmp_path) as (sqlite, postgres):
        for catalog in (sqlite, postgres):
            fill(catalog, made(30, seed=5))
        for shortest, longest in ((1, 40), (4, 6)):
            known = sqlite.vocabulary(shortest, longest)
            assert known == postgres.vocabulary(shortest, longest)
            assert known
            assert all(shortest <= len(word) <= longest for word in known)
