"""Addresses of articles and of words in them: ``/article/<id>?start=..&end=..``.

Each is a page of its own, which works in any tab, after a restart and without JavaScript, to change what is told of
the article included. With ``view=panel`` the same address gives the part that the window shows beside the conversation.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from rag.errors import ArticleNotFound, FootnoteError
from rag.index.library import Library
from rag.links import check as check_of
from rag.types import Article, Metadata
from serve.accounts import acting
from serve.problems import FRESH
from ui.rendering import articles

View = Literal["page", "panel"]
Text = Annotated[str, Form()]


def routes(library: Library) -> APIRouter:
    """Return the routes that show the articles of `library`, and change what is told of them."""
    router = APIRouter()

    # Before the article itself, whose id may hold a slash.
    @router.post("/article/{article_id:path}/edit", response_class=HTMLResponse)
    def edit(
        article_id: str,
        title: Text = "",
        author: Text = "",
        published: Text = "",
        tags: Text = "",
        language: Text = "",
        view: View = "page",
    ) -> HTMLResponse:
        typed = {"title": title, "author": author, "published": published, "tags": tags, "language": language}
        try:
            metadata = Metadata.written(
                title=title, author=author, published=published, tags=tags.split(","), language=language
            )
            library.edit(article_id, metadata)
        except ArticleNotFound:
            return _gone(view)
        except FootnoteError as error:
            return _shown(library, article_id, view, problem=str(error), typed=typed, status=422)
        acting.did("article changed", article_id)
        return _shown(library, article_id, view, said="Saved. It stays when the source is read again.")

    @router.post("/article/{article_id:path}/as-in-source", response_class=HTMLResponse)
    def as_in_source(article_id: str, view: View = "page") -> HTMLResponse:
        try:
            edited = library.edited(article_id)
            if edited:
                library.edit(article_id, edited.read)
        except FootnoteError as error:
            return _shown(library, article_id, view, problem=str(error), status=409)
        acting.did("article changed", f"{article_id}, as in its source")
        return _shown(library, article_id, view, said="All is as the source says again.")

    @router.post("/article/{article_id:path}/reindex", response_class=HTMLResponse)
    def reindex(article_id: str, view: View = "page") -> HTMLResponse:
        try:
            library.reindex(article_id)
        except ArticleNotFound:
            return _gone(view)
        except FootnoteError as error:
            return _shown(library, article_id, view, problem=str(error), status=409)
        acting.did("article changed", f"{article_id}, indexed anew")
        return _shown(library, article_id, view, said="Indexed anew.")

    @router.post("/article/{article_id:path}/remove", response_class=HTMLResponse)
    def remove(article_id: str, view: View = "page") -> HTMLResponse:
        try:
            title = library.article(article_id).title
            library.remove(article_id)
        except ArticleNotFound:
            return _gone(view)
        except FootnoteError as error:
            return _shown(library, article_id, view, problem=str(error), status=409)
        acting.did("articles removed", f"{article_id} ({title})")
        return HTMLResponse(articles.removed_article(article_id, title, page=view == "page"), headers=FRESH)

    @router.post("/article/{article_id:path}/put-back", response_class=HTMLResponse)
    def put_back(article_id: str, view: View = "page") -> HTMLResponse:
        try:
            (back,) = library.put_back(article_id)
        except ArticleNotFound:
            return _gone(view)
        acting.did("articles restored", article_id)
        return _shown(library, back.article_id, view, said="It is in the library again.")

    @router.get("/article/{article_id:path}", response_class=HTMLResponse)
    def show(article_id: str, start: int = 0, end: int = 0, check: str = "", view: View = "page") -> HTMLResponse:
        return _shown(library, article_id, view, place=(start, end), check=check)

    return router


def _shown(
    library: Library,
    article_id: str,
    view: View,
    *,
    place: tuple[int, int] = (0, 0),
    check: str = "",
    said: str = "",
    problem: str = "",
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Show an article, and above it what there is to say; in the form what was `typed`, where that was not taken."""
    try:
        article = library.article(article_id)
    except ArticleNotFound:
        return _gone(view)
    span = _span(article, *place, check)
    html = articles.article(
        article,
        span,
        changed=span is None and bool(check),
        page=view == "page",
        edited=library.edited(article_id),
        may_edit=library.catalog.refusal is None and acting.may("editor"),
        said=said,
        problem=problem,
        typed=typed,
    )
    return HTMLResponse(html, status, headers=FRESH)


def _gone(view: View) -> HTMLResponse:
    return HTMLResponse(articles.no_article(page=view == "page"), 404, headers=FRESH)


def _span(article: Article, start: int, end: int, check: str) -> tuple[int, int] | None:
    """Return what to mark, or None where no such words stand there (any more)."""
    if not 0 <= start < end <= len(article.text):
        return None
    if check and check != check_of(article.text[start:end]):
        return None
    return start, end
