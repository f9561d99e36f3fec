"""What turns the catalog of an older Footnote into today's, one version at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: ("ALTER TABLE articles ADD COLUMN pages JSON",),
    2: ("CREATE INDEX articles_length ON articles(length(text))",),
    3: (),  # conversations have tables of their own
    4: (),  # so has what a person changed, removed or thought of answers, and questions to try
    5: (),  # and tokens
    6: (),  # and accounts
    7: (),  # and long work that is to be done
}
"""By version: the SQL that makes the next version of it, as SQLite and PostgreSQL both take it.

Tables that are new are made as the schema has them, so only what changes the old ones stands here.

On PostgreSQL the first version was 2.
"""


def steps_to(wanted: int, version: int, migrations: Mapping[int, Sequence[str]]) -> Iterator[str]:
    """Yield the SQL that brings a catalog from `version` to `wanted`; none for a new one (version 0)."""
    for old in range(version or wanted, wanted):
        yield from migrations.get(old, ())
