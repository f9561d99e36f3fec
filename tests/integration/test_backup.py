"""A library in one file and back, with files as they come to harm, and processes as they are ended."""

from __future__ import annotations

import datetime
import json
import random
import shutil
import sqlite3
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from children import HashEmbedder, child, finds, story

from rag import Library
from rag.cli import main
from rag.errors import FootnoteError, LibraryUnusable, UnusableBackup

pytestmark = [pytest.mark.folder, pytest.mark.usefixtures("cheap_embedder")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Library(tmp_path / "shelf") as library:
        first = replace(story(0), pages=(0, 40), tags=("a", "b"), published=datetime.date(2025, 3, 4), author="Ines")
        library.add_articles([first, *(story(number) for number in range(1, 100))])
    return tmp_path / "shelf"


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    with Library(folder) as library:
        library.backup(tmp_path / "shelf.footnote")
    return tmp_path / "shelf.footnote"


def sources(folder: Path) -> set[str]:
    with Library(folder) as library:
        return {info.source for info in library.articles()}


def test_what_comes_back_is_what_was_there(
    folder: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sorted(path.name for path in tmp_path.iterdir() if "shelf" in path.name) == ["shelf", "shelf.footnote"]
    with Library(folder) as library:
        before = library.articles(), [library.article(info.id) for info in library.articles()]
    monkeypatch.setattr(HashEmbedder, "documents", lambda *_: pytest.fail("embedded again"))
    manifest = Library.restore(file, tmp_path / "other")
    assert (manifest.articles, manifest.chunks, manifest.embedder) == (100, 200, "tests/hash")
    monkeypatch.undo()
    monkeypatch.setattr("rag.index.library.load_embedder", lambda _: HashEmbedder())
    with Library(tmp_path / "other") as library:
        assert (library.articles(), [library.article(info.id) for info in library.articles()]) == before
        assert finds(library, 7)
        assert library.check().sound
    assert not list((tmp_path / "other").glob("restoring-*"))


def test_a_backup_made_while_others_write_holds_one_moment(folder: Path, tmp_path: Path) -> None:
    with child("add", folder, 1000, 100) as adding, Library(folder) as library:
        for n in range(5):
            while int(adding.says().split()[1]) < 1000 + 5 * n:
                pass
            library.backup(tmp_path / f"{n}.footnote")
    for n in range(5):
        Library.restore(tmp_path / f"{n}.footnote", tmp_path / f"restored-{n}")
        with Library(tmp_path / f"restored-{n}") as restored:
            assert restored.check().sound
            added = sorted(int(i.source.split("/")[1]) for i in restored.articles())[100:]
            assert added == list(range(1000, 1000 + len(added)))
            assert len(added) > 5 * n


def test_a_library_that_holds_articles_is_replaced_only_where_that_is_said(file: Path, tmp_path: Path) -> None:
    with Library(tmp_path / "other") as other:
        other.add_articles([story(500)])
        with pytest.raises(LibraryUnusable, match=r"holds articles\. --replace"):
            Library.restore(file, other.folder)
        assert finds(other, 500)
        Library.restore(file, other.folder, replace=True)
        assert len(other.articles()) == 100  # while it is open
        assert finds(other, 7)
        assert other.check().sound


def test_a_process_that_has_it_open_sees_what_was_restored(file: Path, folder: Path) -> None:
    with Library(folder) as library:
        library.remove(story(7).id)
        library.search("x")
        with child("own", folder) as other:
            other.says()
            assert "stories/7" not in other.go_on().split()
            Library.restore(file, folder, replace=True)
            assert "stories/7" in other.go_on().split()
            assert finds(library, 7)


def flip(file: Path, at: float) -> None:
    data = bytearray(file.read_bytes())
    data[int(len(data) * at)] ^= 0x10
    file.write_bytes(data)


def repack(file: Path, **changed: object) -> None:
    """Pack the backup again with another manifest."""
    with zipfile.ZipFile(file) as archive:
        manifest, catalog = json.loads(archive.read("manifest.json")), archive.read("catalog.sqlite3")
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("catalog.sqlite3", catalog)
        archive.writestr("manifest.json", json.dumps({**manifest, **changed}))


def newer_schema(file: Path) -> None:
    import hashlib

    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        archive.extract("catalog.sqlite3", file.parent)
    catalog = file.parent / "catalog.sqlite3"
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("PRAGMA user_version = 99")
    data = catalog.read_bytes()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("catalog.sqlite3", data)
        manifest |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        archive.writestr("manifest.json", json.dumps(manifest))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda file: file.unlink(), "There is no file"),
        (lambda file: file.write_text("My notes"), "no backup of Footnote's"),
        (lambda file: file.write_bytes(file.read_bytes()[:-30]), "no backup of Footnote's, or is cut off"),
        (lambda file: file.write_bytes(file.read_bytes()[:1000]), "no backup of Footnote's, or is cut off"),
        (lambda file: flip(file, 0.1), "damaged"),
        (lambda file: flip(file, 0.7), "damaged"),
        (lambda file: zipfile.ZipFile(file, "w").close(), "no backup of Footnote's"),
        (lambda file: repack(file, format=2), "made by a newer Footnote"),
        (lambda file: repack(file, sha256="0" * 64), "damaged"),
        (lambda file: repack(file, bytes=1000), "damaged"),
        (lambda file: repack(file, articles=1), "damaged"),
        (lambda file: repack(file, more="x"), "no backup of Footnote's"),
        (newer_schema, "made by a newer Footnote"),
    ],
)
def test_files_that_cannot_be_restored_are_named_and_nothing_is_touched(
    file: Path, tmp_path: Path, harm: Callable[[Path], object], message: str
) -> None:
    with Library(tmp_path / "other") as other:
        other.add_articles([story(500)])
        harm(file)
        with pytest.raises(UnusableBackup, match=message):
            Library.restore(file, other.folder, replace=True)
        assert finds(other, 500)
        assert other.check().sound
        assert not list(other.folder.glob("restoring-*"))


