"""Checking a library and making it whole again, from Python and from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from children import child, story

from rag import Library
from rag.cli import main
from rag.errors import LibraryUnusable

TURN_A_VECTOR = "UPDATE chunks SET vector = CAST(substr(vector, 129) || substr(vector, 1, 128) AS BLOB) WHERE row = 7"
LOSE_A_TEXT = "DELETE FROM chunk_text_docsize WHERE id = 7"
LOSE_ALL_TEXT = "INSERT INTO chunk_text(chunk_text) VALUES ('delete-all')"
ON_POSTGRESQL = {
    TURN_A_VECTOR: TURN_A_VECTOR.replace("BLOB", "BYTEA"),
    LOSE_A_TEXT: "DELETE FROM chunk_terms WHERE row = 7",
    LOSE_ALL_TEXT: "TRUNCATE chunk_terms, chunk_sizes",
}

pytestmark = pytest.mark.usefixtures("cheap_embedder")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Thirty stories of two chunks each."""
    with Library(tmp_path / "shelf") as opened:
        opened.add_articles(story(number) for number in range(30))
        yield opened


def change(library: Library, statement: str) -> None:
    with library.catalog.begin() as connection:
        if connection.dialect.name == "postgresql":
            statement = ON_POSTGRESQL.get(statement, statement)
        connection.exec_driver_sql(statement)


def test_a_sound_library_is_found_sound(library: Library) -> None:
    findings = library.check()
    assert findings.sound
    assert (findings.articles, findings.chunks, findings.vectors) == (30, 60, 60)
    assert str(findings) == "All 30 articles are whole, and all 60 chunks are found."


def test_chunks_with_one_vector_count_as_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.index.adding._embedded_text", lambda _title, _text: "the same")
    with Library(tmp_path / "same") as library:
        library.add_articles(story(number) for number in range(30))
        assert library.check().sound


def test_a_repair_writes_again_what_the_index_does_not_find(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph of near neighbours can leave a chunk out, to which no link leads."""
    rebuild = type(library._vectors).rebuild
    (left_out, *_) = library.catalog.chunks_of(story(4).id)

    def rebuilt_without_one(self: Any, *given: Any) -> None:
        rebuild(self, *given)
        self.delete([left_out.id])

    monkeypatch.setattr(type(library._vectors), "rebuild", rebuilt_without_one)
    findings = library.repair()
    assert findings.sound, findings
    assert library.check().sound


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (LOSE_A_TEXT, "1 chunks are missing from the full text or left over"),
        ("DELETE FROM chunks WHERE row = 7", "Chroma holds 60 chunks, the catalog 59"),
        ('UPDATE chunks SET "end" = "end" - 1 WHERE row < 4', "3 chunks do not stand in their article"),
        ("UPDATE articles SET indexed = false WHERE source = 'stories/3'", "1 changes were interrupted"),
        (
            TURN_A_VECTOR,
            "1 chunks are not found",
        ),
    ],
)
def test_what_is_wrong_is_said(library: Library, statement: str, problem: str) -> None:
    change(library, statement)
    findings = library.check()
    assert not findings.sound
    assert problem in " ".join(findings.problems)
    assert "`footnote repair` makes it good" in str(findings)


@pytest.mark.parametrize(
    "statement",
    [
        LOSE_A_TEXT,
        LOSE_ALL_TEXT,
        "UPDATE articles SET indexed = false",
        "INSERT INTO stale_vectors SELECT id FROM chunks",
        TURN_A_VECTOR,
    ],
)
def test_repair_makes_it_good(library: Library, statement: str) -> None:
    change(library, statement)
    calls: list[tuple[int, int, str]] = []
    assert library.repair(progress=lambda *call: calls.append(call)).sound
    assert list(dict.fromkeys(what for _, _, what in calls)) == [
        "full text",
        "vectors",
        "articles",
        "check",
    ]
    assert all(done <= total for done, total, _ in calls)
    assert {what for done, total, what in calls if done == total} == {"full text", "vectors", "articles", "check"}
    assert library.search("story 7")[0].scores.keys() >= {"dense", "lexical"}


@pytest.mark.folder
def test_repair_goes_through_the_owner(library: Library) -> None:
    folder = library.folder
    library.close()
    with child("read", folder) as owner, Library(folder) as other:
        owner.says()
        change(other, LOSE_A_TEXT)
        calls: list[tuple[int, int, str]] = []
        assert other.repair(progress=lambda *call: calls.append(call)).sound
        assert str(owner.pid) in other.status().open_in
    with Library(folder) as other:
        assert other.status().open_in == ""


@pytest.mark.folder
def test_a_damaged_catalog_is_named_and_left_alone(library: Library) -> None:
    library.close()
    file = library.folder / "catalog.sqlite3"
    data = bytearray(file.read_bytes())
    at = data.index(b"Sentence 3 of story 12")
    data[at - 1500 : at] = b"\x55" * 1500
    file.write_bytes(data)
    with Library(library.folder) as damaged:
        assert any(problem.startswith("the catalog is damaged") for problem in damaged.check().problems)
        with pytest.raises(LibraryUnusable, match=r"footnote restore FILE --replace"):
            damaged.repair()
    assert file.read_bytes()[: len(data)] == data


def test_the_command_checks_and_repairs(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    place = f"--library={library.folder}"
    assert main(["status", "--check", place]) == 0
    assert "All 30 articles are whole" in capsys.readouterr().out
    change(library, LOSE_A_TEXT)
    assert main(["status", "--check", "--json", place]) == 1
    assert json.loads(capsys.readouterr().out)["check"]["full_text"] == 1
    assert main(["repair", place]) == 0
    assert "all 60 chunks are found" in capsys.readouterr().out
    assert main(["status", "--check", place]) == 0
