"""From addresses of pages to articles: what cannot be read goes to the report."""

from __future__ import annotations

import time
from collections.abc import Iterator

from rag.errors import UnreadableSource
from rag.index.adding import Numbered
from rag.index.report import AddReport, FailedSource
from rag.ingest import load_url


def articles_at(url: str, number: int, report: AddReport, *, private: bool) -> Iterator[Numbered] | None:
    """Fetch the page at `url`, and return its articles, each with `number`; None where there is no such page."""
    try:
        # Fetched here and not when the articles are asked for: then the library is locked, and sites take their time.
        found = load_url(url, private=private, on_problem=report.leave_out)
    except UnreadableSource as error:
        _fail(url, report, error)
        return None

    def articles() -> Iterator[Numbered]:
        try:
            for article in found:
                yield number, article
        except UnreadableSource as error:
            _fail(url, report, error)

    return articles()


def may_fetch(url: str, report: AddReport, *, private: bool) -> bool:
    """Say whether the site lets programs fetch `url`, and wait as long as it wants; where not, the report says so."""
    from rag.ingest.fetch import fetch
    from rag.ingest.robots import Robots

    try:
        time.sleep(Robots(lambda page: fetch(page, private=private)).check(url))
    except UnreadableSource as error:
        _fail(url, report, error)
        return False
    return True


def _fail(url: str, report: AddReport, error: UnreadableSource) -> None:
    report.failed.append(FailedSource(url, str(error).removeprefix(f"{url}: ")))
