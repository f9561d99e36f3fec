"""What the library page shows of the library: its list, its duplicates, its years, its map."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from rag.index.library import Library
from rag.index.listing import Facet
from rag.index.removed import KEPT
from rag.links import link
from serve.accounts import acting
from serve.problems import FRESH
from ui.choices import Choices
from ui.rendering.templating import render
from ui.shelf.asked import A_PAGE, Asked
from ui.shelf.bars import bars
from ui.shelf.points import Drawn

_MOST_GROUPS = 100
_COLUMNS = (("title", "Title"), ("author", "Author"), ("published", "Date"), ("added", "Added"))


def routes(library: Library) -> APIRouter:
    """Return the routes under which the page asks for what it shows."""
    router = APIRouter(prefix="/library")
    views = Views(library)

    @router.get("/articles", response_class=HTMLResponse)
    def articles(request: Request) -> HTMLResponse:
        return HTMLResponse(views.articles(Asked.of(request.query_params)), headers=FRESH)

    @router.get("/duplicates", response_class=HTMLResponse)
    def duplicates(request: Request) -> HTMLResponse:
        return HTMLResponse(views.duplicates(Asked.of(request.query_params)), headers=FRESH)

    @router.get("/years", response_class=HTMLResponse)
    def years(request: Request) -> HTMLResponse:
        return HTMLResponse(views.years(Asked.of(request.query_params)), headers=FRESH)

    @router.get("/map", response_class=HTMLResponse)
    def atlas(request: Request) -> HTMLResponse:
        query = request.query_params
        return HTMLResponse(views.map(Asked.of(query), query.get("by", "")), headers=FRESH)

    @router.get("/points")
    def points(request: Request) -> JSONResponse:
        query = request.query_params
        return JSONResponse(views.points(Asked.of(query), query.get("by", "")), headers=FRESH)

    @router.get("/choices", response_class=HTMLResponse)
    def choices(request: Request) -> HTMLResponse:
        return HTMLResponse(views.choices(Asked.of(request.query_params)), headers=FRESH)

    @router.get("/removed", response_class=HTMLResponse)
    def removed() -> HTMLResponse:
        return HTMLResponse(render("shelf/removed.html", removed=library.removed(), days=KEPT.days), headers=FRESH)

    return router


class Views:
    """Writes what is shown."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._facets: tuple[object, list[Facet]] = (None, [])

    def articles(self, asked: Asked) -> str:
        """Write a page of the list."""
        page = self._library.listing.page(
            asked.wanted, order=asked.order, ascending=asked.ascending, first=(asked.page - 1) * A_PAGE, most=A_PAGE
        )
        return render(
            "shelf/articles.html",
            asked=asked,
            page=page,
            rows=[(info, link(info.id), info.id in page.near_copies) for info in page.articles],
            columns=_COLUMNS,
            number=page.first // A_PAGE + 1,
            pages=max(1, -(-page.found // A_PAGE)),
            refusal=self._refusal(),
            removed=len(self._library.removed()) if acting.may("editor") else 0,
        )

    def duplicates(self, asked: Asked) -> str:
        """Write the groups of articles that are one text, in other words or in the same."""
        listing = self._library.listing
        ids = listing.ids(asked.wanted) if asked.wanted else None
        groups = [
            [(copy, link(copy.article_id)) for copy in (group.answering, *group.others)]
            for group in self._library.duplicates()
            if ids is None or ids & {group.answering.article_id, *(copy.article_id for copy in group.others)}
        ]
        same = [(info, link(info.id)) for info in listing.repeated(asked.wanted, _MOST_GROUPS)]
        return render(
            "shelf/duplicates.html",
            asked=asked,
            groups=groups[:_MOST_GROUPS],
            more=len(groups) - _MOST_GROUPS,
            same=same,
            refusal=self._refusal(),
        )

    def years(self, asked: Asked) -> str:
        """Write the bars of the articles over time."""
        days = self._library.listing.days(asked.wanted)
        step, drawn = bars(days)
        return render(
            "shelf/years.html",
            asked=asked,
            step=step,
            bars=drawn,
            undated=days.get(None, 0),
            dated=sum(days.values()) - days.get(None, 0),
            most=max((bar.articles for bar in drawn), default=0),
        )

    def map(self, asked: Asked, by: str) -> str:
        """Write the frame of the map, and in words what is on it; a word to wait where it is not made yet."""
        drawn = self._drawn(asked, by)
        if drawn is None:
            return render("shelf/map_waits.html")
        return render("shelf/map.html", by=by, keys=drawn.keys(), shown=len(drawn.sparse), total=len(drawn.points))

    def points(self, asked: Asked, by: str) -> dict[str, Any]:
        """Return the points of the map, by column."""
        drawn = self._drawn(asked, by)
        return drawn.columns() if drawn else {}

    def _refusal(self) -> str:
        """Return why nothing can be changed here; "" where it can."""
        if not acting.may("editor"):
            return "You may read articles, not change them."
        return str(self._library.catalog.refusal or "")

    def _drawn(self, asked: Asked, by: str) -> Drawn | None:
        listing = self._library.listing
        made = self._library.atlas.current(listing.edition())
        return Drawn.of(made, listing.headings(asked.wanted), by_source=by == "source") if made else None

    def choices(self, asked: Asked) -> str:
        """Write what the list can be filtered by."""
        edition = self._library.listing.edition()
        if self._facets[0] != edition:
            self._facets = (edition, self._library.listing.facets())
        found = Choices.of(self._facets[1], asked.wanted.filters)
        return render("choices.html", choices=found, dates=asked.dates)
