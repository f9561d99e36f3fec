"""What stands before every endpoint: a token, a bound on what is sent, and errors in one shape."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from rag.errors import FootnoteError
from rag.index.accounts.account import Actor
from rag.index.tokens import Tokens
from serve import problems
from serve.access import token_of
from serve.accounts import acting
from serve.problems import Refused

UNREADABLE = "The body cannot be read. Send JSON in UTF-8, or files as multipart/form-data."
SCOPE = "x-scope"
"""Under this name an endpoint says in the OpenAPI document what its token has to allow."""

_log = logging.getLogger(__name__)


def guarded(tokens: Tokens, *, reply: problems.Reply = problems.reply) -> type[APIRoute]:
    """Return a kind of route that asks for a token, before anything of the request's body is read.

    Errors are worded by `reply`; what is unexpected goes to the log.
    """

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle, extra = super().get_route_handler(), self.openapi_extra or {}
            scope = extra.get(SCOPE, "write")

            async def handled(request: Request) -> Response:
                try:
                    await run_in_threadpool(_require, tokens, request, scope)
                    return await handle(request)
                except RequestValidationError as error:
                    return reply(422, "invalid_request", problems.in_words(error.errors()))
                except Refused as error:
                    return reply(error.status_code, error.type, str(error.detail), error.headers)
                except HTTPException as error:  # of the libraries that take a body apart
                    return reply(error.status_code, "invalid_request", UNREADABLE)
                except FootnoteError as error:
                    return reply(problems.status_of(error), problems.type_of(error), str(error))
                except Exception:  # noqa: BLE001 - a program gets a sentence, and the log the trace
                    _log.exception("A request could not be answered.")
                    return reply(500, "unexpected", problems.UNEXPECTED)

            return handled

    return Guarded


def _require(tokens: Tokens, request: Request, scope: str) -> None:
    secret = token_of(request.headers)
    if not secret:
        raise Refused(
            401,
            "Send a token as `Authorization: Bearer TOKEN`. `footnote token new NAME` makes one.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    token = tokens.find(secret)
    if token is None:
        raise Refused(
            401,
            "This token is unknown or was revoked. Make another by `footnote token new NAME`.",
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    if acts := acting.current():
        acts.actor = Actor(token.account or "a program", acts.actor.address, token.account_id)
    if not token.allows("write" if scope == "write" else "read"):
        if token.allows("read") and token.scope == "write":
            raise Refused(403, f"The token {token.name!r} is a reader’s, who may ask and read only.")
        raise Refused(
            403,
            f"The token {token.name!r} allows to ask and to read only. "
            "Make one that may change articles by `footnote token new NAME --write`.",
        )
