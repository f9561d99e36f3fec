"""The commands about articles: list, show, remove."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rag.cli.command import DONE, Commands, open_library, print_json, say
from rag.cli.filter_options import add_filter_options, filters_of

if TYPE_CHECKING:
    from rag.index.copies import Group


def add_commands(commands: Commands) -> None:
    """Add list, show and remove."""
    listing = commands.add("list", _list, "list the articles, newest first")
    listing.add_argument("--search", default="", metavar="TEXT", help="only those with this in title, author or source")
    listing.add_argument(
        "--duplicates",
        action="store_true",
        help="only articles that are near copies, each group under the one that answers",
    )
    add_filter_options(listing)
    show = commands.add("show", _show, "print one article")
    show.add_argument("id", help="an id that `footnote list` shows")
    remove = commands.add("remove", _remove, "remove articles; their files are left alone")
    remove.add_argument("ids", nargs="+", metavar="ID", help="an id that `footnote list` shows")
    remove.add_argument("--undo", action="store_true", help="put back what was removed in the last seven days")


def _list(options: argparse.Namespace) -> int:
    with open_library(options) as library:
        filters = filters_of(options, library)
        if options.duplicates:
            return _list_duplicates(library.duplicates(filters), options)
        infos = library.articles(filters)
    wanted = options.search.casefold()
    infos = [i for i in infos if wanted in " ".join((i.title, i.author or "", i.source, *i.further_sources)).casefold()]
    if options.json:
        print_json([asdict(info) for info in infos])
        return DONE
    for info in infos:
        say(f"{info.id}  {info.published or '          '}  {info.title}")
    if not infos:
        asked = f"No articles {filters}".rstrip()
        print(f"{asked}." if not wanted else f"{asked} match {options.search!r}.", file=sys.stderr)
    return DONE


def _list_duplicates(groups: Sequence[Group], options: argparse.Namespace) -> int:
    """List near copies under the one that answers, each group in which the text searched for stands."""
    wanted = options.search.casefold()
    found = [g for g in groups if any(wanted in f"{c.title} {c.source}".casefold() for c in (g.answering, *g.others))]
    if options.json:
        print_json([asdict(group) for group in found])
        return DONE
    for group in found:
        for mark, copy in [("", group.answering), *(("  = ", copy) for copy in group.others)]:
            say(f"{mark}{copy.article_id}  {copy.published or '          '}  {copy.title} ({copy.source})")
    if not found:
        print("No articles are near copies of each other.", file=sys.stderr)
    return DONE


def _show(options: argparse.Namespace) -> int:
    with open_library(options) as library:
        article = library.article(options.id)
    if options.json:
        print_json(asdict(article))
        return DONE
    particulars = [str(article.published or ""), article.author or "", article.source]
    say(article.title, " | ".join(filter(None, particulars)), "", article.text)
    return DONE


def _remove(options: argparse.Namespace) -> int:
    with open_library(options) as library:
        (library.put_back if options.undo else library.remove)(*options.ids)
    done = "put back" if options.undo else "removed"
    if options.json:
        print_json({done.replace(" ", "_"): options.ids})
    else:
        print(f"{len(options.ids)} {done}")
    return DONE
