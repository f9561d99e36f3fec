"""One process owns the vector index, the others ask it; all of them are real processes, ended as processes are."""

from __future__ import annotations

import json
import os
import platform
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from children import ROOT, child, finds, story

from rag import Library
from rag.errors import LibraryBusy
from rag.index.folder import WriteLock
from rag.index.vectors import asked, shared
from rag.index.vectors.card import read_card

pytestmark = [pytest.mark.folder, pytest.mark.usefixtures("cheap_embedder")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of ten stories, closed."""
    with Library(tmp_path / "shelf") as library:
        library.add_articles(story(number) for number in range(10))
    return tmp_path / "shelf"


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with Library(folder) as opened:
        yield opened


def test_what_another_process_adds_is_found_by_the_one_that_has_the_library_open(
    folder: Path, library: Library
) -> None:
    """C47: the chat window is open while the command line adds; both see the same, and one has Chroma open."""
    with child("own", folder) as owner:
        assert owner.says() == "owns 20"
        library.remove(story(7).id)
        assert "stories/7" not in owner.go_on().split()
        library.add_articles([story(7), story(77)])
        assert "stories/7" in owner.go_on().split()
        assert library._vectors._owner is None
        assert library._vectors.count() == library.chunk_count() == 22
        assert finds(library, 77)


def test_the_card_of_the_owner_says_who_it_is_and_only_to_its_user(folder: Path) -> None:
    with child("own", folder) as owner:
        owner.says()
        card = read_card(folder)
        assert card
        assert (card.pid, card.host, card.what) == (owner.pid, platform.node(), "python children.py")
        assert stat.S_IMODE((folder / "owner.json").stat().st_mode) == 0o600


def test_an_owner_that_closes_is_followed_by_the_next(folder: Path, library: Library) -> None:
    with child("own", folder) as owner:
        owner.says()
        before = library.nearest("x", 5)
        owner.go_on(), owner.go_on(), owner.go_on()
        assert owner.process.wait() == 0
        assert library.nearest("x", 5) == before
        card = read_card(folder)
        assert card
        assert card.pid == os.getpid()


def test_an_owner_that_is_killed_is_followed_by_the_next(folder: Path, library: Library) -> None:
    with child("own", folder) as owner:
        owner.says()
        before = library.nearest("x", 5)
        owner.kill()
        assert library.nearest("x", 5) == before
        library.add_articles([story(11)])
        assert library._vectors.count() == library.chunk_count()


def test_a_call_whose_owner_is_killed_in_the_middle_is_made_again(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with child("own", folder) as owner:
        owner.says()
        os.kill(owner.pid, signal.SIGSTOP)  # the question is on its way, and nobody answers
        threading.Timer(1, owner.kill).start()
        assert library.add_articles([story(12)]).added
        assert library._vectors.count() == library.chunk_count() == 22


def test_an_owner_that_does_not_answer_is_named_with_what_to_do(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "SECONDS_WITHOUT_A_SIGN", 1)
    with child("own", folder) as owner:
        owner.says()
        os.kill(owner.pid, signal.SIGSTOP)
        with pytest.raises(LibraryBusy, match=rf"`python children.py` \(process {owner.pid} on .*, since 20.*Ctrl-Z"):
            library.search("story 7")
        os.kill(owner.pid, signal.SIGCONT)
        assert library.search("story 7")


def test_an_owner_that_cannot_be_asked_is_an_error_and_no_hang(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "SECONDS_WITHOUT_AN_OWNER", 1)
    with child("own", folder) as owner:
        owner.says()
        card = json.loads((folder / "owner.json").read_text())
        (folder / "owner.json").write_text(json.dumps({**card, "secret": "another"}))
        with pytest.raises(LibraryBusy, match=f"process {owner.pid} "):
            library.search("story 7")
        (folder / "owner.json").write_text(json.dumps({**card, "host": "elsewhere"}))
        with pytest.raises(LibraryBusy, match="on another computer"):
            library.search("story 7")


def test_only_the_owner_has_the_vector_store(folder: Path, library: Library) -> None:
    with child("own", folder) as owner:
        owner.says()
        with pytest.raises(LibraryBusy, match=f"process {owner.pid} .*works only there"):
            _ = library.vector_store
        owner.kill()
        assert library.vector_store.similarity_search("x", k=1)[0].metadata["article_id"]


def test_strangers_at_the_port_get_no_answer_and_hold_nobody_up(folder: Path, library: Library) -> None:
    with child("own", folder) as owner:
        owner.says()
        card = read_card(folder)
        assert card
        silent = [socket.create_connection(("127.0.0.1", card.port)) for _ in range(20)]
        with socket.create_connection(("127.0.0.1", card.port), timeout=10) as stranger:
            stranger.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            with stranger.makefile("rb") as lines:
                assert json.loads(lines.readline()).keys() == {"drawn"}
                assert lines.readline() == b""
        assert library.search("story 7")
        for connection in silent:
            connection.close()


def test_two_libraries_of_one_process_share_the_index(folder: Path, library: Library) -> None:
    with Library(folder) as other:
        other.add_articles([story(20)])
        assert finds(library, 20)
    assert finds(library, 20)
    assert library._vectors._owner


def test_two_processes_add_at_once_and_nothing_is_lost(folder: Path, library: Library) -> None:
    """C47: two that add at once wait for each other."""
    with child("add", folder, 100, 15) as one, child("add", folder, 200, 15) as other:
        for process in (one, other):
            for _ in range(15):
                assert process.says().startswith("added")
            assert process.process.wait() == 0
    assert {info.source for info in library.articles()} >= {f"stories/{n + m}" for n in (100, 200) for m in range(15)}
    assert library._vectors.count() == library.chunk_count() == 80


def test_a_forked_child_asks_its_parent_and_never_opens_chroma_itself(folder: Path, library: Library) -> None:
    with child("fork", folder) as forked:
        assert forked.says() == "asked 3 None"
        assert "it was forked by one that had it open" in forked.says()
        assert library.nearest("x", 1)
        assert forked.go_on() == "asked again 3"
        assert forked.says() == "closed"
    assert library.nearest("x", 1)


def test_a_forked_child_that_ends_takes_nothing_with_it(folder: Path) -> None:
    with child("fork_and_exit", folder) as forked:
        assert forked.says() == "child ended with 0"
        assert forked.says() == "parent found 3"
        assert forked.process.wait() == 0


def test_a_program_that_does_not_close_its_library_ends_cleanly(folder: Path) -> None:
    with child("leave_open", folder) as program:
        assert program.says() == "stories/1"
        assert program.process.wait() == 0
    assert json.loads((folder / "index.json").read_text())["state"] == "closed cleanly"
    assert not (folder / "owner.json").exists()


def test_who_waits_to_write_is_the_next_although_another_writes_all_the_time(tmp_path: Path) -> None:
    """C47: a window that adds one file after the other keeps no command out."""
    script = (
        "import sys, time; from pathlib import Path; from rag.index.folder import WriteLock\n"
        "folder = Path(sys.argv[1]); lock = WriteLock(folder); turns = 0\n"
        "while True:\n"
        "    with lock.held():\n"
        "        turns += 1; (folder / 'turns').write_text(str(turns)); time.sleep(0.01)"
    )
    lock = WriteLock(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as busy:
        try:
            while not (tmp_path / "turns").exists():
                time.sleep(0.01)
            waited = []
            for _ in range(5):
                with lock.held():
                    before = int((tmp_path / "turns").read_text())
                time.sleep(0.1)
                seen = int((tmp_path / "turns").read_text() or before)
                with lock.held(), lock.held():
                    waited.append(int((tmp_path / "turns").read_text()) - seen)
            assert max(waited) < 30
        finally:
            busy.kill()
