"""Sessions: for how long somebody who has signed in need not do so again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, or_, select, update

from rag.errors import FootnoteError
from rag.index.accounts.account import Account, account_of, now
from rag.index.catalog import Catalog
from rag.index.schema import accounts as _accounts
from rag.index.schema import sessions as _sessions
from rag.index.secret import digest_of, new_secret

_log = logging.getLogger(__name__)

_SEEN_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """What is known of a session; its secret is known to the browser only."""

    made: datetime
    seen: datetime
    """To the minute."""


class Sessions:
    """The sessions of one catalog. They end after `idle` without a request, and after `longest` however that may be."""

    def __init__(self, catalog: Catalog, *, idle: timedelta, longest: timedelta) -> None:
        self._catalog, self._idle, self._longest = catalog, idle, longest

    def begin(self, account: Account) -> str:
        """Begin a session and return its secret, 256 random bits as text; let go of those that are over."""
        secret, time = new_secret(), now()
        with self._catalog.begin() as connection:
            over = or_(_sessions.c.seen < time - self._idle, _sessions.c.made < time - self._longest)
            connection.execute(delete(_sessions).where(over))
            values = {"digest": digest_of(secret), "account_id": account.id, "made": time, "seen": time}
            connection.execute(_sessions.insert().values(**values))
        return secret

    def find(self, secret: str) -> Account | None:
        """Return whose session it is; None where there is none, it is over, or the account is disabled."""
        if not secret:
            return None
        digest, time = digest_of(secret), now()
        query = (
            select(_accounts, _sessions.c.seen)
            .join(_sessions, _sessions.c.account_id == _accounts.c.id)
            .where(
                _sessions.c.digest == digest,
                _accounts.c.disabled.is_(None),
                _sessions.c.seen >= time - self._idle,
                _sessions.c.made >= time - self._longest,
            )
        )
        with self._catalog.begin() as connection:
            row = connection.execute(query).one_or_none()
        if row and time - row.seen >= _SEEN_NOTED_EVERY and not self._catalog.refusal:
            try:
                with self._catalog.begin() as connection:
                    connection.execute(update(_sessions).where(_sessions.c.digest == digest).values(seen=time))
            except FootnoteError:  # the disk is full: whoever has signed in may go on
                _log.warning("It could not be noted that a session was used.", exc_info=True)
        return account_of(row) if row else None

    def of(self, account_id: str) -> Sequence[Session]:
        """Return the sessions of an account that are not over, the latest first."""
        time, mine = now(), _sessions.c.account_id == account_id
        live = and_(mine, _sessions.c.seen >= time - self._idle, _sessions.c.made >= time - self._longest)
        with self._catalog.begin() as connection:
            rows = connection.execute(select(_sessions).where(live).order_by(_sessions.c.seen.desc())).all()
        return [Session(row.made, row.seen) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how many sessions each account has that are not over."""
        time = now()
        live = and_(_sessions.c.seen >= time - self._idle, _sessions.c.made >= time - self._longest)
        query = select(_sessions.c.account_id, func.count()).where(live).group_by(_sessions.c.account_id)
        with self._catalog.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def end(self, secret: str) -> None:
        """End a session."""
        with self._catalog.begin() as connection:
            connection.execute(delete(_sessions).where(_sessions.c.digest == digest_of(secret)))

    def end_all(self, account_id: str) -> int:
        """End all sessions of an account; return how many there were."""
        with self._catalog.begin() as connection:
            return connection.execute(delete(_sessions).where(_sessions.c.account_id == account_id)).rowcount
