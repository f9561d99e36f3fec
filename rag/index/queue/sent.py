"""Files that were sent, kept where every worker can read them until they are added.

In the library's folder where it has one, else in its database, in pieces: so nothing else has to be shared.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from sqlalchemy import delete, insert, select

from rag.errors import UnreadableSource
from rag.index.catalog import Catalog
from rag.index.failures import explained
from rag.index.naming import plain_name
from rag.index.schema import sent_files as _sent

_PIECE = 1_000_000
"""Bytes."""
_SECONDS_ON_THE_WAY = 86_400
"""A file that no job knows of is left so long: its job may be about to begin."""
_GONE = "It was sent too long ago, and is not kept any more. Send it again."


class Sent(Protocol):
    """Keeps files, by ids of its own."""

    def keep(self, name: str, file: BinaryIO) -> str:
        """Keep a file; return its id."""

    def opened(self, sent: str, name: str) -> AbstractContextManager[Path]:
        """Give a file under its own name, as long as it is read. Raises `UnreadableSource` where it is kept no more."""

    def drop(self, sent: str) -> None:
        """Keep a file no longer."""

    def drop_all_but(self, wanted: Collection[str]) -> None:
        """Keep none but those, and those that have just come."""


class SentToFolder:
    """`Sent` into folders beside the library, each file in one of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, file: BinaryIO) -> str:
        """Keep a file; return its id."""
        sent = _new_id()
        with explained(self._folder.parent):
            place = self._folder / sent
            place.mkdir(parents=True)
            with (place / plain_name(name)).open("wb") as target:
                shutil.copyfileobj(file, target)
        return sent

    @contextmanager
    def opened(self, sent: str, name: str) -> Iterator[Path]:
        """Give a file under its own name. Raises `UnreadableSource` where it is kept no more."""
        place = self._folder / sent / plain_name(name)
        if not place.is_file():
            raise UnreadableSource(f"{name}: {_GONE}")
        yield place

    def drop(self, sent: str) -> None:
        """Keep a file no longer."""
        shutil.rmtree(self._folder / sent, ignore_errors=True)

    def drop_all_but(self, wanted: Collection[str]) -> None:
        """Keep none but those, and those that have just come."""
        for place in self._folder.iterdir() if self._folder.is_dir() else ():
            if place.name not in wanted and _is_old(place.name):
                self.drop(place.name)


class SentToCatalog:
    """`Sent` into the catalog's database."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def keep(self, name: str, file: BinaryIO) -> str:
        """Keep a file; return its id."""
        sent = _new_id()
        with self._catalog.begin() as connection:
            number = 0
            while (data := file.read(_PIECE)) or not number:
                connection.execute(insert(_sent).values(id=sent, piece=number, data=data))
                number += 1
        return sent

    @contextmanager
    def opened(self, sent: str, name: str) -> Iterator[Path]:
        """Give a file under its own name. Raises `UnreadableSource` where it is kept no more."""
        with tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True) as folder:
            place = Path(folder) / plain_name(name)
            with place.open("wb") as target:
                number = 0
                while (piece := self._piece(sent, number)) is not None:
                    target.write(piece)
                    number += 1
            if not number:
                raise UnreadableSource(f"{name}: {_GONE}")
            yield place

    def drop(self, sent: str) -> None:
        """Keep a file no longer."""
        with self._catalog.begin() as connection:
            connection.execute(delete(_sent).where(_sent.c.id == sent))

    def drop_all_but(self, wanted: Collection[str]) -> None:
        """Keep none but those, and those that have just come."""
        with self._catalog.begin() as connection:
            kept = [row.id for row in connection.execute(select(_sent.c.id).distinct())]
        for sent in kept:
            if sent not in wanted and _is_old(sent):
                self.drop(sent)

    def _piece(self, sent: str, number: int) -> bytes | None:
        with self._catalog.begin() as connection:
            return connection.scalar(select(_sent.c.data).where(_sent.c.id == sent, _sent.c.piece == number))


def _new_id() -> str:
    """Return an id that tells its age."""
    return f"{int(time.time())}-{secrets.token_hex(8)}"


def _is_old(sent: str) -> bool:
    came = sent.partition("-")[0]
    return not came.isdecimal() or time.time() - int(came) > _SECONDS_ON_THE_WAY
