"""Small files that grow when they are read, parts within parts within parts, and very long lines."""

from __future__ import annotations

import json
import zlib

from benchmarks.odd_files.case import Case, Right, added, reported
from benchmarks.odd_files.small import (
    ENGLISH,
    TEXTS,
    book,
    book_page,
    markdown,
    open_document,
    open_text,
    packed,
    page,
    paper,
    word,
    word_text,
)

_ALL = added(*ENGLISH)
_BASE64 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0"
_TOO_MUCH = "suspiciously much|takes more time or memory|which is no article|damaged|not as Word writes it"


def entities(root: str) -> str:
    """Return a document type for `root` with an entity that is a billion laughs, and one that is a file."""
    grown = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE {root} [<!ENTITY e0 "ha">{grown}<!ENTITY file SYSTEM "file:///etc/passwd">]>'


def bomb_cases() -> list[Case]:
    """Return archives and PDF files that unpack to gigabytes, and entity bombs in every kind of XML."""
    cases = []

    def case(name: str, data: bytes, right: Right) -> None:
        cases.append(Case("bombs", f"bombs/{name}", data, right))

    zeros = b"0" * 100_000_000
    named = (("zeros.txt", "suspiciously much|larger than is read"),)
    case("zeros.zip", packed({"zeros.txt": zeros, "good.txt": ENGLISH[0]}), added(ENGLISH[0], only=True, parts=named))
    nested = packed({"zeros.zip": packed({"zeros.txt": zeros}), "good.txt": ENGLISH[0]})
    case("nested.zip", nested, added(ENGLISH[0], only=True, parts=(("zeros.zip", "within a ZIP file"),)))
    many = {f"{n}.txt": "" for n in range(20_001)}
    case("many files.zip", packed(many), reported("more than 20,000 files"))
    case("zeros.docx", word(ENGLISH, **{"word/document.xml": zeros}), reported(_TOO_MUCH + "|larger than is read"))
    case("zeros.odt", open_document(ENGLISH, **{"content.xml": zeros}), reported(_TOO_MUCH + "|larger than is read"))
    chapter = (("c1.xhtml", "suspiciously much|larger than is read"),)
    bomb = book(ENGLISH, **{"c1.xhtml": zeros})
    case("zeros.epub", bomb, added(ENGLISH[0], ENGLISH[2], only=True, parts=chapter))
    elements = "".join(f"<text:p>{n**5 % 9973}</text:p>" for n in range(800_000))
    case("elements.odt", open_document([], **{"content.xml": open_text(elements)}), reported("700,000 elements"))
    elements = "".join(f"<w:p>{n**5 % 9973}</w:p>" for n in range(800_000))
    case("elements.docx", word([], **{"word/document.xml": word_text(elements)}), reported("700,000 elements"))
    whole = (("", "damaged or too much"),)
    for name, stream in (("blanks.pdf", b" " * 1_000_000), ("words.pdf", b"BT /F1 9 Tf (a) Tj ET " * 50_000)):
        packing = zlib.compressobj(9)
        content = b"".join([*(packing.compress(stream) for _ in range(700)), packing.flush()])
        case(name, _with_stream(content, b"/Filter/FlateDecode"), added(*ENGLISH, only=True, parts=whole))
    case("forms.pdf", _forms(), added(*ENGLISH, only=True, parts=whole))

    laughs = "&e9; &file;"
    for ending, root in ((".rss", "rss"), (".atom", "feed"), (".xml", "rss"), (".html", "html"), (".xhtml", "html")):
        text = entities(root) + TEXTS[ending]([*ENGLISH, "LAUGHS"]).replace("LAUGHS", f"Ha {laughs}")
        case(f"entities{ending}", text.encode(), added(*ENGLISH, lacks=("hahaha", "root:")))
    for name in ("word/document.xml", "word/styles.xml", "[Content_Types].xml", "docProps/core.xml", "_rels/.rels"):
        text = entities("a") + f"<a>{laughs}</a>"
        case(
            f"entities in {name.replace('/', ' ')}.docx", word(ENGLISH, **{name: text}), reported("not as Word writes")
        )
    utf16 = ('<?xml version="1.0" encoding="utf-16"?>' + entities("a") + f"<a>{laughs}</a>").encode("utf-16")
    case("entities in utf-16.docx", word(ENGLISH, **{"word/document.xml": utf16}), reported("not as Word writes"))
    body = open_text("".join(f"<text:p>{fact}</text:p>" for fact in ENGLISH) + f"<text:p>{laughs}</text:p>")
    silent = added(*ENGLISH, lacks=("hahaha", "root:"))
    case("entities in content.odt", open_document([], **{"content.xml": entities("a") + body}), reported("damaged"))
    meta = entities("a") + f"<a><title>{laughs}</title></a>"
    case("entities in meta.odt", open_document(ENGLISH, **{"meta.xml": meta}), reported("damaged"))
    case("entities in manifest.odt", open_document(ENGLISH, **{"META-INF/manifest.xml": meta}), silent)
    chapter_page = entities("html") + book_page(f"<h1>Chapter 1</h1><p>{ENGLISH[1]} {laughs}</p>")
    case("entities in a chapter.epub", book(ENGLISH, **{"c1.xhtml": chapter_page}), silent)
    case("entities in toc.epub", book(ENGLISH, **{"toc.ncx": entities("a") + f"<a>{laughs}</a>"}), silent)
    container = '<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>'
    container = entities("container") + container
    case("entities in container.epub", book(ENGLISH, **{"META-INF/container.xml": container}), silent)
    aliases = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'ha'] * 10)}]\n" for n in range(10))
    case("aliases.md", f"---\ntitle: *a9\ntags: *a9\n{aliases}---\n\n{ENGLISH[0]}\n".encode(), added(ENGLISH[0]))
    return cases


