"""OpenDocument texts (.odt), as LibreOffice writes them."""

from __future__ import annotations

from typing import Any

from rag.errors import UnreadableSource
from rag.ingest.blocks import read_body
from rag.ingest.bylines import date_from_name, title_from_name
from rag.ingest.dates import parse_date
from rag.ingest.drafts import Draft, RawSource
from rag.ingest.formats.metadata import language_code, said, said_title, tags_in
from rag.ingest.formats.package import Package, all_texts, first_text, local_name, parse_xml
from rag.ingest.page import page_blocks

_UNSEEN = frozenset(
    "tracked-changes annotation annotation-end note-citation forms sequence-decls variable-decls user-field-decls "
    "table-of-content alphabetical-index illustration-index table-index bibliography object-index image desc title "
    "event-listeners covered-table-cell ruby-text".split()
)
_TAGS = {
    "list-item": "li",
    "list-header": "li",
    "table": "table",
    "table-row": "tr",
    "table-cell": "td",
    "text-box": "div",
    "section": "div",
    "line-break": "br",
}
_REPEATED = 100
"""How often a cell or a space that is written once is repeated at most: sheets have 16,384 empty cells in a row."""


def load_odt(raw: RawSource) -> Draft:
    """Read an OpenDocument text: headings, lists, and tables in their places; notes stand at the end.

    Pictures, comments, indexes and deleted text are left out. Raises UnreadableSource where a password is
    needed or the document is damaged.
    """
    with Package(raw) as package:
        manifest = "META-INF/manifest.xml"
        if package.has(manifest) and b"encryption-data" in package.read(manifest):
            raise UnreadableSource("it needs a password. Save a copy without one, and add that.")
        content = parse_xml(package.read("content.xml"))
        meta = parse_xml(package.read("meta.xml")) if package.has("meta.xml") else None

    def about(name: str) -> str | None:
        return first_text(meta, name) if meta is not None else None

    title = about("title")
    author = said(about("initial-creator")) or said(about("creator"))
    found = read_body(page_blocks(_as_page(content)), title=said_title(title), author=author)
    created = about("creation-date") or about("date") or ""
    return Draft(
        title=found.title or title_from_name(raw.name, found.text),
        text=found.text,
        published=found.published or date_from_name(raw.name) or parse_date(created[:10]),
        author=found.author,
        tags=tags_in(*(all_texts(meta, "keyword") if meta is not None else ())),
        language=language_code(about("language")),
    )


def _as_page(content: Any) -> Any:
    """Return the document as a tree of HTML elements."""
    from lxml import etree

    styles = _Styles(content)
    body = etree.Element("body")
    notes: list[Any] = []
    for text in content.iter("{*}text"):
        if local_name(text.getparent()) == "body":
            _copy(text, body, styles, notes)
    for number in range(len(notes)):  # a note has none of its own
        item = etree.SubElement(body, "p")
        _copy(notes[number], item, styles, [])
    return body


class _Styles:
    """The styles of a document that say what a paragraph or a list is."""

    def __init__(self, content: Any) -> None:
        self._parents: dict[str, str] = {}
        self._numbered: set[str] = set()
        for style in content.iter("{*}style"):
            self._parents[_attribute(style, "name")] = _attribute(style, "parent-style-name")
        for style in content.iter("{*}list-style"):
            if len(style) and local_name(style[0]) == "list-level-style-number":
                self._numbered.add(_attribute(style, "name"))

    def is_title(self, paragraph: Any) -> bool:
        name = _attribute(paragraph, "style-name")
        return "Title" in (name, self._parents.get(name))

    def list_tag(self, items: Any, parent: Any) -> str:
        name = _attribute(items, "style-name")
        if not name and parent.tag == "li":
            return str(parent.getparent().tag)
        return "ol" if name in self._numbered else "ul"


def _copy(source: Any, target: Any, styles: _Styles, notes: list[Any]) -> None:
    """Copy what is in `source` into `target` with the names that HTML has for it."""
    from lxml import etree

    _add_text(target, source.text)
    for child in source:
        name = local_name(child)
        if name == "note-body":
            notes.append(child)
        elif name == "s":
            _add_text(target, " " * _number(child, "c"))
        elif name == "tab":
            _add_text(target, "\t")
        elif name and name not in _UNSEEN:
            tag = _TAGS.get(name, "span")
            if name == "h":
                tag = f"h{min(6, _number(child, 'outline-level'))}"
            elif name == "p":
                tag = "h1" if styles.is_title(child) else "p"
            elif name == "list":
                tag = styles.list_tag(child, target)
            copies = _number(child, "number-columns-repeated") if name == "table-cell" else 1
            if copies > 1 and not len(child):
                continue
            for _ in range(copies):
                _copy(child, etree.SubElement(target, tag), styles, notes)
        _add_text(target, child.tail)


def _add_text(target: Any, text: str | None) -> None:
    if not text:
        return
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text


def _attribute(element: Any, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _number(element: Any, name: str) -> int:
    value = _attribute(element, name)
    return min(_REPEATED, max(1, int(value))) if value.isdecimal() and len(value) < 10 else 1
