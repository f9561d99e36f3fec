"""Articles that come without a place of their own: files that are sent, and texts that are pasted."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import InvalidMetadata, UnreadableSource
from rag.index.library import Library
from rag.index.naming import plain_name
from rag.index.progress import Progress
from rag.index.report import AddReport, FailedSource
from rag.text import clean_text, shorten
from rag.types import Article, Metadata

_TITLE = 80


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of something that was added under a name, or beside what had that name."""

    report: AddReport
    name: str
    """The name that it came with."""
    source: str
    """The name that it was added under."""


class Uploads:
    """Files that came over the network, each in a folder of its own until it is added. What is left goes at the end."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True)

    def place(self, name: str) -> Path:
        """Return where to put a file of that name. Whatever folder is in the name means nothing."""
        return Path(tempfile.mkdtemp(dir=self._folder.name)) / plain_name(name)


def add_file(library: Library, file: Path, progress: Progress | None = None) -> Placed:
    """Add a file that was sent, under its own name, or beside what has that name."""
    with library.changing():  # so that nobody takes the name meanwhile
        try:
            source = library.free_name(file, file.name)
        except UnreadableSource:
            source = file.name  # adding it tells what is wrong
        report = library.add(file, named=lambda _: source, progress=progress)
    report.failed = [_own_name(failure, file) for failure in report.failed]
    return Placed(report, file.name, source)


def described(text: str, *, title: str = "", **said: Any) -> Metadata:
    """Return what is told of a text that is added as such; without a `title` its first line is one.

    Raises `InvalidMetadata` where there is no text, or what is `said` of it (`Metadata.written`) cannot be.
    """
    text = clean_text(text)
    if not text:
        raise InvalidMetadata("There is no text yet. Paste some, then add it.")
    first = shorten(text.partition("\n")[0], _TITLE)
    return Metadata.written(title=title.strip() or first, **said)


def add_text(
    library: Library, text: str, metadata: Metadata, *, source: str = "", progress: Progress | None = None
) -> Placed:
    """Add a text. Under a `source` it takes the place of what is there, else it stands beside another of its title."""

    def article(name: str) -> Article:
        return Article(title=metadata.title, text=text, source=name).described(metadata)

    name = source or f"pasted/{metadata.title}"
    with library.changing():
        free = source or library.free_source(article(name))
        return Placed(library.add_articles([article(free)], progress=progress), name, free)


def _own_name(failure: FailedSource, file: Path) -> FailedSource:
    source, reason = (text.replace(str(file), file.name) for text in (failure.source, failure.reason))
    return FailedSource(source, reason.removeprefix(f"{source}: "))
