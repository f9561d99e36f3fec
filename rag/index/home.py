"""Where a library lives: in a folder, or on two servers. All that this decides, and nothing else asks which it is."""

from __future__ import annotations

import platform
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import FootnoteError, InvalidSetting
from rag.index import backup
from rag.index.backup import Manifest
from rag.index.catalog import Catalog
from rag.index.databases.address import parse_address
from rag.index.databases.postgres import PostgreSQL
from rag.index.folder import WriteLock, made_folder
from rag.index.vectors import owner
from rag.index.vectors.index import VectorIndex
from rag.index.vectors.remote import RemoteIndex, Writing, parse_url
from rag.index.vectors.shared import SharedIndex
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.index.queue.sent import Sent

_CATALOG = "catalog.sqlite3"
_OWN = "accounts"
_SENT = "sent"


class OpenIndex(VectorIndex, Protocol):
    """A vector index as a library has it open."""

    def chroma(self) -> Any:
        """Return the collection of Chroma's, for reading. Raises `LibraryBusy` where only another process has it."""

    def close(self) -> None:
        """Let go of it."""

    def outlive_fork(self) -> None:
        """In a forked child: leave to the parent what is the parent's."""


class Home(Protocol):
    """A place for one library."""

    folder: Path
    name: str
    """What a person calls it: the folder, or the address of its catalog without a password."""
    machine: str
    """The name of this machine among those that share it; "" where it is all on this one."""

    def catalog(self) -> Catalog:
        """Open the catalog, which is made where there is none."""

    def vectors(self, catalog: Catalog, writing: Writing) -> OpenIndex:
        """Return the vector index; it is opened when it is first used. `writing` is for changing the library."""

    def one_writer(self) -> AbstractContextManager[None]:
        """Be the one process that changes the library. Raises `LibraryBusy`."""

    def size(self) -> int:
        """Return how many bytes it takes."""

    def open_in(self) -> str:
        """Return the process that has the vector index for itself; nothing where none has."""

    def own(self, account_id: str) -> Path:
        """Return the folder of the library that is an account's alone."""

    def backup(self, file: Path) -> Manifest:
        """Write all of it to a file."""

    def restore(self, file: Path, *, replace: bool) -> Manifest:
        """Put what a backup holds in its place."""

    def sent(self, catalog: Catalog) -> Sent:
        """Return where files that were sent are kept until they are added."""

    def outlive_fork(self) -> None:
        """In a forked child: hold nothing that the parent holds."""


def home_of(settings: Settings, path: str | Path | None = None) -> Home:
    """Return the home in the folder `path`, or the one that the settings name. Raises `InvalidSetting`."""
    catalog, chroma = settings.catalog_url.get_secret_value(), settings.chroma_url.get_secret_value()
    if path is None and (catalog or chroma):
        return ServerHome(catalog, chroma, Path(settings.library))
    return FolderHome(Path(path or settings.library).expanduser().absolute())


class FolderHome:
    """A folder: a catalog of SQLite's, and Chroma within whichever process has it open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)
        self.machine = ""
        self.outlive_fork()

    def catalog(self) -> Catalog:
        """Open the catalog, which is made where there is none."""
        return Catalog(made_folder(self.folder) / _CATALOG)

    def vectors(self, catalog: Catalog, writing: Writing) -> OpenIndex:
        """Return the vector index; it is opened when it is first used."""
        return SharedIndex(catalog, self.folder)

    def one_writer(self) -> AbstractContextManager[None]:
        """Be the one process that changes the library. Raises `LibraryBusy`."""
        return self._lock.held()

    def size(self) -> int:
        """Return how many bytes are in the folder."""
        return sum(map(_size, self.folder.rglob("*")))

    def open_in(self) -> str:
        """Return the process that has the vector index for itself; nothing where none has."""
        return str(owner.holder(self.folder) or "")

    def own(self, account_id: str) -> Path:
        """Return the folder of the library that is an account's alone."""
        return self.folder / _OWN / account_id

    def backup(self, file: Path) -> Manifest:
        """Write all of it to a file."""
        return backup.write_backup(self.folder / _CATALOG, file)

    def restore(self, file: Path, *, replace: bool) -> Manifest:
        """Put what a backup holds in its place."""
        made_folder(self.folder)
        with self.one_writer():
            return backup.restore(file.expanduser(), self.folder, replace=replace)

    def sent(self, catalog: Catalog) -> Sent:
        """Return where files that were sent are kept until they are added: in this folder."""
        from rag.index.queue.sent import SentToFolder

        return SentToFolder(self.folder / _SENT)

    def outlive_fork(self) -> None:
        """In a forked child: hold nothing that the parent holds."""
        self._lock = WriteLock(self.folder)


class ServerHome:
    """A database of a PostgreSQL server, and a Chroma server. Any number of processes and machines share them."""

    def __init__(self, catalog_url: str, chroma_url: str, folder: Path) -> None:
        if not (catalog_url and chroma_url):
            raise InvalidSetting(
                "A library on servers takes both FOOTNOTE_CATALOG_URL and FOOTNOTE_CHROMA_URL: articles in PostgreSQL, "
                f"their vectors in Chroma. FOOTNOTE_{'CHROMA' if catalog_url else 'CATALOG'}_URL is not set."
            )
        self.folder = folder
        """Nothing is put there."""
        parse_url(chroma_url)
        self._chroma_url = chroma_url
        self._database = PostgreSQL(parse_address(catalog_url))
        self.name = self._database.library
        self.machine = platform.node()

    def catalog(self) -> Catalog:
        """Open the catalog, which is made where there is none."""
        return Catalog(self._database)

    def vectors(self, catalog: Catalog, writing: Writing) -> OpenIndex:
        """Return the vector index; nothing is asked of its server before it is used."""
        return RemoteIndex(catalog, self._chroma_url, self._database.identity(), writing)

    def one_writer(self) -> AbstractContextManager[None]:
        """Be the one process that changes the library. Raises `LibraryBusy`."""
        return self._database.one_writer()

    def size(self) -> int:
        """Return how many bytes the database takes."""
        return self._database.size()

    def open_in(self) -> str:
        """Return nothing: nobody has it for themselves."""
        return ""

    def own(self, account_id: str) -> Path:
        """Refuse: there all share one."""
        raise FootnoteError(
            f"The library {self.name} is on servers, where all accounts share it. Libraries of their own are folders: "
            "serve them from a library in a folder (--library FOLDER)."
        )

    def backup(self, file: Path) -> Manifest:
        """Refuse: the server's own tools do that."""
        raise FootnoteError(
            f"The library {self.name} is backed up by PostgreSQL's own tools: pg_dump --format=custom --file={file}, "
            "with the address in FOOTNOTE_CATALOG_URL. Chroma's vectors need no backup: they are made from the catalog."
        )

    def restore(self, file: Path, *, replace: bool) -> Manifest:
        """Refuse: the server's own tools do that."""
        raise FootnoteError(
            f"The library {self.name} is restored by PostgreSQL's own tools: pg_restore, into an empty database. "
            "What `footnote backup` wrote goes into a folder: --library FOLDER."
        )

    def sent(self, catalog: Catalog) -> Sent:
        """Return where files that were sent are kept until they are added: in the database."""
        from rag.index.queue.sent import SentToCatalog

        return SentToCatalog(catalog)

    def outlive_fork(self) -> None:
        """In a forked child: hold nothing that the parent holds."""
        self._database.outlive_fork()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size if file.is_file() else 0
    except FileNotFoundError:  # SQLite and Chroma take their own files away at any time
        return 0
