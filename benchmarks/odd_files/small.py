"""Small files that are in order, of every format that has a loader, each telling a few facts."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

ENGLISH = (
    "The ferry to Skail costs four pounds for a bicycle.",
    "The new harbour office opens at nine on every weekday.",
    "The old pier burned down in the winter of 1888.",
)
"""Facts in ASCII."""
WESTERN = (
    "The ferry to Skail costs £4 for a bicycle.",
    "The Café Zoë on the quay opens at nine – “seldom late”, says Åse.",
    "The old pier burned down in the winter of 1888.",
)
"""Facts with letters that Windows-1252 has."""
JAPANESE = (
    "スカイル行きの連絡船は毎朝九時に港を出ます。",
    "自転車の運賃は四ポンドで、犬は無料です。",
    "古い桟橋は一八八八年の冬に焼け落ちました。",
)

ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "style", "meta")
)
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = "http://schemas.openxmlformats.org/package/2006"

Facts = Sequence[str]


def packed(files: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP archive of `files`."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the files in a ZIP archive."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def plain(facts: Facts) -> str:
    return "\n\n".join(facts) + "\n"


def markdown(facts: Facts) -> str:
    return "---\ntitle: Harbour\ntags: [sea]\n---\n\n# Harbour\n\n" + "\n\n".join(facts) + "\n"


def page(facts: Facts) -> str:
    body = "".join(f"<p>{escape(fact)}</p>\n" for fact in facts)
    return f"<html><head><title>Harbour</title></head><body><article><h1>Harbour</h1>\n{body}</article></body></html>\n"


def comma_separated(facts: Facts, delimiter: str = ",") -> str:
    rows = [["id", "title", "text"], *([str(n), f"Note {n}", fact] for n, fact in enumerate(facts))]
    return "".join(delimiter.join(f'"{cell}"' for cell in row) + "\n" for row in rows)


def tab_separated(facts: Facts) -> str:
    return comma_separated(facts, "\t")


def json_lines(facts: Facts) -> str:
    objects = ({"id": n, "title": f"Note {n}", "text": fact} for n, fact in enumerate(facts))
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in objects)


def rss(facts: Facts) -> str:
    items = "".join(
        f"<item><title>Note {n}</title><link>https://example.org/{n}</link>"
        f"<description>{escape(fact)}</description></item>\n"
        for n, fact in enumerate(facts)
    )
    return f'<rss version="2.0"><channel><title>Harbour</title>\n{items}</channel></rss>\n'


def atom(facts: Facts) -> str:
    entries = "".join(
        f"<entry><id>tag:{n}</id><title>Note {n}</title><content>{escape(fact)}</content></entry>\n"
        for n, fact in enumerate(facts)
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title>\n{entries}</feed>\n'


def letter(facts: Facts, head: str = "") -> str:
    """Return a mail whose letters are in no declared encoding, unless `head` declares one."""
    return (
        "From: Tom Hale <tom@example.org>\nSubject: Harbour\nDate: Sat, 3 May 2025 10:00:00 +0100\n"
        f"Message-ID: <harbour@example.org>\n{head}\n" + "\n\n".join(facts) + "\n"
    )


def mailbox(facts: Facts) -> str:
    return "".join(
        f"From tom@example.org Sat May  3 10:00:0{n} 2025\nFrom: Tom Hale <tom@example.org>\nSubject: Note {n}\n"
        f"Message-ID: <note{n}@example.org>\n\n{fact}\n\n"
        for n, fact in enumerate(facts)
    )


def paper(facts: Facts, *, encrypt: object = None) -> bytes:
    """Return a PDF file, a page a fact, its pages not packed."""
    from reportlab.pdfgen.canvas import Canvas

    made = BytesIO()
    canvas = Canvas(made, invariant=1, pageCompression=0, encrypt=encrypt)
    for fact in facts:
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 700, fact)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def word_text(body: str) -> str:
    return f"<w:document {WORD}><w:body>{body}</w:body></w:document>"


def word_paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def word(facts: Facts, **parts: str | bytes) -> bytes:
    """Return a Word document; `parts` take the places of the files in it that are named so."""
    types = f'<Types xmlns="{_PARTS}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
    link = f'<Relationship Id="d" Type="{_LINKS}/officeDocument" Target="word/document.xml"/>'
    about = '<core xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Harbour</dc:title></core>'
    return packed(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": f'<Relationships xmlns="{_PARTS}/relationships">{link}</Relationships>',
            "docProps/core.xml": about,
            "word/document.xml": word_text("".join(map(word_paragraph, facts))),
            **parts,
        }
    )


def open_text(body: str) -> str:
    content = f"<office:body><office:text>{body}</office:text></office:body>"
    return f"<office:document-content {ODF}>{content}</office:document-content>"


def open_document(facts: Facts, **parts: str | bytes) -> bytes:
    """Return an OpenDocument text; `parts` take the places of the files in it that are named so."""
    meta = '<dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">Harbour</dc:title>'
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": open_text("".join(f"<text:p>{escape(fact)}</text:p>" for fact in facts)),
            "meta.xml": f"<office:document-meta {ODF}><office:meta>{meta}</office:meta></office:document-meta>",
            **parts,
        }
    )


def book_page(body: str) -> str:
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{body}</body></html>'


def book(facts: Facts, **parts: str | bytes) -> bytes:
    """Return a book, a chapter a fact; `parts` take the places of the files in it that are named so."""
    numbers = range(len(facts))
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in numbers)
    spine = "".join(f'<itemref idref="c{n}"/>' for n in numbers)
    points = "".join(
        f'<navPoint><navLabel><text>Chapter {n}</text></navLabel><content src="c{n}.xhtml"/></navPoint>'
        for n in numbers
    )
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>',
            "book.opf": '<package><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Harbour</dc:title>'
            f"</metadata><manifest>{items}"
            '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest>'
            f"<spine>{spine}</spine></package>",
            "toc.ncx": f"<ncx><navMap>{points}</navMap></ncx>",
            **{f"c{n}.xhtml": book_page(f"<h1>Chapter {n}</h1><p>{escape(fact)}</p>") for n, fact in enumerate(facts)},
            **parts,
        }
    )


def archive(facts: Facts) -> bytes:
    """Return a ZIP file of text files, a file a fact."""
    return packed({f"notes/note {n}.txt": fact for n, fact in enumerate(facts)})


TEXTS: dict[str, Callable[[Facts], str]] = {
    ".txt": plain,
    ".text": plain,
    ".md": markdown,
    ".markdown": markdown,
    ".html": page,
    ".htm": page,
    ".xhtml": page,
    ".csv": comma_separated,
    ".tsv": tab_separated,
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".rss": rss,
    ".atom": atom,
    ".xml": rss,
    ".eml": letter,
    ".mbox": mailbox,
}
"""Formats that are text, by their endings."""

PACKAGES: dict[str, Callable[[Facts], bytes]] = {
    ".pdf": paper,
    ".docx": word,
    ".odt": open_document,
    ".epub": book,
    ".zip": archive,
}
"""The other formats."""


def small_files() -> dict[str, bytes]:
    """Return a file in order of each ending, telling the facts in English."""
    texts = {ending: make(ENGLISH).encode() for ending, make in TEXTS.items()}
    return texts | {ending: make(ENGLISH) for ending, make in PACKAGES.items()}
