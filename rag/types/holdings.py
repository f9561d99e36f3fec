"""What a library holds: the answer to a question about the library itself, from its catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from rag.filters import EVERY_ARTICLE, Filters
from rag.text import one_line, shorten
from rag.types.frozen import day_of, iso, set_field
from rag.types.wording import markdown_escape

_QUOTE = 160


@dataclass(frozen=True, slots=True)
class Held:
    """An article that an answer names, with the place in it that was asked for, where there is one."""

    article_id: str
    title: str
    source: str
    published: date | None = None
    author: str | None = None
    start: int = 0
    end: int = 0
    """Where `quote` stands in the article; 0 where nothing is quoted."""
    quote: str = ""
    """The article's own words: its first sentence in which stands what was asked for."""

    def __post_init__(self) -> None:
        if self.end - self.start != len(self.quote):
            raise ValueError(f"A quote of {len(self.quote)} characters cannot stand at {self.start}:{self.end}.")

    @property
    def label(self) -> str:
        """Its title, day and author, on one line."""
        return ", ".join(filter(None, [self.title, iso(self.published), self.author]))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` brings it back."""
        return {
            "article_id": self.article_id,
            "title": self.title,
            "source": self.source,
            "published": iso(self.published),
            "author": self.author,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave."""
        return cls(**{**data, "published": day_of(data["published"])})


@dataclass(frozen=True, slots=True)
class Holdings:
    """An answer about the library itself: a count in words, and the articles that it names."""

    text: str
    """One or a few sentences: "3 of your 22 articles are from 2023."."""
    articles: tuple[Held, ...] = ()
    """The articles that are named, as many as are read at once."""
    further: int = 0
    """How many more there are."""
    scope: Filters = EVERY_ARTICLE
    """What asks just these articles, all of them; every article where there is no such scope."""

    def __post_init__(self) -> None:
        set_field(self, "articles", tuple(self.articles))

    @property
    def rest(self) -> str:
        """What is said of the articles that are not named; "" where all are."""
        return f"and {self.further:,} more" if self.further else ""

    def lines(self) -> list[str]:
        """Return the articles for print, a line each and one for its quote."""
        found = []
        for held in self.articles:
            found.append(f"- {one_line(held.label)}")
            found += [f"    “{shorten(held.quote, _QUOTE)}”"] if held.quote else []
        return found + ([f"- {self.rest}"] if self.rest else [])

    def to_markdown(self) -> str:
        """Return it as Markdown; text from articles is escaped."""
        lines = []
        for held in self.articles:
            quote = f": “{markdown_escape(shorten(held.quote, _QUOTE))}”" if held.quote else ""
            lines.append(f"- {markdown_escape(one_line(held.label))}{quote}")
        lines += [f"- {self.rest}"] if self.rest else []
        return "\n".join([markdown_escape(self.text), *([""] if lines else []), *lines])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` brings it back."""
        return {
            "text": self.text,
            "articles": [held.to_dict() for held in self.articles],
            "further": self.further,
            "scope": self.scope.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave."""
        return cls(
            data["text"],
            tuple(Held.from_dict(held) for held in data["articles"]),
            data["further"],
            Filters.of(data.get("scope")),
        )
