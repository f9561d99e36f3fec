"""Articles that come without a place of their own: files that are sent, and texts that are pasted."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rag.errors import InvalidMetadata, UnreadableSource
from rag.index.library import Library
from rag.index.progress import Progress
from rag.index.report import AddReport, FailedSource
from rag.text import clean_text, shorten
from rag.types import Article, Metadata

_LONGEST_NAME = 150
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
        return Path(tempfile.mkdtemp(dir=self._folder.name)) / _plain(name)


def add_file(library: Library, file: Path, progress: Progress | None = None) -> Placed:
    """Add a file that `Uploads` placed, under its own name, or beside what has that name; then it is deleted.

    One that cannot be read is in the report, and is left for another try.
    """
    try:
        source = library.free_name(file, file.name)
    except UnreadableSource:
        source = file.name  # adding it tells what is wrong
    report = library.add(file, named=lambda _: source, progress=progress)
    report.failed = [_own_name(failure, file) for failure in report.failed]
    if not report.failed:
        shutil.rmtree(file.parent, ignore_errors=True)
    return Placed(report, file.name, source)


@dataclass(frozen=True, slots=True)
class Pasted:
    """A text that was pasted, and what is told of it."""

    text: str
    metadata: Metadata

    @classmethod
    def of(cls, text: str, *, title: str = "", published: str = "") -> Pasted:
        """Return a text that can be added; without a `title` its first line is one.

        Raises `InvalidMetadata` where there is no text, or its day is none.
        """
        text = clean_text(text)
        if not text:
            raise InvalidMetadata("There is no text yet. Paste some, then add it.")
        first = shorten(text.partition("\n")[0], _TITLE)
        return cls(text, Metadata.written(title=title.strip() or first, published=published))

    def add(self, library: Library, progress: Progress | None = None) -> Placed:
        """Add it under its title, or beside another text of that title."""
        name = f"pasted/{self.metadata.title}"
        article = Article(title=self.metadata.title, text=self.text, source=name).described(self.metadata)
        source = library.free_source(article)
        report = library.add_articles([article.known_as("", source)] if source == name else [self._under(source)])
        return Placed(report, name, source)
