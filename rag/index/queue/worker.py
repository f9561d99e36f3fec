"""What does the steps of the queue: a thread of each process that serves a library, one step after the other."""

from __future__ import annotations

import logging
import os
import platform
import secrets
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from rag.errors import FootnoteError, LibraryBusy, LibraryUnusable
from rag.index.library import Library
from rag.index.queue.doing import do
from rag.index.queue.jobs import Outcome, failed
from rag.index.queue.queue import MOST_TRIES, Claim, Queue

_log = logging.getLogger(__name__)

UNEXPECTED = "Something went wrong; the log says what. Trying again may help."
_SECONDS_BETWEEN_LOOKS = 1.0
"""At a queue that others may have put something into."""
_SECONDS_BETWEEN_SIGNS = 2.5
"""Of life; sooner where there is progress to tell."""
_SECONDS_BETWEEN_STEPS_TOLD = 0.4
_SECONDS_TO_TRY_AGAIN = 3.0
_SECONDS_HINDERED_AT_MOST = 600.0
"""After which a step that another process, or a server that is away, hinders is given up. It can be tried again."""
_SECONDS_BETWEEN_CLEANINGS = 3600.0
_HINDRANCES = (LibraryBusy, LibraryUnusable, SQLAlchemyError, ConnectionError, TimeoutError)

_T = TypeVar("_T")


class Worker:
    """Does what is in the queue of a library, once it is started."""

    def __init__(self, library: Library) -> None:
        self._of = weakref.ref(library)  # a library that nobody has any more is not worked for
        self._queue: Queue = library.queue
        self.name = f"{platform.node()} {os.getpid()} {secrets.token_hex(4)}"
        self._lock = threading.Lock()
        self._woken = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._cleaned = -_SECONDS_BETWEEN_CLEANINGS

    def start(self) -> None:
        """Begin, or look at the queue at once where that was done before."""
        with self._lock:
            if self._thread is None and not self._ended.is_set():
                # A daemon, so that the process ends at once. What a kill leaves half done, the library finishes.
                self._thread = threading.Thread(target=self._work, name="worker", daemon=True)
                self._thread.start()
        self._woken.set()

    def end(self) -> None:
        """Do no further step. One that is under way is left to others, who do it again."""
        self._ended.set()
        self._woken.set()
        if self._thread:
            with suppress(FootnoteError, SQLAlchemyError):
                self._queue.release(self.name)

    def _work(self) -> None:
        while not self._ended.is_set():
            self._woken.clear()
            try:
                claim = self._queue.claim(self.name)
            except (FootnoteError, SQLAlchemyError, OSError) as error:  # a server is away; it may come back
                _log.debug("The queue cannot be looked at: %s", error)
                claim = None
            library = self._of()
            if library is None:
                return
            if claim:
                self._do(library, claim)
            else:
                self._clean(library)
                del library
                self._woken.wait(_SECONDS_BETWEEN_LOOKS)

    def _do(self, library: Library, claim: Claim) -> None:
        if claim.tries > MOST_TRIES:
            self._told(lambda: self._queue.lose(claim))
            return
        with _Signs(self._queue, claim) as signs:
            try:
                outcome = do(library, claim.step, signs.show)
            except _HINDRANCES as error:
                why = str(error) if isinstance(error, FootnoteError) else UNEXPECTED
                if claim.hindered < _SECONDS_HINDERED_AT_MOST:
                    _log.warning("A step of the queue waits: %s", why)
                    self._told(lambda: self._queue.put_back(claim, _SECONDS_TO_TRY_AGAIN, why))
                    return
                outcome = failed(claim.step, why)
            except FootnoteError as error:
                outcome = failed(claim.step, str(error))
            except Exception:  # noqa: BLE001 - whatever fails, the person gets a sentence and the log the trace
                _log.exception("A step could not be done.")
                outcome = failed(claim.step, UNEXPECTED)
            self._finish(claim, outcome)

    def _finish(self, claim: Claim, outcome: Outcome) -> None:
        if self._told(lambda: self._queue.finish(claim, outcome)) is False:
            _log.warning("A step was done that another worker has taken over meanwhile.")

    def _told(self, tell: Callable[[], _T]) -> _T | None:
        """Tell the queue something, as soon as it can be told."""
        while not self._ended.is_set():
            try:
                return tell()
            except (FootnoteError, SQLAlchemyError, OSError) as error:
                _log.debug("The queue cannot be told: %s", error)
                self._ended.wait(_SECONDS_BETWEEN_LOOKS)
        return None

    def _clean(self, library: Library) -> None:
        """Drop files that were sent, and that no job knows of."""
        if time.monotonic() - self._cleaned < _SECONDS_BETWEEN_CLEANINGS:
            return
        self._cleaned = time.monotonic()
        with suppress(FootnoteError, SQLAlchemyError, OSError):
            library.sent.drop_all_but({str(given["sent"]) for given in self._queue.given() if "sent" in given})


class _Signs:
    """Tells the queue, from a thread of its own, that a step is being done, and how far it is."""

    def __init__(self, queue: Queue, claim: Claim) -> None:
        self._queue, self._claim = queue, claim
        self._part, self._now = (0, 0), ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="signs of life", daemon=True)

    def show(self, done: int, total: int, what: str) -> None:
        """Take note of how far it is: a `Progress`. Nothing is told from here, where a change may be under way."""
        self._part, self._now = (done, total), what or self._now

    def __enter__(self) -> _Signs:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _tell(self) -> None:
        told, when = ((0, 0), ""), time.monotonic()
        while not self._over.wait(_SECONDS_BETWEEN_STEPS_TOLD):
            known = self._part, self._now
            if known == told and time.monotonic() - when < _SECONDS_BETWEEN_SIGNS:
                continue
            with suppress(FootnoteError, SQLAlchemyError, OSError):
                if not self._queue.live(self._claim, *known):
                    return  # another has it
                told, when = known, time.monotonic()
