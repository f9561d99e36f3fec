"""What is looked at: a chunk that came up for a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from rag.types.articles import Chunk, Copy, copies_of
from rag.types.frozen import check_length, day_of, iso, rebuilt, set_field


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that came up for a question, with its article's particulars and the score of each stage."""

    chunk: Chunk
    title: str
    source: str
    published: date | None = None
    author: str | None = None
    page: int | None = None
    """The page, from 1, on which the chunk begins, where the article has pages."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """By stage: ``dense`` (cosine, -1 to 1), ``lexical`` (BM25, higher is better), ``fused``.
    A stage in which the chunk did not come up is missing."""
    sentence: tuple[int, int] | None = None
    """Of a passage that was read: where in the article its sentence stands that is likeliest to answer."""
    copies: tuple[Copy, ...] = ()
    """The copies of its article among the articles asked, which are no accounts of their own."""
    superseded: tuple[tuple[int, int], ...] = ()
    """Where in the article sentences stand that a near copy which answers before it has too, or has corrected."""

    def __post_init__(self) -> None:
        set_field(self, "scores", dict(self.scores))
        set_field(self, "copies", tuple(self.copies))
        set_field(self, "superseded", tuple((start, end) for start, end in self.superseded))
        if self.sentence is not None:
            start, end = self.sentence
            set_field(self, "sentence", (start, end))
            if not self.chunk.start <= start < end <= self.chunk.end:
                raise ValueError(f"No sentence of the chunk can stand at {start}:{end}.")

    @property
    def text(self) -> str:
        """The chunk's words."""
        return self.chunk.text

    @property
    def likeliest(self) -> str:
        """The words of `sentence`; those of the whole chunk where it was not read."""
        start, end = self.sentence or (self.chunk.start, self.chunk.end)
        return self.text[start - self.chunk.start : end - self.chunk.start]

    @property
    def article_id(self) -> str:
        """The id of the article that the chunk is cut out of."""
        return self.chunk.article_id

    @property
    def account(self) -> str:
        """What is one for an article and its near copies, and another for all others."""
        return min([self.article_id, *(copy.article_id for copy in self.copies)])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` brings the passage back."""
        return {
            "chunk_id": self.chunk.id,
            "article_id": self.article_id,
            "ordinal": self.chunk.ordinal,
            "start": self.chunk.start,
            "end": self.chunk.end,
            "text": self.text,
            "title": self.title,
            "source": self.source,
            "published": iso(self.published),
            "author": self.author,
            "page": self.page,
            "scores": dict(self.scores),
            "sentence": list(self.sentence) if self.sentence else None,
            "copies": [copy.to_dict() for copy in self.copies],
            "superseded": [list(span) for span in self.superseded],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave. Raises `ValueError` where a text does not fill its place."""
        chunk = rebuilt(
            Chunk,
            id=data["chunk_id"],
            article_id=data["article_id"],
            ordinal=data["ordinal"],
            start=data["start"],
            end=data["end"],
            text=data["text"],
        )
        check_length(chunk.text, chunk.start, chunk.end)
        return cls(
            chunk=chunk,
            title=data["title"],
            source=data["source"],
            published=day_of(data["published"]),
            author=data["author"],
            page=data.get("page"),
            scores=data["scores"],
            sentence=data.get("sentence"),
            copies=copies_of(data.get("copies")),
            superseded=data.get("superseded") or (),
        )
