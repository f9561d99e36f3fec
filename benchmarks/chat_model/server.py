"""The server of a chat model: llama.cpp's own, from the package xllamacpp (MIT), in an environment of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chat_model.models import FOLDER, Failed, Model, last_words

CONTEXT = 8192
"""Tokens that question, passages and answer may have together."""

_REQUIREMENT = "xllamacpp==2026.10.11549"
_ENVIRONMENT = FOLDER / "server"
_STAMP = FOLDER / "server-holds.txt"
_SCRIPT = Path(__file__).with_name("llama.py")
_LOADING = 300
"""Seconds that a model may take to be loaded; on a quiet machine it is two."""
_INSTALLING = 15 * 60


@dataclass(frozen=True, slots=True)
class Served:
    """A model that answers at an address."""

    model: str
    url: str
    """The OpenAI-compatible interface: http://127.0.0.1:PORT/v1."""
    process: int
    """The server's process id."""


def install(*, say: Callable[[str], None] = print) -> None:
    """Install the server, once. Raises `Failed`."""
    if _is_installed():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    say(f"Installing {_REQUIREMENT} (once; 34 MB)")
    if not _python().with_name("pip").is_file():
        _run([sys.executable, "-m", "venv", str(_ENVIRONMENT)])
    pip = [str(_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--only-binary=:all:", _REQUIREMENT])
    _STAMP.write_text(_REQUIREMENT, "utf-8")


def _is_installed() -> bool:
    return _STAMP.is_file() and _STAMP.read_text("utf-8") == _REQUIREMENT and _python().is_file()


@contextmanager
def serving(model: Model, *, port: int = 0, context: int = CONTEXT, threads: int = 0) -> Iterator[Served]:
    """Serve `model` on 127.0.0.1, on a free port where none is given; the server ends with it. Raises `Failed`."""
    if not (model.is_there and _is_installed()):
        raise Failed(f"{model.about} is not here yet: run `make chat-model` first.")
    port = port or _free_port()
    log = FOLDER / f"server-{port}.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            _command(model, port, context, threads),
            stdout=written,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=_settings(),
        )
    try:
        url = f"http://127.0.0.1:{port}/v1"
        _wait(process, f"http://127.0.0.1:{port}/health", log)
        yield Served(model.name, url, process.pid)
    finally:
        _end(process)
        log.unlink(missing_ok=True)


def _command(model: Model, port: int, context: int, threads: int) -> list[str]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    values = (model.file, model.name, port, context, threads or cores)
    return [str(_python()), str(_SCRIPT), *map(str, values)]


def _settings() -> dict[str, str]:
    """The environment without what would reach into the server's own Python or settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + _LOADING
    while time.monotonic() < until:
        if process.poll() is not None:
            said = last_words(log.read_text("utf-8", "replace"))
            raise Failed(f"The server ended while it was starting: {said}. Is the port taken, or the memory full?")
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.2)
    raise Failed(f"The server was not ready within {_LOADING} seconds. Is the machine busy? Try again when it is not.")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _python() -> Path:
    return _ENVIRONMENT / "bin" / "python"


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, env=_settings(), capture_output=True, text=True, timeout=_INSTALLING, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(
            f"The server was not installed within {_INSTALLING // 60} minutes: run the command again."
        ) from error
    if done.returncode:
        raise Failed(
            f"The server could not be installed: {last_words(done.stderr)}. Is the network there? Ready builds are "
            "for Linux (x86-64, ARM) and macOS; elsewhere serve the model file with llama.cpp's own llama-server."
        )
