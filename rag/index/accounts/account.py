"""What is known of an account, and of whoever does something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sqlalchemy import Row

Role = Literal["reader", "editor", "admin"]
"""A reader asks and reads; an editor changes articles too; an admin also settings, tokens and accounts."""
ROLES: tuple[Role, ...] = get_args(Role)

Place = Literal["shared", "own"]
"""Which library an account asks: the one that all share, or one of its own."""
PLACES: tuple[Place, ...] = get_args(Place)


@dataclass(frozen=True, slots=True)
class Account:
    """An account, without its password."""

    id: str
    name: str
    role: Role
    made: datetime
    """In UTC, as all times here."""
    password_changed: datetime
    disabled: datetime | None = None
    library: Place = "shared"

    def may(self, role: Role) -> bool:
        """Say whether it may do what takes `role`."""
        return self.disabled is None and ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and from where."""

    name: str
    address: str = ""
    account_id: str | None = None

    @classmethod
    def of(cls, account: Account, address: str) -> Actor:
        """Return an account as the one who does something."""
        return cls(account.name, address, account.id)


COMMAND_LINE = Actor("the command line")
"""Whoever runs Footnote's commands on the machine itself."""


def account_of(row: Row[Any]) -> Account:
    """Return the account that a row of its table holds."""
    return Account(row.id, row.name, row.role, row.made, row.password_changed, row.disabled, row.library)


def now() -> datetime:
    """Return the time in UTC, as the catalog keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)
