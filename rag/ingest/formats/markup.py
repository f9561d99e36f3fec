"""HTML that comes within something else, a mail or a feed, where all of it is the article."""

from __future__ import annotations

import re
from typing import Any

from rag.errors import UnreadableSource
from rag.ingest.blocks import plain_text
from rag.ingest.page import page_blocks, page_tree, remove_hidden

_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LOOKS_LIKE = re.compile(
    r"<(?:p|div|br|span|a|ul|ol|li|table|h[1-6]|b|i|em|strong|blockquote|html|body)\b[^<>]*>", re.I
)


def markup_tree(markup: str) -> Any | None:
    """Return the elements of `markup` without what is never seen, or None where none can be read."""
    try:
        tree = page_tree(_CONTROLS.sub("", markup))
    except UnreadableSource:  # no reason to lose the other mails or entries beside it
        return None
    if tree is not None:
        remove_hidden(tree)
    return tree


def markup_text(tree: Any) -> str:
    """Return the text under `tree`. A row of one cell lays out the page and is no data."""
    for row in tree.xpath("//tr"):
        if sum(bool("".join(cell.itertext()).strip()) for cell in row) < 2:
            row.tag = "div"
    return plain_text(page_blocks(tree))


def text_in(value: str) -> str:
    """Return `value` as text, whether it was written as text or as HTML."""
    if not _LOOKS_LIKE.search(value):
        return value
    tree = markup_tree(value)
    return markup_text(tree) if tree is not None else ""
