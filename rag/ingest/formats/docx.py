"""Word documents (.docx)."""

from __future__ import annotations

import re
import xml.parsers.expat
from typing import Any

from rag.errors import UnreadableSource
from rag.ingest.blocks import Block, read_body
from rag.ingest.bylines import date_from_name, title_from_name
from rag.ingest.dates import parse_date
from rag.ingest.drafts import Draft, RawSource
from rag.ingest.formats.metadata import language_code, said, said_title, tags_in
from rag.ingest.formats.package import BROKEN, Package, check_marks, count_marks, first_text, parse_xml
from rag.ingest.page import page_blocks

PART = 24_000_000
"""Bytes of an XML part at most, unpacked: some thousand pages. In memory it takes many times as much."""

_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name^='TOC'] => !
p[style-name^='toc'] => !
"""
_NOTE = re.compile(r"(?:foot|end)note-(?:ref-)?\d+$")
_CORE = "docProps/core.xml"


def load_docx(raw: RawSource) -> Draft:
    """Read a Word document: headings, lists, and tables in their places; notes stand at the end.

    Pictures, comments and deleted text are left out. Raises UnreadableSource where a password is needed or the
    document is damaged or too large.
    """
    with Package(raw) as package:
        _check(package)
        core = parse_xml(package.read(_CORE)) if package.has(_CORE) else None
        blocks = _blocks(raw)

    def about(name: str) -> str | None:
        return first_text(core, name) if core is not None else None

    found = read_body(blocks, title=said_title(about("title")), author=said(about("creator")))
    return Draft(
        title=found.title or title_from_name(raw.name, found.text),
        text=found.text,
        published=found.published or date_from_name(raw.name) or parse_date((about("created") or "")[:10]),
        author=found.author,
        tags=tags_in(about("keywords")),
        language=language_code(about("language")),
    )


def _check(package: Package) -> None:
    if not package.has("[Content_Types].xml"):
        raise UnreadableSource("it is no Word document, or a damaged one. Save it anew, and add that.")
    marks = 0
    for info in package.members:
        if not info.filename.endswith((".xml", ".rels")):
            continue
        data = package.read(info, limit=PART)
        marks += count_marks(data)
        check_marks(marks)
        # Word writes no document type, and what a document type can do to a parser is nothing a text needs.
        if b"<!DOCTYPE" in data.replace(b"\0", b""):
            raise UnreadableSource(f"{info.filename} in it is not as Word writes it. Save it anew, and add that.")


def _blocks(raw: RawSource) -> list[Block]:
    import mammoth
    from lxml import etree, html

    raw.file.seek(0)
    try:
        made: str = mammoth.convert_to_html(
            raw.file,
            style_map=_STYLES,
            include_embedded_style_map=False,
            convert_image=lambda _image: [],
            external_file_access=False,
        ).value
    except (*BROKEN, xml.parsers.expat.ExpatError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise UnreadableSource("it is no Word document, or a damaged one. Save it anew, and add that.") from error
    try:
        tree = html.document_fromstring(made)
    except (etree.ParserError, ValueError):
        return []
    _drop_note_marks(tree)
    return page_blocks(tree)


def _drop_note_marks(tree: Any) -> None:
    """Take out the numbers that stand for notes in the text, and the arrows back from the notes."""
    for link in tree.xpath("//a[starts-with(@href, '#')]"):
        if _NOTE.search(link.get("href")):
            mark = link.getparent() if link.getparent().tag == "sup" else link
            mark.drop_tree()
