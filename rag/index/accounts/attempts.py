"""How often signing in failed, by account and by address, and how long the next try has to wait.

Counted in the database, so that it holds over several processes and a restart. A try is counted before its password is
looked at, so that many at once are no way around it; what succeeds is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network

from sqlalchemy import Connection, DateTime, bindparam, case, delete, select, text, update

from rag.errors import TooManyAttempts
from rag.index.accounts.account import now
from rag.index.catalog import Catalog
from rag.index.schema import attempts as _attempts
from rag.text import clean_text, folded, one_line

FREE_BY_ACCOUNT, FREE_BY_ADDRESS = 5, 20
"""Failures after which there is a wait. Behind one address there may be an office."""
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=1)
"""After so long without a failure all is as if there had been none."""
_EPOCH = datetime(2000, 1, 1)
_BEGIN = text(
    "INSERT INTO attempts (key, failures, last, until) VALUES (:key, 0, :last, :until) ON CONFLICT (key) DO NOTHING"
).bindparams(bindparam("last", type_=DateTime), bindparam("until", type_=DateTime))


class Attempts:
    """The failures of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def begin(self, name: str, address: str) -> None:
        """Count a try to sign in. Raises `TooManyAttempts` where it has to wait, with the seconds."""
        with self._catalog.begin() as connection:
            connection.execute(delete(_attempts).where(_attempts.c.last < now() - FORGOTTEN))
            for key, free in _keys(name, address):  # in one order, so that none waits for another in a circle
                _count(connection, key, free)

    def succeeded(self, name: str, address: str) -> None:
        """Take back the try that was counted: the account's failures are forgotten, the address has one fewer."""
        (by_address, free), (by_account, _) = _keys(name, address)
        with self._catalog.begin() as connection:
            fewer = _attempts.c.failures - 1
            until = case((fewer >= free, _attempts.c.until), else_=_EPOCH)
            changed = update(_attempts).where(_attempts.c.key == by_address)
            connection.execute(changed.values(failures=fewer, until=until))
            connection.execute(delete(_attempts).where(_attempts.c.key == by_account))

    def forget(self, name: str) -> None:
        """Forget the failures of an account, whose password was set anew."""
        with self._catalog.begin() as connection:
            connection.execute(delete(_attempts).where(_attempts.c.key == _keys(name, "")[1][0]))


def _count(connection: Connection, key: str, free: int) -> None:
    time, mine = now(), _attempts.c.key == key
    connection.execute(_BEGIN, {"key": key, "last": time, "until": _EPOCH})
    # Writing takes the row's lock, or SQLite's, so that of many tries at once each is counted.
    counted = update(_attempts).where(mine, _attempts.c.until <= time)
    failures = connection.scalar(
        counted.values(failures=_attempts.c.failures + 1, last=time).returning(_attempts.c.failures)
    )
    if failures is None:
        until = connection.scalar(select(_attempts.c.until).where(mine)) or time
        raise TooManyAttempts(max(1, round((until - time).total_seconds())))
    if failures >= free:
        wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(failures - free + 1, 20)))
        connection.execute(update(_attempts).where(mine).values(until=time + wait))


def _keys(name: str, address: str) -> Sequence[tuple[str, int]]:
    """Return under what a try is counted. As hashes: a password is soon typed into the field for the name."""
    asked = folded(one_line(clean_text(name[:1000])))
    return (
        (_digest("address", _network(address)), FREE_BY_ADDRESS),
        (_digest("account", asked), FREE_BY_ACCOUNT),
    )


def _digest(kind: str, value: str) -> str:
    return sha256(f"{kind} {value}".encode(errors="replace")).hexdigest()


def _network(address: str) -> str:
    """Return what one customer of a provider has: an address, of version 6 the network of 64 bits that it is in."""
    try:
        return str(ip_network(f"{address}/64", strict=False)) if ip_address(address).version == 6 else address
    except ValueError:
        return address
