"""Kills, damaged files and older libraries: the index is used only where it can be relied on, else made anew."""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from children import ROOT, HashEmbedder, child, story
from servers import free_port

from rag import Library
from rag.index.vectors import owned, probe

pytestmark = [pytest.mark.folder, pytest.mark.usefixtures("cheap_embedder")]


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of 1,500 chunks, closed: so many that Chroma keeps its graph on disk. Only copy it."""
    folder = tmp_path_factory.mktemp("unclean") / "shelf"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.index.library.load_embedder", lambda _: HashEmbedder())
        with Library(folder) as library:
            library.add_articles(story(number, sentences=36) for number in range(260))
            assert library.chunk_count() >= 1500
    return folder


@pytest.fixture
def folder(shelf: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shelf, tmp_path / "shelf"))


def state(folder: Path) -> str:
    return str(json.loads((folder / "index.json").read_text())["state"])


def index_folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("chroma*"))


def assert_whole(library: Library) -> None:
    """Chroma holds what the catalog holds, and every chunk finds itself first."""
    chunks = 0
    for info in library.articles():
        for row in library.catalog.chunks_to_index([info.id]):
            assert library._vectors.nearest(row.vector, 1)[0][0] == row.id
            chunks += 1
    assert chunks == library._vectors.count() == library.chunk_count()


def test_a_library_that_was_closed_is_opened_as_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owned.OwnedIndex, "_rebuild", lambda *_: pytest.fail("built again"))
    monkeypatch.setattr(probe, "opens", lambda *_, **__: pytest.fail("tried in a child"))
    for _ in range(2):
        with Library(folder) as library:
            assert library.search("story 7")
            assert state(folder) == "open, only read"
        assert state(folder) == "closed cleanly"


def test_killed_while_rewriting_what_exists_every_chunk_finds_itself(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """C46, C70: 1,500 chunks are written again and again, and it is killed in the middle of it."""
    with child("rewrite", folder, 260) as writer:
        assert writer.says() == "rewritten 1"
        time.sleep(random.uniform(0.2, 1.0))
        writer.kill()
    assert state(folder) == "written to"
    with Library(folder) as library:
        assert len(library.articles()) == 260
        library.add_articles([])  # finishes what was begun
        assert_whole(library)
    assert "was left in the middle of a change; building it again" in caplog.text
    assert len(index_folders(folder)) == 1


def test_killed_while_reading_it_is_tried_in_a_child_and_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with child("read", folder) as reader:
        assert reader.says().startswith("stories/")
        reader.kill()
    assert state(folder) == "open, only read"
    tried: list[bool] = []
    opens = probe.opens
    monkeypatch.setattr(probe, "opens", lambda *a, **k: tried.append(opens(*a, **k)) or tried[-1])
    before = index_folders(folder)
    with Library(folder) as library:
        assert library.search("story 7")
    assert tried == [True]
    assert index_folders(folder) == before


def _same_size(path: Path) -> None:
    """Replace what is in the file by noise, without a trace in its size or time."""
    times = path.stat()
    path.write_bytes(random.Random(0).randbytes(times.st_size))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("name", ["header.bin", "data_level0.bin", "index_metadata.pickle"])
def test_noise_that_kills_or_fools_chroma_does_so_in_the_child(folder: Path, name: str) -> None:
    """C46: what would end the process, without any `except` to stop it, ends another one."""
    with child("read", folder) as reader:
        reader.says()
        reader.kill()
    (file,) = folder.glob(f"chroma*/*/{name}")
    _same_size(file)
    with Library(folder) as library:
        assert_whole(library)


@pytest.mark.parametrize(
    "harm",
    [
        lambda graph: (graph / "data_level0.bin").write_bytes((graph / "data_level0.bin").read_bytes()[:100_000]),
        lambda graph: (graph / "header.bin").unlink(),
        lambda graph: shutil.rmtree(graph),
        lambda graph: shutil.rmtree(graph.parent),
        lambda graph: (graph.parent / "chroma.sqlite3").unlink(),
        lambda graph: (graph.parent / "chroma.sqlite3").write_bytes(b"no database" * 1000),
        lambda graph: (graph.parents[1] / "index.json").write_text("{"),
        lambda graph: (graph.parents[1] / "index.json").unlink(),
    ],
)
def test_missing_and_cut_files_are_made_anew(folder: Path, harm: Callable[[Path], object]) -> None:
    """C46: start-up finds it and builds the index again from the catalog; no article is lost."""
    (file,) = folder.glob("chroma*/*/header.bin")
    harm(file.parent)
    with Library(folder) as library:
        assert library.search("story 7")
        assert library._vectors.count() == library.chunk_count() >= 1500


def test_a_damage_that_shows_only_in_use_is_made_good_in_use(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Library(folder) as library:
        chroma = library._vectors.chroma()
        chroma.client.delete_collection("chunks")
        assert library.search("story 7")
        assert library._vectors.count() == library.chunk_count()
    assert "does not answer" in caplog.text


def test_a_library_of_an_older_version_is_opened(folder: Path) -> None:
    """It has a folder `chroma` and no marker, so nothing is known of how it was left."""
    (folder / "index.json").unlink()
    (folder / "chroma-0001").rename(folder / "chroma")
    with Library(folder) as library:
        assert library.search("story 7")
        assert library._vectors.count() == library.chunk_count()
    assert index_folders(folder) == ["chroma-0001"]


def test_killed_while_it_is_built_again_nothing_is_lost_or_left_over(folder: Path) -> None:
    for _ in range(4):
        with child("rebuild", folder) as builder:
            assert builder.says() == "starts"
            time.sleep(random.uniform(0.1, 1.5))
            builder.kill()
        with Library(folder) as library:
            assert len(library.articles()) == 260
            assert library._vectors.count() == library.chunk_count()
            assert len(index_folders(folder)) == 1


def test_a_copy_made_by_hand_of_another_catalog_is_noticed(folder: Path, tmp_path: Path) -> None:
    """A catalog.sqlite3 that was put in place of another does not agree with Chroma any more."""
    with Library(tmp_path / "other") as other:
        other.add_articles([story(1)])
    shutil.copy(tmp_path / "other" / "catalog.sqlite3", folder)
    with Library(folder) as library:
        assert library._vectors.count() == library.chunk_count() == 2


def test_a_new_library_says_nothing_of_building_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "rag"), Library(tmp_path / "new") as library:
        library.add_articles([story(1)])
        assert library.search("story 1")
    assert not caplog.records


@pytest.mark.usefixtures("_heeds_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_window_closes_its_library_when_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    """The next start opens the index as it is."""
    where = f"--library={tmp_path / 'l'}", f"--port={free_port()}"
    command = [sys.executable, "-m", "rag.cli", "chat", "--no-open", *where]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as window:
        try:
            assert window.stdout
            address = window.stdout.readline().split()[-1]
            assert urllib.request.urlopen(address, timeout=30).status == 200
            assert state(tmp_path / "l") == "written to"  # the samples
            window.send_signal(number)
            assert window.wait(30) in (0, 130, 143)
        finally:
            window.kill()
    assert state(tmp_path / "l") == "closed cleanly"


@pytest.mark.usefixtures("_heeds_signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_command_closes_its_library_when_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    for n in range(800):
        (articles / f"{n}.txt").write_text(f"Story {n}\n\nIt was told in the harbour.")
    command = [sys.executable, "-m", "rag.cli", "add", f"--library={tmp_path / 'l'}", str(articles)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as adding:
        try:
            while not (tmp_path / "l" / "index.json").exists() or state(tmp_path / "l") != "written to":
                time.sleep(0.02)
            adding.send_signal(number)
            assert adding.wait(60) in (130, 128 + number)
        finally:
            adding.kill()
    assert state(tmp_path / "l") == "closed cleanly"


@pytest.mark.usefixtures("_heeds_signals")
def test_being_told_to_end_is_not_lost_in_what_may_not_raise() -> None:
    """Python drops what is raised in a weak reference's callback; one added article makes some hundred of them."""
    program = """
import signal, sys, time, weakref
from rag import cli
from rag.cli import articles

class Thing: pass

def list_articles(options):
    thing = Thing()
    gone = weakref.ref(thing, lambda _: signal.raise_signal(signal.Signals[sys.argv[1]]))
    del thing
    time.sleep(20)
    return 0

articles._list = list_articles
sys.exit(cli.main(["list"]))
"""
    for name, code in (("SIGTERM", 143), ("SIGINT", 130)):
        done = subprocess.run([sys.executable, "-c", program, name], cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (code, "")
