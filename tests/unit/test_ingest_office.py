"""Word and OpenDocument texts and books: what a reader sees, in the order in which it stands."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from io import BytesIO

import docx
import pytest
from damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.odd_files.small import packed
from rag.errors import UnreadableSource
from rag.ingest.loaders import LeftOut, load_bytes
from rag.ingest.media_types import MEDIA_TYPES
from rag.types import Article

PROSE = "The ferry leaves at nine. It is seldom late, and it has a bar."


def articles(data: bytes, name: str, left: list[LeftOut] | None = None) -> list[Article]:
    told = [] if left is None else left
    media_type = MEDIA_TYPES[name[name.rindex(".") :]]
    return list(load_bytes(data, name=name, media_type=media_type, source=name, on_problem=told.append))


def article(data: bytes, name: str) -> Article:
    (found,) = articles(data, name)
    return found


def saved(document: docx.document.Document) -> bytes:
    made = BytesIO()
    document.save(made)
    return made.getvalue()


# Word


def a_document() -> docx.document.Document:
    document = docx.Document()
    document.core_properties.title = "Ferry on time"
    document.core_properties.author = "Tom Hale"
    document.core_properties.created = datetime(2025, 5, 3, 10, 0)
    document.core_properties.keywords = "ferry; Skail"
    document.core_properties.language = "en-GB"
    document.add_heading("Ferry on time", 0)
    document.add_paragraph(PROSE)
    document.add_heading("Fares", 1)
    document.add_paragraph("Dogs go free", "List Bullet")
    document.add_paragraph("Cats pay half", "List Bullet")
    document.add_paragraph("Pay", "List Number")
    document.add_paragraph("Before the table.")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ("Item", "Fee", "Bicycle", "£4"), strict=True):
        cell.text = text
    document.add_paragraph("After the table.")
    return document


def test_a_word_document_is_read_in_its_order_with_what_it_says_of_itself() -> None:
    """C17: the table stays between its paragraphs, header and row as lines."""
    found = article(saved(a_document()), "a.docx")
    assert (found.title, found.author, found.published) == ("Ferry on time", "Tom Hale", date(2025, 5, 3))
    assert (found.tags, found.language) == (("ferry", "Skail"), "en")
    assert found.text == (
        f"{PROSE}\n\nFares\n\n- Dogs go free\n- Cats pay half\n1. Pay\n\nBefore the table.\n\n"
        "| Item | Fee |\n| Bicycle | £4 |\n\nAfter the table."
    )


def test_a_document_that_is_only_a_table_is_read() -> None:
    """C17."""
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ("Item", "Fee", "Bicycle", "£4"), strict=True):
        cell.text = text
    assert article(saved(document), "fees.docx").text == "| Item | Fee |\n| Bicycle | £4 |"


def test_a_template_says_nothing_of_title_and_author() -> None:
    document = docx.Document()
    document.add_paragraph(PROSE)
    found = article(saved(document), "harbour-report.docx")
    assert (found.title, found.author) == ("Harbour report", None)


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def raw_docx(body: str, **parts: str) -> bytes:
    """A document of bare XML, with what Word writes around it."""
    links = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/{name}" Target="{name}.xml"/>' for n, name in enumerate(parts)
    )
    types = f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
    files = {
        "[Content_Types].xml": types,
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="d" '
        f'Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
    }
    files |= {f"word/{name}.xml": f"<w:{name} {W}>{content}</w:{name}>" for name, content in parts.items()}
    return packed(files)


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_notes_stand_at_the_end_and_their_numbers_are_not_in_the_sentence() -> None:
    body = (
        "<w:p><w:r><w:t>The pier opened</w:t></w:r><w:r><w:footnoteReference w:id='1'/></w:r>"
        "<w:r><w:t> in 1888.</w:t></w:r></w:p>" + paragraph("It burned.")
    )
    data = raw_docx(body, footnotes=f'<w:footnote w:id="1">{paragraph("By the old mayor.")}</w:footnote>')
    assert article(data, "pier.docx").text == "The pier opened in 1888.\n\nIt burned.\n\n1. By the old mayor."


def test_deleted_text_is_gone_and_inserted_text_is_there() -> None:
    body = (
        "<w:p><w:r><w:t>It costs </w:t></w:r><w:del><w:r><w:delText>£3</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>£4</w:t></w:r></w:ins></w:p>"
    )
    assert article(raw_docx(body), "fee.docx").text == "It costs £4"


def test_a_document_type_is_refused_before_it_can_expand() -> None:
    data = raw_docx(paragraph("x"))
    evil = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + f"<w:document {W}><w:body/></w:document>"
    with zipfile.ZipFile(BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with pytest.raises(UnreadableSource, match="not as Word writes it"):
        article(packed(files | {"word/document.xml": evil}), "a.docx")


def test_old_and_protected_word_files_say_what_to_do() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
    with pytest.raises(UnreadableSource, match=r"old format of Office. Save it as .docx"):
        article(ole, "a.docx")
    with pytest.raises(UnreadableSource, match="needs a password"):
        article(ole + "EncryptedPackage".encode("utf-16-le"), "a.docx")
    for data in (b"", b"hello", packed({"a.txt": "x"})):
        with pytest.raises(UnreadableSource, match="damaged"):
            article(data, "a.docx")


def test_what_unpacks_to_far_too_much_is_refused() -> None:
    data = raw_docx(paragraph("x" * 5_000_000))
    with pytest.raises(UnreadableSource, match="unpacks to suspiciously much"):
        article(data, "a.docx")


# OpenDocument

ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("style", "style"),
        ("meta", "meta"),
    )
)
ODT_BODY = f"""
<text:tracked-changes><text:changed-region><text:deletion><text:p>Deleted words.</text:p></text:deletion>
</text:changed-region></text:tracked-changes>
<text:p text:style-name="P1">Ferry on time</text:p>
<text:p>{PROSE}</text:p>
<text:h text:outline-level="2">Fares</text:h>
<text:list text:style-name="L1"><text:list-item><text:p>Dogs go <text:span>free</text:span></text:p></text:list-item>
<text:list-item><text:p>Cats<text:s text:c="2"/>pay half</text:p></text:list-item></text:list>
<text:list text:style-name="L2"><text:list-item><text:p>Pay</text:p></text:list-item></text:list>
<text:p>The pier<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>By the mayor.</text:p>
</text:note-body></text:note> opened<text:line-break/>in 1888.</text:p>
<table:table><table:table-column/><table:table-header-rows><table:table-row><table:table-cell><text:p>Item</text:p>
</table:table-cell><table:table-cell><text:p>Fee</text:p></table:table-cell></table:table-row>
</table:table-header-rows><table:table-row><table:table-cell table:number-columns-repeated="2"><text:p>£4</text:p>
</table:table-cell><table:table-cell table:number-columns-repeated="16382"/></table:table-row></table:table>
<text:p>After the table.</text:p>
"""


def odt(body: str = ODT_BODY, **more: str) -> bytes:
    styles = (
        '<style:style style:name="P1" style:parent-style-name="Title"/>'
        '<text:list-style style:name="L1"><text:list-level-style-bullet/></text:list-style>'
        '<text:list-style style:name="L2"><text:list-level-style-number/></text:list-style>'
    )
    meta = (
        '<dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">Ferry on time</dc:title>'
        "<meta:initial-creator>Tom Hale</meta:initial-creator><meta:keyword>ferry</meta:keyword>"
        "<meta:creation-date>2025-05-03T10:00:00.123</meta:creation-date>"
    )
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:text>{body}</office:text></office:body></office:document-content>",
            "meta.xml": f"<office:document-meta {ODF}><office:meta>{meta}</office:meta></office:document-meta>",
            **more,
        }
    )


def test_an_opendocument_text_is_read_in_its_order_with_what_it_says_of_itself() -> None:
    """C17 for LibreOffice."""
    found = article(odt(), "a.odt")
    assert (found.title, found.author, found.published) == ("Ferry on time", "Tom Hale", date(2025, 5, 3))
    assert found.tags == ("ferry",)
    assert found.text == (
        f"{PROSE}\n\nFares\n\n- Dogs go free\n- Cats pay half\n1. Pay\n\nThe pier opened\nin 1888.\n\n"
        "| Item | Fee |\n| £4 | £4 |\n\nAfter the table.\n\nBy the mayor."
    )


def test_a_protected_or_damaged_opendocument_text_says_so() -> None:
    manifest = {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"}
    with pytest.raises(UnreadableSource, match="needs a password"):
        article(odt(**manifest), "a.odt")
    with pytest.raises(UnreadableSource, match="damaged inside"):
        article(odt(**{"content.xml": "<office"}), "a.odt")
    with pytest.raises(UnreadableSource, match=r"there is no content\.xml in it"):
        article(packed({"a": "b"}), "a.odt")


def test_entities_are_not_expanded_and_no_file_is_fetched(tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("secret") / "secret.txt"
    secret.write_text("Not yours.")
    content = (
        f'<!DOCTYPE d [<!ENTITY s SYSTEM "{secret.as_uri()}"><!ENTITY a "haha">]><office:document-content {ODF}>'
        f"<office:body><office:text><text:p>{PROSE} &s;&a;</text:p></office:text></office:body>"
        "</office:document-content>"
    )
    assert article(odt(**{"content.xml": content}), "a.odt").text == PROSE


# Books


def epub(*, toc: str = "ncx", **more: str | bytes) -> bytes:
    def page(body: str, title: str = "<title/>") -> str:
        return (
            '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml" '
            f'xmlns:epub="http://www.idpf.org/2007/ops"><head>{title}<script src="x.js"/></head>'
            f"<body>{body}</body></html>"
        )

    nav = page(
        '<nav epub:type="toc"><ol><li><a href="text/one.xhtml">The harbour</a></li>'
        '<li><a href="text/two%20b.xhtml#top">The pier</a></li></ol></nav>'
    )
    ncx = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>'
        "<navPoint><navLabel><text>The harbour</text></navLabel>"
        '<content src="text/one.xhtml"/></navPoint><navPoint><navLabel><text>The pier</text></navLabel>'
        '<content src="text/two%20b.xhtml#top"/></navPoint></navMap></ncx>'
    )
    contents = (
        '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        if toc == "nav"
        else '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
        if toc == "ncx"
        else ""
    )
    opf = f"""<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A town by the sea</dc:title>
