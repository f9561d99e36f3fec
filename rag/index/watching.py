"""Keeping a library matched to folders while they change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import FootnoteError
from rag.index.report import AddReport

if TYPE_CHECKING:
    from rag.index.library import Library

Told = Callable[[Path, AddReport | FootnoteError], object]
"""Called with a folder, and with what came of it when something did."""

_QUIET_MS = 500
"""A file that is being written changes many times; it is read when nothing more happens for so long."""
_PATIENCE_MS = 5_000
"""And at the latest after so long."""
_LOOK_MS = 2_000
_SECONDS_BETWEEN_LOOKS_AT_ALL = 600
"""Drives on a network do not tell of changes."""


def watch(library: Library, folders: Sequence[str | Path], told: Told, *, stop: threading.Event | None = None) -> None:
    """Sync folders, then each again whenever something in it changes, until `stop` is set.

    What goes wrong is told, and tried again when the folder changes or is there again.
    """
    stop = stop or threading.Event()
    watched = _Watched(library, [Path(folder).expanduser().resolve() for folder in folders], told)
    while not stop.is_set():
        watched.sync_all()
        present = watched.present()
        if not present:
            stop.wait(_LOOK_MS / 1000)
            continue
        _follow(watched, present, stop)


class _Watched:
    def __init__(self, library: Library, folders: Sequence[Path], told: Told) -> None:
        self._library = library
        self._folders = folders
        self._told = told
        self._said: dict[Path, str] = {}

    def present(self) -> list[Path]:
        return [folder for folder in self._folders if folder.is_dir()]

    def sync_all(self) -> None:
        for folder in self._folders:
            self.sync(folder)

    def sync(self, folder: Path) -> None:
        try:
            report = self._library.sync(folder)
        except (
            FootnoteError
        ) as error:  # the drive is not there, the disk is full, another process writes: the next change tries again
            self._say(folder, error, str(error))
        else:
            self._say(folder, report, "" if report.is_empty else str(report))

    def _say(self, folder: Path, what: AddReport | FootnoteError, words: str) -> None:
        """Tell what is news: a file that cannot be read, or a drive that is not there, is told of once."""
        if words and words != self._said.get(folder):
            self._told(folder, what)
        self._said[folder] = words


def _follow(watched: _Watched, present: list[Path], stop: threading.Event) -> None:
    """Sync what changes, until a folder comes or goes or all have to be looked at again."""
    import watchfiles

    since, begun = time.monotonic(), True
    for changes in watchfiles.watch(
        *present,
        watch_filter=None,
        debounce=_PATIENCE_MS,
        step=_QUIET_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
        stop_event=stop,
        ignore_permission_denied=True,
    ):
        for folder in present:
            # What changed before the watching began, nobody tells.
            if begun or any(Path(path).is_relative_to(folder) for _, path in changes):
                watched.sync(folder)
        begun = False
        if watched.present() != present or time.monotonic() - since > _SECONDS_BETWEEN_LOOKS_AT_ALL:
            return
