"""The vectors on a Chroma server, which any number of processes on any number of machines ask by themselves.

Which collection is the index stands in the catalog, as the fact "collection". Its name says of which database it is and
of which vectors it was made; another one is no index. One that is made anew is made beside it.
"""

from __future__ import annotations

import base64
import contextlib
import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

from rag.errors import FootnoteError, InvalidSetting, LibraryUnusable
from rag.index.catalog import Catalog, Indexed
from rag.index.embeddings import Vectors
from rag.index.vectors.index import Steps
from rag.index.vectors.lost import lost
from rag.index.vectors.portions import batches

if TYPE_CHECKING:
    from rag.index.vectors.server import Server, ServerCollection

log = logging.getLogger(__name__)

_FACT = "collection"
_TRIES = 3
_NUMBERS_AT_ONCE = 500_000
"""Numbers of vectors in one request, which is some 10 MB; a Chroma server takes 40."""

_T = TypeVar("_T")
Writing = Callable[[], AbstractContextManager[None]]


def parse_url(url: str) -> tuple[str, int, bool, dict[str, str]]:
    """Return host, port, whether it is HTTPS, and headers of the server that `FOOTNOTE_CHROMA_URL` names."""
    try:
        parts = urlsplit(url)
        host, port, https = parts.hostname or "", parts.port, parts.scheme == "https"
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https") or parts.path.strip("/") or parts.query or parts.fragment:
        raise InvalidSetting("FOOTNOTE_CHROMA_URL has to be a server and a port: FOOTNOTE_CHROMA_URL=http://host:8000")
    headers = {}
    if parts.username:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(who).decode()}"
    return host, port or (443 if https else 8000), https, headers


class RemoteIndex:
    """A `VectorIndex` on a server. Safe to use from several threads.

    `writing` keeps others from changing the library; `identity` is what no other catalog has.
    """

    def __init__(self, catalog: Catalog, url: str, identity: str, writing: Writing) -> None:
        self._catalog = catalog
        self._address = parse_url(url)
        self._prefix = f"footnote-{sha256(identity.encode()).hexdigest()[:16]}-"
        self._writing = writing
        self._server: Server | None = None
        self._opened: ServerCollection | None = None

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids and cosines, best first, of the chunks nearest to `vector` [dimension]."""
        return self._use(lambda collection: collection.nearest(vector, limit))

    def upsert(self, article_ids: Sequence[str]) -> None:
        """Write the chunks of these articles as the catalog holds them."""

        def write(collection: ServerCollection) -> None:
            for batch in batches(self._catalog.chunks_to_index(article_ids)):
                _write(collection, batch)

        self._use(write)

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Delete chunks; ids that are not there do no harm."""
        self._use(lambda collection: collection.delete(chunk_ids))

    def count(self) -> int:
        """Return how many chunks the index holds."""
        return self._use(lambda collection: collection.count())

    def rebuild(self, steps: Steps | None = None) -> None:
        """Make the index anew from the catalog, beside the old one, and take its place in one step."""
        from rag.index.vectors.chroma import IndexDamaged

        with self._writing():
            server = self._connected()
            name = f"{self._prefix}{self._catalog.vectors_version() or 'first'}-{secrets.token_hex(4)}"
            total = self._catalog.counts()[1]
            done = 0
            try:
                collection = server.collection(name, create=True)
                for batch in batches(self._catalog.each_chunk()):
                    _write(collection, batch)
                    done += len(batch)
                    if steps:
                        steps(min(done, total), total)
                if collection.count() != done:
                    raise IndexDamaged(f"{collection.count()} of {done} chunks were written")
            except BaseException:
                with contextlib.suppress(FootnoteError):
                    server.drop(name)
                raise
            self._catalog.set_facts(**{_FACT: name})
            self._opened = collection
            for left_over in server.names(self._prefix):
                if left_over != name:
                    server.drop(left_over)

    def lost(self, steps: Steps | None = None) -> list[str]:
        """Return the ids of the catalog's chunks that are not the first to be found by their own vectors."""
        return lost(self._catalog, lambda vectors: self._use(lambda c: c.nearest_each(vectors, 1)), steps)

    def chroma(self) -> ServerCollection:
        """Return the collection itself, for reading."""
        return self._use(lambda collection: collection)

    def close(self) -> None:
        """Let go of it; the connection is shared by all libraries of the process."""
        self._server = self._opened = None

    def outlive_fork(self) -> None:
        """In a forked child: leave the parent's connection alone."""
        self._server = self._opened = None

    # Private

    def _use(self, use: Callable[[ServerCollection], _T]) -> _T:
        """Use the collection that is the index now; where there is none that can be relied on, make it anew."""
        from rag.index.vectors.chroma import IndexDamaged
        from rag.index.vectors.server import CollectionGone

        for tries_left in reversed(range(_TRIES)):
            name = self._current()
            doubt = "is missing or was made of other vectors"
            if name:
                try:
                    collection = self._open(name)
                    if collection:
                        return use(collection)
                    doubt = "holds other chunks than the catalog"
                except CollectionGone:
                    doubt = "is gone from the Chroma server"
                except IndexDamaged as error:
                    doubt = f"fails ({error.__cause__})"
                    if not tries_left:
                        raise
            self._renew(name, doubt)
        raise LibraryUnusable(
            f"The vector index of {self._catalog.library} goes missing again and again. Look whether something else "
            "deletes collections of that Chroma server."
        )

    def _current(self) -> str | None:
        """Return the name of the collection that is the index; None where there is none that fits."""
        facts = self._catalog.facts()
        name = facts.get(_FACT, "")
        return name if name.startswith(f"{self._prefix}{facts.get('vectors') or 'first'}-") else None

    def _open(self, name: str) -> ServerCollection | None:
        """Return the collection of that name; None where it does not hold what the catalog says when it is opened."""
        opened = self._opened
        if opened is None or opened.name != name:
            opened = self._connected().collection(name, create=False)
            if self._catalog.expected_in_chroma() not in (None, opened.count()):
                return None
            self._opened = opened
        return opened

    def _renew(self, name: str | None, doubt: str) -> None:
        """Make the index anew, unless another process just did, or was only in the middle of a change."""
        from rag.index.vectors.chroma import IndexDamaged
        from rag.index.vectors.server import CollectionGone

        self._opened = None
        with self._writing():
            if self._current() != name:
                return
            if doubt.startswith("holds") and name:
                with contextlib.suppress(CollectionGone, IndexDamaged):
                    if self._open(name):
                        return
            if self._catalog.counts()[1] and self._catalog.fact(_FACT):
                log.warning("The vector index %s; building it again from the catalog.", doubt)
            self.rebuild()

    def _connected(self) -> Server:
        if self._server is None:
            from rag.index.vectors.server import Server

            self._server = Server(*self._address)
        return self._server


def _write(collection: ServerCollection, rows: Sequence[Indexed]) -> None:
    at_once = max(1, _NUMBERS_AT_ONCE // max(1, rows[0].vector.size))
    for first in range(0, len(rows), at_once):
        collection.upsert(rows[first : first + at_once])
