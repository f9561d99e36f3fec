"""Files that were good: cut, with one byte flipped, emptied, and under endings that are not theirs."""

from __future__ import annotations

from benchmarks.odd_files.case import Case, Right, added, either, reported
from benchmarks.odd_files.small import ENGLISH, PACKAGES, TEXTS, small_files

_SHARES = (25, 50, 75, 95)
_NO_TEXT = r"no text|damaged|no mail|no mailbox|no feed|no JSON Lines file|no PDF"
_NAMES = ("Harbour", "harbour", "Note 0", "Note 1", "Note 2", "Chapter 0", "Chapter 1", "Chapter 2")
"""What else may come to stand in the text of a damaged file: titles, and fields of tables."""


def cut_cases() -> list[Case]:
    """Return a file of each ending, cut at several places."""
    return [
        Case("cut", f"cut/{share} percent{ending}", data[: len(data) * share // 100], _damaged(ending))
        for ending, data in small_files().items()
        for share in _SHARES
    ]


def flipped_cases() -> list[Case]:
    """Return a file of each ending with a bit of one byte flipped: in a fact, near the head and near the end."""
    cases = []
    for ending, data in small_files().items():
        places = {"head": len(data) // 25, "end": len(data) * 19 // 20}
        for name, at in places.items():
            flipped = data[:at] + bytes([data[at] ^ 0x04]) + data[at + 1 :]
            cases.append(Case("one byte flipped", f"flipped/{name}{ending}", flipped, _damaged(ending)))
        if ending not in TEXTS:
            at = len(data) // 2
            flipped = data[:at] + bytes([data[at] ^ 0x04]) + data[at + 1 :]
            cases.append(Case("one byte flipped", f"flipped/middle{ending}", flipped, _damaged(ending)))
            continue
        for bit, letter in ((0x01, "i"), (0x80, "è")):
            at = data.index(b"harbour office")
            flipped = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
            facts = (ENGLISH[0], ENGLISH[1].replace("harbour", f"{letter}arbour"), ENGLISH[2])
            cases.append(Case("one byte flipped", f"flipped/letter {bit}{ending}", flipped, added(*facts, only=True)))
    return cases


def empty_cases() -> list[Case]:
    """Return files of each ending without anything in them, and with spaces only."""
    return [
        Case("empty", f"empty/{name}{ending}", data, reported(_NO_TEXT))
        for ending in small_files()
        for name, data in (("nothing", b""), ("spaces", b"  \n\t\r\n \n" * 50), ("mark", b"\xef\xbb\xbf"))
    ]


def ending_cases() -> list[Case]:
    """Return good files under endings that are not theirs, or none."""
    files = small_files()
    text, cases = ENGLISH[0].encode(), []

    def case(name: str, data: bytes, right: Right) -> None:
        cases.append(Case("wrong ending", f"endings/{name}", data, right))

    for ending in PACKAGES:
        kind = "a PDF file" if ending == ".pdf" else "a ZIP archive or an Office document"
        for other in (".txt", ".md", ".html", ".csv", ".jsonl", ".rss"):
            case(f"{ending[1:]} as text{other}", files[ending], reported(f"this is {kind}, not text"))
        case(f"{ending[1:]} as mail.eml", files[ending], reported("no mail|not text"))
        case(f"text as such{ending}", text, reported("damaged|no PDF file"))
    for ending in (".docx", ".odt", ".epub"):
        for other in (".docx", ".odt", ".epub"):
            if other != ending:
                case(f"{ending[1:]} as another{other}", files[ending], reported("damaged|another kind|no Word"))
    case("docx as archive.zip", files[".docx"], reported("no feed"))
    case("text.mbox", text, reported("no mailbox"))
    case("text.eml", text, reported("no mail"))
    case("text.rss", text, reported("no feed"))
    case("text.html", text, added(ENGLISH[0], only=True))
    case("text.jsonl", b"\n".join(fact.encode() for fact in ENGLISH), reported("no JSON object"))
    case("markdown.txt", files[".md"], added(*ENGLISH))
    case("letter.txt", files[".eml"], added(*ENGLISH))
    case("page.md", files[".html"], added(*ENGLISH))
    case("page.xml", files[".html"], reported("no feed"))
    case("feed.html", files[".rss"], added(*ENGLISH))
    case("table.jsonl", files[".csv"], reported("no JSON object"))
    case("upper case.TXT", text, added(ENGLISH[0], only=True))
    case("upper case.Pdf", files[".pdf"], added(*ENGLISH, only=True))
    for name, kind in (
        ("no ending", "without an ending"),
        ("one dot.", "ending|Supported"),
        ("old.doc", "ending in .doc"),
    ):
        case(name, text, reported(kind))
    for name in ("sheet.xlsx", "slides.pptx", "pack.rar", "text.txt.bak", "text.txt ", "program.exe", "two.tar.gz"):
        case(name, text, reported("cannot be read. Supported"))
    for name, data in (
        ("picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 20),
        ("photo", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 20),
        ("program", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 20),
        ("noise", bytes(n * n * 31 % 256 ^ n % 7 for n in range(8_000))),
        ("zeros", bytes(10_000)),
        ("packed", b"\x1f\x8b\x08\x00" + bytes(range(256)) * 4),
        ("rich text", rb"{\rtf1\ansi The ferry to Skail costs four pounds.}"),
    ):
        for ending in (".txt", ".md", ".html", ".csv"):
            case(f"{name}{ending}", data, reported("not text"))
    return cases


def _damaged(ending: str) -> Right:
    extra = ("id title text", "---", "title: Harbour tags: [sea]", "title: Harbour", "tags: [sea]")
    rows = tuple(f"| {n} | Note {n} | {fact} |" for n, fact in enumerate(ENGLISH)) if ending in (".csv", ".tsv") else ()
    return either(*ENGLISH, *_NAMES, *extra, *rows)
