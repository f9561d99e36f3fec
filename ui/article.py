"""Addresses of articles and of words in them: ``/article/<id>?start=..&end=..``.

Each is a page of its own, which works in any tab, after a restart and without JavaScript. With
``view=panel`` the same address gives the part that the window shows beside the conversation.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from rag.errors import ArticleNotFound
from rag.index.library import Library
from rag.types import Article
from ui import render

_FRESH = {"Cache-Control": "no-store"}


def routes(library: Library) -> APIRouter:
    """Return the routes that show the articles of `library`."""
    router = APIRouter()

    @router.get("/article/{article_id:path}", response_class=HTMLResponse)
    def show(
        article_id: str,
        start: int = 0,
        end: int = 0,
        check: str = "",
        view: Literal["page", "panel"] = "page",
    ) -> HTMLResponse:
        page = view == "page"
        try:
            article = library.article(article_id)
        except ArticleNotFound:
            return HTMLResponse(render.no_article(page=page), status_code=404, headers=_FRESH)
        span = _span(article, start, end, check)
        changed = span is None and bool(check)
        return HTMLResponse(render.article(article, span, changed=changed, page=page), headers=_FRESH)

    return router


def _span(article: Article, start: int, end: int, check: str) -> tuple[int, int] | None:
    """Return what to mark, or None where no such words stand there (any more)."""
    if not 0 <= start < end <= len(article.text):
        return None
    if check and check != render.check(article.text[start:end]):
        return None
    return start, end
