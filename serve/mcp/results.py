"""What the tools give, as models read it: each field says what it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from rag.index.listing import ArticleInfo, Page
from rag.links import link
from rag.types import Answer, Article, Citation, Passage
from rag.types.holdings import Held
from rag.types.wording import support

Address = Callable[[str, int | None, int | None, str], str | None]
"""Gives the address in the window of an article, or of the words at a place in it; None where there is no window."""

_PUBLISHED = "The article's day, where it has one."


class Words(BaseModel):
    """Words of an article, and where they stand."""

    title: str
    published: date | None = Field(description=_PUBLISHED)
    source: str = Field(description="The file or address that the article came from.")
    article_id: str
    start: int = Field(description="Offset in the article's text at which it begins, in characters from 0.")
    end: int = Field(description="Offset at which it ends; read_article takes both.")
    page: int | None = Field(description="The page, from 1, of an article that has pages.")
    url: str | None = Field(description="Address that opens these words in the person's own window, if there is one.")


class Cited(Words):
    """The article's own words that a sentence of the answer rests on."""

    number: int = Field(description="The number of the mark in the answer's text, such as 1 for [1].")
    quote: str = Field(description="The article's exact words.")

    @classmethod
    def of(cls, citation: Citation, address: Address) -> Cited:
        """Return a citation as a model reads it."""
        place = _place(citation, (citation.start, citation.end), citation.quote, address)
        return cls(number=citation.number, quote=citation.quote, **place)


class Named(BaseModel):
    """An article that the answer to a question about the library names."""

    article_id: str
    title: str
    published: date | None = Field(description=_PUBLISHED)
    author: str | None
    source: str
    quote: str = Field(description='Its first sentence that mentions what was asked for; "" where nothing is quoted.')

    @classmethod
    def of(cls, held: Held) -> Named:
        """Return an article that is named."""
        return cls(
            article_id=held.article_id,
            title=held.title,
            published=held.published,
            author=held.author,
            source=held.source,
            quote=held.quote,
        )


class Answered(BaseModel):
    """An answer from the articles, or the word that they do not answer."""

    found: bool = Field(description="Whether the articles answer. If false, do not answer from them.")
    text: str = Field(description="The answer, each sentence with marks such as [1]; or why there is none.")
    confidence: float = Field(description="From 0 to 1: of answers of this strength, that share is right.")
    confidence_in_words: str = Field(description="The same in words.")
    citations: list[Cited] = Field(description="What each mark stands for.")
    articles: list[Named] = Field(description="Of a question about the library itself: the articles it is about.")
    note: str = Field(description='A word beside the answer, such as that a list may be incomplete; "" for none.')
    written_by: str = Field(description='The chat model that worded the answer; "" where it is quoted word for word.')
    did_you_mean: list[str] = Field(description="Where nothing was found: the question as it may have been meant.")

    @classmethod
    def of(cls, answer: Answer, address: Address) -> Answered:
        """Return an answer as a model reads it."""
        return cls(
            found=answer.found,
            text=answer.text,
            confidence=round(answer.confidence, 3),
            confidence_in_words=support(answer.confidence) if answer.sentences else "",
            citations=[Cited.of(citation, address) for citation in answer.citations],
            articles=[Named.of(held) for held in answer.holdings.articles] if answer.holdings else [],
            note=answer.note if answer.found else "",
            written_by=answer.written_by,
            did_you_mean=list(answer.instead),
        )


class Found(Words):
    """A passage that fits what was searched for."""

    text: str = Field(description="The article's exact words.")
    author: str | None

    @classmethod
    def of(cls, passage: Passage, address: Address) -> Found:
        """Return a passage as a model reads it."""
        place = _place(passage, (passage.chunk.start, passage.chunk.end), passage.text, address)
        return cls(text=passage.text, author=passage.author, **place)


class Passages(BaseModel):
    """The passages that fit best, best first. That they are here does not mean that they answer."""

    passages: list[Found]


class Described(BaseModel):
    """What is known of an article."""

    article_id: str
    title: str
    author: str | None
    published: date | None = Field(description=_PUBLISHED)
    source: str = Field(description="The file or address that it came from.")
    tags: list[str]
    language: str | None = Field(description="A code such as en, where known.")
    characters: int = Field(description="Length of the whole text.")


class Listed(Described):
    """An article of a list."""

    @classmethod
    def of(cls, info: ArticleInfo) -> Listed:
        """Return an article of a list."""
        return cls(**_description(info), characters=info.characters)


class Articles(BaseModel):
    """One page of a list of articles, newest first."""

    articles: list[Listed]
    found: int = Field(description="How many articles fit, on all pages.")
    total: int = Field(description="How many articles the library has.")
    next_page: int | None = Field(description="Give this as page for those that follow; null on the last page.")

    @classmethod
    def of(cls, page: Page, number: int) -> Articles:
        """Return a page of that number."""
        more = page.first + len(page.articles) < page.found
        return cls(
            articles=[Listed.of(info) for info in page.articles],
            found=page.found,
            total=page.total,
            next_page=number + 1 if more else None,
        )


class Read(Described):
    """An article's text, or a part of it."""

    start: int = Field(description="Offset of the first character of text.")
    end: int = Field(description="Offset after the last character of text.")
    next_start: int | None = Field(description="Give this as start for what follows; null where the text ends here.")
    text: str = Field(description="The article's exact words.")
    url: str | None = Field(description="Its address in the person's own window of Footnote, if there is one.")

    @classmethod
    def of(cls, article: Article, start: int, end: int, *, more: bool, address: Address) -> Read:
        """Return the text from `start` to `end`; `more` says whether what was asked for goes on."""
        return cls(
            **_description(article),
            characters=len(article.text),
            start=start,
            end=end,
            next_start=end if more else None,
            text=article.text[start:end],
            url=address(article.id, None, None, ""),
        )


def in_window(base: str) -> Address:
    """Return what gives addresses in the window at `base`, such as http://127.0.0.1:7860; "" is no window."""

    def address(article_id: str, start: int | None, end: int | None, text: str) -> str | None:
        return f"{base.rstrip('/')}/{link(article_id, start, end, text)}" if base else None

    return address


def _place(of: Citation | Passage, span: tuple[int, int], words: str, address: Address) -> dict[str, Any]:
    return {
        "title": of.title,
        "published": of.published,
        "source": of.source,
        "article_id": of.article_id,
        "start": span[0],
        "end": span[1],
        "page": of.page,
        "url": address(of.article_id, *span, words),
    }


def _description(of: Article | ArticleInfo) -> dict[str, Any]:
    return {
        "article_id": of.id,
        "title": of.title,
        "author": of.author,
        "published": of.published,
        "source": of.source,
        "tags": list(of.tags),
        "language": of.language,
    }
