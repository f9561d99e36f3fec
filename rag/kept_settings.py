"""Settings that the window changes: a file `settings.json` in the library's folder, lowest in rank but the defaults.

It can name a server that passages are sent to, and hold its key. So only its owner may read it, and it is heeded only
where it belongs to whoever runs Footnote: a folder that comes from somebody else must not say where articles are sent.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.errors import FootnoteError, InvalidSetting

KEPT = ("chat_model", "chat_base_url", "chat_api_key", "embedding_model", "passages", "reading_ms")
"""The settings that the window changes. Others in the file are passed over."""
_NAME = "settings.json"

_log = logging.getLogger(__name__)


def file_of(library: Path) -> Path:
    """Return the file in a library's folder."""
    return library.expanduser().absolute() / _NAME


def read(library: Path) -> dict[str, Any]:
    """Return the settings that are kept with a library; none where there is no file, or it is somebody else's.

    Raises `InvalidSetting` where the file cannot be read.
    """
    path = file_of(library)
    try:
        with path.open(encoding="utf-8") as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid not in (os.getuid(), 0):
                _log.warning("%s belongs to somebody else, and is not heeded.", path)
                return {}
            values = json.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InvalidSetting(
            f"{path} cannot be read ({error}). Mend it, or delete it for the settings' defaults."
        ) from error
    if not isinstance(values, dict):
        raise InvalidSetting(f"{path} holds no settings. Delete it for the settings' defaults.")
    return {name: value for name, value in values.items() if name in KEPT}


class Followed:
    """What other processes change of the settings that are kept with a library."""

    def __init__(self, library: Path) -> None:
        self._library = library
        self._stamp, self._known = _stamp(library), read(library)

    def changed(self) -> dict[str, Any]:
        """Return what was changed since this was asked last, None for what was taken back. Raises `InvalidSetting`."""
        stamp = _stamp(self._library)
        if stamp == self._stamp:
            return {}
        before, self._known, self._stamp = self._known, read(self._library), stamp
        return {name: self._known.get(name) for name in KEPT if self._known.get(name) != before.get(name)}


def _stamp(library: Path) -> tuple[int, ...] | None:
    """Return what is another when the file was written anew, which is always another file."""
    try:
        stat = file_of(library).stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def write(library: Path, changed: Mapping[str, Any]) -> None:
    """Keep settings, beside those that are kept already; None takes one back. All or nothing is written.

    Raises `FootnoteError` where the file cannot be written.
    """
    values = {**read(library), **changed}
    kept = {name: value for name, value in values.items() if value is not None}
    path = file_of(library)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made for the owner's eyes alone from the start (mode 600).
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{_NAME}")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(kept, file, indent=2)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FootnoteError(f"{path} cannot be written: {error.strerror}. Nothing was changed.") from error
