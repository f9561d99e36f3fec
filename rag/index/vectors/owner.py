"""One process owns a library's vector index at a time: the one that holds the lock on `owner.lock`.

The system lets go of that lock when the process ends, however it ends.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from pathlib import Path

import filelock

from rag.errors import FootnoteError, LibraryBusy
from rag.index.catalog import Catalog
from rag.index.vectors.card import Card, leave_card, own_card, read_card, take_card
from rag.index.vectors.owned import OwnedIndex
from rag.index.vectors.serving import Serving

log = logging.getLogger(__name__)

_LOCK = "owner.lock"


class Owner:
    """This process's hold on the index of one library, and what answers other processes meanwhile."""

    def __init__(self, folder: Path, lock: filelock.BaseFileLock) -> None:
        self.users = 1
        self._folder = folder
        self._lock = lock
        self._catalog = Catalog(folder / "catalog.sqlite3")
        self.index = OwnedIndex(folder, self._catalog)
        self._serving = Serving(self.index)
        card = own_card(self._serving.port)
        self._serving.start(card.secret)
        try:
            leave_card(folder, card)
        except BaseException:
            self._serving.close()
            self._catalog.close()
            raise

    def close(self) -> None:
        """Close the index cleanly and let another process have it."""
        self._serving.close()
        try:
            self.index.close()
        except FootnoteError as error:
            # It is marked as not closed, so the next owner makes it anew.
            log.warning("The vector index could not be closed: %s", error)
        finally:
            self._catalog.close()
            try:
                take_card(self._folder)
            except OSError as error:
                log.info("The card stays, and says nothing any more: %s", error)
            finally:
                self._lock.release()

    def outlive_fork(self) -> None:
        """In a forked child: leave everything to the parent."""
        self._serving.outlive_fork()
        self.index.outlive_fork()
        self._catalog.outlive_fork()


_owners: dict[Path, Owner] = {}
_inherited: list[Owner] = []
"""Those of the parent, in a forked child: kept, since freeing Chroma there waits for ever."""
_registering = threading.RLock()
_ending = False
_has_owned = False
_barred = False
"""In the forked child of an owner Chroma's native code waits for threads that only the parent has."""


def claim(folder: Path) -> Owner | None:
    """Return this process's hold on the index of the library `folder`, or None where another process has it.

    Each claim is given back with `give_back`. Raises `OSError` where the folder cannot be written to, and
    `LibraryBusy` in a forked child that would have to open Chroma itself.
    """
    global _has_owned
    with _registering:
        if _ending:
            raise FootnoteError("Python is ending: the library can no longer be asked.")
        owner = _owners.get(folder)
        if owner:
            owner.users += 1
            return owner
        lock = filelock.FileLock(folder / _LOCK, timeout=0, thread_local=False)
        try:
            lock.acquire()
        except filelock.Timeout:
            return None
        try:
            if _barred:
                raise LibraryBusy(
                    f"The library {folder} is open in no other process, and cannot be opened in this one: it was "
                    "forked by one that had it open. Start such processes anew (multiprocessing: 'spawn')."
                )
            _has_owned = True
            owner = _owners[folder] = Owner(folder, lock)
        except BaseException:
            lock.release()
            raise
        return owner


def holder(folder: Path) -> Card | None:
    """Return the card of the process that owns the index of the library `folder`; None where none does."""
    card = read_card(folder)
    if card is None or folder in _owners or not card.is_here:
        return card
    lock = filelock.FileLock(folder / _LOCK, timeout=0, thread_local=False)
    try:
        with lock:
            return None  # the card was left by one that was killed
    except (filelock.Timeout, OSError):
        return card


def give_back(folder: Path) -> None:
    """Undo one `claim`; with the last, the index is closed."""
    with _registering:
        owner = _owners.get(folder)
        if owner is None:
            return
        owner.users -= 1
        if not owner.users:
            del _owners[folder]
            owner.close()


@atexit.register
def _close_all() -> None:
    global _ending
    with _registering:
        _ending = True
        while _owners:
            _, owner = _owners.popitem()
            owner.close()


def _forget() -> None:
    global _registering, _barred
    _barred = _has_owned
    _registering = threading.RLock()
    for owner in _owners.values():
        owner.outlive_fork()
    _inherited.extend(_owners.values())
    _owners.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
