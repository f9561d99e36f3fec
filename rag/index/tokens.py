"""Tokens by which other programs may ask a library, or add to it too; kept in the catalog as hashes only."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import Row, select, update

from rag.errors import FootnoteError, InvalidToken
from rag.index.accounts.account import Role, now
from rag.index.catalog import Catalog
from rag.index.schema import accounts as _accounts
from rag.index.schema import owned_tokens as _owned
from rag.index.schema import tokens as _tokens
from rag.index.secret import digest_of, new_secret
from rag.text import clean_text, one_line

Scope = Literal["read", "write"]
"""What a token allows: to ask and to read, or to add and to remove as well."""

LONGEST_NAME = 100
_PREFIX = "footnote_"
"""What every token begins with, so that one which was published by mistake is known for what it is."""
_USE_NOTED_EVERY = timedelta(minutes=1)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token. The secret itself is known to nobody but whom it was shown to."""

    name: str
    scope: Scope
    made: datetime
    """In UTC, as all times here."""
    used: datetime | None = None
    """When it was last used, to the minute."""
    revoked: datetime | None = None
    account: str = ""
    """The name of the account whose it is; "" where it is nobody's, and allows what it says."""
    account_id: str | None = None
    role: Role | None = None
    """That account's role: it can do no more."""
    disabled: bool = False
    """Whether that account is disabled."""

    def allows(self, scope: Scope) -> bool:
        """Say whether it allows what takes `scope`."""
        if self.revoked is not None or self.disabled:
            return False
        return scope == "read" or (self.scope == "write" and self.role != "reader")


class Tokens:
    """The tokens of one library. What changes something raises what `Catalog.refusal` says where nothing can be."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def make(self, name: str, *, scope: Scope = "read", account_id: str | None = None) -> str:
        """Make a token and return its secret, 256 random bits as text, which cannot be had again.

        One of an account can do at most what the account can, and nothing while that is disabled.

        Raises `InvalidToken` where the name is empty, too long, or that of a token which is not revoked.
        """
        name = one_line(clean_text(name))
        if not name or len(name) > LONGEST_NAME:
            raise InvalidToken(f"A token needs a name of 1 to {LONGEST_NAME} characters. Name the program it is for.")
        if scope not in get_args(Scope):
            raise InvalidToken(f"A token is for one of {', '.join(get_args(Scope))}, not for {scope!r}.")
        self._require_writable()
        secret = _PREFIX + new_secret()
        with self._catalog.begin() as connection:
            live = select(_tokens.c.name).where(_tokens.c.name == name, _tokens.c.revoked.is_(None))
            if connection.execute(live).first():
                raise InvalidToken(f"There is a token named {name!r}. Revoke it first, or take another name.")
            values = {"digest": digest_of(secret), "name": name, "scope": scope, "made": now()}
            connection.execute(_tokens.insert().values(**values))
            if account_id is not None:
                connection.execute(_owned.insert().values(digest=values["digest"], account_id=account_id))
        return secret

    def list(self) -> Sequence[Token]:
        """Return all tokens, revoked ones too, the latest first."""
        with self._catalog.begin() as connection:
            rows = connection.execute(_KNOWN.order_by(_tokens.c.made.desc(), _tokens.c.name)).all()
        return [_token(row) for row in rows]

    def revoke(self, name: str) -> None:
        """Let the token of that name allow nothing from now on. Raises `InvalidToken` where there is none."""
        self._require_writable()
        with self._catalog.begin() as connection:
            live = update(_tokens).where(_tokens.c.name == name, _tokens.c.revoked.is_(None))
            if not connection.execute(live.values(revoked=now())).rowcount:
                raise InvalidToken(f"No token is named {name!r}. `footnote token list` shows them.")

    def find(self, secret: str) -> Token | None:
        """Return the token with that secret, and note that it is used.

        None for an unknown or a revoked one, and for one of an account that is disabled.
        """
        digest, time = digest_of(secret), now()
        with self._catalog.begin() as connection:
            row = connection.execute(_KNOWN.where(_tokens.c.digest == digest)).one_or_none()
        if row is None or row.revoked is not None or row.disabled is not None:
            return None
        if (row.used is None or time - row.used >= _USE_NOTED_EVERY) and not self._catalog.refusal:
            try:
                with self._catalog.begin() as connection:
                    connection.execute(update(_tokens).where(_tokens.c.digest == digest).values(used=time))
            except FootnoteError:
                _log.warning("It could not be noted that a token was used.", exc_info=True)
        return _token(row)

    def _require_writable(self) -> None:
        if self._catalog.refusal:
            raise self._catalog.refusal


_KNOWN = (
    select(_tokens, _owned.c.account_id, _accounts.c.name.label("account"), _accounts.c.role, _accounts.c.disabled)
    .outerjoin(_owned, _owned.c.digest == _tokens.c.digest)
    .outerjoin(_accounts, _accounts.c.id == _owned.c.account_id)
)


def _token(row: Row[Any]) -> Token:
    return Token(
        row.name,
        row.scope,
        row.made,
        row.used,
        row.revoked,
        row.account or "",
        row.account_id,
        row.role,
        row.disabled is not None,
    )
