"""Articles, as pages of their own and as parts for the panel, as HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.index.editing import Edit
from rag.links import link
from rag.types import Article
from ui.rendering.templating import render

_TABLE = re.compile(r"\|.*\|(?:\n\|.*\|)+")
_SHOWN = re.compile(r"[^\s|]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of an article's paragraph or cell that is wholly marked, or wholly not, and wholly on one page."""

    text: str
    marked: bool
    page: int | None = None
    """The page, from 1, that begins with it, where one does."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of an article, or a table: one of the two."""

    pieces: tuple[Piece, ...] = ()
    rows: tuple[tuple[tuple[Piece, ...], ...], ...] = ()
    """Of a table: its rows, of which the first is the header, of cells."""


def article(
    article: Article,
    span: tuple[int, int] | None,
    *,
    changed: bool,
    page: bool,
    edited: Edit | None = None,
    may_edit: bool = False,
    said: str = "",
    problem: str = "",
    typed: Mapping[str, str] | None = None,
) -> str:
    """Render an article with `span` marked, as a page of its own or as a part for the panel.

    `changed` says that the words once quoted no longer stand where they stood. What is told of it can be changed where
    it `may_edit` be; `typed` is what was written there and not taken.
    """
    return render(
        "article_page.html" if page else "article.html",
        article=article,
        blocks=_blocks(article.text, span or (0, 0), article.pages),
        changed=changed,
        view="page" if page else "panel",
        address=link(article.id),
        fields=typed or _fields(article),
        edited=[(name, _in_words(value)) for name, value in edited.changes()] if edited else [],
        may_edit=may_edit,
        said=said,
        problem=problem,
    )


def removed_article(article_id: str, title: str, *, page: bool) -> str:
    """Render the word that an article was removed, and the way back."""
    return render(
        "removed_article_page.html" if page else "removed_article.html",
        title=title,
        address=link(article_id),
        view="page" if page else "panel",
    )


def no_article(*, page: bool) -> str:
    """Render the word that an article is no longer in the library."""
    return render("no_article_page.html" if page else "no_article.html")


def _fields(article: Article) -> dict[str, str]:
    told = article.metadata.to_dict()
    return {name: _in_words(value) for name, value in told.items()}


def _in_words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")


def _blocks(text: str, span: tuple[int, int], pages: Sequence[int]) -> list[Block]:
    """Cut `text` at empty lines, tables into cells, and all of it at the borders of `span` and of `pages`."""
    begins = _begins(text, pages)
    blocks = []
    for found in re.finditer(r"[^\n]+(?:\n[^\n]+)*", text):
        first, last = found.span()
        if _TABLE.fullmatch(found[0]):
            lines = [line.span() for line in re.compile(r"[^\n]+").finditer(text, first, last)]
            blocks.append(Block(rows=tuple(_row(text, line, span, begins) for line in lines)))
        else:
            blocks.append(Block(pieces=_pieces(text, (first, last), span, begins)))
    return blocks


def _begins(text: str, pages: Sequence[int]) -> dict[int, int]:
    """Return the pages by where their first letter is shown. Of pages without any, the next one is named."""
    shown = ((_SHOWN.search(text, start), page) for page, start in enumerate(pages, start=1))
    return {letter.start(): page for letter, page in shown if letter}


def _row(
    text: str, line: tuple[int, int], span: tuple[int, int], begins: Mapping[int, int]
) -> tuple[tuple[Piece, ...], ...]:
    cells = re.compile(r"(?<=\|) *([^|\n]*?) *(?=\|)").finditer(text, *line)
    return tuple(_pieces(text, cell.span(1), span, begins) for cell in cells)


def _pieces(text: str, part: tuple[int, int], span: tuple[int, int], begins: Mapping[int, int]) -> tuple[Piece, ...]:
    """Cut a part of `text` at the borders of `span` and where a page begins."""
    (first, last), (start, end) = part, span
    borders = sorted({first, last, *(at for at in (start, end, *begins) if first < at < last)})
    return tuple(Piece(text[a:b], start <= a < end, begins.get(a)) for a, b in pairwise(borders))
