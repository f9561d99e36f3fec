"""What a loader is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import BinaryIO, Self

from rag.errors import UnreadableSource

LARGEST = 64_000_000
"""Bytes that are read of a source at once. Sources of several articles are read article by article instead."""
LARGEST_TEXT = 32_000_000
"""Bytes of a text or a page, which takes several times as much in memory."""
LONGEST = 8_000_000
"""Characters of one article at most: more than all of Shakespeare."""


@dataclass(frozen=True, slots=True)
class RawSource:
    """One source, open for reading, and the name it came under."""

    file: BinaryIO
    """Seekable, and closed when the loader is done."""
    name: str
    """The file name, or the last part of a URL: a title or a date may be in it."""

    @classmethod
    def of(cls, data: bytes, name: str) -> Self:
        """Make a source of bytes at hand."""
        return cls(BytesIO(data), name)

    @property
    def data(self) -> bytes:
        """All of its bytes. Raises UnreadableSource where there are more than `LARGEST`."""
        return self._read(LARGEST)

    @property
    def text_data(self) -> bytes:
        """All of its bytes, of what is text by itself. Raises UnreadableSource above `LARGEST_TEXT`."""
        return self._read(min(LARGEST, LARGEST_TEXT))

    def _read(self, most: int) -> bytes:
        self.file.seek(0)
        data = self.file.read(most + 1)
        if len(data) > most:
            raise UnreadableSource(
                f"it is larger than {most // 1_000_000} MB, which is no article. Split it, or leave it out."
            )
        return data


def check_length(characters: int) -> None:
    """Raise UnreadableSource where no article is as long."""
    if characters > LONGEST:
        raise UnreadableSource(too_long())


def too_long() -> str:
    """Return what is said of a text that is longer than `LONGEST`."""
    return f"it has more than {LONGEST:,} characters, which is no article. Split it, or leave it out."


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as a loader found it, before the text is normalised. Without text it has nothing to say."""

    title: str
    text: str
    published: date | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    part: str | None = None
    """Of a source of several articles: the name of this one in it, the same at every reading."""
    media_type: str | None = None
    """Where it is not that of the source, as of a file in a ZIP file."""
    pages: tuple[int, ...] = ()
    """Where in `text` each page begins."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a source that did not become an article, and why."""

    part: str | None
    """The name of the part; None is said of the source as a whole."""
    reason: str
    skipped: bool = False
    """It is no article by itself, such as a picture in a mail: worth a word, and no failure."""
