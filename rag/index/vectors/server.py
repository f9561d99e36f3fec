"""A Chroma server and its collections, over HTTP. Every request ends within some minutes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import chromadb
import httpx
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import NotFoundError

from rag.errors import FootnoteError, LibraryUnusable
from rag.index.vectors.chroma import Collection, told

_TO_CONNECT = httpx.Timeout(10)
_TO_ANSWER = httpx.Timeout(10, read=300, write=60)
_NAMES_AT_ONCE = 500
_sessions: dict[str, int] = {}
"""By address: the process that made its session."""


class CollectionGone(FootnoteError):
    """There is no such collection."""


class ServerCollection(Collection):
    """One collection on a server."""

    @told
    def __init__(self, server: Server, name: str, *, create: bool) -> None:
        self._server = server
        super().__init__(server.client, name, create=create)

    def explained(self, error: BaseException) -> FootnoteError | None:
        """Return what an error means; None where it means that the collection is damaged."""
        return self._server.explained(error)


class Server:
    """A connection to a Chroma server. Raises `LibraryUnusable` where none answers."""

    def __init__(self, host: str, port: int, https: bool, headers: dict[str, str]) -> None:
        named = f"[{host}]" if ":" in host else host
        self.address = f"{'https' if https else 'http'}://{named}:{port}"
        with self._told():
            # Chroma's own client waits for ever, and says no more than that it could not connect.
            httpx.get(f"{self.address}/api/v2/heartbeat", headers=headers, timeout=_TO_CONNECT).raise_for_status()
            self.client = chromadb.HttpClient(
                host,
                port,
                ssl=https,
                headers=headers,
                settings=ChromaSettings(anonymized_telemetry=False, allow_reset=False),
            )
        # Chroma keeps one session for all clients of an address. It would wait for ever, and a forked child must not
        # talk over its parent's.
        api = self.client._server  # type: ignore[attr-defined]  # ClientAPI hides what Client has
        if _sessions.get(self.address) != os.getpid():
            api._session = httpx.Client(timeout=_TO_ANSWER, limits=api.http_limits, headers=api._session.headers)
            _sessions[self.address] = os.getpid()

    def collection(self, name: str, *, create: bool) -> ServerCollection:
        """Return a collection. Raises `CollectionGone` where there is none and `create` is not given."""
        return ServerCollection(self, name, create=create)

    def names(self, prefix: str) -> list[str]:
        """Return the names of the collections that begin with `prefix`."""
        found: list[str] = []
        with self._told():
            while True:
                some = self.client.list_collections(limit=_NAMES_AT_ONCE, offset=len(found))
                found += [collection.name for collection in some]
                if len(some) < _NAMES_AT_ONCE:
                    return [name for name in found if name.startswith(prefix)]

    def drop(self, name: str) -> None:
        """Delete a collection, where there is one of that name."""
        with self._told():
            try:
                self.client.delete_collection(name)
            except NotFoundError:
                return

    def explained(self, error: BaseException) -> FootnoteError | None:
        """Return what an error of Chroma's client means, where it is not that a collection is damaged."""
        if isinstance(error, NotFoundError):
            return CollectionGone(str(error))
        if isinstance(error, httpx.HTTPStatusError):
            return self._unusable(f"answers {error.response.status_code}")
        if isinstance(error, httpx.TransportError | httpx.InvalidURL):
            return self._unusable(f"does not answer ({str(error) or type(error).__name__})")
        return None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except FootnoteError:
            raise
        except Exception as error:
            raise self.explained(error) or self._unusable(f"fails ({error})") from error

    def _unusable(self, what: str) -> LibraryUnusable:
        return LibraryUnusable(
            f"The Chroma server {self.address} {what}. Start it (chroma run --path FOLDER --port PORT), or set "
            "FOOTNOTE_CHROMA_URL to where it is. Nothing is lost: the catalog keeps what Chroma was not told, and the "
            "next change tells it."
        )
