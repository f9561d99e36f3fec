"""What keeps the window to itself: nothing leaves for other machines, and no other site gets in."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.problems import reply_for
from serve.proxies import name_of, path_below

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
    )
)
"""Of every reply but Gradio's own page (`ui.gradio_page`): scripts and styles from files of ours, and nothing else."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "camera",
            "display-capture",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "screen-wake-lock",
            "usb",
        )
    ),
    "Referrer-Policy": "same-origin",  # without one, forms of a page of ours come from "null"
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_BY_TLS_ONLY = "max-age=31536000"


class Guard:
    """ASGI middleware: what browsers are told with every reply, and only requests from the window itself.

    A page of another site must not reach the library through the browser: its requests carry its own ``Origin`` or
    say that they cross sites (``Sec-Fetch-Site``), and a name that it made to point at this machine (DNS rebinding)
    stands in ``Host``. A link from elsewhere may be followed.
    """

    def __init__(self, app: ASGIApp, *, known: Callable[[str], bool]) -> None:
        """`known` says whether the window goes by a name, as it stands in ``Host`` (`serve.proxies.is_known`)."""
        self._app = app
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with status 403."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    added.setdefault(name, value)
                if scope["scheme"] == "https":
                    added["Strict-Transport-Security"] = _BY_TLS_ONLY
            await send(message)

        headers = Headers(scope=scope)
        said = ""
        if not self._known(headers.get("host", "")):
            said = (
                f"Footnote answers its own window only, and goes by no name “{name_of(headers)}”. Where a proxy passes "
                "it on by that name, set FOOTNOTE_WINDOW_URL to the address that browsers see."
            )
        elif _is_foreign(headers):
            said = "A page of another site cannot ask Footnote. Ask from a program of your own."
        if said:
            await _refusal(scope, said)(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)


def _is_foreign(headers: Headers) -> bool:
    """Say whether a page of another site asks."""
    origin = headers.get("origin")
    if origin is not None:
        try:
            return urlsplit(origin).netloc != headers.get("host", "")
        except ValueError:
            return True
    followed = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return headers.get("sec-fetch-site") in ("cross-site", "same-site") and not followed


def _refusal(scope: Scope, said: str) -> Response:
    if reply := reply_for(path_below(scope)):
        return reply(403, "other_site", said)
    return PlainTextResponse(said, 403)
