"""Where one signs in and out, and changes one's password: pages of their own, which need no script."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from rag.errors import FootnoteError, SignInRefused, TooManyAttempts
from rag.index.accounts.account import Account, Actor
from rag.index.accounts.accounts import Accounts
from rag.index.accounts.passwords import SHORTEST
from serve.accounts.acting import Acting
from serve.accounts.cookie import Cookie
from serve.accounts.gate import ACTING, SIGN_IN, local_path
from serve.problems import FRESH
from serve.proxies import root
from ui.rendering.templating import render

Text = Annotated[str, Form()]


def routes(accounts: Accounts, cookie: Cookie) -> APIRouter:
    """Return the routes by which one signs in and out, and changes one's password."""
    router = APIRouter()

    @router.get(SIGN_IN, response_class=HTMLResponse)
    def ask(request: Request, next: str = "/") -> Response:
        if accounts.sessions.find(cookie.secret(request.scope)):
            return _to(local_path(next))
        return _form(next)

    @router.post(SIGN_IN, response_class=HTMLResponse)
    def sign_in(request: Request, name: Text = "", password: Text = "", next: Text = "/") -> Response:
        try:
            _, secret = accounts.sign_in(name, password, address_of(request))
        except TooManyAttempts as error:
            return _form(next, name, str(error), 429, {"Retry-After": str(error.seconds)})
        except SignInRefused as error:
            return _form(next, name, str(error), 401)
        except FootnoteError as error:
            return _form(next, name, str(error), 503)
        if before := cookie.secret(request.scope):
            accounts.sessions.end(before)  # whoever knows an older secret learns nothing by it
        signed_in = _to(local_path(next))
        cookie.put(signed_in, request, secret)
        return signed_in

    @router.post("/logout")
    def sign_out(request: Request) -> Response:
        accounts.sign_out(cookie.secret(request.scope), address_of(request))
        signed_out = _to(SIGN_IN)
        # What the browser keeps for this page, such as a question half typed, is not for whoever signs in next.
        signed_out.headers["Clear-Site-Data"] = '"storage"'
        cookie.remove(signed_out, request)
        return signed_out

    @router.get("/account", response_class=HTMLResponse)
    def show(request: Request) -> Response:
        return _own(request)

    @router.post("/account/password", response_class=HTMLResponse)
    def change(request: Request, current: Text = "", new: Text = "", again: Text = "") -> Response:
        account, address = account_of(request), address_of(request)
        if new != again:
            return _own(request, problem="The two new passwords are not the same.", status=422)
        try:
            accounts.prove(account.name, current, address)
            accounts.set_password(account.name, new, by=Actor.of(account, address))
        except TooManyAttempts as error:
            return _own(request, problem=str(error), status=429)
        except SignInRefused:
            return _own(request, problem="The password that you have now is not right.", status=422)
        except FootnoteError as error:
            return _own(request, problem=str(error), status=422)
        changed = _own(request, said="You have another password. You are signed out everywhere else.")
        cookie.put(changed, request, accounts.sessions.begin(account))
        return changed

    return router


def account_of(request: Request) -> Account:
    """Return who has signed in. Only for routes that the gate lets nobody else to."""
    acting: Acting = request.scope[ACTING]
    assert acting.account is not None
    return acting.account


def address_of(request: Request) -> str:
    """Return where a request comes from."""
    return request.client.host if request.client else ""


def _form(
    next: str,
    name: str = "",
    problem: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    html = render("accounts/sign_in.html", next=local_path(next), name=name, problem=problem)
    return HTMLResponse(html, status, headers={**FRESH, **(headers or {})})


def _own(request: Request, *, said: str = "", problem: str = "", status: int = 200) -> Response:
    account = account_of(request)
    html = render("accounts/own.html", account=account, said=said, problem=problem, shortest=SHORTEST)
    return HTMLResponse(html, status, headers=FRESH)


def _to(path: str) -> Response:
    return RedirectResponse(root.get() + path, 303, headers=FRESH)
