"""What is told of an article's text beside it: by its source, or by a person who knows better."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from rag.errors import InvalidMetadata
from rag.text import clean_text, one_line
from rag.types.frozen import day_of, iso

LONGEST_TITLE = 300
"""Characters of a title or an author at most: a title is stored with every chunk, and shown in every list."""
LONGEST_TAG, MOST_TAGS = 60, 100
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{1,8})*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Title, author, day, tags and language of an article."""

    title: str
    author: str | None = None
    published: date | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    """An ISO 639-1 code such as "en"."""

    @classmethod
    def written(
        cls,
        *,
        title: str,
        author: str = "",
        published: str = "",
        tags: Sequence[str] = (),
        language: str = "",
    ) -> Self:
        """Return what a person wrote. Raises `InvalidMetadata` with what to write instead."""
        found = cls(
            title=_line(title),
            author=_line(author) or None,
            published=_day(published.strip()),
            tags=tuple(dict.fromkeys(tag for tag in map(_line, tags) if tag)),
            language=language.strip() or None,
        )
        if not found.title:
            raise InvalidMetadata("An article needs a title. Write one of a word or more.")
        if max(len(found.title), len(found.author or "")) > LONGEST_TITLE:
            raise InvalidMetadata(f"A title and an author have at most {LONGEST_TITLE} characters. Shorten it.")
        if len(found.tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in found.tags):
            raise InvalidMetadata(f"There are at most {MOST_TAGS} tags, of at most {LONGEST_TAG} characters each.")
        if found.language and not _LANGUAGE.fullmatch(found.language):
            raise InvalidMetadata(
                f"{found.language!r} is no code of a language. Write one such as en, de or pt-BR, or leave it empty."
            )
        return found

    def checked(self) -> Self:
        """Return the same with spaces put in order. Raises `InvalidMetadata` as `written` does."""
        return self.written(
            title=self.title,
            author=self.author or "",
            published=iso(self.published) or "",
            tags=self.tags,
            language=self.language or "",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` brings the metadata back."""
        return {
            "title": self.title,
            "author": self.author,
            "published": iso(self.published),
            "tags": list(self.tags),
            "language": self.language,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave."""
        return cls(data["title"], data["author"], day_of(data["published"]), tuple(data["tags"]), data["language"])


def _line(text: str) -> str:
    return one_line(clean_text(text))


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError as error:
        raise InvalidMetadata(f"{written!r} is no day. Write one as 2025-03-31, or leave it empty.") from error
