"""What each route takes: the one place in which this is decided.

Routes stand here as the application has them. What no row names is not there for anybody: a test takes every route of
the application, those of Gradio's too, and fails where one of ours is in no row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from starlette.routing import compile_path

from rag.index.accounts.account import Role

Needs = Role | Literal["open", "token", "token or reader", "token or admin", "nobody"]
"""`open` to everybody; `token`: the route asks for one by itself; `nobody`: it is not there."""

_GET, _POST = "GET", "POST"

TABLE: tuple[tuple[Needs, str, tuple[str, ...]], ...] = (
    ("open", _GET, ("/login", "/healthz", "/favicon.ico", "/assets/footnote/{path:path}")),
    ("open", _POST, ("/login",)),
    # For programs. Each asks for a token by itself (`serve/api/guarding.py`).
    ("token", _POST, ("/api/answer", "/api/search", "/api/articles", "/v1/chat/completions")),
    ("token", _GET, ("/api/articles", "/api/jobs/{job_id}", "/api/articles/{article_id:anything}", "/v1/models")),
    ("token", "DELETE", ("/api/articles/{article_id:anything}",)),
    ("token or reader", _GET, ("/api/openapi.json",)),
    ("token or reader", "*", ("/api/{path:anything}", "/v1/{path:anything}")),
    ("token or admin", _GET, ("/metrics",)),
    # Of one's own.
    ("reader", _GET, ("/account",)),
    ("reader", _POST, ("/account/password", "/logout")),
    # Accounts.
    ("admin", _GET, ("/accounts", "/accounts/audit")),
    (
        "admin",
        _POST,
        tuple(f"/accounts/{does}" for does in ("new", "role", "password", "disable", "enable", "end-sessions")),
    ),
    # Conversations: each account's own.
    (
        "reader",
        _GET,
        (
            "/conversation/{conversation}",
            *(f"/conversation/{{conversation}}/{part}" for part in ("turns", "export")),
            *(f"/conversation/{{conversation}}/turn/{{ordinal}}/{part}" for part in ("how", "copy")),
        ),
    ),
    (
        "reader",
        _POST,
        tuple(f"/conversation/{{conversation}}/turn/{{ordinal}}/{what}" for what in ("verdict", "objection")),
    ),
    # Articles. What changes one comes first: an article's id may hold a slash.
    (
        "editor",
        _POST,
        tuple(f"/article/{{article_id:path}}/{do}" for do in ("edit", "as-in-source", "reindex", "remove", "put-back")),
    ),
    ("reader", _GET, ("/article/{article_id:path}",)),
    # The library page.
    (
        "reader",
        _GET,
        tuple(f"/library/{view}" for view in ("articles", "duplicates", "years", "map", "points", "choices")),
    ),
    ("editor", _GET, ("/library/removed", "/library/followed", "/library/jobs/{job_id}")),
    ("editor", _POST, tuple(f"/library/add/{what}" for what in ("files", "pages", "place", "text"))),
    ("editor", _POST, tuple(f"/library/jobs/{{job_id}}/{do}" for do in ("retry", "stop", "replace"))),
    (
        "editor",
        _POST,
        tuple(f"/library/{do}" for do in ("remove", "put-back", "forget-removed", "sync", "unfollow", "repair")),
    ),
    # Settings.
    ("admin", _GET, ("/settings/embedding-model",)),
    ("admin", _POST, ("/settings", "/settings/chat-model", "/settings/embedding-model", "/settings/tokens")),
    # Gradio's, as far as the window uses them: its page, its files, and the queue of events, which change nothing but
    # an account's own conversations. All else of Gradio's is not there (`ui.gradio_page`, which a test compares).
    (
        "reader",
        _GET,
        (
            "/",
            *("/config", "/theme.css", "/static/{path:path}", "/assets/{path:path}"),
            *("/gradio_api/app_id", "/gradio_api/queue/data", "/gradio_api/heartbeat/{session_hash}"),
        ),
    ),
    ("reader", _POST, ("/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one route takes."""

    needs: Needs
    method: str
    """`*` for every one."""
    route: str
    address: re.Pattern[str]


def rows() -> list[Row]:
    """Return the rows, in the order in which they are asked."""
    # The API's kind of parameter is known once it is imported.
    import serve.api.routes  # noqa: F401

    return [Row(needs, method, route, compile_path(route)[0]) for needs, method, routes in TABLE for route in routes]


def needs_of(known: list[Row], method: str, path: str) -> Row | None:
    """Return the row of a request; None where there is none."""
    method = _GET if method == "HEAD" else method
    return next((row for row in known if row.method in (method, "*") and row.address.match(path)), None)
