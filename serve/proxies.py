"""A proxy in front of Footnote: who asked, by which name, and below which path."""

from __future__ import annotations

from collections.abc import Callable, Set
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from rag.errors import InvalidSetting
from rag.leaving import is_loopback
from rag.settings import Settings

root: ContextVar[str] = ContextVar("root", default="")
"""The path below which the request under way was made, such as ``/footnote``; "" for none."""

_TOLD_BY_PROXIES = ("x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix", "x-gradio-server")
"""Headers that nothing further in may heed by itself. Those that name the client stay: `access` asks for them."""


def root_of(settings: Settings) -> str:
    """Return the path below which the window is served, by `root_path` or the path of `window_url`; "" for none."""
    return settings.root_path or urlsplit(settings.window_url).path.rstrip("/")


def is_known(settings: Settings) -> Callable[[str], bool]:
    """Return what says whether the window goes by a name, as it stands in ``Host``.

    Where it listens on this machine alone it goes by this machine's names and by that of `window_url`: another may be
    of a page elsewhere that had its name lead here. Where it listens wider it goes by any.
    """
    local, public = is_loopback(settings.host), urlsplit(settings.window_url).hostname

    def known(host: str) -> bool:
        name = _name(host)
        return not local or (name is not None and (is_loopback(name) or name == public))

    return known


def seen_here_only(settings: Settings) -> bool:
    """Say whether only who sits at this machine sees the window: it listens here, and no proxy passes it on."""
    public = urlsplit(settings.window_url).hostname or ""
    return is_loopback(settings.host) and not root_of(settings) and (not public or is_loopback(public))


class BehindProxies:
    """ASGI middleware: what proxies that are trusted say of a request becomes what it is; of others nothing is heeded.

    From ``X-Forwarded-For``, ``-Proto`` and ``-Host`` come the client, the scheme and the name. The path gets the
    `root` before it where the proxy took it off, so that further in it is the same whether it did or not.
    """

    def __init__(self, app: ASGIApp, *, trusted: str, root: str, known: Callable[[str], bool]) -> None:
        self._app = app
        self._root = root
        self._known = known
        self._trusting: Any = ProxyHeadersMiddleware(self._from_proxy, trusted)  # type: ignore[arg-type]
        self._trusted = self._trusting.trusted_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as the proxy got it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": list(scope["headers"])}
        if (scope["client"] or ("",))[0] in self._trusted:
            self._take_host(scope)
        await self._trusting(scope, receive, send)

    def _take_host(self, scope: Scope) -> None:
        """Put the name that the browser saw in its place.

        Not where the name by which the proxy asks is unknown: a page elsewhere whose own name leads to this machine
        can send any header, but not another ``Host``.
        """
        headers = MutableHeaders(scope=scope)
        named = headers.get("x-forwarded-host", "").rpartition(",")[2].strip()
        if named and self._known(headers.get("host", "")):
            headers["host"] = named

    async def _from_proxy(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = MutableHeaders(scope=scope)
        for name in _TOLD_BY_PROXIES:
            del headers[name]
        path = scope["path"]
        if self._root and not (path == self._root or path.startswith(f"{self._root}/")):
            scope["path"] = self._root + path
            scope["raw_path"] = self._root.encode() + scope.get("raw_path", path.encode())
        scope["root_path"] = self._root
        root.set(self._root)
        if self._root and path == self._root:
            query = scope["query_string"].decode("latin-1")
            await RedirectResponse(f"{self._root}/{query and '?' + query}", 308)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def refuse_ambiguous(root: str, own: Set[str]) -> None:
    """Raise `InvalidSetting` where a root path begins like an address of Footnote's `own`.

    Else nobody could tell whether the proxy took it off.
    """
    first = root.strip("/").partition("/")[0]
    if first in own:
        raise InvalidSetting(
            f"FOOTNOTE_ROOT_PATH cannot begin with /{first}, which is an address of Footnote's own. "
            f"Take another, such as /footnote{root}, and let the proxy pass that on."
        )


def path_below(scope: Scope) -> str:
    """Return the path of a request below the one under which the window is served."""
    path, below = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(below) if below and (path == below or path.startswith(f"{below}/")) else path


def name_of(headers: Headers) -> str:
    """Return the name by which a request was made, without its port; "" for none."""
    return _name(headers.get("host", "")) or ""


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:  # brackets that hold no address
        return None
