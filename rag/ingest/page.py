"""The parts of an HTML page: what is furniture, and what the rest says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from rag.errors import UnreadableSource
from rag.ingest.blocks import Block, table_row
from rag.text import one_line

_NEVER_TEXT = (
    "//script|//style|//noscript|//template|//iframe|//svg|//math/annotation|//canvas|//object|//nav|//aside"
    "|//footer|//dialog|//button|//select|//textarea|//input"
)
_DECLARATION = re.compile(r"<\?xml[^<>]{0,300}>")
_NEVER_SEEN = "//head|//script|//style|//template|//svg"
_ROLES = re.compile(
    r"navigation|banner|contentinfo|dialog|alertdialog|complementary|search|menu|menubar",
    re.I,
)
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:cookies?|cookiebar|consent|gdpr|ccpa|onetrust|newsletter|subscribe|signup|paywall|share|"
    r"sharing|social|breadcrumbs?|sidebar|related|advert|ads?|promo|popup|modal|overlay|skip-?link|comments?)"
    r"(?:$|[\s_-])|cookie-?(?:banner|notice|bar|consent|dialog|law)",
    re.I,
)
_HIDDEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.I)

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_LISTS = frozenset({"ul", "ol", "menu", "list"})
_BREAKS = re.compile(
    r"p|div|section|article|main|body|blockquote|quote|header|hgroup|figure|figcaption|address|details|"
    r"summary|dl|dt|dd|form|fieldset|center|table|tbody|thead|tfoot|caption|tr|td|th|row|cell|hr"
)
_LONG_CELL = 400
_TAGS, _ATTRIBUTES, _ALL_ATTRIBUTES = 300_000, 1_000, 1_500_000
_DEEP = 150
"""Tags within tags; pages have some dozens, and the reader takes three calls a tag."""
_INLINE_FILE = re.compile(
    r"(\bdata:[\w.+-]{1,80}/[\w.+-]{1,80}(?:;[\w.+=-]{1,80}){0,9};base64,)[\w+/=%-]{1000,}+", re.A
)


def without_declaration(page: str) -> str:
    """Return `page` without the line that says it is XML and in which encoding it was."""
    bare = page.lstrip("\ufeff \t\r\n")
    found = _DECLARATION.match(bare)
    return bare[found.end() :] if found else bare


def without_inline_files(text: str) -> str:
    """Return a page or a Markdown text without the pictures and fonts that are written into it."""
    return _INLINE_FILE.sub(r"\1", text)


def page_tree(page: str) -> Any | None:
    """Return the elements of `page` without comments, or None where there are none.

    Raises UnreadableSource where there are hundreds of thousands of tags, or thousands of attributes in one: to look
    through them takes time that grows with their square, and a page of a megabyte would keep a machine busy for
    minutes. So it does where tags stand in each other thousands deep. What is more than `_DEEP` is only text.
    """
    from lxml import etree, html

    page = without_inline_files(page)
    with suppress(etree.LxmlError, ValueError):
        etree.fromstring(page, etree.HTMLParser(target=_Count(), huge_tree=True))
    # By default it leaves out, without a word, what is longer than 10 MB or stands deeper than 256 tags.
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = html.document_fromstring(page, parser)
    except (etree.ParserError, ValueError):
        tree = None
    check_dropped(parser)
    if tree is not None:
        _flatten(tree)
    return tree


def check_dropped(parser: Any) -> None:
    """Raise UnreadableSource where a parser left out what is too long or too deep, which it does without a word."""
    for entry in parser.error_log:
        # That entities would become too much does not matter: they are left out.
        limited = entry.type_name == "ERR_RESOURCE_LIMIT" and "amplification" not in entry.message
        if limited or "too big" in entry.message:
            raise UnreadableSource(
                "a text in it is longer, or its parts stand deeper in each other, than in any article. "
                "Split it, or leave it out."
            )


def _flatten(tree: Any) -> None:
    """Make text of what stands deeper than `_DEEP` tags."""
    from lxml import etree

    deep = 0
    deepest = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        deep += 1 if event == "start" else -1
        if event == "start" and deep == _DEEP and len(element):
            deepest.append(element)
    for element in deepest:
        text = " ".join(element.itertext())
        del element[:]
        element.text = text


class _Count:
    """What the parser tells of each tag, without making a tree of it."""

    def __init__(self) -> None:
        self._tags = self._attributes = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._tags += 1
        if self._tags > _TAGS:
            raise UnreadableSource(
                f"it has more than {_TAGS:,} tags, which is no article. Save the part that you need as a file."
            )
        self._attributes += len(attributes)
        if self._attributes > _ALL_ATTRIBUTES:
            raise UnreadableSource(
                f"it has more than {_ALL_ATTRIBUTES:,} attributes, which is no article. "
                "Save the part that you need as a file."
            )
        if len(attributes) > _ATTRIBUTES:
            raise UnreadableSource(
                f"a tag in it has more than {_ATTRIBUTES:,} attributes, which is no article. Leave it out."
            )

    def close(self) -> None:
        pass


def remove_furniture(tree: Any) -> None:
    """Take out of `tree` what is hidden and what stands around an article: menus, dialogs, footers."""
    for element in tree.xpath(_NEVER_TEXT):
        _drop(element)
    for element in tree.xpath("//*[@*]"):
        if element.getparent() is not None and _is_furniture(element):
            _drop(element)
    for element in tree.xpath("//header[not(ancestor::article or ancestor::main)][not(.//h1)]"):
        _drop(element)


def remove_hidden(tree: Any) -> None:
    """Take out of `tree` what is never seen, and leave everything that is."""
    for element in tree.xpath(_NEVER_SEEN):
        _drop(element)
    for element in tree.xpath("//*[@hidden or @style]"):
        if element.getparent() is not None and _is_hidden(element):
            _drop(element)


def article_root(tree: Any) -> Any:
    """Return the element that holds the article: the fullest ``<article>``, else ``<main>``, else all."""
    for found in (tree.xpath("//article"), tree.xpath("//main|//*[@role='main']"), tree.xpath("//body")):
        filled = [element for element in found if element.text_content().strip()]
        if filled:
            return max(filled, key=lambda element: len(element.text_content()))
    return tree


def page_blocks(root: Any) -> list[Block]:
    """Return the blocks under `root`, an element of HTML or of the XML that trafilatura makes."""
    reader = _Reader()
    reader.read(root)
    reader.end_block()
    return reader.blocks


def _is_furniture(element: Any) -> bool:
    if element.tag in ("html", "body", "main", "article"):
        return False
    if _is_hidden(element):
        return True
    named = f"{element.get('class') or ''} {element.get('id') or ''}"
    suspect = (
        element.get("aria-hidden") == "true"
        or element.get("aria-modal") == "true"
        or bool(_ROLES.fullmatch(element.get("role") or ""))
        or bool(_FURNITURE.search(named))
    )
    return suspect and not element.xpath("boolean(.//h1 or .//article or .//main)")


def _is_hidden(element: Any) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN_STYLE.search(element.get("style") or ""))


def _drop(element: Any) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        previous = element.getprevious()
        if previous is None:
            parent.text = (parent.text or "") + element.tail
        else:
            previous.tail = (previous.tail or "") + element.tail
    parent.remove(element)


class _Reader:
    """Collects blocks on a walk through a tree."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._words: list[str] = []
        self._level = 0
        self._marks: list[str] = []
        self._lists: list[int | None] = []

    def read(self, element: Any) -> None:
        tag = element.tag
        if not isinstance(tag, str) or tag in ("img", "graphic", "script", "style"):
            return
        if tag in ("br", "lb"):
            self._words.append("\n")
        elif tag in _HEADINGS or (tag == "head" and element.get("rend")):
            self._level = _HEADINGS.get(tag) or _HEADINGS.get(element.get("rend"), 2)
            self._apart(element)
            self._level = 0
        elif tag in _LISTS:
            ordered = tag == "ol" or element.get("rend") == "ol"
            self.end_block()
            self._lists.append(_number(element.get("start")) if ordered else None)
            self._apart(element)
            self._lists.pop()
        elif tag in ("li", "item"):
            self.end_block()
            self._marks.append(self._next_mark())
            self._apart(element)
            self._marks.pop()
        elif tag in ("tr", "row") and _is_data(element):
            self.end_block()
            self.blocks.append(table_row([" ".join(cell.itertext()) for cell in element]))
        elif tag == "pre" or (tag == "code" and "\n" in "".join(element.itertext())):
            self.end_block()
            self.blocks.append(Block("code", "".join(element.itertext()).strip("\n")))
        elif _BREAKS.fullmatch(tag):
            self._apart(element)
        else:
            self._inside(element)

    def end_block(self) -> None:
        """Make a block of the words collected so far."""
        lines = [one_line(line) for line in "".join(self._words).split("\n")]
        text = "\n".join(line for line in lines if line)
        self._words = []
        if not text:
            return
        if self._level:
            self.blocks.append(Block("heading", text.replace("\n", " "), self._level))
        elif self._marks:
            mark = self._marks[-1]
            self._marks[-1] = " " * len(mark)
            indent = "  " * (len(self._marks) - 1)
            line_start = f"\n{indent}{self._marks[-1]}"
            self.blocks.append(Block("item", indent + mark + text.replace("\n", line_start)))
        else:
            self.blocks.append(Block("paragraph", text))

    def _apart(self, element: Any) -> None:
        self.end_block()
        self._inside(element)
        self.end_block()

    def _inside(self, element: Any) -> None:
        self._add(element.text)
        for child in element:
            self.read(child)
            self._add(child.tail)

    def _add(self, text: str | None) -> None:
        if text:
            # Line ends in the source are spaces; only <br> makes one.
            self._words.append(text.replace("\n", " ").replace("\r", " "))

    def _next_mark(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "- "
        number = self._lists[-1]
        self._lists[-1] = number + 1
        return f"{number}. "


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 1


def _is_data(row: Any) -> bool:
    """Say whether a row is one of data, and not part of a table that lays out the page."""
    if any(element.tag in ("table", "h1", "h2", "h3") for element in row.iter() if element is not row):
        return False
    return all(len("".join(cell.itertext())) <= _LONG_CELL for cell in row)
