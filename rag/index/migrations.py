"""What turns the catalog of an older Footnote into today's, one version at a time."""

from __future__ import annotations

from sqlalchemy import Connection, text

MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: ("ALTER TABLE articles ADD COLUMN pages JSON",),
    2: ("CREATE INDEX articles_length ON articles(length(text))",),
}
"""By version: the SQL that makes the next version of it."""


def migrate(connection: Connection, version: int, wanted: int) -> None:
    """Bring the catalog from `version` to `wanted`, or mark a new one (version 0) as being it.

    All of it is one transaction, and only one process does it.
    """
    if version == wanted:
        return
    connection.execute(text("BEGIN IMMEDIATE"))
    version = int(connection.scalar(text("PRAGMA user_version")) or 0)  # another process may have been faster
    for old in range(version or wanted, wanted):
        for statement in MIGRATIONS.get(old, ()):
            connection.execute(text(statement))
    connection.execute(text(f"PRAGMA user_version = {max(version, wanted)}"))
