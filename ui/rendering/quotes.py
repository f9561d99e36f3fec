"""Quotes as they are shown: in their surroundings, with the address of their place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rag.errors import ArticleNotFound
from rag.index.library import Library
from rag.links import link
from rag.text import one_line, shorten
from rag.types import Citation, Copy, Held, Passage

_AROUND = 90
"""Characters of the article shown on each side of a quote."""
_NEAR = 220
"""Characters that are shown of a passage that is near."""


@dataclass(frozen=True, slots=True)
class Card:
    """A citation as it is shown: the quote in its surroundings and a link to it."""

    number: int
    article_id: str
    title: str
    published: date | None
    page: int | None
    before: str
    quote: str
    after: str
    cells: tuple[str, ...]
    """Of a quote that is a row of a table."""
    href: str
    missing: bool
    """The article is gone from the library, or these words are gone from the article."""
    elsewhere: tuple[tuple[str, tuple[tuple[Copy, str], ...]], ...] = ()
    """What is said of its article's near copies, and these with their addresses."""


def card(citation: Citation, library: Library) -> Card:
    """Return a citation as it is shown, with the article as `library` holds it now."""
    start, end = citation.start, citation.end
    text = _text(library, citation.article_id)
    missing = text[start:end] != citation.quote
    return Card(
        number=citation.number,
        article_id=citation.article_id,
        title=citation.title,
        published=citation.published,
        page=citation.page,
        before="" if missing else _before(text, start),
        quote=citation.quote,
        after="" if missing else _after(text, end),
        cells=_cells(citation.quote),
        href=link(citation.article_id, start, end, citation.quote),
        missing=missing,
        elsewhere=tuple(
            (words, tuple((copy, link(copy.article_id)) for copy in found))
            for words, found in (("Also in", citation.also_in), ("Not word for word in", citation.versions))
            if found
        ),
    )


def passage_link(passage: Passage) -> str:
    """Return the address of a passage's likeliest words in its article."""
    start, end = passage.sentence or (passage.chunk.start, passage.chunk.end)
    return link(passage.article_id, start, end, passage.likeliest)


def held_link(held: Held) -> str:
    """Return the address of an article that was listed, at its quote where it has one."""
    return link(held.article_id, held.start, held.end, held.quote) if held.quote else link(held.article_id)


def near(passage: Passage) -> tuple[str, str]:
    """Return what is shown of a passage that is near: words that lead up to its likeliest sentence, and that."""
    if not passage.sentence:
        return "", shorten(passage.text, _NEAR)
    if cells := _cells(passage.likeliest):
        return "", shorten("; ".join(cells), _NEAR)
    return _before(passage.text, passage.sentence[0] - passage.chunk.start), shorten(passage.likeliest, _NEAR)


def _cells(quote: str) -> tuple[str, ...]:
    """Return what stands in the cells of a row of a table, ``| Child | £3.20 |``; nothing of other quotes."""
    if not quote.startswith("|"):
        return ()
    return tuple(cell for cell in map(one_line, quote.split("|")) if cell)


def _text(library: Library, article_id: str) -> str:
    """Return the text of an article, or none at all where it is gone."""
    try:
        return library.article(article_id).text
    except ArticleNotFound:
        return ""


def _before(text: str, start: int) -> str:
    """Return what leads up to `start` in its own paragraph."""
    near = text[max(0, start - _AROUND) : start]
    if "\n\n" in near or start <= _AROUND:
        return near.rpartition("\n\n")[2]
    return "… " + near.partition(" ")[2]


def _after(text: str, end: int) -> str:
    """Return what follows `end` in its own paragraph."""
    near = text[end : end + _AROUND]
    if "\n\n" in near or end + _AROUND >= len(text):
        return near.partition("\n\n")[0]
    return near.rpartition(" ")[0] + " …"
