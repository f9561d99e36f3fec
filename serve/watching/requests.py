"""Tells of each request: a line in the log, and its status to whoever counts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.watching import logs

Counted = Callable[[int], None]
"""Takes the status of a reply."""


class Requests:
    """ASGI middleware that logs each request once it is answered; takes the place of the server's own access log.

    What was asked for is named by the route that answers, with the ids in it: an address may hold words of a question.
    """

    def __init__(self, app: ASGIApp, *, counted: Counted) -> None:
        self._app = app
        self._counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status, size = 0, 0

        async def sent(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception:
            status = status or 500
            raise
        finally:
            self._counted(status)
            logs.line(
                logs.requests,
                "request",
                logging.ERROR if status >= 500 else logging.INFO,
                method=scope["method"],
                route=_route(scope),
                status=status,
                seconds=round(time.perf_counter() - started, 3),
                bytes=size,
                **dict(_ids(scope)),
            )


def _route(scope: Scope) -> str:
    """Return the route that answered as it was written, such as ``/article/{article_id}``; "" for none."""
    path = getattr(scope.get("route"), "path", "")
    return f"{scope.get('root_path', '')}{path}" if path else scope.get("root_path", "")


def _ids(scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield what of the address is an id."""
    for name, value in (scope.get("path_params") or {}).items():
        if name == "id" or name.endswith("_id"):
            yield name, str(value)[:64]
