"""One file that holds a whole library, and a library made of such a file again.

It is a ZIP file of the catalog and a manifest. The vectors for search are not in it: they are made from the catalog.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import secrets
import sqlite3
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rag import __version__
from rag.errors import FootnoteError, LibraryBusy, LibraryUnusable, UnusableBackup
from rag.index.catalog import Catalog
from rag.index.connecting import SECONDS_FOR_OTHERS
from rag.index.failures import explain
from rag.index.files import sync
from rag.index.schema import SCHEMA_VERSION, job_steps, jobs, sessions

_FORMAT = 1
_MANIFEST = "manifest.json"
_CATALOG = "catalog.sqlite3"
_LONGEST_MANIFEST = 100_000
_BYTES_AT_ONCE = 2**20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    footnote: str
    """Version of the Footnote that made it."""
    created: str
    """In UTC."""
    articles: int
    chunks: int
    embedder: str
    bytes: int
    """Size of the catalog."""
    sha256: str
    """Of the catalog."""


def write_backup(catalog: Path, file: Path) -> Manifest:
    """Write what `catalog` holds at this moment to `file`, beside it first; others may go on writing.

    Raises `FootnoteError` where it cannot be written, or where `file` is something else than a backup.
    """
    file = file.expanduser().absolute()
    if file.is_dir() or (file.exists() and not _is_backup(file)):
        raise FootnoteError(f"{file} is there already and is no backup of Footnote's. Give the backup another name.")
    if not file.parent.is_dir():
        raise FootnoteError(f"There is no folder {file.parent} to put the backup into.")
    for left_over in file.parent.glob(f".{glob.escape(file.name)}.*"):
        left_over.unlink(missing_ok=True)
    copy, packed = (file.with_name(f".{file.name}.{os.getpid()}.{ending}") for ending in ("sqlite3", "part"))
    with _told(file.parent), _removed(copy, packed):
        with closing(_connect(catalog)) as live, closing(sqlite3.connect(copy)) as copied:
            _copy(live, copied)
            copied.execute("PRAGMA journal_mode = DELETE")
            manifest = _describe(copied, copy)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
            archive.write(copy, _CATALOG)
            archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=1))
        sync(packed)
        packed.replace(file)
        sync(file.parent)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """Return what the backup `file` says of itself. Raises `UnusableBackup`."""
    with _opened(file) as archive:
        try:
            with archive.open(_MANIFEST) as stored:
                values = json.loads(stored.read(_LONGEST_MANIFEST))
            newer = int(values["format"]) > _FORMAT
            archive.getinfo(_CATALOG)
            manifest = None if newer else Manifest(**values)
        except (KeyError, TypeError, ValueError) as error:
            raise UnusableBackup(
                f"{file} is no backup of Footnote's: choose a file that `footnote backup` made."
            ) from error
    if manifest is None:
        raise UnusableBackup(f"{file} was made by a newer Footnote ({values.get('footnote')}). Install that version.")
    return manifest


def restore(file: Path, folder: Path, *, replace: bool = False) -> Manifest:
    """Put what the backup `file` holds into the library `folder`, after all of it was checked, in one step.

    The caller keeps others from writing. Raises `UnusableBackup`, and `LibraryUnusable` where the library holds
    articles and `replace` is not given; then nothing was changed.
    """
    manifest = read_manifest(file)
    live = folder / _CATALOG
    if not replace and (held := _held(live)):
        raise LibraryUnusable(
            f"The library {folder} holds {held}. --replace puts the backup in their place; or restore into another "
            "folder with --library."
        )
    for old in folder.glob("restoring-*"):
        old.unlink(missing_ok=True)
    unpacked = folder / f"restoring-{os.getpid()}.sqlite3"
    with _told(folder), _removed(unpacked):
        _unpack(file, manifest, unpacked)
        _check(file, manifest, unpacked)
        with closing(Catalog(unpacked)) as catalog:  # brings an older one up to date
            catalog.set_all_indexed()
            catalog.set_facts(vectors=secrets.token_hex(8))  # Chroma's are out of date from here on
            # Who was signed in then may have been signed out since; what was to be done then is not to be done now.
            with catalog.begin() as connection:
                for table in (sessions, job_steps, jobs):
                    connection.execute(table.delete())
        _put(unpacked, live)
    return manifest


def _put(unpacked: Path, live: Path) -> None:
    """Write one catalog over another in one transaction: who has it open sees the old one, then the new one."""
    try:
        with closing(_connect(unpacked)) as new, closing(sqlite3.connect(live)) as old:
            old.execute("PRAGMA journal_mode = WAL")
            _copy(new, old)
    except sqlite3.DatabaseError as error:
        if not any(sign in str(error) for sign in ("not a database", "malformed")):
            raise
        # It cannot even be opened, so nobody has it open.
        for path in (live, *live.parent.glob(f"{_CATALOG}-*")):
            path.replace(path.with_name(path.name.replace("catalog", "catalog-damaged", 1)))
        unpacked.replace(live)
        sync(live.parent)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    end = time.monotonic() + SECONDS_FOR_OTHERS

    def waited(status: int, _remaining: int, _total: int) -> None:
        if status not in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE) and time.monotonic() > end:
            raise LibraryBusy("Another process holds the catalog. Wait until it is done, then try again.")

    source.backup(target, progress=waited)


def _connect(catalog: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{catalog.as_uri()}?mode=ro", uri=True, timeout=SECONDS_FOR_OTHERS)


def _describe(copied: sqlite3.Connection, copy: Path) -> Manifest:
    known = dict(copied.execute("SELECT name, value FROM facts").fetchall())
    return Manifest(
        format=_FORMAT,
        footnote=__version__,
        created=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        articles=_count(copied, "articles"),
        chunks=_count(copied, "chunks"),
        embedder=known.get("embedder_name", ""),
        bytes=copy.stat().st_size,
        sha256=_sha256(copy),
    )


def _unpack(file: Path, manifest: Manifest, unpacked: Path) -> None:
    left = manifest.bytes
    with _opened(file) as archive, archive.open(_CATALOG) as stored, unpacked.open("wb") as target:
        try:
            while part := stored.read(_BYTES_AT_ONCE):
                left -= len(part)
                if left < 0:
                    raise _damaged(file)
                target.write(part)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise _damaged(file) from error
    if left or _sha256(unpacked) != manifest.sha256:
        raise _damaged(file)


def _check(file: Path, manifest: Manifest, unpacked: Path) -> None:
    try:
        with closing(_connect(unpacked)) as catalog:
            version = catalog.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise UnusableBackup(
                    f"{file} was made by a newer Footnote ({manifest.footnote}). Install that version."
                )
            found = catalog.execute("PRAGMA integrity_check(1)").fetchone()[0]
            counts = _count(catalog, "articles"), _count(catalog, "chunks")
    except sqlite3.DatabaseError as error:
        raise _damaged(file) from error
    if found != "ok" or counts != (manifest.articles, manifest.chunks):
        raise _damaged(file)


def _held(live: Path) -> str:
    """Return what would be lost, in a word; nothing where nothing would."""
    if not live.exists():
        return ""
    try:
        with closing(_connect(live)) as catalog:
            tables = {row[0] for row in catalog.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return next(
                (
                    name
                    for name in ("articles", "conversations", "accounts")
                    if name in tables and _count(catalog, name)
                ),
                "",
            )
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return "articles"  # damaged: it may have held some


def _count(catalog: sqlite3.Connection, table: str) -> int:
    return int(catalog.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _is_backup(file: Path) -> bool:
    try:
        read_manifest(file)
    except UnusableBackup:
        return False
    return True


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except FileNotFoundError as error:
        raise UnusableBackup(f"There is no file {file}.") from error
    except (zipfile.BadZipFile, OSError) as error:
        raise UnusableBackup(
            f"{file} is no backup of Footnote's, or is cut off ({error}): choose a file that `footnote backup` made."
        ) from error
    with archive:
        yield archive


def _damaged(file: Path) -> UnusableBackup:
    return UnusableBackup(f"The backup {file} is damaged: it does not hold what it says. Use another one.")


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        meaning = explain(error, folder)
        raise meaning or FootnoteError(f"Nothing can be written to {folder}: {error}.") from error


@contextmanager
def _removed(*paths: Path) -> Iterator[None]:
    """Remove the files, and what SQLite puts beside them, whatever happens."""
    try:
        yield
    finally:
        for path in paths:
            for each in (path, *path.parent.glob(f"{path.name}-*")):
                each.unlink(missing_ok=True)