<dc:creator>Tom Hale</dc:creator><dc:creator>Ann Mott</dc:creator><dc:date>2024</dc:date>
<dc:date>2025-05-03T00:00:00Z</dc:date><dc:language>en-GB</dc:language><dc:subject>Towns</dc:subject></metadata>
<manifest>{contents}<item id="a" href="text/one.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="text/one_split.xhtml" media-type="application/xhtml+xml"/>
<item id="c" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="p" href="cover.png" media-type="image/png"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/><itemref idref="none"/></spine>
</package>"""
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": opf,
            **({"OEBPS/nav.xhtml": nav} if toc == "nav" else {"OEBPS/toc.ncx": ncx} if toc == "ncx" else {}),
            "OEBPS/text/one.xhtml": page(
                '<h1>The harbour</h1><p>It was built in 1811<sup><a epub:type="noteref" href="#n1">1</a></sup>.</p>'
            ),
            "OEBPS/text/one_split.xhtml": page('<p><a id="x"/>It cost four thousand pounds.</p>'),
            "OEBPS/text/two b.xhtml": page("<h1>The pier</h1><p>The pier opened&#160;in 1888.</p>"),
            **more,
        }
    )


@pytest.mark.parametrize("toc", ["ncx", "nav", "none"])
def test_a_book_is_an_article_a_chapter(toc: str) -> None:
    found = articles(epub(toc=toc), "a.epub")
    assert [(a.source, a.title) for a in found] == [
        ("a.epub#OEBPS/text/one.xhtml", "A town by the sea: The harbour"),
        ("a.epub#OEBPS/text/two b.xhtml", "A town by the sea: The pier"),
    ]
    assert [a.text for a in found] == [
        "It was built in 1811.\n\nIt cost four thousand pounds.",
        "The pier opened in 1888.",
    ]
    assert {(a.author, a.published, a.language, a.tags) for a in found} == {
        ("Tom Hale, Ann Mott", date(2025, 5, 3), "en", ("Towns",))
    }


def test_a_chapter_that_is_missing_does_not_stop_the_others() -> None:
    data = epub()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != "OEBPS/text/one.xhtml"}
    left: list[LeftOut] = []
    found = articles(packed(files), "a.epub", left)
    assert [a.text for a in found] == ["It cost four thousand pounds.", "The pier opened in 1888."]
    assert [(item.source, item.skipped) for item in left] == [("a.epub#OEBPS/text/one.xhtml", False)]


def test_a_protected_book_says_so_and_protected_fonts_do_not_matter() -> None:
    def encryption(path: str) -> dict[str, str]:
        reference = f'<CipherReference xmlns="x" URI="{path}"/>'
        return {"META-INF/encryption.xml": f"<encryption>{reference}</encryption>"}

    with pytest.raises(UnreadableSource, match="DRM"):
        articles(epub(**encryption("OEBPS/text/one.xhtml")), "a.epub")
    assert len(articles(epub(**encryption("OEBPS/font.otf")), "a.epub")) == 2


# All of them

REAL = {"a.docx": saved(a_document()), "a.odt": odt(), "a.epub": epub()}


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("name", REAL)
@given(st.data())
def test_a_damaged_file_is_read_as_far_as_it_goes_or_refused(name: str, data: st.DataObject) -> None:
    stored = data.draw(st.booleans(), label="not packed, so that damage reaches the XML")
    real = REAL[name]
    if stored:
        with zipfile.ZipFile(BytesIO(real)) as archive:
            files = {member: archive.read(member) for member in archive.namelist()}
        for member in data.draw(st.lists(st.sampled_from(sorted(files)), max_size=6)):
            files[member] = data.draw(damaged(files[member], bytes_at_most=1, cut=False))
        broken = packed(files)
    else:
        broken = data.draw(damaged(real, bytes_at_most=8))
    try:
        found = articles(broken, name)
    except UnreadableSource:
        return
    assert all(a.text for a in found)
