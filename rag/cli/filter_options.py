"""The options of the command line that say which articles are asked."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.filters import Filters
    from rag.index.library import Library


def add_filter_options(parser: argparse.ArgumentParser) -> None:
    """Add --since, --until, --tag, --source, --language and --article to a command."""
    group = parser.add_argument_group(
        "which articles", "each can be given several times, which means any of them, but for the dates"
    )
    group.add_argument("--since", metavar="DATE", help="of this day or later: 2025, 2025-03 or 2025-03-31")
    group.add_argument("--until", metavar="DATE", help="of this day or earlier; of a year or month, its last day")
    group.add_argument("--tag", action="append", default=[], help="with this tag")
    group.add_argument(
        "--source", action="append", default=[], metavar="PLACE", help="from this file, folder, page or site"
    )
    group.add_argument("--language", action="append", default=[], metavar="CODE", help="in this language, such as en")
    group.add_argument("--article", action="append", default=[], metavar="ID", help="the one with this id")


def filters_of(options: argparse.Namespace, library: Library) -> Filters:
    """Return what the options say. Raises `InvalidFilter`."""
    from rag.filters import Filters

    return Filters(
        since=options.since,
        until=options.until,
        sources=[_source(given, library) for given in options.source],
        tags=options.tag,
        languages=options.language,
        articles=options.article,
    )


def _source(given: str, library: Library) -> str:
    """Return a source as the library knows it: as given, or the full path of a file or folder named from here."""
    from rag.filters import Filters
    from rag.ingest.loaders import source_of

    known = library.catalog.select(Filters(sources=given)).articles
    path = Path(given).expanduser()
    return source_of(path) if not known and path.exists() else given
