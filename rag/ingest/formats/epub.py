"""Books (.epub): an article a chapter, so that a footnote opens the chapter and not the whole book."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from rag.errors import UnreadableSource
from rag.ingest.blocks import Block, read_body
from rag.ingest.bylines import title_from_name
from rag.ingest.dates import parse_date
from rag.ingest.drafts import LONGEST, Draft, Problem, RawSource, too_long
from rag.ingest.formats.metadata import language_code, said, said_title, tags_in
from rag.ingest.formats.package import Package, all_texts, first_text, local_name, parse_xml
from rag.ingest.html import decode_html
from rag.ingest.page import page_blocks, page_tree, without_declaration
from rag.text import one_line

_PAGES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})
# XHTML closes empty elements by itself; a parser of HTML would take all that follows for their content.
_CLOSED = re.compile(
    r"<(title|script|style|textarea|iframe|noscript|[abipqu]|div|span|em|strong|h[1-6])\b([^<>]*)/>", re.I
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NOTE_MARK = re.compile(r"(?:^|\s)(?:noteref|doc-noteref)(?:\s|$)")


@dataclass(slots=True)
class _Chapter:
    part: str
    label: str | None
    blocks: list[Block] = field(default_factory=list)
    size: int = 0


def load_epub(raw: RawSource) -> Iterator[Draft | Problem]:
    """Read a book chapter by chapter, in its own order.

    A chapter begins where the table of contents says so or a page begins with a heading; pages in between go
    on with the one before. Its name is the path of its first page in the book. Raises UnreadableSource where
    the book is protected or damaged.
    """
    with Package(raw) as package:
        book_path = _book_path(package)
        book = parse_xml(package.read(book_path))
        items = {item.get("id"): item for item in book.iter("{*}item")}
        folder = posixpath.dirname(book_path)
        labels = _labels(package, items, folder)
        protected = _protected(package)
        metadata = next(book.iter("{*}metadata"), book)
        title = said_title(first_text(metadata, "title")) or title_from_name(raw.name, "")
        about = Draft(
            title=title,
            text="",
            published=next(filter(None, (parse_date(day[:10]) for day in all_texts(metadata, "date"))), None),
            author=", ".join(filter(None, map(said, all_texts(metadata, "creator")))) or None,
            tags=tags_in(*all_texts(metadata, "subject")),
            language=language_code(first_text(metadata, "language")),
        )
        chapter: _Chapter | None = None
        for idref in dict.fromkeys(place.get("idref") for place in book.iter("{*}itemref")):
            item = items.get(idref)
            if item is None or item.get("media-type") not in _PAGES or "nav" in (item.get("properties") or "").split():
                continue
            href = _joined(folder, item.get("href") or "")
            if href in protected:
                raise UnreadableSource("it is protected against copying (DRM). Add a copy without that.")
            try:
                blocks = _page(package.read(href))
            except UnreadableSource as error:
                yield Problem(href, str(error))
                continue
            begins = href in labels or (blocks and blocks[0].kind == "heading" and blocks[0].level <= 2)
            if chapter is None or begins:
                if chapter:
                    yield _draft(chapter, about)
                chapter = _Chapter(href, labels.get(href))
            chapter.size += sum(len(block.text) for block in blocks)
            if chapter.size <= LONGEST:
                chapter.blocks += blocks
        if chapter:
            yield _draft(chapter, about)


def _draft(chapter: _Chapter, about: Draft) -> Draft | Problem:
    if chapter.size > LONGEST:
        return Problem(chapter.part, too_long())
    found = read_body(chapter.blocks, title=chapter.label or None)
    name = found.title or chapter.label
    return Draft(
        title=f"{about.title}: {name}" if name and name != about.title else about.title,
        text=found.text,
        published=about.published,
        author=about.author,
        tags=about.tags,
        language=about.language,
        part=chapter.part,
    )


def _page(data: bytes) -> list[Block]:
    text = _CLOSED.sub(r"<\1\2></\1>", _CONTROLS.sub("", without_declaration(decode_html(data).text)))
    tree = page_tree(text)
    if tree is None:
        return []
    for unseen in tree.xpath("//head|//svg"):
        if unseen.getparent() is not None:
            unseen.drop_tree()
    for link in tree.xpath("//a"):
        if _NOTE_MARK.search(f"{link.get('epub:type') or ''} {link.get('role') or ''}"):
            (link.getparent() if link.getparent().tag == "sup" else link).drop_tree()
    return page_blocks(tree)


def _book_path(package: Package) -> str:
    container = parse_xml(package.read("META-INF/container.xml"))
    for rootfile in container.iter("{*}rootfile"):
        if path := rootfile.get("full-path"):
            return unquote(path)
    raise UnreadableSource("it does not say where its pages are: it is damaged. Get another copy.")


def _labels(package: Package, items: dict[str, Any], folder: str) -> dict[str, str]:
    """Return the names of chapters by the pages on which they begin, from the table of contents."""
    for item in items.values():
        kind, properties = item.get("media-type"), (item.get("properties") or "").split()
        path = _joined(folder, item.get("href") or "")
        if not package.has(path) or ("nav" not in properties and kind != "application/x-dtbncx+xml"):
            continue
        try:
            contents = parse_xml(package.read(path))
        except UnreadableSource:
            continue
        if found := dict(reversed([*_entries(contents, posixpath.dirname(path))])):
            return found
    return {}


def _entries(contents: Any, folder: str) -> Iterator[tuple[str, str]]:
    for nav in contents.iter("{*}nav"):
        if any(value == "toc" for key, value in nav.attrib.items() if key.endswith("type")):
            for link in nav.iter("{*}a"):
                yield _joined(folder, link.get("href") or ""), one_line("".join(link.itertext()))
    for point in contents.iter("{*}navPoint"):
        source = next((child.get("src") or "" for child in point if local_name(child) == "content"), "")
        label = next((first_text(child, "text") or "" for child in point if local_name(child) == "navLabel"), "")
        yield _joined(folder, source), one_line(label)


def _protected(package: Package) -> set[str]:
    """Return the files that are encrypted. Fonts often are, which matters little."""
    path = "META-INF/encryption.xml"
    if not package.has(path):
        return set()
    return {unquote(found.get("URI") or "") for found in parse_xml(package.read(path)).iter("{*}CipherReference")}


def _joined(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))
