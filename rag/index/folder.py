"""The folder of a library: made where there is none, and changed by one process at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from rag.errors import LibraryBusy, LibraryUnusable
from rag.index.failures import explained

SECONDS_TO_WAIT_FOR_WRITER = 30
"""After which whoever wants to change a library is told that another process does."""


class WriteLock:
    """Stands for changing the library in `folder`. Who waits for it is the next to have it.

    The system's locks know no order, and who waits looks now and then only: without a place in the line, a process that
    makes one change after the other would keep all others out.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = filelock.FileLock(folder / "write.lock")
        self._next = filelock.FileLock(folder / "write-next.lock")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the one writer. Raises `LibraryBusy`, and `LibraryUnusable`."""
        with explained(self._folder):
            try:
                self._acquire()
            except filelock.Timeout as error:
                raise writer_is_busy(str(self._folder)) from error
        try:
            yield
        finally:
            self._lock.release()

    def _acquire(self) -> None:
        if self._lock.is_locked:  # by this thread, and then nobody else is waited for
            self._lock.acquire()
            return
        ends = time.monotonic() + SECONDS_TO_WAIT_FOR_WRITER
        with self._next.acquire(timeout=SECONDS_TO_WAIT_FOR_WRITER):
            self._lock.acquire(timeout=max(0.0, ends - time.monotonic()))


def writer_is_busy(library: str) -> LibraryBusy:
    """Return the error for a library that another process has been changing for too long."""
    return LibraryBusy(
        f"Another process has been changing the library {library} for over {SECONDS_TO_WAIT_FOR_WRITER} seconds. Wait "
        "until it is done, then try again."
    )


def made_folder(folder: Path) -> Path:
    """Return the folder, made where there is none. Raises `LibraryUnusable`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryUnusable(
            f"The folder {folder} cannot be made: {error.strerror}. Choose another with --library or FOOTNOTE_LIBRARY."
        ) from error
    return folder
