"""What people see while the library cannot be reached: a sentence, and the window again as soon as it can."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import FootnoteError
from rag.index.library import Library
from serve.problems import FRESH, status_of
from serve.proxies import path_below
from ui.rendering.templating import render

_SECONDS_TO_LOOK_AGAIN = 5


class Away:
    """ASGI middleware: instead of a window all of whose parts fail, a page that says why, and looks again."""

    def __init__(self, app: ASGIApp, *, library: Library) -> None:
        self._app, self._library = app, library

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it is for the window and the catalog does not answer."""
        if scope["type"] == "http" and path_below(scope) == "/" and scope["method"] == "GET":
            try:
                await run_in_threadpool(self._library.catalog.vectors_version)
            except FootnoteError as error:
                page = render("away.html", said=str(error), seconds=_SECONDS_TO_LOOK_AGAIN)
                await HTMLResponse(page, 503, headers=FRESH)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def told(_request: Request, error: Exception) -> Response:
    """Return what a part of the window says where it cannot be shown."""
    assert isinstance(error, FootnoteError)
    return PlainTextResponse(str(error), status_of(error), headers=FRESH)
