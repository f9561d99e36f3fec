"""What a failing disk, folder or database means, in words for a person."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from rag.errors import DiskFull, FootnoteError, LibraryBusy, LibraryUnusable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_ROOM = 2_000_000
"""Bytes that a small change takes at most."""
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Raise what the system and the database raise about `folder` as a `FootnoteError`, where its meaning is known."""
    try:
        yield
    except (OSError, DatabaseError) as error:
        meaning = explain(error, folder)
        if meaning is None:
            raise
        raise meaning from error


def explain(error: BaseException, folder: Path) -> FootnoteError | None:
    """Return what an error of the system or of the catalog means for the library in `folder`; None if unknown."""
    said = _Said(error)
    if said.means("database is locked", "table is locked"):
        return LibraryBusy(
            f"Another process has held the catalog of {folder} for too long. Wait until it is done, then try again; "
            "`footnote status` names the process that has the library open."
        )
    if said.means("malformed", "file is not a database"):
        return LibraryUnusable(
            f"The catalog in {folder} is damaged and cannot be opened. Restore it from a backup (`footnote restore "
            "FILE --replace`), or move the folder away and add the articles again."
        )
    return explain_disk(error, folder)


def explain_disk(error: BaseException, folder: Path) -> FootnoteError | None:
    """Return what an error means for the library in `folder` that comes from its disk; None where it does not.

    Errors of Chroma are told by their words: they carry the system's number in nothing else.
    """
    said = _Said(error)
    failed = said.means("disk i/o error", numbers={errno.EIO})
    if said.means("disk is full", "no space left", "quota exceeded", numbers=_FULL) or (failed and has_no_room(folder)):
        return DiskFull(
            f"The disk is full: {folder} cannot be written to. What was complete before is kept. Free some space, "
            "then do the same again."
        )
    if said.means("readonly database", "read-only file system", "permission denied", numbers=_REFUSED):
        return LibraryUnusable(
            f"The library {folder} cannot be written to: {getattr(error, 'strerror', None) or 'permission denied'}. "
            "Make the folder and the files in it writable, or choose another with --library or FOOTNOTE_LIBRARY."
        )
    if failed:
        return LibraryUnusable(
            f"The disk failed while {folder} was read or written. Look at the disk first; then `footnote status "
            "--check` says whether the library is whole."
        )
    return None


def has_no_room(folder: Path) -> bool:
    """Say whether the disk is as good as full. SQLite and Chroma do not always say that this is why they failed."""
    try:
        return shutil.disk_usage(folder).free < _ROOM
    except OSError:
        return False


class _Said:
    def __init__(self, error: BaseException) -> None:
        self._number = getattr(error, "errno", None)
        self._words = str(error).casefold()

    def means(self, *signs: str, numbers: set[int] | None = None) -> bool:
        return self._number in (numbers or ()) or any(sign in self._words for sign in signs)
