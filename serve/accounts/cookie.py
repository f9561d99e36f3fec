"""The cookie that carries a session's secret."""

from __future__ import annotations

from hashlib import sha256

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import Response
from starlette.types import Scope


class Cookie:
    """The cookie of one library's window: browsers send those of a host to all of its ports."""

    def __init__(self, library: str, days: float) -> None:
        self._name = f"footnote-{sha256(library.encode()).hexdigest()[:8]}"
        self._seconds = int(days * 86_400)

    def secret(self, scope: Scope) -> str:
        """Return what a request carries; "" for nothing."""
        sent = Headers(scope=scope).getlist("cookie")
        found = {name: value for part in sent for name, value in cookie_parser(part).items()}
        return found.get(self._named(scope), "")

    def put(self, response: Response, request: HTTPConnection, secret: str) -> None:
        """Let the browser carry a secret: only to this host, not to scripts, not along with other sites' requests."""
        scope = request.scope
        response.set_cookie(
            self._named(scope),
            secret,
            max_age=self._seconds,
            path=scope.get("root_path") or "/",
            secure=_is_secure(scope),
            httponly=True,
            samesite="lax",
        )

    def remove(self, response: Response, request: HTTPConnection) -> None:
        """Let the browser forget it."""
        scope = request.scope
        response.delete_cookie(
            self._named(scope),
            path=scope.get("root_path") or "/",
            secure=_is_secure(scope),
            httponly=True,
            samesite="lax",
        )

    def _named(self, scope: Scope) -> str:
        """Return its name; where it can be, with the prefix by which browsers take it from this host over TLS only."""
        return f"__Host-{self._name}" if _is_secure(scope) and not scope.get("root_path") else self._name


def _is_secure(scope: Scope) -> bool:
    """Say whether the request came over TLS: `BehindProxies` heeds what a proxy says of that."""
    return bool(scope.get("scheme") in ("https", "wss"))
