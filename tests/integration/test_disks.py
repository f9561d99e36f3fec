"""Disks that are full, folders that can only be read, catalogs that are held, clocks that go back."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from children import child, finds, story

from rag import Library
from rag.answering.chain import AnswerChain
from rag.cli import main
from rag.errors import DiskFull, FootnoteError, LibraryBusy, LibraryUnusable
from rag.index import connecting
from ui.conversation import SHOWN_ONLY, put_down
from ui.rendering import turns

pytestmark = [pytest.mark.folder, pytest.mark.usefixtures("cheap_embedder")]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    disk = tmp_path / "small"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=False)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder with a library of 30 stories that was closed, and that nobody can write to."""
    with Library(tmp_path / "shelf") as library:
        library.add_articles(story(number) for number in range(30))
    with _bound_read_only(tmp_path / "shelf") as folder:
        yield folder


class _bound_read_only:  # noqa: N801
    def __init__(self, folder: Path) -> None:
        self._at = folder.with_name(f"{folder.name}-read-only")
        self._folder = folder

    def __enter__(self) -> Path:
        self._at.mkdir()
        bound = subprocess.run(["mount", "--bind", self._folder, self._at], capture_output=True, check=False)
        if bound.returncode:
            pytest.skip(f"a folder cannot be mounted read-only here: {bound.stderr.decode().strip()}")
        subprocess.run(["mount", "-o", "remount,bind,ro", self._at], check=True)
        return self._at

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "--lazy", self._at], check=False)


# Full


