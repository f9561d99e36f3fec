"""The commands that take articles in: add, sync, watch."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from rag.cli.command import DONE, NOT_ALL, Commands, open_library, print_json, say
from rag.errors import FootnoteError
from rag.ingest.media_types import SUPPORTED

if TYPE_CHECKING:
    from rag.index.library import Library


def add_commands(commands: Commands) -> None:
    """Add add, sync and watch."""
    add = commands.add("add", _add, "add files, folders with all that is in them, and pages by their URLs")
    add.add_argument("paths", nargs="+", metavar="PATH", help=f"https://..., a folder, or a file: {SUPPORTED}")
    sync = commands.add("sync", _sync, "make the library match folders, and take in what is new in feeds")
    sync.add_argument(
        "places", nargs="*", metavar="PLACE", help="a folder, or a feed's address; by default all synced before"
    )
    sync.add_argument("--again", action="store_true", help="read also the files that are as they were")
    sync.add_argument("--emptied", action="store_true", help="remove the articles of a folder that is empty now")
    sync.add_argument("--list", action="store_true", help="list what is followed, and when it was last synced")
    sync.add_argument("--forget", metavar="PLACE", help="follow it no longer; its articles stay")
    watch = commands.add("watch", _watch, "keep the library matched to folders and feeds while they change", json=False)
    watch.add_argument(
        "places", nargs="*", metavar="PLACE", help="a folder, or a feed's address; by default all synced before"
    )


def _add(options: argparse.Namespace) -> int:
    with open_library(options) as library:
        report = library.add(options.paths)
    if options.json:
        print_json(asdict(report))
    else:
        say(report)
    return NOT_ALL if report.failed else DONE


def _sync(options: argparse.Namespace) -> int:
    from rag.index.report import AddReport

    with open_library(options) as library:
        if options.forget:
            library.unfollow(options.forget)
        if options.list or options.forget:
            return _say_followed(library, options)
        if options.emptied and not options.places:
            raise FootnoteError("Name the folder that was emptied: footnote sync --emptied FOLDER")
        report = AddReport()
        for place in _places(options, library):
            report.extend(library.sync(place, again=options.again, emptied=options.emptied))
    if options.json:
        print_json(asdict(report))
    else:
        say(report)
    return NOT_ALL if report.failed else DONE


def _say_followed(library: Library, options: argparse.Namespace) -> int:
    followed = library.followed()
    if options.json:
        print_json([{"place": place, "synced": synced} for place, synced in followed.items()])
    else:
        print(*(f"{place}  (as of {synced:%Y-%m-%d %H:%M} UTC)" for place, synced in followed.items()), sep="\n")
    return DONE


def _watch(options: argparse.Namespace) -> int:
    from rag.index.watching import watch

    with open_library(options) as library:
        places = _places(options, library)
        print(f"Watching {', '.join(places)}. Ctrl-C ends it.", flush=True)
        watch(library, places, lambda place, what: print(f"{place}: {what}", flush=True))
    return DONE


def _places(options: argparse.Namespace, library: Library) -> list[str]:
    places = options.places or list(library.followed())
    if not places:
        raise FootnoteError("The library follows nothing yet. Name a folder or a feed: footnote sync FOLDER")
    return places
