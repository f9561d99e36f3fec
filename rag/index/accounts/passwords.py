"""Passwords: kept as argon2 hashes (RFC 9106), compared in a time that says nothing."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from rag.errors import InvalidAccount, LibraryBusy
from rag.text import folded

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 1000
"""Characters of a password."""
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each hash takes 64 MB for a while: a crowd at the door must not take all of the machine's memory."""
_SECONDS_IN_LINE = 5
"""After which nobody is waited for any more: a crowd must not take all threads either."""


def check(password: str, name: str) -> None:
    """Raise `InvalidAccount` for a password that is too short, too long, or the account's name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidAccount(f"A password has {SHORTEST} to {LONGEST:,} characters. Several words make a good one.")
    if folded(name) in folded(password) and len(password) < len(name) + SHORTEST // 2:
        raise InvalidAccount("The password is little more than the name. Take another.")
    if len(set(password)) < 5:
        raise InvalidAccount("The password repeats a few characters. Take another: several words make a good one.")


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    with _in_turn():
        return hasher().hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Say whether a password is the one of which `kept` is the hash. None, for no account, takes as long."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        with _in_turn():
            return hasher().verify(kept or _nobodys(hasher()), _normal(password[:LONGEST])) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def prepare() -> None:
    """Make now what the first name that is unknown would have to wait for."""
    _nobodys(hasher())


def is_outdated(kept: str) -> bool:
    """Say whether a hash was made with other parameters than those that are used now."""
    return hasher().check_needs_rehash(kept)


@contextmanager
def _in_turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_SECONDS_IN_LINE):
        raise LibraryBusy("Too many people are signing in just now. Try again in a moment.")
    try:
        yield
    finally:
        _AT_ONCE.release()


@cache
def hasher() -> PasswordHasher:
    """Return what hashes, with the parameters that its makers recommend."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys(hasher: PasswordHasher) -> str:
    """Return the hash of a password that nobody has."""
    import secrets

    return hasher.hash(secrets.token_urlsafe())


def _normal(password: str) -> bytes:
    """Return a password as it is whatever keyboard it was typed on (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
