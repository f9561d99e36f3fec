"""A PostgreSQL server and a Chroma server of the tests' own, on free ports of this machine, for the time of the tests.

With `pytest --backend=server` every folder that a test opens as a library stands for a place of its own on them.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import create_engine, text

from rag.index import home, library
from rag.settings import Settings

_RUNNING = "FOOTNOTE_TESTS_SERVERS"
"""Tells programs that tests start which servers there are: "PORT,PORT"."""
_SECONDS_TO_START = 60
_USER = "footnote"
_made: set[str] = set()


@dataclass(frozen=True)
class Servers:
    """The ports of 127.0.0.1 where they listen."""

    postgres: int
    chroma: int

    @property
    def chroma_url(self) -> str:
        return f"http://127.0.0.1:{self.chroma}"

    def url_of(self, user: str, database: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.postgres}/{database}"

    def run(self, *statements: str) -> None:
        """Run SQL as the one who may do everything."""
        engine = create_engine(self.url_of(_USER).replace("ql:", "ql+pg8000:"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def database_for(self, folder: Path) -> str:
        """Return the URL of what stands for a folder, made where there is none: a user with a schema of their own.

        To make a database takes a hundred times as long.
        """
        name = f"t{sha256(str(folder).encode()).hexdigest()[:20]}"
        if name not in _made:
            self.run(
                f"DO $$ BEGIN CREATE ROLE {name} LOGIN; EXCEPTION WHEN duplicate_object THEN END $$",
                f"CREATE SCHEMA IF NOT EXISTS {name} AUTHORIZATION {name}",
            )
            _made.add(name)
        return self.url_of(name)

    def settings_for(self, folder: Path, **more: Any) -> Settings:
        return Settings(catalog_url=self.database_for(folder), chroma_url=self.chroma_url, **more)


def stand_in(servers: Servers) -> None:
    """From now on libraries in folders are on servers instead, in this process and in those that it starts."""
    os.environ[_RUNNING] = f"{servers.postgres},{servers.chroma}"

    def on_servers(settings: Settings, path: str | Path | None = None) -> home.Home:
        folder = Path(path or settings.library).expanduser().absolute()
        made = home.ServerHome(servers.database_for(folder), servers.chroma_url, folder)
        made.name = str(folder)
        return made

    library.home_of = on_servers


def stand_in_where_tests_do() -> None:
    """In a program that a test started: the same as there."""
    ports = os.environ.get(_RUNNING)
    if ports:
        stand_in(Servers(*map(int, ports.split(","))))


@contextmanager
def running() -> Iterator[Servers]:
    """Have both servers run."""
    with (
        tempfile.TemporaryDirectory(prefix="footnote-postgres-") as kept,
        tempfile.TemporaryDirectory(prefix="footnote-chroma-") as vectors,
        _postgres(Path(kept)) as postgres,
        chroma(Path(vectors)) as port,
    ):
        yield Servers(postgres, port)


@contextmanager
def chroma(folder: Path, port: int = 0) -> Iterator[int]:
    """Have a Chroma server run."""
    port = port or free_port()
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder), "--port", str(port)]
    with (folder / "server.log").open("a") as log:
        server = subprocess.Popen([*command, "--host", "127.0.0.1"], stdout=log, stderr=log, cwd=folder)
        try:
            _wait(lambda: httpx.get(f"http://127.0.0.1:{port}/api/v2/heartbeat").is_success, log.name)
            yield port
        finally:
            server.kill()  # told to end, it takes its time
            server.wait()


@contextmanager
def _postgres(folder: Path) -> Iterator[int]:
    """Have a PostgreSQL server run, as another user where this one is root, as which it refuses to."""
    port, control = free_port(), [_program("pg_ctl"), "-D", str(folder / "data"), "-w"]
    as_user: list[str] = []
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    make = [_program("initdb"), "-D", str(folder / "data"), "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    _run([*as_user, *make, "--locale=C.UTF-8"], folder)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200"
    _run([*as_user, *control, "-o", options, "-l", str(folder / "log"), "start"], folder)
    try:
        yield port
    finally:
        _run([*as_user, *control, "-m", "immediate", "stop"], folder)


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    program = str(found[-1]) if found else shutil.which(name)
    assert program, f"There is no {name}: `make postgresql` installs PostgreSQL."
    return program


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert done.returncode == 0, f"{command} as {getpass.getuser()}: {done.stdout.decode()}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _wait(ready: Any, log: str) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end:
        try:
            if ready():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"Not started: {Path(log).read_text()}")
