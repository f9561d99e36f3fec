"""A catalog in a file of SQLite's."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine, func, text

from rag.errors import FootnoteError, LibraryUnusable
from rag.index.connecting import connected, may_write
from rag.index.databases.fts5 import FTS5
from rag.index.migrations import MIGRATIONS, steps_to
from rag.index.schema import SCHEMA_VERSION, metadata

# All that lists and filters ask for, so that no text is read to look past it.
_LISTED = (
    text("DROP INDEX IF EXISTS articles_filtered_by"),
    text(
        "CREATE INDEX IF NOT EXISTS articles_listed ON articles"
        "(source, title, author, published, language, tags, added, updated, id)"
    ),
)


class SQLite:
    """A `Database` that is the file `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.library = str(path.parent)
        self.catalog = str(path)
        self.full_text = FTS5()

    def refusal(self) -> FootnoteError | None:
        """Return why nothing can be changed; None where it can."""
        if may_write(self._path):
            return None
        return LibraryUnusable(
            f"The library {self.library} can only be read. Make the folder and the files in it writable, or choose "
            "another with --library or FOOTNOTE_LIBRARY."
        )

    def connect(self, *, writable: bool) -> Engine:
        """Return what connects to the file, whose errors say what they mean."""
        return connected(self._path, writable=writable)

    def version(self, connection: Connection) -> int:
        """Return the version of the schema; 0 where there is none yet."""
        return int(connection.scalar(text("PRAGMA user_version")) or 0)

    def make_current(self, connection: Connection, version: int) -> None:
        """Bring the schema from `version` to today's, or make it. All of it is one transaction."""
        if version != SCHEMA_VERSION:
            connection.execute(text("BEGIN IMMEDIATE"))
            version = self.version(connection)  # another process may have been faster
            for statement in steps_to(SCHEMA_VERSION, version, MIGRATIONS):
                connection.execute(text(statement))
            connection.execute(text(f"PRAGMA user_version = {max(version, SCHEMA_VERSION)}"))
        metadata.create_all(connection)
        self.full_text.make(connection)
        for index in _LISTED:
            connection.execute(index)

    def folded(self, words: ColumnElement[str]) -> ColumnElement[str]:
        """Return the words without case and accents, as `rag.text.folded` has them."""
        return func.footnote_folded(words)

    def snapshot(self, connection: Connection) -> None:
        """Let all that `connection` reads from here on be as it is at one moment."""
        connection.execute(text("BEGIN"))

    def now(self, connection: Connection) -> float:
        """Return what time it is, in seconds: all who have the file open are on one machine."""
        return time.time()

    def damage(self, connection: Connection) -> list[str]:
        """Return what SQLite finds wrong with the file, and chunks without an article."""
        found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(20)")) if row[0] != "ok"]
        return found + [f"{row[0]} without {row[2]}" for row in connection.execute(text("PRAGMA foreign_key_check"))]

    def rebuild_indexes(self, connection: Connection) -> None:
        """Make SQLite's own indexes anew, which stand beside the rows and can differ from them."""
        connection.execute(text("REINDEX"))
