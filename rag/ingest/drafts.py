"""What a loader is given and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RawSource:
    """The bytes of one source and the name they came under."""

    data: bytes
    name: str
    """The file name, or the last part of a URL: a title or a date may be in it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as a loader found it, before the text is normalised. Without text it has nothing to say."""

    title: str
    text: str
    published: date | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
