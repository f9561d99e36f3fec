"""Who is let in: whoever has a token, or sits at this machine."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import FootnoteError
from rag.index.library import Library
from rag.leaving import is_loopback

Allowed = Callable[[str], bool]
"""Says whether a token lets in."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Headers by which a proxy on this machine says that somebody else asks."""


def nobody(_token: str) -> bool:
    """Let in no token."""
    return False


def only(known: str) -> Allowed:
    """Return what lets in one token."""
    return lambda token: secrets.compare_digest(token.encode(), known.encode())


def of(library: Library) -> Allowed:
    """Return what lets in the tokens of a library."""
    return lambda token: library.tokens.find(token) is not None


def is_from_here(asked: HTTPConnection) -> bool:
    """Say whether a request comes from this machine, and not through a proxy on it."""
    client = asked.client.host if asked.client else ""
    return is_loopback(client) and not any(name in asked.headers for name in _FORWARDED)


def token_of(headers: Headers) -> str:
    """Return the token that a request carries, as ``Authorization: Bearer TOKEN``; "" for none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""


def has_token(headers: Headers, allowed: Allowed) -> bool:
    """Say whether a request carries a token that lets in."""
    token = token_of(headers)
    return bool(token) and allowed(token)


def may_read(asked: HTTPConnection, allowed: Allowed) -> bool:
    """Say whether a request comes from this machine or has a token: not, where it cannot be looked up just now."""
    try:
        return is_from_here(asked) or has_token(asked.headers, allowed)
    except (FootnoteError, SQLAlchemyError):
        return False


class RequireToken:
    """ASGI middleware: status 401 without a token."""

    def __init__(self, app: ASGIApp, *, allowed: Allowed) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        # In a thread: to know a token may take a look into a database.
        if scope["type"] != "http" or await run_in_threadpool(has_token, Headers(scope=scope), self._allowed):
            await self._app(scope, receive, send)
            return
        said = "Send a token with each request: the header “Authorization: Bearer TOKEN”."
        refused = JSONResponse({"error": said}, 401, headers={"WWW-Authenticate": "Bearer"})
        await refused(scope, receive, send)