def deep_cases() -> list[Case]:
    """Return parts that stand in each other a hundred thousand times."""
    deep = 100_000
    refused = "deeper|damaged|no feed|no JSON object|values"
    body = "".join(f"<p>{fact}</p>" for fact in ENGLISH)
    rows: list[tuple[str, bytes | str, Right]] = [
        ("tags.html", "<div>" * deep + body, reported(refused)),
        ("tags unclosed.html", body + "<font>" * 300 + body, _ALL),
        ("lists.html", body + "<ul><li>" * 400 + body, _ALL),
        ("tables.html", body + "<table><tr><td>" * 200 + body, _ALL),
        ("quotes.md", ">" * deep + " a\n\n" + "\n\n".join(ENGLISH), reported("50 deep")),
        ("lists.md", "- " * deep + "a\n\n" + "\n\n".join(ENGLISH), reported("50 deep")),
        ("lists of 12 levels.md", "- " * 12 + "a\n\n" + "\n\n".join(ENGLISH), _ALL),
        ("brackets.md", "[" * deep + "\n\n" + "\n\n".join(ENGLISH), _ALL),
        ("stars.md", "*a **b " * deep + "\n\n" + "\n\n".join(ENGLISH), _ALL),
        ("header.md", "---\na: " + "[" * 5_000 + "\n---\n\n" + "\n\n".join(ENGLISH), _ALL),
        ("header in braces.md", "---\na: " + "{" * deep + "\n---\n\n" + "\n\n".join(ENGLISH), _ALL),
        ("linked data.html", f'<script type="application/ld+json">{"[" * deep}</script>{body}', _ALL),
        (
            "lists.jsonl",
            '{"text":' + "[" * deep + "\n" + TEXTS[".jsonl"](ENGLISH),
            added(*ENGLISH, parts=(("1", "no JSON"),)),
        ),
        ("objects.jsonl", '{"a":' * deep + "1" + "}" * deep, reported(refused)),
        ("feed.rss", TEXTS[".rss"](ENGLISH).replace(ENGLISH[1], "<b>" * deep), reported(refused)),
        ("feed with markup.rss", TEXTS[".rss"]([*ENGLISH, "<div>" * deep]), added(*ENGLISH, parts=(("3", "no text"),))),
        ("text.odt", open_document([], **{"content.xml": open_text("<text:p>" * deep)}), reported(refused)),
        ("text.docx", word([], **{"word/document.xml": word_text("<w:p>" * deep)}), reported(refused)),
        (
            "tables.docx",
            word(
                [], **{"word/document.xml": word_text("<w:tbl><w:tr><w:tc>" * 3_000 + "</w:tc></w:tr></w:tbl>" * 3_000)}
            ),
            reported(refused),
        ),
        ("book.epub", book(ENGLISH, **{"toc.ncx": "<navPoint>" * deep}), added(*ENGLISH)),
        (
            "parts.eml",
            "Subject: a\n" + "".join(f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(5_000)),
            reported("damaged|no text"),
        ),
        (
            "mails in mails.eml",
            "Subject: a\n" + "Content-Type: message/rfc822\n\n" * 20_000,
            reported("damaged|no text"),
        ),
        ("folders.zip", packed({"a/" * 5_000 + "note.txt": ENGLISH[0]}), added(ENGLISH[0], only=True)),
    ]
    return [
        Case("deep", f"deep/{name}", text.encode() if isinstance(text, str) else text, right)
        for name, text, right in rows
    ]


