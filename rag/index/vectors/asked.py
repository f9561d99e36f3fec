"""The vector index as a process sees it that asks the owner for everything."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any

from rag import errors
from rag.errors import FootnoteError, LibraryBusy
from rag.index.embeddings import Vectors
from rag.index.vectors import wire
from rag.index.vectors.card import Card
from rag.index.vectors.index import Steps

SECONDS_WITHOUT_A_SIGN = 15
SECONDS_WITHOUT_A_STEP = 180
_IDS_AT_ONCE = 5000


class OwnerGone(Exception):
    """The owner has ended, or ends now: another process can become it."""


class AskedIndex:
    """A `VectorIndex` that is open in the process that left `card`.

    Each call raises `OwnerGone` where that process has ended, also in the middle of it; and `LibraryBusy` where
    it gives no sign of life, or gets nowhere.
    """

    def __init__(self, card: Card) -> None:
        self._card = card

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids and cosines, best first, of the chunks nearest to `vector` [dimension]."""
        sent = base64.b64encode(vector.astype("<f4").tobytes()).decode()
        return [(str(i), float(cosine)) for i, cosine in self._ask("nearest", vector=sent, limit=limit)]

    def upsert(self, article_ids: Sequence[str]) -> None:
        """Write the chunks of these articles as the catalog holds them."""
        for ids in _portions(article_ids):
            self._ask("upsert", article_ids=ids)

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Delete chunks; ids that are not there do no harm."""
        for ids in _portions(chunk_ids):
            self._ask("delete", chunk_ids=ids)

    def count(self) -> int:
        """Return how many chunks the index holds."""
        return int(self._ask("count"))

    def rebuild(self, steps: Steps | None = None) -> None:
        """Make the index anew from the catalog, beside the old one, and take its place in one step."""
        self._ask("rebuild", shown=steps)

    def lost(self, steps: Steps | None = None) -> list[str]:
        """Return the ids of the catalog's chunks that are not the first to be found by their own vectors."""
        return list(map(str, self._ask("lost", shown=steps)))

    def _ask(self, ask: str, *, shown: Steps | None = None, **values: Any) -> Any:
        card = self._card
        try:
            with (
                socket.create_connection((wire.HERE, card.port), timeout=SECONDS_WITHOUT_A_SIGN) as connection,
                connection.makefile("rwb") as lines,
            ):
                drawn = wire.draw()
                asked = {"ask": ask, "drawn": drawn, **values}
                theirs = wire.read_plain(lines)["drawn"]
                lines.write(wire.signed(asked, secret=card.secret, drawn=theirs))
                lines.flush()
                said = self._outcome(lines, drawn, shown)
        except TimeoutError as error:
            raise LibraryBusy(
                f"The library is open in {card}, which gives no sign of life. If it was stopped (Ctrl-Z), let it go "
                "on; else end it, and try again. Nothing is lost by ending it."
            ) from error
        except (OSError, wire.NotSigned, KeyError, TypeError) as error:
            raise OwnerGone from error
        if "closed" in said:
            raise OwnerGone
        if "error" in said:
            raise _error(said["error"], said["text"])
        return said["result"]

    def _outcome(self, lines: wire.Lines, drawn: str, shown: Steps | None) -> dict[str, Any]:
        at, since = -1, time.monotonic()
        while True:
            said: dict[str, Any] = wire.read_signed(lines, secret=self._card.secret, drawn=drawn)
            if "working" not in said:
                return said
            for done, total in said["steps"]:
                if shown:
                    shown(done, total)
            if said["working"] != at:
                at, since = said["working"], time.monotonic()
            elif time.monotonic() - since > SECONDS_WITHOUT_A_STEP:
                raise LibraryBusy(
                    f"The library is open in {self._card}, which has got no further for {SECONDS_WITHOUT_A_STEP} "
                    "seconds. End it, and try again. Nothing is lost by ending it."
                )


def _error(name: str, text: str) -> FootnoteError:
    known = getattr(errors, str(name), FootnoteError)
    return known(text) if isinstance(known, type) and issubclass(known, FootnoteError) else FootnoteError(text)


def _portions(ids: Sequence[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), _IDS_AT_ONCE):
        yield list(ids[first : first + _IDS_AT_ONCE])
