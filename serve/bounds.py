"""How much a request may be, and how slowly it may come."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve import problems
from serve.problems import FRESH
from serve.proxies import path_below

LONGEST_BODY = 8_000_000
"""Bytes of a request that brings no articles."""
LONGEST_ADDRESS = 16_000
"""Characters of a path with its query: the filters of a library page take a few hundred each."""
LONGEST_HEAD = 32_000
"""Bytes of the headers."""
MOST_FILES = 1000
"""Files that one request may bring."""
SILENCE_S = 30.0
"""Seconds within which something more of a body has to come."""
SLOWEST = 2_000
"""Bytes of a body that have to come a second, on average, once `SILENCE_S` are over."""
_BRINGING = ("/api/articles", "/library/add/files", "/library/add/text")


class Bounds:
    """ASGI middleware: refuses what is too long, and ends what comes too slowly, in words."""

    def __init__(self, app: ASGIApp, *, largest_mb: int, silence_s: float = SILENCE_S, slowest: int = SLOWEST) -> None:
        """`largest_mb` is for requests that bring articles: megabytes of all that they bring."""
        self._app = app
        self._largest_mb = largest_mb
        self._silence_s = silence_s
        self._slowest = slowest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = path_below(scope)
        if refused := _head_refused(scope, path):
            await refused(scope, receive, send)
            return
        bringing = path in _BRINGING and scope["method"] == "POST"
        body = _Body(receive, send, most=self._largest_mb * 1_000_000 if bringing else LONGEST_BODY)
        body.silence_s, body.slowest = self._silence_s, self._slowest
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length[:20]) > body.most:
            body.refused = 413
        else:
            with contextlib.suppress(_Over):
                await self._app(scope, body.receive, body.send)
        if body.refused and not body.answered:
            await _reply(path, body.refused, *body.said())(scope, receive, send)


class _Over(HTTPException):
    """A body that is not taken in further. What catches it on its way answers in vain."""

    def __init__(self) -> None:
        super().__init__(413)


class _Body:
    """What comes of a request's body, and what is sent back unless it was refused."""

    silence_s: float
    slowest: int

    def __init__(self, receive: Receive, send: Send, *, most: int) -> None:
        self._receive, self._send = receive, send
        self.most = most
        self.came = 0
        self.waited = 0.0
        self.whole = False
        self.answered = False
        self.refused = 0

    def said(self) -> tuple[str, str]:
        """Return the kind of the refusal, and a sentence."""
        if self.refused == 408:
            return "too_slow", "The request came too slowly. Send it again, over a better connection or in parts."
        return (
            "too_large",
            f"A request may have {self.most / 1e6:,.0f} MB. Send less at once, or raise FOOTNOTE_UPLOAD_MB for files.",
        )

    async def receive(self) -> Message:
        """Give the next part of the body. Once it is whole, tell when the client goes, however long that takes."""
        if self.whole:
            return await self._receive()
        if self.refused:
            raise _Over
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            message = await asyncio.wait_for(self._receive(), self.silence_s)
        except TimeoutError:
            self.refused = 408
            raise _Over from None
        self.waited += clock() - began
        self.came += len(message.get("body", b""))
        self.whole = message["type"] != "http.request" or not message.get("more_body")
        if self.came > self.most:
            self.refused = 413
        elif self.waited > self.silence_s and self.came < self.slowest * self.waited:
            self.refused = 408
        if self.refused:
            raise _Over
        return message

    async def send(self, message: Message) -> None:
        """Send a part of the reply. What is said of a body that was cut off here is said otherwise."""
        if self.refused and not self.answered:
            return
        self.answered = True
        await self._send(message)


def _head_refused(scope: Scope, path: str) -> Response | None:
    if len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
        return _reply(path, 414, "too_long", f"An address may have {LONGEST_ADDRESS:,} characters. Ask for less.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEAD:
        said = f"The headers of a request may have {LONGEST_HEAD:,} bytes. Clear the cookies of this site; try again."
        return _reply(path, 431, "too_long", said)
    return None


def _reply(path: str, status: int, kind: str, said: str) -> Response:
    """Word a refusal as whoever asks there reads it, and end the connection: more of the request may be under way."""
    ended = {**FRESH, "Connection": "close"}
    if reply := problems.reply_for(path):
        return reply(status, kind, said, ended)
    if path.startswith(("/library/", "/settings", "/conversation/")):  # what the window's own scripts show
        return JSONResponse({"problem": said}, status, headers=ended)
    return PlainTextResponse(said, status, headers=ended)