def huge_cases() -> list[Case]:
    """Return files with a line of 20 MB, of which most that people have is a picture in letters."""
    blob = _BASE64 * (20_000_000 // len(_BASE64))
    image = f"data:image/png;base64,{blob}"
    too_long = reported("more than 8,000,000 characters")
    fields = {"title": "Note", "image": blob, "text": " ".join(ENGLISH)}
    attachment = (
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
        + "\n\n".join(ENGLISH)
        + f"\n--b\nContent-Type: image/png; name=a.png\nContent-Disposition: attachment; filename=a.png\n"
        f"Content-Transfer-Encoding: base64\n\n{blob}\n--b--\n"
    )
    rows: list[tuple[str, str | bytes, Right]] = [
        ("no words.txt", f"{ENGLISH[0]}\n\n{blob}\n\n{ENGLISH[1]}", too_long),
        ("words.txt", (ENGLISH[0] + " ") * 400_000, too_long),
        ("emoji.txt", "\U0001f600" * 5_000_000, reported("no text|characters")),
        ("spaces.txt", " " * 7_000_000 + ENGLISH[0], added(ENGLISH[0], only=True)),
        ("a million.txt", f"{ENGLISH[0]} {blob[:1_000_000]} {ENGLISH[1]}", added(ENGLISH[0], ENGLISH[1])),
        ("picture.md", markdown(ENGLISH) + f"\n![pier]({image})\n", added(*ENGLISH, only=True)),
        ("words.md", (ENGLISH[0] + " ") * 400_000, too_long),
        ("picture.html", page(ENGLISH).replace("<p>", f"<p><img src='{image}'>", 1), added(*ENGLISH, only=True)),
        ("words.html", page([(ENGLISH[0] + " ") * 400_000]), too_long),
        ("program.html", page(ENGLISH).replace("<head>", f"<head><script>var a='{blob}'</script>"), _ALL),
        ("picture.jsonl", json.dumps(fields), added(*ENGLISH)),
        ("words.jsonl", json.dumps({"text": (ENGLISH[0] + " ") * 400_000}), reported("characters|24,000,000")),
        ("picture.csv", ",".join(fields) + "\n" + ",".join(fields.values()), added(*ENGLISH)),
        ("commas.csv", "a,b\n" + "," * 20_000_000, reported("never ends|columns")),
        ("words.rss", TEXTS[".rss"]([(ENGLISH[0] + " ") * 400_000]), reported("longer.*than in any article")),
        ("picture.eml", f"Subject: a\n{attachment}", added(*ENGLISH, only=True, parts=(("", "a.png"),))),
        ("words.eml", f"Subject: a\n\n{(ENGLISH[0] + ' ') * 400_000}", too_long),
        ("header.eml", f"Subject: {blob}\n\n{ENGLISH[0]}", added(ENGLISH[0], only=True)),
        ("lines.txt", "ab\n" * 3_000_000, too_long),
        (
            "lines.mbox",
            "From a Sat May  3 10:00:00 2025\nSubject: a\n\n" + "a\n" * 3_000_000,
            reported("1,000,000 lines"),
        ),
        ("a file of 70 MB.txt", b"word " * 14_000_000, reported("larger than 32 MB")),
    ]
    return [
        Case("very long", f"long/{name}", text.encode() if isinstance(text, str) else text, right)
        for name, text, right in rows
    ]


def _with_stream(content: bytes, entries: bytes) -> bytes:
    """Return a PDF file whose last page has `content`, which `entries` say how to unpack."""
    data = paper([*ENGLISH, "DRAWN"])
    at = data.rindex(b"<<", 0, data.index(b"DRAWN"))
    end = data.index(b"endobj", at)
    return data[:at] + b"<</Length %d%s>>stream\n%s\nendstream\n" % (len(content), entries, content) + data[end:]


def _forms() -> bytes:
    """Return a PDF file whose last page draws a form ten times, which draws the next ten times, and so on."""
    data = paper([*ENGLISH, "DRAWN"])
    at = data.rindex(b"<<", 0, data.index(b"DRAWN"))
    end = data.index(b"endobj", at)
    draw = b"/X Do " * 10
    data = data[:at] + b"<</Length %d>>stream\n%s\nendstream\n" % (len(draw), draw) + data[end:]
    last = data.rindex(b"/Resources <<")
    data = data[:last] + b"/Resources <</XObject<</X 101 0 R>>" + data[last + len(b"/Resources <<") :]
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>"
    forms = b"".join(
        b"%d 0 obj\n<<%s/Length %d>>stream\n%s\nendstream\nendobj\n" % (n, form % (n + 1), len(draw), draw)
        for n in range(101, 110)
    )
    first = data.index(b"1 0 obj")
    return data[:first] + forms + data[first:]
