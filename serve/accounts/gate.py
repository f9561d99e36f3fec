"""What stands before everything: who has not signed in gets no further, whoever has as far as the account may go."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from urllib.parse import parse_qs, quote, urlsplit

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.errors import FootnoteError
from rag.index.accounts.account import Account, Actor
from rag.index.accounts.accounts import Accounts
from rag.index.tokens import Tokens
from serve import problems
from serve.access import token_of
from serve.accounts.acting import Acting, on_behalf_of
from serve.accounts.cookie import Cookie
from serve.accounts.own_libraries import OwnLibraries
from serve.accounts.table import Row, needs_of, rows
from serve.proxies import path_below

ACTING = "footnote.acting"
"""Under this name a request carries who acts, for the window's events, which are answered later."""
SIGN_IN = "/login"
_log = logging.getLogger(__name__)
_SAFE = ("GET", "HEAD", "OPTIONS")
_SHARED = ("/login", "/logout", "/account", "/settings", "/metrics", "/healthz", "/assets/footnote", "/favicon.ico")
"""What the routes begin with that are the same whichever library an account asks."""
_FORMS = ("/login", "/logout", "/account")
_LONGEST_FORM = 20_000
"""Bytes: anybody can send one, and it is taken apart in memory."""
_SESSIONS_KNOWN = 10_000
_MARK = {**problems.FRESH, "X-Footnote-Sign-In": "1"}
"""Tells a page's script that the session is over."""


class Gate:
    """ASGI middleware around all of the application. It says who acts to all that is behind it."""

    def __init__(
        self, app: ASGIApp, *, accounts: Accounts, cookie: Cookie, tokens: Tokens, pages: Pages, own: OwnLibraries
    ) -> None:
        self._app, self._accounts, self._cookie, self._tokens = app, accounts, cookie, tokens
        self._pages, self._own = pages, own
        self._rows = rows()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:  # nothing here speaks over WebSockets
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, secret = Headers(scope=scope), self._cookie.secret(scope)
        row = needs_of(self._rows, scope["method"], path_below(scope))
        account: Account | None = None
        whose: Account | None
        refusal: Response | None
        try:
            if secret and not (row and row.needs == "open" and scope["method"] in _SAFE):
                account = await run_in_threadpool(self._accounts.sessions.find, secret)
            refusal = await self._refusal(row, account, scope, headers, carried=bool(secret))
            is_programs = row is not None and row.needs == "token"
            whose = await run_in_threadpool(self._whose, token_of(headers)) if is_programs else account
        except (FootnoteError, SQLAlchemyError) as error:
            _log.warning("Accounts could not be looked up.", exc_info=True)
            said = str(error) if isinstance(error, FootnoteError) else "Accounts cannot be looked up just now."
            refusal, whose = _said(scope, 503, "library_unusable", said), None
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else ""
        actor = Actor.of(account, address) if account else Actor("", address)
        scope[ACTING] = acting = Acting(self._accounts.audit, actor, account)

        async def send_fresh(message: Message) -> None:
            """A page that one person saw is not for the next who sits down here and presses Back."""
            if message["type"] == "http.response.start":
                added = MutableHeaders(scope=message)
                if "cache-control" not in added and added.get("content-type", "").startswith("text/html"):
                    added["Cache-Control"] = "no-store"
            await send(message)

        if row is not None and row.route.startswith(_FORMS) and scope["method"] not in _SAFE:
            body = await _whole(receive)
            if body is None:
                await _said(scope, 413, "too_large", "A form of this page holds less.")(scope, receive, send)
                return
            receive = body
        own = whose.id if row and whose and whose.library == "own" and not row.route.startswith(_SHARED) else ""
        with on_behalf_of(acting):
            if own:
                await self._own.answer(own, scope, receive, send_fresh)
            else:
                await self._app(scope, receive, send_fresh)

    def _has_token(self, headers: Headers) -> bool:
        token = token_of(headers)
        return bool(token) and self._tokens.find(token) is not None

    def _whose(self, token: str) -> Account | None:
        known = self._tokens.find(token) if token else None
        return self._accounts.by_id(known.account_id) if known and known.account_id else None

    async def _refusal(
        self, row: Row | None, account: Account | None, scope: Scope, headers: Headers, *, carried: bool
    ) -> Response | None:
        """Return what is said to whoever may not; None to whoever may."""
        if carried and scope["method"] not in _SAFE and not _is_from_own_page(headers):
            return _said(scope, 403, "other_site", "This was not sent from a page of Footnote's. Nothing was changed.")
        needs = row.needs if row else "nobody"
        if needs in ("open", "token"):
            return None
        if needs.startswith("token or") and await run_in_threadpool(self._has_token, headers):
            return None
        if account is None:
            return _to_sign_in(scope, headers)
        if needs == "nobody" or row is None:
            return _said(scope, 404, "not_found", "There is nothing at this address.")
        role = needs.removeprefix("token or ")
        if not account.may(role):  # type: ignore[arg-type]
            said = f"Your account is a {account.role}’s. Ask an admin for the role {role}."
            return _said(scope, 403, "not_allowed", said)
        if not self._pages.belongs(_page_of(row, scope), account):
            return _said(scope, 403, "not_allowed", "This page was opened by another account. Load it again.")
        return None


