"""What is kept: an article, the chunks it is cut into, and others that are one text with it."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Self

from rag.text import clean_pages, clean_text, one_line
from rag.types.frozen import cut, day_of, iso, rebuilt, set_field
from rag.types.metadata import Metadata


@dataclass(frozen=True, slots=True)
class Article:
    """One article. ``Article(title=..., text=..., source=...)`` is enough to make one."""

    title: str
    text: str
    """Normalised when the article is made (`rag.text.clean_text`); every offset counts its characters."""
    source: str
    """Where it came from: a path, a URL or any name of one's own. Names the article: one source, one article."""
    published: date | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    """An ISO 639-1 code such as "en", where known."""
    media_type: str = "text/plain"
    pages: tuple[int, ...] = ()
    """Where in `text` each page begins, of what has pages; given as offsets in the text before it is normalised."""
    id: str = ""
    """Follows from the source where none is given: 16 hexadecimal digits."""
    content_hash: str = field(init=False, default="")
    """SHA-256 of everything that is stored but the id and the source."""

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise ValueError("An article needs a source: a path, a URL or a name of your own.")
        text, pages = clean_pages(self.text, self.pages)
        set_field(self, "text", text)
        set_field(self, "pages", pages)
        if not self.text:
            raise ValueError(f"The article {self.source!r} has no text.")
        set_field(self, "title", one_line(clean_text(self.title)) or "Untitled")
        set_field(self, "tags", tuple(self.tags))
        if isinstance(self.published, datetime):
            set_field(self, "published", self.published.date())
        set_field(self, "id", self.id or sha256(self.source.encode()).hexdigest()[:16])
        set_field(self, "content_hash", self._hash())

    @classmethod
    def restored(cls, **stored: Any) -> Self:
        """Bring back an article from all of its fields as they were stored, without normalising them again."""
        return rebuilt(cls, **stored)

    def known_as(self, article_id: str, source: str | None = None) -> Self:
        """Return the same article with another id, and from another source where one is given."""
        if (article_id, source or self.source) == (self.id, self.source):
            return self
        return self._with(id=article_id, source=source or self.source)

    @property
    def metadata(self) -> Metadata:
        """What is told of the text, which a person may know better than the source."""
        return Metadata(self.title, self.author, self.published, self.tags, self.language)

    def described(self, metadata: Metadata) -> Self:
        """Return the same article with other metadata; its text stays as it is."""
        if metadata == self.metadata:
            return self
        described = self._with(**{name: getattr(metadata, name) for name in Metadata.__slots__})
        set_field(described, "content_hash", described._hash())
        return described

    def page_at(self, offset: int) -> int | None:
        """Return the page, from 1, on which the character at `offset` stands, where there are pages."""
        return bisect_right(self.pages, offset) or None

    def _with(self, **changed: Any) -> Self:
        return rebuilt(type(self), **{**{name: getattr(self, name) for name in self.__slots__}, **changed})

    def _hash(self) -> str:
        parts = [self.title, self.text, str(self.published), self.author, self.language, *self.tags]
        if self.pages:
            parts.append(json.dumps(self.pages))
        return sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of one article, cut out as ``Chunk(article, start=..., end=...)``."""

    article: InitVar[Article]
    start: int
    end: int
    ordinal: int = 0
    """Place among the article's chunks, from 0."""
    article_id: str = field(init=False)
    text: str = field(init=False)
    """Always ``article.text[start:end]``."""
    id: str = field(init=False)
    """Made from the article's id and content, so that the same chunk has the same id every time."""

    def __post_init__(self, article: Article) -> None:
        set_field(self, "text", cut(article, self.start, self.end))
        set_field(self, "article_id", article.id)
        key = f"{article.id}:{article.content_hash}:{self.start}:{self.end}"
        set_field(self, "id", sha256(key.encode()).hexdigest()[:24])


@dataclass(frozen=True, slots=True)
class Copy:
    """An article that is one text with another, in its own wording: a story taken over by a second paper, an update.

    Or a further source of the very same text: then with the same id.
    """

    article_id: str
    title: str
    source: str
    published: date | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` brings the copy back."""
        return {
            "article_id": self.article_id,
            "title": self.title,
            "source": self.source,
            "published": iso(self.published),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave."""
        return cls(data["article_id"], data["title"], data["source"], day_of(data["published"]))


def copies_of(stored: Sequence[Mapping[str, Any]] | None) -> tuple[Copy, ...]:
    """Bring back copies from their `to_dict`; none where nothing was stored."""
    return tuple(Copy.from_dict(copy) for copy in stored or ())
