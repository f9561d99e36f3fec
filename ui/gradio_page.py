"""What is open of Gradio's application: the routes that the window needs, and a policy for its page.

Gradio brings many more routes than the window uses: uploads, files, a proxy, another API, monitoring. What is not
named here does not exist, in newer versions of Gradio too.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.proxies import path_below

NEEDED: tuple[tuple[str, str], ...] = (
    ("GET", "/"),  # the page
    ("HEAD", "/"),
    ("GET", "/config"),  # how it is made, asked for anew after the server was started again
    ("GET", "/theme.css"),
    ("GET", "/assets/{file}"),
    ("GET", "/static/{file}"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/gradio_api/heartbeat/{session}"),  # ends what is under way for a page that is left
    ("GET", "/gradio_api/queue/data"),  # what is answered, as a stream
    ("POST", "/gradio_api/queue/join"),  # what is pressed and asked
    ("POST", "/gradio_api/cancel"),  # when Stop is pressed, as the next is
    ("POST", "/gradio_api/reset"),
)
"""Methods and addresses of Gradio's that the window asks for. A test compares them with all that there are."""

_PARTS = {"{file}": r"[\w.~/@+-]+", "{session}": r"[\w-]{1,64}"}
_INLINE = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_MANIFEST = re.compile(rb'<link rel="manifest"[^>]*>')
_ICON = b'<link rel="icon" href="assets/footnote/icon.svg">'
"""Takes the manifest's place: browsers would ask for both outside of a path below which the window is served."""
_SCRIPT = '<script src="assets/footnote/{}.js"{}></script>'


def policy(page: bytes) -> str:
    """Return the content security policy of Gradio's page: its inline scripts are named by their hashes.

    Gradio compiles templates, hence 'unsafe-eval', and sets styles as it goes. Handlers in attributes, scripts that
    get into the page later and `javascript:` links never run, and nothing is fetched from, or sent to, another host.
    """
    hashes = {f"'sha256-{b64encode(sha256(script).digest()).decode()}'": None for script in _INLINE.findall(page)}
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self' 'unsafe-eval'", *hashes)),
            "script-src-attr 'none'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def is_needed(method: str, path: str) -> bool:
    """Say whether the window asks for an address of Gradio's in that way."""
    return ".." not in path and any(method == known and pattern.fullmatch(path) for known, pattern in _PATTERNS)


class OnlyNeeded:
    """ASGI middleware around Gradio's routes: those that the window needs, and the policy of its page."""

    def __init__(self, app: ASGIApp, *, scripts: Sequence[str]) -> None:
        """Put `scripts` of ours into the page: the first runs before anything is painted, the others after."""
        self._app = app
        loaded = (_SCRIPT.format(name, " defer" if at else "") for at, name in enumerate(scripts))
        self._head = _ICON + "".join(loaded).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or have it that there is nothing."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = path_below(scope)
        if not is_needed(scope["method"], path):
            await PlainTextResponse("There is nothing at this address.", 404)(scope, receive, send)
        elif path == "/":
            await self._app(scope, receive, _Page(send, self._head))
        else:
            await self._app(scope, receive, send)


class _Page:
    """Holds a page back until it is whole, and sends it with its policy."""

    def __init__(self, send: Send, head: bytes) -> None:
        self._send = send
        self._head = head
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Take a part of the reply."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        if Headers(raw=self._start["headers"]).get("content-type", "").startswith("text/html"):
            self._body = _MANIFEST.sub(self._head, self._body, count=1)
            headers = MutableHeaders(raw=self._start["headers"])
            headers["Content-Security-Policy"] = policy(self._body)
            headers["Cache-Control"] = "no-store"
            if self._body:  # not of HEAD
                headers["Content-Length"] = str(len(self._body))
            self._start["headers"] = headers.raw
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})


_PATTERNS = [
    (method, re.compile("".join(_PARTS.get(part) or re.escape(part) for part in re.split(r"(\{\w+\})", path))))
    for method, path in NEEDED
]
