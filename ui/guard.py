"""What keeps the window to itself: nothing leaves for other machines, and no other site gets in."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.leaving import is_loopback
from serve.problems import openai_reply
from serve.problems import reply as problem_reply

# Gradio runs inline scripts and compiles templates, hence 'unsafe-inline' and 'unsafe-eval'. Handlers
# in attributes (onerror=...) never run, and nothing can be fetched from, or sent to, another host.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
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


class Guard:
    """ASGI middleware: a content security policy on every reply, and only requests from the window itself.

    A page of another site must not reach the library through the browser: its requests carry its own
    ``Origin``, and a name that it made to point at this machine (DNS rebinding) stands in ``Host``.
    The name is checked only where the window listens on this machine alone.
    """

    def __init__(self, app: ASGIApp, *, host: str) -> None:
        self._app = app
        self._local = is_loopback(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with status 403."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != host
        if foreign or (self._local and not is_loopback(urlsplit(f"//{host}").hostname or "")):
            await _refusal(scope["path"])(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = MutableHeaders(scope=message)
                added["Content-Security-Policy"] = POLICY
                added["Referrer-Policy"] = "same-origin"  # without one, forms of a page of ours come from "null"
                added["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self._app(scope, receive, send_guarded)


def _refusal(path: str) -> Response:
    if path.startswith(("/api/", "/v1/")):
        reply = openai_reply if path.startswith("/v1/") else problem_reply
        return reply(403, "other_site", "A page of another site cannot ask Footnote. Ask from a program of your own.")
    return PlainTextResponse("Footnote answers its own window only.", 403)
