"""Accounts, and signing in by them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, DateTime, bindparam, delete, func, insert, select, text, update
from sqlalchemy import literal as _literal

from rag.errors import InvalidAccount, SignInRefused, TooManyAttempts
from rag.index.accounts import passwords
from rag.index.accounts.account import COMMAND_LINE, PLACES, ROLES, Account, Actor, Place, Role, account_of, now
from rag.index.accounts.attempts import Attempts
from rag.index.accounts.audit import Audit
from rag.index.accounts.sessions import Sessions
from rag.index.catalog import Catalog
from rag.index.schema import accounts as _accounts
from rag.index.schema import conversations as _conversations
from rag.index.schema import owned_conversations as _owned
from rag.index.schema import sessions as _sessions
from rag.settings import Settings
from rag.text import clean_text, folded, one_line

_MAKE = text(
    "INSERT INTO accounts (id, name, key, password, role, library, made, password_changed) "
    "VALUES (:id, :name, :key, :password, :role, :library, :made, :made) ON CONFLICT (key) DO NOTHING"
).bindparams(bindparam("made", type_=DateTime))
LONGEST_NAME = 100
REFUSED = "The name or the password is not right."


class Accounts:
    """The accounts of one catalog. What changes something says who does it, for the audit log.

    Those that take a name raise `InvalidAccount` where there is no account of it, and what `Catalog.refusal` says where
    nothing can be written.
    """

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._catalog = catalog
        self.sessions = Sessions(
            catalog,
            idle=timedelta(hours=settings.session_idle_hours),
            longest=timedelta(days=settings.session_days),
        )
        self.attempts = Attempts(catalog)
        self.audit = Audit(catalog)

    # Asking

    def list(self) -> Sequence[Account]:
        """Return all accounts, by name."""
        with self._catalog.begin() as connection:
            rows = connection.execute(select(_accounts).order_by(_accounts.c.key)).all()
        return [account_of(row) for row in rows]

    def get(self, name: str) -> Account:
        """Return the account of that name, however its letters are cased."""
        with self._catalog.begin() as connection:
            return account_of(_row(connection, name))

    def by_id(self, account_id: str) -> Account | None:
        """Return the account with that id; None where there is none."""
        with self._catalog.begin() as connection:
            row = connection.execute(select(_accounts).where(_accounts.c.id == account_id)).one_or_none()
        return account_of(row) if row else None

    def has_admin(self) -> bool:
        """Say whether there is an admin who can sign in."""
        with self._catalog.begin() as connection:
            return _admins(connection) > 0

    # Changing

    def make(
        self, name: str, password: str, *, role: Role = "reader", library: Place = "shared", by: Actor = COMMAND_LINE
    ) -> Account:
        """Make an account. Raises `InvalidAccount` for a name that is taken or none, or a poor password."""
        name = one_line(clean_text(name))
        if not name or len(name) > LONGEST_NAME:
            raise InvalidAccount(f"An account needs a name of 1 to {LONGEST_NAME} characters.")
        _check_one_of(role, ROLES, "role")
        _check_one_of(library, PLACES, "library")
        _check_may_add(role, library)
        passwords.check(password, name)
        self._require_writable()
        values = {"id": secrets.token_hex(8), "name": name, "key": _key(name), "role": role, "library": library}
        with self._catalog.begin() as connection:
            made = connection.execute(_MAKE, values | {"password": passwords.hashed(password), "made": now()})
        if not made.rowcount:
            raise InvalidAccount(f"There is an account named {name!r}. Take another name.")
        self.audit.note(by, "account made", f"{name}, {role}" + (", with a library of its own" * (library == "own")))
        return self.get(name)

    def set_role(self, name: str, role: Role, *, by: Actor = COMMAND_LINE) -> None:
        """Give an account another role. The last admin who can sign in stays one."""
        _check_one_of(role, ROLES, "role")
        self._change(name, role=role)
        self.audit.note(by, "account changed", f"{name} is {role}")

    def set_library(self, name: str, library: Place, *, by: Actor = COMMAND_LINE) -> None:
        """Let an account ask the library that all share, or one of its own. Its sessions end."""
        _check_one_of(library, PLACES, "library")
        self._change(name, ends=True, library=library)
        self.audit.note(by, "account changed", f"{name} asks {'its own' if library == 'own' else 'the shared'} library")

    def set_password(self, name: str, password: str, *, by: Actor = COMMAND_LINE) -> None:
        """Give an account another password. Its sessions end, and its failures are forgotten."""
        passwords.check(password, name)
        self._change(name, ends=True, password=passwords.hashed(password), password_changed=now())
        self.attempts.forget(name)
        self.audit.note(by, "password changed", name)

    def disable(self, name: str, *, by: Actor = COMMAND_LINE) -> None:
        """Let nobody sign in by an account, end its sessions, and refuse its tokens. The last admin stays."""
        self._change(name, ends=True, disabled=now())
        self.audit.note(by, "account disabled", name)

    def enable(self, name: str, *, by: Actor = COMMAND_LINE) -> None:
        """Undo `disable`."""
        self._change(name, disabled=None)
        self.audit.note(by, "account enabled", name)

    def end_sessions(self, name: str, *, by: Actor = COMMAND_LINE) -> int:
        """End all sessions of an account; return how many there were."""
        ended = self.sessions.end_all(self.get(name).id)
        self.audit.note(by, "sessions ended", name)
        return ended

    def adopt(self, name: str, *, by: Actor = COMMAND_LINE) -> int:
        """Let conversations that belong to nobody, from before there were accounts, belong to this one.

        Returns how many those are.
        """
        self._require_writable()
        with self._catalog.begin() as connection:
            account_id = _row(connection, name).id
            ownerless = _conversations.c.id.not_in(select(_owned.c.conversation_id))
            given = select(_conversations.c.id, _literal(account_id)).where(ownerless)
            count = connection.execute(insert(_owned).from_select(["conversation_id", "account_id"], given)).rowcount
        self.audit.note(by, "account changed", f"{name} has the {count} conversations from before accounts")
        return count

    # Signing in

    def sign_in(self, name: str, password: str, address: str) -> tuple[Account, str]:
        """Return the account and the secret of a new session of it.

        Raises `SignInRefused`, in the same words and after the same time whether there is no such account, it is
        disabled, or the password is wrong; `TooManyAttempts` after many failures.
        """
        account = self.prove(name, password, address)
        secret = self.sessions.begin(account)
        self.audit.note(Actor.of(account, address), "signed in")
        return account, secret

    def prove(self, name: str, password: str, address: str) -> Account:
        """Return the account whose name and password these are. Raises as `sign_in` does."""
        self._require_writable()
        try:
            self.attempts.begin(name, address)
        except TooManyAttempts:
            self.audit.note(Actor("", address), "refused", f"too many attempts: {self._known(name)}")
            raise
        with self._catalog.begin() as connection:
            row = connection.execute(select(_accounts).where(_accounts.c.key == _key(name))).one_or_none()
        right = passwords.matches(row.password if row else None, password)
        if row is None or not right or row.disabled is not None:
            self.audit.note(Actor("", address), "refused", self._known(name))
            raise SignInRefused(REFUSED)
        self.attempts.succeeded(name, address)
        if passwords.is_outdated(row.password):
            with self._catalog.begin() as connection:
                mine = update(_accounts).where(_accounts.c.id == row.id, _accounts.c.password == row.password)
                connection.execute(mine.values(password=passwords.hashed(password)))
        return account_of(row)

    def sign_out(self, secret: str, address: str) -> None:
        """End a session."""
        if account := self.sessions.find(secret):
            self.sessions.end(secret)
            self.audit.note(Actor.of(account, address), "signed out")

    def _known(self, name: str) -> str:
        """Return a name as the log has it: what is no account's may be a password in the wrong field."""
        try:
            return self.get(name).name
        except InvalidAccount:
            return "an unknown name"

    def _change(self, name: str, *, ends: bool = False, **values: Any) -> None:
        self._require_writable()
        with self._catalog.begin() as connection:
            # Whoever changes accounts waits for others who do, so that no two admins take away each other's place.
            connection.execute(select(_accounts.c.id).order_by(_accounts.c.id).with_for_update()).all()
            had = _admins(connection)
            connection.execute(update(_accounts).where(_accounts.c.key == _key(name)).values(**values))
            row = _row(connection, name)
            _check_may_add(row.role, row.library)
            if had and not _admins(connection):
                raise InvalidAccount(
                    f"{row.name} is the last admin who can sign in. Make another first: "
                    "`footnote account new NAME --role admin`."
                )
            if ends:
                connection.execute(delete(_sessions).where(_sessions.c.account_id == row.id))

    def _require_writable(self) -> None:
        if self._catalog.refusal:
            raise self._catalog.refusal


def _row(connection: Connection, name: str) -> Any:
    row = connection.execute(select(_accounts).where(_accounts.c.key == _key(name))).one_or_none()
    if row is None:
        raise InvalidAccount(f"No account is named {name[:LONGEST_NAME]!r}. `footnote account list` shows them.")
    return row


def _admins(connection: Connection) -> int:
    query = select(func.count()).where(_accounts.c.role == "admin", _accounts.c.disabled.is_(None))
    return int(connection.scalar(query) or 0)


def _key(name: str) -> str:
    return folded(one_line(clean_text(name[: 4 * LONGEST_NAME])))


def _check_one_of(value: str, known: Sequence[str], what: str) -> None:
    if value not in known:
        raise InvalidAccount(f"The {what} of an account is one of {', '.join(known)}, not {value!r}.")


def _check_may_add(role: str, library: str) -> None:
    if library == "own" and role == "reader":
        raise InvalidAccount("Whoever has a library of their own has to be an editor, to add articles to it.")
