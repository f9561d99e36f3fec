"""Who acts: the account on whose behalf a request, or an event of the window, is being answered.

It is a context variable, which threads that are started for a request inherit, rather than an argument that each of
some hundred places has to pass on. Where nobody acts, what belongs to accounts is refused: forgetting it shows nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from rag.errors import FootnoteError, NotSignedIn
from rag.index.accounts.account import Account, Actor, Role
from rag.index.accounts.audit import Audit

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Acting:
    """Who acts, and where it is written down."""

    audit: Audit
    actor: Actor
    account: Account | None = None
    """None for a token, and for whoever has not signed in."""


_current: ContextVar[Acting | None] = ContextVar("acting", default=None)


def current() -> Acting | None:
    """Return who acts; None without accounts."""
    return _current.get()


@contextmanager
def on_behalf_of(acting: Acting | None) -> Iterator[None]:
    """Let somebody act for as long as this is entered."""
    token = _current.set(acting)
    try:
        yield
    finally:
        _current.reset(token)


def owner() -> str:
    """Return the id of the account that acts. Raises `NotSignedIn` where none does."""
    acting = _current.get()
    if acting is None or acting.account is None:
        raise NotSignedIn("Nobody is signed in. Open the window again, and sign in.")
    return acting.account.id


def may(role: Role) -> bool:
    """Say whether whoever acts may do what takes `role`; without accounts anybody may."""
    acting = _current.get()
    return acting is None or (acting.account is not None and acting.account.may(role))


def did(action: str, what: str = "") -> None:
    """Write into the audit log what was done just now; nothing without accounts.

    It is done by then: where the log cannot be written, this is told to those who keep the server running.
    """
    acting = _current.get()
    if acting is None:
        return
    try:
        acting.audit.note(acting.actor, action, what)
    except FootnoteError:
        _log.error("The audit log could not be written.", exc_info=True)