def fill(disk: Path, *, leave: int = 0) -> Path:
    """Fill the disk, but for `leave` bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        room = shutil.disk_usage(disk).free - leave
        file.write(b"\0" * max(0, room))
    return ballast


def test_a_disk_that_fills_up_while_adding_loses_nothing(small_disk: Path) -> None:
    ballast = fill(small_disk, leave=4_000_000)

    def add(first: int, count: int) -> None:
        for number in range(first, first + count):
            library.add_articles([story(number, sentences=40)])

    with Library(small_disk / "shelf") as library:
        with pytest.raises(DiskFull, match="Free some space, then do the same again"):
            add(0, 3000)
        kept = {info.source for info in library.articles()}
        assert kept == {f"stories/{n}" for n in range(len(kept))}
        assert len(kept) > 10
        assert finds(library, 7)
    with Library(small_disk / "shelf") as library:
        assert {info.source for info in library.articles()} == kept
        assert finds(library, 7)
        ballast.unlink()
    with Library(small_disk / "shelf") as library:
        add(5000, 5)
        assert {info.source for info in library.articles()} >= kept
        assert library.check().sound


@pytest.mark.parametrize("leave", [0, 20_000, 150_000, 600_000])
def test_on_a_full_disk_the_library_can_be_asked_and_goes_on_once_there_is_room(small_disk: Path, leave: int) -> None:
    with Library(small_disk / "shelf") as library:
        library.add_articles(story(number) for number in range(60))
    ballast = fill(small_disk, leave=leave)
    with Library(small_disk / "shelf") as library:
        assert finds(library, 7)
        with pytest.raises(DiskFull):
            library.add_articles(story(number) for number in range(100, 1000))
        with pytest.raises(DiskFull):
            library.backup(small_disk / "b.footnote")
        assert finds(library, 7)
    assert not (small_disk / "b.footnote").exists()
    ballast.unlink()
    with Library(small_disk / "shelf") as library:
        assert {info.source for info in library.articles()} >= {f"stories/{n}" for n in range(60)}
        library.add_articles(story(number) for number in range(2000, 2010))
        assert library.check().sound


@pytest.mark.parametrize("begun", [False, True])
def test_on_a_full_disk_the_window_answers_and_says_that_it_is_not_kept(small_disk: Path, *, begun: bool) -> None:
    with Library(small_disk / "shelf") as library:
        library.add_articles(story(number) for number in range(3))
        store, chain = library.conversations, AnswerChain(library)
        conversation = ""
        if begun:
            under_way = put_down(store, "", "What does story 1 tell?", None, literal=False)
            under_way.end()
            conversation = under_way.turn.conversation
        before = store.list()
        ballast = fill(small_disk)
        under_way = put_down(store, conversation, "What does story 2 tell?", None, literal=False)
        assert under_way.grow(chain.invoke("What does story 2 tell?"))
        turn = under_way.end()
        assert turn.answer
        assert turn.answer.note.endswith("Free some space, then do the same again.")
        assert SHOWN_ONLY in turn.answer.note
        assert (turn.is_kept, turn.ordinal) == (False, int(begun))
        assert "data-asks-again" not in turns.turn(turn, library)
        assert store.list() == before
        ballast.unlink()
        turn = put_down(store, conversation, "What does story 2 tell?", None, literal=False).end()
        assert turn.is_kept
        assert store.turn(turn.conversation, turn.ordinal).answer.question == "What does story 2 tell?"


def test_any_write_that_finds_no_room_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Library(tmp_path / "shelf") as library:
        library.add_articles([story(1)])
    with Library(tmp_path / "shelf") as library:
        with monkeypatch.context() as patch:
            patch.setattr("rag.index.vectors.marker.write_whole", full)
            assert library.search("story 1")
            with pytest.raises(DiskFull):
                library.add_articles([story(2)])
        library.add_articles([story(3)])
        assert library.check().sound
        assert len(library.articles()) == 3


# Only to be read


def test_a_library_that_can_only_be_read_can_be_asked(read_only: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path.name for path in read_only.rglob("*"))
    with Library(read_only) as library:
        assert finds(library, 7)
        own = library.catalog.chunks_of(story(7).id)[0]
        assert library.nearest(f"{story(7).title}\n{own.text}", 3)[0][0] == own.id
        assert len(library.articles()) == library.status().articles == 30
        assert library.check().sound
        for change in (
            lambda: library.add_articles([story(31)]),
            lambda: library.remove(story(1).id),
            library.repair,
            lambda: library.vector_store,
        ):
            with pytest.raises(LibraryUnusable, match=r"can only be read|cannot be written to"):
                change()
    assert main(["list", f"--library={read_only}"]) == 0
    assert main(["status", "--check", f"--library={read_only}"]) == 0
    assert main(["add", f"--library={read_only}", "nothing.txt"]) == 2
    assert "Make the folder and the files in it writable" in capsys.readouterr().err
    assert sorted(path.name for path in read_only.rglob("*")) == before


def test_what_cannot_be_read_without_writing_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with _bound_read_only(tmp_path / "empty") as folder, pytest.raises(LibraryUnusable, match="holds no library"):
        Library(folder)
    with child("leave_open", tmp_path / "shelf") as killed:
        killed.says()
        killed.kill()
    for beside in (tmp_path / "shelf").glob("*-shm"):
        beside.unlink()
    with _bound_read_only(tmp_path / "shelf") as folder:
        if (folder / "catalog.sqlite3-wal").exists():
            with pytest.raises(LibraryUnusable, match="was not closed before"):
                Library(folder)


def test_a_folder_of_another_person_says_so(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can become another user")
    with Library(tmp_path / "shelf") as library:
        library.add_articles([story(1)])
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == 0 and len(path.parts) > 2:
            path.chmod(0o755)
    with pytest.raises(FootnoteError, match="cannot be made"):
        _as_nobody(lambda: Library(tmp_path / "mine"))
    assert _as_nobody(lambda: len(Library(tmp_path / "shelf").search("story 1"))) == 2


def _as_nobody(act: object) -> object:
    os.seteuid(65534)
    try:
        return act()  # type: ignore[operator]
    finally:
        os.seteuid(0)


# Held, and out of time


def test_a_catalog_that_another_program_holds_is_an_error_and_no_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "SECONDS_FOR_OTHERS", 0.2)
    with Library(tmp_path / "shelf") as library:
        library.add_articles([story(1)])
        with closing(sqlite3.connect(library.folder / "catalog.sqlite3", isolation_level=None)) as held:
            held.execute("BEGIN IMMEDIATE")
            with pytest.raises(LibraryBusy, match="held the catalog"):
                library.add_articles([story(2)])
            assert library.search("story 1")
        library.add_articles([story(2)])
        assert library.check().sound


def test_a_clock_that_went_back_leaves_no_article_changed_before_it_was_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library(tmp_path / "shelf") as library:
        library.add_articles([story(1)])

        class Yesterday(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return datetime.now(UTC) - timedelta(days=1)

        monkeypatch.setattr("rag.index.catalog.datetime", Yesterday)
        library.add_articles([story(1, 2)])
        (info,) = library.articles()
        assert info.updated >= info.added
