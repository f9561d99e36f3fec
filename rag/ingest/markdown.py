"""Markdown files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import TYPE_CHECKING, Any

from rag.errors import UnreadableSource
from rag.ingest.blocks import Block, read_body, table_row
from rag.ingest.bylines import date_from_name, title_from_name
from rag.ingest.drafts import Draft, RawSource, check_length
from rag.ingest.encoding import decode
from rag.ingest.front_matter import split_front_matter
from rag.ingest.page import without_inline_files

if TYPE_CHECKING:
    from markdown_it.token import Token

LINES = 200_000
"""Lines of a text at most; each takes some kilobytes while its marks are read."""
PARAGRAPH = 200_000
"""Characters of a paragraph at most in which marks are looked for."""
DEEP = 100
"""Lists and quotes within lists and quotes, a list being two."""

_TOO_DEEP = f"its lists or quotes stand more than {DEEP // 2} deep in each other, which is no article. Leave it out."
_UNSEEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|template)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_TAG = re.compile(r"</?[a-z][^<>]*>|<[!?][^<>]*>", re.I)
_NEWLINE = re.compile("\r\n?")
_SPACES = re.compile("[ \t]{2,}")
_OPENS = re.compile(r"<(script|style|template)\b", re.I)


def load_markdown(raw: RawSource) -> Draft:
    """Read a Markdown file: front matter, title and byline apart, the rest as plain text without markup."""
    # Cleaning comes last: a line's trailing spaces mean a break in Markdown.
    text = without_inline_files(decode(raw.text_data).text)
    check_length(len(text))
    text = _NEWLINE.sub("\n", text.replace("\x00", "")).lstrip("\ufeff\n")
    if text.count("\n") > LINES:
        raise UnreadableSource(f"it has more than {LINES:,} lines, which is no article. Split it, or leave it out.")
    header, body = split_front_matter(text)
    found = read_body(markdown_blocks(body), title=header.title)
    return Draft(
        title=found.title or title_from_name(raw.name, found.text),
        text=found.text,
        published=header.published or found.published or date_from_name(raw.name),
        author=header.author or found.author,
        tags=header.tags,
        language=header.language,
    )


def markdown_blocks(text: str) -> list[Block]:
    """Return the blocks of a Markdown text (CommonMark and tables) without their markup."""
    from markdown_it import MarkdownIt

    # Marks in a paragraph take hundreds of times its length: they are read a paragraph at a time.
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("inline")
    # Wherever a link leads, its words alone are kept.
    parser.validateLink = bool  # type: ignore[method-assign, assignment]
    # By default what follows a list of ten levels is left out without a word.
    parser.options["maxNesting"] = DEEP
    links: dict[str, Any] = {}

    def content_of(token: Token) -> str:
        if token.type != "inline" or len(token.content) > PARAGRAPH:
            return _content(token)
        inside: list[Token] = []
        parser.inline.parse(token.content, parser, links, inside)
        return _inline_text(inside).strip()

    blocks: list[Block] = []
    lists: list[int | None] = []
    marks: list[str] = []
    cells: list[str] = []
    level = 0
    in_table = False
    try:
        tokens = parser.parse(text, links)
    except RecursionError as error:
        raise UnreadableSource(_TOO_DEEP) from error
    if any(token.level >= DEEP - 1 for token in tokens):
        raise UnreadableSource(_TOO_DEEP)
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "heading_close":
            level = 0
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(int(token.attrGet("start") or 1) if token.type[0] == "o" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            number = lists[-1]
            marks.append("- " if number is None else f"{number}. ")
            lists[-1] = None if number is None else number + 1
        elif token.type == "list_item_close":
            marks.pop()
        elif token.type in ("table_open", "table_close"):
            in_table = token.type == "table_open"
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            blocks.append(table_row(cells))
        elif token.type in ("inline", "fence", "code_block", "html_block"):
            content = content_of(token)
            if in_table:
                cells.append(content)
            elif level:
                blocks.append(Block("heading", content.replace("\n", " "), level))
            elif marks and content:
                blocks.append(_item(content, marks))
            elif content:
                blocks.append(Block("paragraph" if token.type == "inline" else "code", content))
    return blocks


def _item(content: str, marks: list[str]) -> Block:
    """Return a line of a list. The mark stands on the first line of its item only."""
    mark = marks[-1]
    marks[-1] = " " * len(mark)
    indent = "  " * (len(marks) - 1)
    return Block("item", f"{indent}{mark}" + content.replace("\n", f"\n{indent}{marks[-1]}"))


def _content(token: Token) -> str:
    if token.type == "html_block":
        return unescape(_TAG.sub(" ", _UNSEEN.sub("", token.content))).strip()
    return token.content.strip("\n")


def _inline_text(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    unseen = ""
    for token in tokens:
        if token.type == "html_inline":
            opened = _OPENS.match(token.content)
            if unseen and token.content.lower().startswith(f"</{unseen}"):
                unseen = ""
            elif opened and not unseen:
                unseen = opened[1].lower()
            elif token.content.lower().startswith("<br"):
                parts.append("\n")
        elif unseen or token.type == "image":
            continue
        elif token.type == "softbreak":
            parts.append(" ")
        elif token.type == "hardbreak":
            parts.append("\n")
        else:
            parts.append(token.content)
    return _SPACES.sub(" ", "".join(parts))
