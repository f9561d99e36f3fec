"""Addresses of conversations: ``/conversation/<id>``, and of what the window shows of one beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from rag.answering.document import document, fragment, style_hash
from rag.answering.transcript import transcript
from rag.errors import ConversationNotFound
from rag.index.conversations import Conversation, Conversations
from rag.index.library import Library
from serve.accounts import acting
from serve.problems import FRESH
from serve.proxies import root
from ui.conversation import SHOWN_AT_ONCE, Shown, Turn
from ui.guard import POLICY
from ui.rendering import conversations as rendered
from ui.rendering.turns import turn as rendered_turn

_EXPORTS: dict[str, tuple[Callable[[Conversation], str], str, str]] = {
    "markdown": (transcript, "text/markdown", "md"),
    "html": (document, "text/html", "html"),
}
_PRINTED = {"Content-Security-Policy": POLICY.replace("style-src 'self'", f"style-src {style_hash()}")}
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*\s]+')
"""What a file's name cannot have on some system."""


def routes(library: Library, store: Conversations) -> APIRouter:
    """Return the routes that show the conversations of `store`, which asked `library`."""
    router = APIRouter(prefix="/conversation/{conversation}")

    @router.get("")
    def show(conversation: str) -> Response:
        """Open the window at a conversation; another account's is not there."""
        if acting.current() and not _is_there(store, conversation):
            return HTMLResponse(rendered.no_conversation(), 404, headers=FRESH)
        return RedirectResponse(f"{root.get()}/?conversation={quote(conversation, safe='')}", 307, headers=FRESH)

    @router.get("/turns")
    def turns(conversation: str, before: int, back_to: int | None = None) -> Response:
        """Send the turns before an ordinal, as far `back_to` another, below the button that brings those before."""
        if acting.current() and not _is_there(store, conversation):
            return Response(status_code=404, headers=FRESH)
        before = max(0, before)
        first = max(0, before - SHOWN_AT_ONCE if back_to is None else min(back_to, before))
        found = store.turns(conversation, before=before, limit=before - first)
        button = rendered.earlier(Shown(conversation, "", first))
        said = [rendered_turn(Turn.of(turn, conversation), library) for turn in found]
        return HTMLResponse(button + "".join(said), headers=FRESH)

    @router.get("/turn/{ordinal}/how")
    def how(conversation: str, ordinal: int) -> Response:
        """Send how an answer came up."""
        try:
            return HTMLResponse(rendered.how(store.turn(conversation, ordinal).answer), headers=FRESH)
        except ConversationNotFound:
            return Response(status_code=404, headers=FRESH)

    @router.get("/turn/{ordinal}/copy", response_model=None)
    def copy(conversation: str, ordinal: int) -> dict[str, Any] | Response:
        """Send a question, and its answer with its footnotes, to be copied."""
        try:
            answer = store.turn(conversation, ordinal).answer
        except ConversationNotFound:
            return Response(status_code=404, headers=FRESH)
        return {"question": answer.question, "text": str(answer), "html": fragment(answer)}

    @router.get("/export")
    def export(conversation: str, to: Literal["markdown", "html", "print"]) -> Response:
        """Send a conversation as a file to keep, or as a page that the browser prints, or saves as PDF."""
        try:
            found = store.get(conversation)
        except ConversationNotFound:
            return HTMLResponse(rendered.no_conversation(), 404, headers=FRESH)
        if to == "print":
            html = document(found, script=f"{root.get()}/assets/footnote/print.js")
            return HTMLResponse(html, headers=FRESH | _PRINTED)
        text, kind, ending = _EXPORTS[to]
        name = f"{_FORBIDDEN.sub(' ', found.info.title).strip(' .') or 'Conversation'}.{ending}"
        sent = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
        return Response(text(found), media_type=f"{kind}; charset=utf-8", headers={**FRESH, **sent})

    return router


def _is_there(store: Conversations, conversation: str) -> bool:
    try:
        store.info(conversation)
    except ConversationNotFound:
        return False
    return True
