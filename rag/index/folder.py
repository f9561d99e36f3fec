"""The folder of a library: made where there is none, and changed by one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from rag.errors import LibraryBusy, LibraryUnusable
from rag.index.failures import explained

SECONDS_TO_WAIT_FOR_WRITER = 30
"""After which whoever wants to change a library is told that another process does."""


@contextmanager
def one_writer(lock: filelock.BaseFileLock, folder: Path) -> Iterator[None]:
    """Hold `lock`, which stands for changing the library `folder`. Raises `LibraryBusy`, and `LibraryUnusable`."""
    with explained(folder):
        try:
            lock.acquire(timeout=SECONDS_TO_WAIT_FOR_WRITER)
        except filelock.Timeout as error:
            raise writer_is_busy(str(folder)) from error
    try:
        yield
    finally:
        lock.release()


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
