"""Libraries of older versions: opened, brought up to date, nothing lost."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from rag import Answer, Article, Chunk
from rag.errors import LibraryUnusable
from rag.index.catalog import SCHEMA_VERSION, Catalog
from rag.index.conversations import Conversations
from rag.index.feedback import Feedback
from rag.index.migrations import MIGRATIONS
from rag.index.tokens import Tokens

# As version 1 made them.
VERSION_1 = """
CREATE TABLE articles (
    id VARCHAR NOT NULL, source VARCHAR NOT NULL, title VARCHAR NOT NULL, text TEXT NOT NULL, published DATE,
    author VARCHAR, tags JSON NOT NULL, language VARCHAR, media_type VARCHAR NOT NULL, content_hash VARCHAR NOT NULL,
    added DATETIME NOT NULL, updated DATETIME NOT NULL, "indexed" BOOLEAN NOT NULL,
    PRIMARY KEY (id), UNIQUE (source)
);
CREATE INDEX ix_articles_indexed ON articles ("indexed");
CREATE TABLE facts (name VARCHAR NOT NULL, value VARCHAR NOT NULL, PRIMARY KEY (name));
CREATE TABLE stale_vectors (chunk_id VARCHAR NOT NULL, PRIMARY KEY (chunk_id));
CREATE TABLE chunks (
    "row" INTEGER NOT NULL, id VARCHAR NOT NULL, article_id VARCHAR NOT NULL, ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY ("row"), UNIQUE (id), FOREIGN KEY(article_id) REFERENCES articles (id)
);
CREATE INDEX ix_chunks_article_id ON chunks (article_id);
CREATE VIRTUAL TABLE chunk_text USING
    fts5(title, body, content='', tokenize='porter unicode61 remove_diacritics 2');
PRAGMA user_version = 1;
"""
ARTICLE = Article(title="Ferry", text="The ferry leaves at nine. It has a bar.", source="ferry.txt", tags=("sea",))


def version_1(path: Path) -> None:
    chunk = Chunk(ARTICLE, start=0, end=25)
    with sqlite3.connect(path) as connection:
        connection.executescript(VERSION_1)
        connection.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, NULL, NULL, ?, NULL, ?, ?, ?, ?, 1)",
            (ARTICLE.id, ARTICLE.source, ARTICLE.title, ARTICLE.text, json.dumps(["sea"]), ARTICLE.media_type,
             ARTICLE.content_hash, "2026-01-02 03:04:05.000000", "2026-01-02 03:04:05.000000"),
        )  # fmt: skip
        vector = np.ones(4, dtype="<f4").tobytes()
        connection.execute("INSERT INTO chunks VALUES (1, ?, ?, 0, 0, 25, ?)", (chunk.id, ARTICLE.id, vector))
        connection.execute("INSERT INTO chunk_text(rowid, title, body) VALUES (1, 'Ferry', ?)", (chunk.text,))
    connection.close()


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def test_a_catalog_of_version_1_is_brought_up_to_date_and_keeps_its_articles(tmp_path: Path) -> None:
    version_1(tmp_path / "c.sqlite3")
    for _ in range(2):  # the second opening has nothing left to do
        catalog = Catalog(tmp_path / "c.sqlite3")
        assert version_of(tmp_path / "c.sqlite3") == SCHEMA_VERSION
        assert catalog.article(ARTICLE.id) == ARTICLE
        assert [identity for identity, _ in catalog.matching("ferry", 5, title_weight=1.0)] == [
            Chunk(ARTICLE, start=0, end=25).id
        ]
        catalog.close()


def test_what_was_brought_up_to_date_keeps_pages(tmp_path: Path) -> None:
    version_1(tmp_path / "c.sqlite3")
    paged = Article(title="Report", text="It opened. It burned.", source="r.pdf", pages=(0, 11))
    catalog = Catalog(tmp_path / "c.sqlite3")
    catalog.store(paged, [Chunk(paged, start=0, end=10)], np.ones((1, 4), dtype="<f4"))
    assert catalog.article(paged.id) == paged
    catalog.close()


@pytest.mark.parametrize("version", [1, 3])
def test_what_was_brought_up_to_date_keeps_conversations(tmp_path: Path, version: int) -> None:
    version_1(tmp_path / "c.sqlite3")
    if version == 3:
        Catalog(tmp_path / "c.sqlite3").close()
        with sqlite3.connect(tmp_path / "c.sqlite3") as connection:
            connection.executescript("DROP TABLE turns; DROP TABLE conversations; PRAGMA user_version = 3;")
        connection.close()
    for turns in (1, 2):
        catalog = Catalog(tmp_path / "c.sqlite3")
        assert version_of(tmp_path / "c.sqlite3") == SCHEMA_VERSION
        kept = Conversations(catalog)
        known = kept.list()[0].id if kept.list() else kept.begin()
        kept.append(known, Answer(question="Hello", found=False, confidence=0.0, note="Hello."))
        assert [info.turns for info in kept.list()] == [turns]
        assert catalog.article(ARTICLE.id) == ARTICLE
        catalog.close()


@pytest.mark.parametrize("version", [1, 4])
def test_what_was_brought_up_to_date_keeps_feedback(tmp_path: Path, version: int) -> None:
    version_1(tmp_path / "c.sqlite3")
    if version == 4:
        Catalog(tmp_path / "c.sqlite3").close()
        with sqlite3.connect(tmp_path / "c.sqlite3") as connection:
            connection.executescript("DROP TABLE feedback; DROP TABLE suggestions; PRAGMA user_version = 4;")
        connection.close()
    answer = Answer(question="When?", found=False, confidence=0.0, note="Nothing says.")
    for given in (0, 1):
        catalog = Catalog(tmp_path / "c.sqlite3")
        assert version_of(tmp_path / "c.sqlite3") == SCHEMA_VERSION
        assert len(Feedback(catalog).all()) == given
        Feedback(catalog).rate(answer, 1)
        assert catalog.article(ARTICLE.id) == ARTICLE
        catalog.close()


@pytest.mark.parametrize("version", [1, 5])
def test_what_was_brought_up_to_date_keeps_tokens(tmp_path: Path, version: int) -> None:
    version_1(tmp_path / "c.sqlite3")
    if version == 5:
        Catalog(tmp_path / "c.sqlite3").close()
        with sqlite3.connect(tmp_path / "c.sqlite3") as connection:
            connection.executescript("DROP TABLE tokens; PRAGMA user_version = 5;")
        connection.close()
    for made in (0, 1):
        catalog = Catalog(tmp_path / "c.sqlite3")
        assert version_of(tmp_path / "c.sqlite3") == SCHEMA_VERSION
        assert len(Tokens(catalog).list()) == made
        Tokens(catalog).make(f"reader {made}")
        assert catalog.article(ARTICLE.id) == ARTICLE
        catalog.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version_1(tmp_path / "c.sqlite3")
    monkeypatch.setitem(MIGRATIONS, 1, (*MIGRATIONS[1], "ALTER TABLE no_such_table ADD COLUMN x JSON"))
    with pytest.raises(LibraryUnusable, match="no such table"):
        Catalog(tmp_path / "c.sqlite3")
    assert version_of(tmp_path / "c.sqlite3") == 1
    monkeypatch.undo()
    catalog = Catalog(tmp_path / "c.sqlite3")
    assert catalog.article(ARTICLE.id) == ARTICLE
    catalog.close()
