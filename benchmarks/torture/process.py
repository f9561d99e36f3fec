"""The processes of the torture: one that writes until it is killed, and one that looks at what is left.

python -m benchmarks.torture.process write FOLDER WRITER WRITERS SEED
python -m benchmarks.torture.process check FOLDER
"""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.torture.library import GONE, STORIES, opened, story, version_of
from rag.errors import DiskFull
from rag.index.library import Library

_FRESH = range(10_000, 10_150)
"""Numbers of stories that are added to those that were there."""


def write(folder: str, writer: str, writers: str, seed: str) -> None:
    """Add, update, remove, repair and write again, one after the other; say before and after what it is."""
    drawn = random.Random(int(seed))
    stories = range(STORIES), _FRESH
    own, fresh = ([n for n in numbers if n % int(writers) == int(writer)] for numbers in stories)
    while True:
        try:
            with opened(Path(folder)) as library:
                _say("opened")
                while True:
                    try:
                        _change(library, drawn, own, fresh)
                    except DiskFull:
                        _full()
        except DiskFull:
            _full()


def _change(library: Library, drawn: random.Random, own: list[int], fresh: list[int]) -> None:
    version = drawn.randrange(1, 10**6)
    match drawn.choices(["add", "update", "remove", "again", "repair"], [4, 5, 2, 2, 1])[0]:
        case "add":
            _put(library, "add", dict.fromkeys(drawn.sample(fresh, drawn.randint(1, 20)), version))
        case "update":
            _put(library, "update", dict.fromkeys(drawn.sample(own, drawn.randint(1, 40)), version))
        case "remove":
            there = [n for n in own if library.catalog.article(story(n, 0).id)]
            _remove(library, drawn.sample(there, min(len(there), drawn.randint(1, 3))))
        case "again":
            _say("begin", "again", {})
            library._vectors.upsert([info.id for info in library.articles()])
            _say("done")
        case "repair":
            _say("begin", "repair", {})
            library.repair()
            _say("done")


def _full() -> None:
    _say("full")
    time.sleep(0.05)


def check(folder: str) -> None:
    """Print as JSON what is wrong, and which version of each story is there."""
    with opened(Path(folder)) as library:
        library.add_articles([])  # finishes what was interrupted, as the next change would
        findings = library.check()
        there = {info.id: info.source for info in library.articles()}
        versions = {source.split("/")[1]: version_of(library.article(i)) for i, source in there.items()}
        inexact = 0
        for passage in library.search("story 7 was told at sea", 50):
            article = library.article(passage.article_id)
            inexact += passage.text != article.text[passage.chunk.start : passage.chunk.end]
    print(json.dumps({"problems": findings.problems, "versions": versions, "inexact": inexact} | asdict(findings)))


def _put(library: Library, what: str, versions: dict[int, int]) -> None:
    _say("begin", what, versions)
    library.add_articles(story(number, version) for number, version in versions.items())
    _say("done")


def _remove(library: Library, numbers: list[int]) -> None:
    _say("begin", "remove", dict.fromkeys(numbers, GONE))
    for number in numbers:
        library.remove(story(number, 0).id)
    _say("done")


def _say(*what: object) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](*sys.argv[2:])
