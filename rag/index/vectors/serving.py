"""How the owner of a vector index lets the other processes of a library ask it, over 127.0.0.1.

The owner draws a number; the other sends what it asks, signed; the owner says once a second that it works on it, and
how far it is, and then the result or the error, signed too. Only JSON goes over the line.
"""

from __future__ import annotations

import base64
import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from rag.errors import FootnoteError
from rag.index.vectors import wire
from rag.index.vectors.owned import IndexClosed, OwnedIndex

log = logging.getLogger(__name__)

_ASKED_AT_ONCE = 64
_SECONDS_TO_ASK = 10
"""A connection that has not asked within it is closed."""
SECONDS_A_SIGN = 1.0
"""Between two signs that an answer is on its way."""


class Serving:
    """Answers on a free port of 127.0.0.1, in threads that do not keep the process alive, until `close`."""

    def __init__(self, index: OwnedIndex) -> None:
        self._index = index
        self._closing = False
        self._room = threading.BoundedSemaphore(_ASKED_AT_ONCE)
        self._listener = socket.create_server((wire.HERE, 0), backlog=_ASKED_AT_ONCE)
        self.port: int = self._listener.getsockname()[1]

    def start(self, secret: str) -> None:
        """Answer whoever knows `secret`."""
        self._secret = secret
        threading.Thread(target=self._accept, name="footnote-index", daemon=True).start()

    def close(self) -> None:
        """Take no more questions; what is being done goes on."""
        self._closing = True
        with contextlib.suppress(OSError):  # wakes the thread that accepts
            socket.create_connection((wire.HERE, self.port), timeout=1).close()
        self._listener.close()

    def outlive_fork(self) -> None:
        """In a forked child: leave the port to the parent."""
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._closing or not self._room.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), name="footnote-asked", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rwb") as lines:
                connection.settimeout(_SECONDS_TO_ASK)
                drawn = wire.draw()
                lines.write(wire.plain({"drawn": drawn}))
                lines.flush()
                asked = wire.read_signed(lines, secret=self._secret, drawn=drawn)

                def say(value: dict[str, Any]) -> None:
                    lines.write(wire.signed(value, secret=self._secret, drawn=asked["drawn"]))
                    lines.flush()

                _answer(asked, self._index, say)
        except (OSError, wire.NotSigned, KeyError, TypeError) as error:
            log.debug("Not answered: %r", error)
        finally:
            self._room.release()


def _answer(asked: dict[str, Any], index: OwnedIndex, say: Callable[[dict[str, Any]], None]) -> None:
    """Do what is asked in a thread of its own, and meanwhile say that it is being done."""
    ready = threading.Event()
    outcome: dict[str, Any] = {}
    steps: list[tuple[int, int]] = []

    def work() -> None:
        try:
            outcome["result"] = _done(asked, index, lambda done, total: steps.append((done, total)))
        except IndexClosed:
            outcome["closed"] = True
        except FootnoteError as error:
            outcome.update(error=type(error).__name__, text=str(error))
        except Exception as error:
            log.exception("A process that asked the vector index got no answer")
            outcome.update(error=FootnoteError.__name__, text=f"The vector index failed: {error!r}.")
        finally:
            ready.set()

    threading.Thread(target=work, name="footnote-answer", daemon=True).start()
    while not ready.wait(SECONDS_A_SIGN):
        say({"working": index.steps_taken, "steps": steps[-1:]})
    say(outcome)


def _done(asked: dict[str, Any], index: OwnedIndex, steps: Callable[[int, int], None]) -> Any:
    match asked["ask"]:
        case "nearest":
            vector = np.frombuffer(base64.b64decode(asked["vector"]), dtype="<f4")
            return index.nearest(vector, int(asked["limit"]))
        case "upsert":
            return index.upsert(asked["article_ids"])
        case "delete":
            return index.delete(asked["chunk_ids"])
        case "count":
            return index.count()
        case "rebuild":
            return index.rebuild(steps)
        case "lost":
            return index.lost(steps)
        case other:
            raise FootnoteError(
                f"The process that has the library open does not know {other!r}: it runs another version of Footnote. "
                "End it, then try again."
            )