class Pages:
    """Which account has opened which page of the window: Gradio sends what happens to whoever names the page's id."""

    def __init__(self) -> None:
        self._opened: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def belongs(self, page: str, account: Account) -> bool:
        """Say whether a page is the account's, whose it is from the first time on; "" is nobody's and everybody's."""
        if not page:
            return True
        with self._lock:
            holder = self._opened.setdefault(page, account.id)
            self._opened.move_to_end(page)
            while len(self._opened) > _SESSIONS_KNOWN:
                self._opened.popitem(last=False)
        return holder == account.id


def local_path(wanted: str) -> str:
    """Return an address of this window to go to; "/" for one that leads elsewhere, or back to where one signs in."""
    plain = wanted.isprintable() and "\\" not in wanted and wanted.startswith("/") and not wanted.startswith("//")
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    return wanted if plain and not parts.scheme and not parts.netloc and parts.path != SIGN_IN else "/"


async def _whole(receive: Receive) -> Receive | None:
    """Read a form, and return what gives it once more; None for one that is too long."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _LONGEST_FORM:
            return None
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _is_from_own_page(headers: Headers) -> bool:
    """Say whether a browser marks a request as sent by a page of this origin."""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host", ""):
        return False
    site = headers.get("sec-fetch-site")
    return site == "same-origin" if site is not None else origin is not None


def _page_of(row: Row, scope: Scope) -> str:
    """Return which page of the window a request of Gradio's is for."""
    if row.route == "/gradio_api/queue/data":
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        return str((query.get("session_hash") or [""])[0])
    found = row.address.match(path_below(scope)) if "{session_hash}" in row.route else None
    return str(found["session_hash"]) if found else ""


def _to_sign_in(scope: Scope, headers: Headers) -> Response:
    path, root = path_below(scope), scope.get("root_path", "")
    if scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", "") and not problems.reply_for(path):
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = quote(path) + (f"?{query}" if query else "")
        then = f"?next={quote(wanted, safe='')}" if wanted != "/" else ""
        return RedirectResponse(f"{root}{SIGN_IN}{then}", 303, headers=problems.FRESH)
    if problems.reply_for(path):
        said = "Send a token as `Authorization: Bearer TOKEN`. An admin makes one in the settings."
        return _said(scope, 401, "token_refused", said)
    return PlainTextResponse("Sign in first.", 401, headers=_MARK)


def _said(scope: Scope, status: int, kind: str, words: str) -> Response:
    path = path_below(scope)
    if reply := problems.reply_for(path):
        return reply(status, kind, words, {"WWW-Authenticate": "Bearer"} if status == 401 else None)
    return PlainTextResponse(words, status, headers=problems.FRESH)