def test_killed_while_restoring_it_is_the_one_or_the_other(folder: Path, file: Path, tmp_path: Path) -> None:
    with Library(tmp_path / "two") as two:
        two.add_articles(story(number) for number in range(1000, 1300))
        two.backup(tmp_path / "two.footnote")
    whole = ({f"stories/{n}" for n in range(100)}, {f"stories/{n}" for n in range(1000, 1300)})
    for _ in range(6):
        with child("restore", folder, file, tmp_path / "two.footnote") as restoring:
            assert restoring.says() == "starts"
            time.sleep(random.uniform(0, 0.5))
            restoring.kill()
        assert sources(folder) in whole
        with Library(folder) as library:
            assert library.check().sound
    Library.restore(file, folder, replace=True)
    assert not list(folder.glob("restoring-*"))


def test_a_catalog_that_cannot_be_opened_is_kept_beside_the_restored_one(folder: Path, file: Path) -> None:
    (folder / "catalog.sqlite3").write_bytes(b"no database at all" * 1000)
    with pytest.raises(LibraryUnusable, match="footnote restore FILE --replace"):
        Library(folder)
    with pytest.raises(LibraryUnusable, match="--replace"):
        Library.restore(file, folder)
    Library.restore(file, folder, replace=True)
    assert (folder / "catalog-damaged.sqlite3").read_bytes().startswith(b"no database at all")
    with Library(folder) as library:
        assert library.check().sound
        assert len(library.articles()) == 100


def test_another_file_is_never_overwritten_by_a_backup(folder: Path, file: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("My notes")
    with Library(folder) as library:
        for place in (notes, tmp_path, folder / "catalog.sqlite3"):
            with pytest.raises(FootnoteError, match="is no backup of Footnote's"):
                library.backup(place)
        with pytest.raises(FootnoteError, match="There is no folder"):
            library.backup(tmp_path / "nowhere" / "b.footnote")
        library.remove(story(7).id)
        assert library.backup(file).articles == 99
    assert notes.read_text() == "My notes"


def test_the_commands_say_what_they_did(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "b.footnote")
    assert main(["backup", f"--library={folder}", file]) == 0
    assert "100 articles are in" in capsys.readouterr().out
    assert main(["restore", f"--library={folder}", file]) == 2
    assert "--replace" in capsys.readouterr().err
    shutil.rmtree(folder)
    assert main(["restore", f"--library={folder}", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["articles"] == 100
    assert main(["status", "--check", f"--library={folder}"]) == 0
    assert "All 100 articles are whole" in capsys.readouterr().out
