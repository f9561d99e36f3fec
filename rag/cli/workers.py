"""Several processes that serve one library on one machine: workers, each on a port of its own, and nginx before them.

A worker that ends is started again.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.cli.proxy import nginx, program
from rag.errors import FootnoteError
from rag.listening import listen

_HERE = "127.0.0.1"
_EVERYWHERE = ("0.0.0.0", "::")
_SECONDS_TO_START = 300
_SECONDS_TO_END = 10
_SECONDS_BETWEEN_LOOKS = 0.2
_PAUSES = (0.0, 1.0, 5.0, 30.0)
"""Seconds before a process is started again, by how often it ended soon after it was started."""
_SOON = 60.0
_NO_NGINX = (
    "`footnote serve --workers` needs nginx, which sends each visitor to one worker: install it (Debian: apt-get "
    "install nginx-light), or start `footnote serve --port PORT` as often as you like and put a proxy of your own "
    "before them; docs/serving.md says how."
)


def run_workers(count: int, command: Sequence[str], host: str, port: int, told: Callable[[str], None]) -> None:
    """Run that many workers and nginx until this process is told to end.

    `command` starts a worker when a port is put at its end. Once all answer, `told` is called with the address.
    Raises `FootnoteError` where nginx is not there, or a worker does not start.
    """
    if program() is None:
        raise FootnoteError(_NO_NGINX)
    ports = [_free_port() for _ in range(count)]
    with listen(host, port) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True) as folder:
        parts = [_Part([*command, str(worker)]) for worker in ports]
        parts.append(_Part(nginx(Path(folder), host, port, ports)))
        try:
            for worker in parts[:-1]:
                worker.start()
            _wait(parts[:-1], ports)
            parts[-1].start()  # nobody is let in before a worker, which knows who may be, has started
            _wait(parts, [port], _HERE if host in _EVERYWHERE else host)
            told(f"http://{host}:{port}")
            while True:
                for part in parts:
                    part.keep()
                time.sleep(_SECONDS_BETWEEN_LOOKS)
        finally:
            _end(parts)


class _Part:
    """A process that is started again when it ends."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._ended_soon = 0
        self._due = 0.0
        self.started = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )

    def keep(self) -> None:
        """Start it again where it has ended, after a while where that happens again and again."""
        if self.process and self.process.poll() is not None:
            self._ended_soon = self._ended_soon + 1 if time.monotonic() - self.started < _SOON else 0
            pause = _PAUSES[min(max(self._ended_soon - 1, 0), len(_PAUSES) - 1)]
            print(f"footnote: process {self.process.pid} ended; it is started again.", file=sys.stderr, flush=True)
            self.process, self._due = None, time.monotonic() + pause
        if self.process is None and time.monotonic() >= self._due:
            self.start()


def _wait(parts: Sequence[_Part], ports: Sequence[int], host: str = _HERE) -> None:
    """Wait until all ports are listened on; a process that ends before says why by itself."""
    ends = time.monotonic() + _SECONDS_TO_START
    waiting = list(ports)
    while waiting:
        if any(part.process and part.process.poll() is not None for part in parts):
            raise FootnoteError("A worker or nginx ended before it was ready. What it wrote above says why.")
        if time.monotonic() > ends:
            raise FootnoteError(f"The workers did not start in {_SECONDS_TO_START} seconds. Try again with fewer.")
        waiting = [port for port in waiting if not _listens(host, port)]
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _end(parts: Sequence[_Part]) -> None:
    running = [part.process for part in parts if part.process and part.process.poll() is None]
    for process in running:
        process.terminate()
    ends = time.monotonic() + _SECONDS_TO_END
    for process in running:
        try:
            process.wait(max(0.0, ends - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_with_parent() -> None:
    """In a child: be told to end when the parent is gone, also when that is killed (Linux)."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _free_port() -> int:
    with socket.create_server((_HERE, 0)) as found:
        return int(found.getsockname()[1])


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True
