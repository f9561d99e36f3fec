"""Several processes that serve one library on one machine: workers, each on a port of its own, and Caddy before them.

Gradio keeps what a visitor asked and waits for in the process that was asked, so Caddy sends each visitor to one
worker, by a cookie, and to another one when that is gone. A worker that ends is started again.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rag.errors import FootnoteError

_HERE = "127.0.0.1"
_PORTS_TRIED = 100
_SECONDS_TO_START = 120
_SECONDS_TO_END = 10
_SECONDS_BETWEEN_LOOKS = 0.2
_PAUSES = (0.0, 1.0, 5.0, 30.0)
"""Seconds before a process is started again, by how often it ended soon after it was started."""
_SOON = 60.0
_NO_CADDY = (
    "`footnote serve --workers` needs Caddy, which sends each visitor to one worker: install it (Debian: apt-get "
    "install caddy), or start `footnote serve --port PORT` as often as you like and put a proxy of your own before "
    "them; docs/serving.md says how."
)
_CADDYFILE = """\
{{
	admin off
	auto_https off
}}
http://:{port} {{
	bind {host}
	reverse_proxy {workers} {{
		lb_policy cookie footnote_worker {secret}
		lb_try_duration 15s
		lb_try_interval 250ms
		fail_duration 3s
	}}
}}
"""


def caddyfile(host: str, port: int, workers: Sequence[int], secret: str) -> str:
    """Return what Caddy reads to listen at `host` and `port` before the workers at those ports of this machine."""
    upstreams = " ".join(f"{_HERE}:{worker}" for worker in workers)
    return _CADDYFILE.format(host=host, port=port, workers=upstreams, secret=secret)


def run_workers(count: int, command: Sequence[str], host: str, port: int, told: Callable[[str], None]) -> None:
    """Run that many workers and Caddy until this process is told to end.

    `command` starts a worker when a port is put at its end. Once all answer, `told` is called with the address.
    Raises `FootnoteError` where Caddy is not there, or a worker does not start.
    """
    caddy = shutil.which("caddy")
    if caddy is None:
        raise FootnoteError(_NO_CADDY)
    ports = [_free_port() for _ in range(count)]
    port = _next_free(host, port)
    with tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "Caddyfile"
        file.write_text(caddyfile(host, port, ports, secrets.token_hex(16)))
        own = {f"XDG_{kind}_HOME": folder for kind in ("DATA", "CONFIG")}
        parts = [_Part([*command, str(worker)], {}) for worker in ports]
        parts.append(_Part([caddy, "run", "--config", str(file), "--adapter", "caddyfile"], own, quiet=True))
        try:
            for part in parts:
                part.start()
            _wait(parts, ports)
            told(f"http://{host}:{port}")
            while True:
                for part in parts:
                    part.keep()
                time.sleep(_SECONDS_BETWEEN_LOOKS)
        finally:
            _end(parts)


class _Part:
    """A process that is started again when it ends."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], *, quiet: bool = False) -> None:
        self._command, self._environment, self._quiet = command, {**os.environ, **environment}, quiet
        self._ended_soon = 0
        self._due = 0.0
        self.started = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if self._quiet else None,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )

    def keep(self) -> None:
        """Start it again where it has ended, after a while where that happens again and again."""
        if self.process and self.process.poll() is not None:
            self._ended_soon = self._ended_soon + 1 if time.monotonic() - self.started < _SOON else 0
            pause = _PAUSES[min(self._ended_soon, len(_PAUSES) - 1)]
            print(f"footnote: process {self.process.pid} ended; it is started again.", file=sys.stderr, flush=True)
            self.process, self._due = None, time.monotonic() + pause
        if self.process is None and time.monotonic() >= self._due:
            self.start()


def _wait(parts: Sequence[_Part], ports: Sequence[int]) -> None:
    """Wait until all listen; a process that ends before says why by itself."""
    ends = time.monotonic() + _SECONDS_TO_START
    waiting = list(ports)
    while waiting:
        if any(part.process and part.process.poll() is not None for part in parts):
            raise FootnoteError("A worker or Caddy ended before it was ready. What it wrote above says why.")
        if time.monotonic() > ends:
            raise FootnoteError(f"The workers did not start in {_SECONDS_TO_START} seconds. Try again with fewer.")
        waiting = [port for port in waiting if not _listens(port)]
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


def _next_free(host: str, port: int) -> int:
    for number in range(port, min(port + _PORTS_TRIED, 65536)):
        try:
            socket.create_server((host, number)).close()
        except OSError:
            continue
        return number
    raise FootnoteError(f"No port from {port} on is free on {host}. Set FOOTNOTE_PORT to another.")


def _listens(port: int) -> bool:
    try:
        socket.create_connection((_HERE, port), timeout=5).close()
    except OSError:
        return False
    return True
