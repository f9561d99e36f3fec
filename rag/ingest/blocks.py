"""The parts of a page or a Markdown text, and the plain text that is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from rag.ingest.bylines import read_byline
from rag.text import clean_text, one_line

Kind = Literal["heading", "paragraph", "item", "row", "code"]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item (with its mark), table row (``| a | b |``) or piece of code."""

    kind: Kind
    text: str
    level: int = 0
    """Of a heading, from 1."""


@dataclass(frozen=True, slots=True)
class Body:
    """What is left when the title and the byline are taken off."""

    title: str | None
    author: str | None
    published: date | None
    text: str


def table_row(cells: Sequence[str]) -> Block:
    """Return the row of a table as a line."""
    return Block("row", "| " + " | ".join(one_line(cell) for cell in cells) + " |")


def read_body(blocks: Sequence[Block], *, title: str | None = None, author: str | None = None) -> Body:
    """Take the title and the byline off the head of `blocks` and make plain text of the rest.

    Blocks at the head that repeat the known `title` or `author` are dropped, and so is a byline.
    Without a known `title`, a heading at the head is the title, else the first heading of level 1.
    No text but headings is no text.
    """
    rest = [block for block in blocks if block.text.strip()]
    names = {_bare(author), _bare(f"by {author}")} if author else set()
    published: date | None = None
    titled = False
    while rest:
        byline = read_byline(rest[0].text) if rest[0].kind == "paragraph" else None
        if byline:
            author, published = author or byline.author, published or byline.published
        elif names and rest[0].kind == "paragraph" and _bare(rest[0].text) in names:
            pass
        elif rest[0].kind == "heading" and not titled and _is_title(rest[0], title):
            title, titled = title or one_line(rest[0].text), True
        else:
            break
        rest.pop(0)
    if not title:
        title = next((one_line(b.text) for b in rest if b.kind == "heading" and b.level == 1), None)
    if all(block.kind == "heading" for block in rest):
        rest = []
    return Body(title, author, published, plain_text(rest))


def plain_text(blocks: Sequence[Block]) -> str:
    """Return `blocks` as text: items and rows a line each, everything else with empty lines between."""
    parts: list[str] = []
    before: Block | None = None
    for block in blocks:
        if before:
            parts.append("\n" if before.kind == block.kind and block.kind in ("item", "row") else "\n\n")
        parts.append(block.text)
        before = block
    return "".join(parts)


def _is_title(block: Block, title: str | None) -> bool:
    return title is None or _bare(block.text) == _bare(title)


def _bare(title: str) -> str:
    return "".join(filter(str.isalnum, clean_text(title).casefold()))
