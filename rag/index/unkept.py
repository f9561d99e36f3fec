"""Conversations that are kept nowhere: they end with this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from rag.errors import FootnoteError
from rag.index.conversations import Conversations, Owner
from rag.index.schema import conversations, metadata, owned_conversations, turns


def unkept(owner: Owner | None = None) -> Conversations:
    """Return conversations that nothing is written of: for who keeps none, or where none can be written."""
    return Conversations(_Memory(), owner)


class _Memory:
    """A database in memory, which one thread at a time uses."""

    refusal: FootnoteError | None = None

    def __init__(self) -> None:
        self._engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        event.listen(self._engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys = ON"))
        self._lock = threading.Lock()
        metadata.create_all(self._engine, tables=[conversations, turns, owned_conversations])

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with self._lock, self._engine.begin() as connection:
            yield connection
