"""The audit log: who did what, to what, when and from where. No words of a question or an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from rag.index.accounts.account import Actor, now
from rag.index.catalog import Catalog
from rag.index.schema import audit as _audit
from rag.text import clean_text, one_line, shorten

KEPT = timedelta(days=400)
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done."""

    id: int
    at: datetime
    """In UTC."""
    who: str
    """The name of the account then; "" where it is nobody's."""
    action: str
    what: str
    """What it was done to: names, ids, sources."""
    address: str


class Audit:
    """The audit log of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def note(self, actor: Actor, action: str, what: str = "") -> None:
        """Write down what somebody did; let go of what is older than `KEPT`."""
        what = shorten(one_line(clean_text(what[: 4 * _LONGEST])), _LONGEST)
        values = {"at": now(), "who": actor.name, "account_id": actor.account_id, "address": actor.address[:100]}
        with self._catalog.begin() as connection:
            connection.execute(insert(_audit).values(**values, action=action, what=what))
            connection.execute(delete(_audit).where(_audit.c.at < now() - KEPT))

    def list(self, *, since: datetime | None = None, before: int | None = None, most: int = 100) -> Sequence[Entry]:
        """Return what was done, the latest first: since a time, before the entry of that id, `most` at most."""
        query = select(_audit).order_by(_audit.c.id.desc()).limit(most)
        if since is not None:
            query = query.where(_audit.c.at >= since)
        if before is not None:
            query = query.where(_audit.c.id < before)
        with self._catalog.begin() as connection:
            rows = connection.execute(query).all()
        return [Entry(row.id, row.at, row.who, row.action, row.what, row.address) for row in rows]
