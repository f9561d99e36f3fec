"""What an answer is made of: its sentences and the footnotes that they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from datetime import date
from typing import Any, Literal, Self, get_args

from rag.types.articles import Article, Copy, copies_of
from rag.types.frozen import check_length, cut, day_of, iso, rebuilt, set_field


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered footnote: exact words of one article, cut out as ``Citation(article, number=..., ...)``."""

    article: InitVar[Article]
    number: int
    start: int
    end: int
    sentence: str = ""
    """The sentence of the answer that the quote supports."""
    also_in: tuple[Copy, ...] = ()
    """Copies of the article in which the quote stands too, word for word."""
    versions: tuple[Copy, ...] = ()
    """Near copies of the article in which it does not."""
    article_id: str = field(init=False)
    title: str = field(init=False)
    source: str = field(init=False)
    published: date | None = field(init=False)
    page: int | None = field(init=False)
    """The page, from 1, on which the quote begins, where the article has pages."""
    quote: str = field(init=False)
    """Always ``article.text[start:end]``."""

    def __post_init__(self, article: Article) -> None:
        if self.number < 1:
            raise ValueError(f"Citations are numbered from 1, not {self.number}.")
        set_field(self, "quote", cut(article, self.start, self.end))
        set_field(self, "also_in", tuple(self.also_in))
        set_field(self, "versions", tuple(self.versions))
        set_field(self, "article_id", article.id)
        set_field(self, "title", article.title)
        set_field(self, "source", article.source)
        set_field(self, "published", article.published)
        set_field(self, "page", article.page_at(self.start))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` brings the citation back."""
        return {
            "number": self.number,
            "article_id": self.article_id,
            "title": self.title,
            "source": self.source,
            "published": iso(self.published),
            "page": self.page,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "sentence": self.sentence,
            "also_in": [copy.to_dict() for copy in self.also_in],
            "versions": [copy.to_dict() for copy in self.versions],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave. Raises `ValueError` where a quote does not fill its place."""
        kept = {"page": None, **data, "published": day_of(data["published"])}
        copies = {name: copies_of(data.get(name)) for name in ("also_in", "versions")}
        citation = rebuilt(cls, **{**kept, **copies})
        check_length(citation.quote, citation.start, citation.end)
        return citation


Role = Literal["answer", "context", "otherwise"]
"""What a sentence is there for: to answer, to say what the one after it is about, or to say otherwise."""

Standing = Literal["quoted", "supported", "weak", "unsupported"]
"""How a sentence stands to the articles: in their words, or a model's and supported by them, weakly, or not at all."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and the numbers of the citations that it rests on.

    Further numbers are those of other articles that say the same.
    """

    text: str
    citations: tuple[int, ...]
    short: tuple[int, int] | None = None
    """Where the short answer stands in `text`, such as the date in a sentence that tells when."""
    role: Role = "answer"
    standing: Standing = "quoted"
    support: float | None = None
    """Of what a chat model wrote: the chance, from 0 to 1, that what is cited says so."""

    def __post_init__(self) -> None:
        set_field(self, "citations", tuple(self.citations))
        if self.short is not None:
            start, end = self.short
            set_field(self, "short", (start, end))
            if not 0 <= start < end <= len(self.text):
                raise ValueError(f"No short answer can stand at {start}:{end} of {self.text!r}.")
        if self.role not in get_args(Role):
            raise ValueError(f"A sentence is one of {', '.join(get_args(Role))}, not {self.role!r}.")
        if self.standing not in get_args(Standing):
            raise ValueError(f"A sentence is {', '.join(get_args(Standing))}, not {self.standing!r}.")
        if self.support is not None and not 0 <= self.support <= 1:
            raise ValueError(f"support must lie in [0, 1], not {self.support}.")

    @property
    def remark(self) -> str:
        """What has to be said of how it stands to the articles; "" where it is sound."""
        if self.standing == "unsupported":
            return "no article says this"
        if self.standing == "weak":
            return "not checked" if self.support is None else "weakly supported"
        return ""

    def __str__(self) -> str:
        remark = f" ({self.remark})" if self.remark else ""
        return self.text + "".join(f" [{number}]" for number in self.citations) + remark

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` brings the sentence back."""
        short = list(self.short) if self.short else None
        return {
            "text": self.text,
            "citations": list(self.citations),
            "short": short,
            "role": self.role,
            "standing": self.standing,
            "support": self.support,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave."""
        return cls(
            data["text"],
            data["citations"],
            data.get("short"),
            data.get("role", "answer"),
            data.get("standing", "quoted"),
            data.get("support"),
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """What a chat model was asked and gave for an answer."""

    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0
    price: float | None = None
    """US dollars, where the model's prices are known."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; ``Usage(**values)`` brings them back."""
        return {name: getattr(self, name) for name in self.__slots__}
