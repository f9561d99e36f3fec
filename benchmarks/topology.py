"""Footnote as several processes, on free ports of this machine: PostgreSQL, a Chroma server, workers, nginx.

    with Topology(folder, workers=2) as running:
        httpx.get(f"{running.address}/healthz")
        running.workers[0].kill()  # SIGKILL; nginx sends who was there to the other
        running.workers[0].start()

`python -m benchmarks.topology` runs it until Ctrl-C. PostgreSQL and nginx are Debian's (`make postgresql proxy`).
Each part is a process that is started, stopped and killed by its own id, and writes a log into the folder.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Self

import httpx

from rag import Article, Library, Settings
from rag.cli.proxy import name_of, nginx

ROOT = Path(__file__).parents[1]
_HOST = "127.0.0.1"
_SECONDS_TO_START = 90
_SECONDS_TO_STOP = 15
_DATABASE_USER = "footnote"


class Part:
    """One process. What it needs is prepared once, so that it can be killed and started again where it was."""

    def __init__(self, name: str, folder: Path, port: int, ready: Callable[[], bool], *command: str) -> None:
        self.name, self.port = name, port
        self.folder = folder
        self.log = folder / f"{name}.log"
        self.environment: dict[str, str] = {}
        """What its environment has beside this process's own."""
        self._command, self._ready = command, ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of its process. Raises `RuntimeError` where it was not started."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self, *, wait: bool = True) -> None:
        """Start it, and `wait` until it answers."""
        with self.log.open("ab") as log:
            environment = {**os.environ, "PYTHONPATH": str(ROOT), **self.environment}
            self._process = subprocess.Popen(
                self._command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        if wait:
            self.wait()

    def wait(self) -> None:
        """Wait until it answers. Raises `RuntimeError` with the end of its log where it ends or takes too long."""
        ends = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < ends and self.is_running:
            with contextlib.suppress(OSError, httpx.TransportError):
                if self._ready():
                    return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start: {self.log.read_text(errors='replace')[-3000:]}")

    def stop(self) -> None:
        """Let it end in good order; kill it where it does not."""
        self._end(self.ends_by)

    def kill(self) -> None:
        """Kill it (SIGKILL), whatever it is in the middle of."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Let it stand still (SIGSTOP), as a machine does that hangs."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    ends_by = signal.SIGTERM

    def _end(self, by: signal.Signals) -> None:
        if self._process is None:
            return
        if self.is_running:
            self._process.send_signal(by)
        try:
            self._process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _PostgreSQL(Part):
    """As another user where this one is root, as which it refuses to run."""

    ends_by = signal.SIGINT  # which does not wait for those who are connected

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.data = data = Path(tempfile.mkdtemp(prefix="footnote-postgres-"))  # where another user can reach it
        as_user: list[str] = []
        if os.getuid() == 0:
            shutil.chown(data, "postgres", "postgres")
            as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        make = [_postgresql("initdb"), "-D", str(data), "-U", _DATABASE_USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*as_user, *make, "--locale=C.UTF-8"], check=True, cwd="/", stdout=subprocess.DEVNULL)
        options = {"listen_addresses": _HOST, "unix_socket_directories": "", "max_connections": "200"}
        given = [f"--{name}={value}" for name, value in options.items()]
        command = [*as_user, _postgresql("postgres"), "-D", str(data), "-p", str(port), *given]
        super().__init__("postgres", folder, port, self._answers, *command)

    @property
    def url(self) -> str:
        """The address of its database, as `FOOTNOTE_CATALOG_URL` takes it."""
        return f"postgresql://{_DATABASE_USER}@{_HOST}:{self.port}/postgres"

    def start(self, *, wait: bool = True) -> None:
        """Start it; after a kill its old processes may take a moment to go, and it is started once more."""
        for _ in range(2):
            with contextlib.suppress(RuntimeError):
                super().start(wait=wait)
                return
            time.sleep(1)
        super().start(wait=wait)

    def _answers(self) -> bool:
        import pg8000.dbapi

        try:
            pg8000.dbapi.connect(_DATABASE_USER, host=_HOST, port=self.port, database="postgres", timeout=5).close()
        except pg8000.dbapi.Error:
            return False  # it is starting
        return True


class Topology:
    """All parts. Leaving it stops them; but for the database, what they wrote stays in `folder`."""

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 2,
        articles: Iterable[Article] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`articles` are there before the workers start: the samples, where None. `settings` by FOOTNOTE_ name."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.absolute()
        self._given = {name.upper(): value for name, value in (settings or {}).items()}
        self._articles = articles
        self.postgres = _PostgreSQL(self.folder)
        self.chroma = self._chroma()
        self.workers = [self._worker(number) for number in range(workers)]
        self.proxy = self._nginx()

    @property
    def address(self) -> str:
        """Where people and programs ask: the proxy's address."""
        return f"http://{_HOST}:{self.proxy.port}"

    @property
    def parts(self) -> list[Part]:
        """Every process, in the order in which they are started."""
        return [self.postgres, self.chroma, *self.workers, self.proxy]

    @property
    def settings(self) -> Settings:
        """What a library is opened with that is this one."""
        return Settings(catalog_url=self.postgres.url, chroma_url=self.chroma_url)

    @property
    def chroma_url(self) -> str:
        """The address of the Chroma server."""
        return f"http://{_HOST}:{self.chroma.port}"

    def worker_url(self, number: int) -> str:
        """Return the address of one worker, past the proxy."""
        return f"http://{_HOST}:{self.workers[number].port}"

    def token(self, name: str = "topology", *, write: bool = True) -> str:
        """Make a token for a program."""
        with Library(settings=self.settings) as library:
            return library.tokens.make(name, scope="write" if write else "read")

    def worker_of(self, cookie: str) -> Part:
        """Return the worker that a visitor is sent to, by the value of the cookie `COOKIE` (`rag.cli.proxy`)."""
        return next(worker for worker in self.workers if name_of(worker.port) == cookie)

    def start(self) -> None:
        """Start everything, and wait until it answers."""
        self.postgres.start()
        self.chroma.start()
        with Library(settings=self.settings) as library:
            if self._articles is None:
                library.add_samples()
            else:
                library.add_articles(self._articles)
        for worker in self.workers:
            worker.start(wait=False)
        self.proxy.start()
        for worker in self.workers:
            worker.wait()

    def stop(self) -> None:
        """Stop everything that runs."""
        for part in reversed(self.parts):
            part.stop()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.postgres.data, ignore_errors=True)

    def _chroma(self) -> Part:
        port, kept = free_port(), self.folder / "chroma"
        kept.mkdir()
        program = str(Path(sys.executable).with_name("chroma"))
        command = [program, "run", "--path", str(kept), "--host", _HOST, "--port", str(port)]
        part = Part("chroma", self.folder, port, lambda: _answers(f"http://{_HOST}:{port}/api/v2/heartbeat"), *command)
        part.ends_by = signal.SIGKILL  # told to end, it takes its time
        return part

    def _worker(self, number: int) -> Part:
        port = free_port()
        command = [sys.executable, "-m", "rag.cli", "serve", "--worker-port", str(port)]
        part = Part(f"worker-{number}", self.folder, port, lambda: _answers(f"http://{_HOST}:{port}/healthz"), *command)
        places = {
            "LIBRARY": str(self.folder / "library"),
            "CATALOG_URL": self.postgres.url,
            "CHROMA_URL": self.chroma_url,
        }
        part.environment = {f"FOOTNOTE_{name}": value for name, value in {**places, **self._given}.items()}
        return part

    def _nginx(self) -> Part:
        port, folder = free_port(), self.folder / "nginx"
        folder.mkdir()
        command = nginx(folder, _HOST, port, [worker.port for worker in self.workers])
        return Part("proxy", self.folder, port, lambda: _listens(port), *command)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server((_HOST, 0)) as found:
        return int(found.getsockname()[1])


def _postgresql(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    program = str(found[-1]) if found else shutil.which(name)
    if program is None:
        raise RuntimeError(f"There is no {name}: `make postgresql` installs PostgreSQL.")
    return program


def _answers(address: str) -> bool:
    return httpx.get(address, timeout=5).is_success


def _listens(port: int) -> bool:
    with socket.create_connection((_HOST, port), timeout=5):
        return True


def main() -> None:
    """Run all of it until Ctrl-C."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="footnote-topology-", ignore_cleanup_errors=True) as folder,
        Topology(Path(folder), workers=options.workers) as running,
    ):
        for part in running.parts:
            print(f"{part.name}: process {part.pid}, port {part.port}, log {part.log}")
        print(f"Open {running.address}; a token for programs: {running.token()}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
