"""Keeping a library matched to folders and feeds while they change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import FootnoteError
from rag.index.report import AddReport
from rag.ingest.urls import is_url

if TYPE_CHECKING:
    from rag.index.library import Library

Told = Callable[[str | Path, AddReport | FootnoteError], object]
"""Called with a folder or an address, and with what came of it when something did."""

_QUIET_MS = 500
"""A file that is being written changes many times; it is read when nothing more happens for so long."""
_PATIENCE_MS = 5_000
"""And at the latest after so long."""
_LOOK_MS = 2_000
_SECONDS_BETWEEN_LOOKS_AT_ALL = 600
"""Drives on a network do not tell of changes."""
_SECONDS_BETWEEN_VISITS = 3600
_SECONDS_WITHOUT_FOLDERS = 5


def watch(library: Library, places: Sequence[str | Path], told: Told, *, stop: threading.Event | None = None) -> None:
    """Sync folders and addresses, then each folder again whenever something in it changes, until `stop` is set.

    Addresses are asked once an hour. What goes wrong is told, and tried again at the next change.
    """
    stop = stop or threading.Event()
    watched = _Watched(library, places, told)
    while not stop.is_set():
        watched.sync_all()
        present = watched.present()
        if not present:
            stop.wait(_SECONDS_WITHOUT_FOLDERS)
            continue
        _follow(watched, present, stop)


class _Watched:
    def __init__(self, library: Library, places: Sequence[str | Path], told: Told) -> None:
        self._library = library
        self._folders = [Path(place).expanduser().resolve() for place in places if not is_url(place)]
        self._addresses = [str(place) for place in places if is_url(place)]
        self._told = told
        self._said: dict[str | Path, str] = {}
        self._asked: float | None = None

    def present(self) -> list[Path]:
        return [folder for folder in self._folders if folder.is_dir()]

    def sync_all(self) -> None:
        for folder in self._folders:
            self.sync(folder)
        self.ask()

    def ask(self) -> None:
        """Sync the addresses, if that was long ago."""
        if self._asked is None or time.monotonic() - self._asked > _SECONDS_BETWEEN_VISITS:
            self._asked = time.monotonic()
            for address in self._addresses:
                self.sync(address)

    def sync(self, place: str | Path) -> None:
        try:
            report = self._library.sync(place)
        except FootnoteError as error:  # a drive is not there, the disk is full, another process writes
            self._say(place, error, str(error))
        else:
            self._say(place, report, "" if report.is_empty else str(report))

    def _say(self, place: str | Path, what: AddReport | FootnoteError, words: str) -> None:
        """Tell what is news: a file that cannot be read, or a drive that is not there, is told of once."""
        if words and words != self._said.get(place):
            self._told(place, what)
        self._said[place] = words


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
        watched.ask()
        if watched.present() != present or time.monotonic() - since > _SECONDS_BETWEEN_LOOKS_AT_ALL:
            return
