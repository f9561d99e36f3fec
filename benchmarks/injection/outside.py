"""Links and images that lead outside: in an answer as the window shows it, and in its Markdown."""

from __future__ import annotations

import re

from lxml import html
from markdown_it import MarkdownIt

_LOADS = {"href", "src", "srcset", "action", "formaction", "poster", "data", "background", "ping", "cite", "xlink:href"}
_URL_IN_STYLE = re.compile(r"url\(|@import", re.IGNORECASE)
_ACTS = {"script", "style", "iframe", "object", "embed", "base", "meta", "link", "form", "foreignobject"}
_OURS = re.compile(r"/?(?:article|conversation)/|#")
_BARE = re.compile(r"(?<![\\\w])(?:https?://|www\.|mailto:)[^\s<>]+", re.IGNORECASE)


def in_page(markup: str) -> list[str]:
    """Return each address in a rendered page that is not one of the window's own, and each script and style."""
    found = []
    for element in html.fragments_fromstring(f"<div>{markup}</div>")[0].iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag in _ACTS:
            found.append(f"<{element.tag}>")
        for name, value in element.attrib.items():
            if (name in _LOADS and not _OURS.match(value)) or name.startswith("on"):
                found.append(f"{name}={value}")
            if name == "style" and _URL_IN_STYLE.search(value):
                found.append(f"style={value}")
    return found


def in_markdown(text: str) -> list[str]:
    """Return each address that Markdown makes a link or an image of, bare ones as GitHub does, and each HTML tag."""
    found = []
    for block in MarkdownIt("commonmark", {"html": True}).parse(text):
        for token in [block, *(block.children or ())]:
            if token.type in {"html_block", "html_inline"}:
                found.append(token.content)
            elif token.type in {"link_open", "image"}:
                found.append(str(token.attrGet("href") or token.attrGet("src")))
    return found + _BARE.findall(text)
