"""Connections to a catalog file: to write to where that is allowed, else as far as reading goes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import QueuePool

from rag.errors import LibraryUnusable
from rag.index.failures import explain
from rag.text import folded

SECONDS_FOR_OTHERS = 30
"""How long is waited where another process holds the catalog."""


def may_write(path: Path) -> bool:
    """Say whether the catalog `path`, which need not be there, can be written to, and files be made beside it."""
    who = {"effective_ids": os.access in os.supports_effective_ids}
    return os.access(path.parent, os.W_OK, **who) and (not path.exists() or os.access(path, os.W_OK, **who))


def connected(path: Path, *, writable: bool) -> Engine:
    """Return what connects to the catalog `path`, whose errors say what they mean."""
    if writable:
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": SECONDS_FOR_OTHERS})
        event.listen(engine, "connect", _set_pragmas)
    else:
        address = _for_reading(path)
        engine = create_engine("sqlite://", creator=lambda: _read_only(address), poolclass=QueuePool)

    def tell(context: ExceptionContext) -> None:
        meaning = explain(context.original_exception, path.parent)
        if meaning:
            raise meaning from context.original_exception

    event.listen(engine, "connect", _teach)
    event.listen(engine, "handle_error", tell)
    return engine


def _for_reading(path: Path) -> str:
    """Return the address at which `path` can be read where nothing can be written beside it.

    A catalog that was closed is one file, which is then opened as one that nobody changes. Where it was not closed,
    or somebody who may write has it open, its latest changes are in files beside it, which SQLite can read if they
    are complete.
    """
    shared, alone = (f"{path.as_uri()}?{how}" for how in ("mode=ro", "mode=ro&immutable=1"))
    if not path.exists():
        raise LibraryUnusable(
            f"The folder {path.parent} holds no library, and cannot be written to. Choose another with --library or "
            "FOOTNOTE_LIBRARY."
        )
    try:
        _try(shared)
    except sqlite3.OperationalError as error:
        changes = path.with_name(f"{path.name}-wal")
        if changes.exists() and changes.stat().st_size:
            raise LibraryUnusable(
                f"The library {path.parent} can only be read, and was not closed before. Open it once where it can be "
                "written to; then it can be read anywhere."
            ) from error
        return alone
    return shared


def _try(address: str) -> None:
    connection = _read_only(address)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        connection.close()


def _read_only(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, timeout=SECONDS_FOR_OTHERS, check_same_thread=False)


@contextmanager
def _cursor(connection: Any) -> Iterator[Any]:
    cursor = connection.cursor()
    try:
        yield cursor
    finally:
        cursor.close()


def _teach(connection: Any, _record: Any) -> None:
    connection.create_function("footnote_folded", 1, lambda words: words and folded(words), deterministic=True)


def _set_pragmas(connection: Any, _record: Any) -> None:
    with _cursor(connection) as cursor:
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
