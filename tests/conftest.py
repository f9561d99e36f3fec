"""Shared by all tests: nobody's own library is touched, and heavy things are made once."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from articles import BRIDGE
from servers import Servers, running, stand_in

from rag import AnswerChain, Article, Library, Settings
from rag.index.embeddings import OnnxEmbedder


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--backend=server` runs the tests that open libraries on a PostgreSQL and a Chroma server."""
    parser.addoption("--backend", choices=["folder", "server"], default="folder", help="where libraries are")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out of a run on servers what is about the files of one machine."""
    if config.getoption("--backend") == "server":
        kept = [item for item in items if not item.get_closest_marker("folder")]
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("folder")])
        items[:] = kept


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """A PostgreSQL and a Chroma server of the tests' own."""
    with running() as started:
        yield started


@pytest.fixture(scope="session", autouse=True)
def _backend(request: pytest.FixtureRequest) -> None:
    """Put libraries on servers where that is asked for."""
    if request.config.getoption("--backend") == "server":
        stand_in(request.getfixturevalue("servers"))


@pytest.fixture(scope="session", autouse=True)
def _time_to_read() -> Iterator[None]:
    """Let every passage be read, so that a busy machine changes no answer; windows that are opened inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOTNOTE_READING_MS", "600000")
        yield


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test away from the real home, library and `.env`."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    monkeypatch.setenv("FOOTNOTE_LIBRARY", str(tmp_path / "default-library"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library."""
    with Library(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def cheap_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have vectors made from a hash of the text, so that thousands of chunks take no time."""
    from children import HashEmbedder  # stands beside the tests that ask for this

    monkeypatch.setattr("rag.index.library.load_embedder", lambda _: HashEmbedder())


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have passwords hashed in no time."""
    from argon2 import PasswordHasher

    from rag.index.accounts import passwords

    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", lambda: cheap)


@pytest.fixture(scope="session")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder()


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The sample articles. Only read it."""
    folder = tmp_path_factory.mktemp("samples")
    with Library(folder, settings=Settings(library=folder)) as opened:
        opened.add_samples()
        yield opened


@pytest.fixture(scope="session")
def chain(samples: Library) -> AnswerChain:
    return AnswerChain(samples)


@pytest.fixture
def bridge() -> Article:
    """A short article with facts to ask for."""
    return BRIDGE


@pytest.fixture
def _heeds_signals() -> Iterator[None]:
    """Let child processes heed Ctrl-C and a terminal that closes, also where these tests run in the background.

    A shell has what it starts there ignore the one, nohup the other, and ignoring is handed down.
    """
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[str]]]:
    """Gives the lines that were logged since it was asked last; afterwards all logs as before."""
    from serve.watching import logs

    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield lambda: capsys.readouterr().err.splitlines()
    root.handlers[:] = before
    root.setLevel(level)
    for name in logs._OWN:
        logging.getLogger(name).setLevel(logging.NOTSET)
