"""The admin's pages: all accounts and what can be done with them, and the audit log."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated, cast

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from rag.errors import FootnoteError
from rag.index.accounts.account import ROLES, Actor, Role
from rag.index.accounts.accounts import Accounts
from serve.problems import FRESH
from ui.accounts.signing_in import account_of, address_of
from ui.rendering.templating import render

Text = Annotated[str, Form()]
_A_PAGE = 100


def routes(accounts: Accounts) -> APIRouter:
    """Return the routes of the admin's pages."""
    router = APIRouter(prefix="/accounts")

    def shown(request: Request, *, said: str = "", problem: str = "", password: str = "") -> Response:
        html = render(
            "accounts/all.html",
            accounts=accounts.list(),
            sessions=accounts.sessions.counts(),
            me=account_of(request),
            roles=ROLES,
            said=said,
            problem=problem,
            password=password,
        )
        return HTMLResponse(html, 422 if problem else 200, headers=FRESH)

    def done(request: Request, do: Callable[[Actor], object], said: str, password: str = "") -> Response:
        try:
            do(Actor.of(account_of(request), address_of(request)))
        except FootnoteError as error:
            return shown(request, problem=str(error))
        return shown(request, said=said, password=password)

    @router.get("", response_class=HTMLResponse)
    def show(request: Request) -> Response:
        return shown(request)

    @router.post("/new", response_class=HTMLResponse)
    def new(request: Request, name: Text = "", role: Text = "reader") -> Response:
        first = _made_up()
        return done(
            request,
            lambda by: accounts.make(name, first, role=cast("Role", role), by=by),
            f"{name} can sign in. Give them this password, which is not shown again; they change it on their own page.",
            first,
        )

    @router.post("/role", response_class=HTMLResponse)
    def role(request: Request, name: Text, role: Text) -> Response:
        return done(request, lambda by: accounts.set_role(name, cast("Role", role), by=by), f"{name} is {role} now.")

    @router.post("/password", response_class=HTMLResponse)
    def password(request: Request, name: Text) -> Response:
        other = _made_up()
        said = f"{name} has this password now, which is not shown again, and is signed out everywhere."
        return done(request, lambda by: accounts.set_password(name, other, by=by), said, other)

    @router.post("/disable", response_class=HTMLResponse)
    def disable(request: Request, name: Text) -> Response:
        return done(request, lambda by: accounts.disable(name, by=by), f"{name} cannot sign in any more.")

    @router.post("/enable", response_class=HTMLResponse)
    def enable(request: Request, name: Text) -> Response:
        return done(request, lambda by: accounts.enable(name, by=by), f"{name} can sign in again.")

    @router.post("/end-sessions", response_class=HTMLResponse)
    def end_sessions(request: Request, name: Text) -> Response:
        return done(request, lambda by: accounts.end_sessions(name, by=by), f"{name} is signed out everywhere.")

    @router.get("/audit", response_class=HTMLResponse)
    def audit(before: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None) -> Response:
        found = accounts.audit.list(before=before, most=_A_PAGE + 1)
        entries = found[:_A_PAGE]
        more = entries[-1].id if len(found) > _A_PAGE else None
        html = render("accounts/audit.html", entries=entries, more=more, before=before)
        return HTMLResponse(html, headers=FRESH)

    return router


def _made_up() -> str:
    """Return a password that nobody guesses, to be given to somebody."""
    return secrets.token_urlsafe(15)
