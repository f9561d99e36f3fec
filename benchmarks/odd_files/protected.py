"""ZIP files that other programs would stumble over, and files that take a password."""

from __future__ import annotations

import stat
import zipfile
from io import BytesIO

from benchmarks.odd_files.case import Case, Right, added, reported
from benchmarks.odd_files.small import ENGLISH, book, open_document, packed, paper, small_files, word

_GOOD = {"good.txt": ENGLISH[0]}


def zip_cases() -> list[Case]:
    """Return ZIP files with names that lead out, broken and odd members, and files of every kind."""
    cases = []

    def case(name: str, data: bytes, right: Right) -> None:
        cases.append(Case("ZIP files", f"zip/{name}.zip", data, right))

    hostile = ("../up.txt", "a/../../up.txt", "/etc/abs.txt", "C:evil.txt", "a\\..\\..\\up.txt", "//host/share.txt")
    for number, name in enumerate(hostile):
        data = _renamed(packed({"x" * len(name): "Not yours.", **_GOOD}), "x" * len(name), name)
        case(f"leads out {number}", data, added(ENGLISH[0], only=True, parts=((".", "leads out"),)))
    whole = {f"a{ending}": data for ending, data in small_files().items() if ending != ".zip"}
    case("every kind", packed(whole), added(*ENGLISH))
    case("a copy", packed({**_GOOD, "copy/good.txt": ENGLISH[1]}), added(*ENGLISH[:2], only=True))
    same = _renamed(packed({"a.txt": ENGLISH[0], "b.txt": ENGLISH[1]}), "b.txt", "a.txt")
    case("one name twice", same, added(*ENGLISH[:2], only=True))
    case(
        "a zip in it",
        packed({"in.zip": packed(_GOOD), **_GOOD}),
        added(ENGLISH[0], parts=(("in.zip", "within a ZIP"),)),
    )
    case("only a zip in it", packed({"in.zip": packed(_GOOD)}), reported("within a ZIP file is not read"))
    case("bad sum", _bad_sum(), added(ENGLISH[0], only=True, parts=(("bad.txt", "damaged"),)))
    case("unknown packing", _method(97), added(ENGLISH[0], only=True, parts=(("bad.txt", "damaged"),)))
    case("a false size", _false_size(), added(ENGLISH[0], only=True, parts=(("bad.txt", "damaged"),)))
    case("a link in it", _with_link(), added(ENGLISH[0], only=True, parts=(("link.txt", "link"),)))
    case("a program before it", b"MZ" + bytes(5_000) + packed(_GOOD), added(ENGLISH[0], only=True))
    case("bytes after it", packed(_GOOD) + bytes(500), added(ENGLISH[0], only=True))
    case("nothing in it", packed({}), reported("no text"))
    case("only folders", packed({"a/": "", "b/": ""}), reported("no text"))
    case("only hidden", packed({".git/a.txt": "a", "__MACOSX/b.txt": "b"}), reported("no text"))
    case("unknown kinds", packed({"a.exe": "a", **_GOOD}), added(ENGLISH[0], parts=(("a.exe", "cannot be read"),)))
    case("a name of 60000", packed({"n" * 60_000 + ".txt": ENGLISH[0]}), added(ENGLISH[0], only=True))
    case(
        "names with signs",
        packed({"a#b\u202e 'q'\n.txt": ENGLISH[0], **_GOOD}),
        added(ENGLISH[0], parts=((".", "leads out"),)),
    )
    for number, name in enumerate(("bzip2", "lzma")):
        kind = (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)[number]
        case(name, packed({"a.txt": "\n\n".join(ENGLISH)}, kind), added(*ENGLISH, only=True))
    overlapping = _overlapping()
    case("one file many times", overlapping, added(ENGLISH[0], parts=((".", "damaged"),)))
    return cases


def protected_cases() -> list[Case]:
    """Return files that take a password, or whose owner does."""
    from reportlab.lib.pdfencrypt import StandardEncryption

    password = "needs a password"
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    encryption = '<encryption><CipherReference URI="c1.xhtml"/></encryption>'
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    rows: list[tuple[str, bytes, Right]] = [
        (
            "user 128.pdf",
            paper(ENGLISH, encrypt=StandardEncryption("secret", "owner", strength=128)),
            reported(password),
        ),
        ("user 40.pdf", paper(ENGLISH, encrypt=StandardEncryption("secret", "owner", strength=40)), reported(password)),
        ("owner.pdf", paper(ENGLISH, encrypt=StandardEncryption("", "owner", canPrint=0)), added(*ENGLISH, only=True)),
        ("word.docx", ole + "EncryptedPackage".encode("utf-16-le"), reported(password)),
        ("old word.docx", ole, reported("old format of Office")),
        ("old word.odt", ole, reported("old format of Office")),
        ("text.odt", open_document(ENGLISH, **{"META-INF/manifest.xml": manifest}), reported(password)),
        ("book.epub", book(ENGLISH, **{"META-INF/encryption.xml": encryption}), reported("DRM")),
        (
            "fonts of a book.epub",
            book(ENGLISH, **{"META-INF/encryption.xml": encryption.replace("c1.xhtml", "a.otf")}),
            added(*ENGLISH, only=True),
        ),
        ("all.zip", _encrypted("a.txt", {"a.txt": ENGLISH[0]}), reported(password)),
        (
            "one.zip",
            _encrypted("a.txt", {"a.txt": "b", **_GOOD}),
            added(ENGLISH[0], only=True, parts=(("a.txt", password),)),
        ),
        ("member.docx", _encrypted("word/document.xml", word(ENGLISH)), reported(password)),
        ("member.odt", _encrypted("content.xml", open_document(ENGLISH)), reported(password)),
        (
            "member.epub",
            _encrypted("c1.xhtml", book(ENGLISH)),
            added(ENGLISH[0], ENGLISH[2], only=True, parts=(("c1.xhtml", password),)),
        ),
    ]
    return [Case("passwords", f"passwords/{name}", data, right) for name, data, right in rows]


def _renamed(data: bytes, name: str, other: str) -> bytes:
    return data.replace(name.encode(), other.encode())


def _entries(data: bytes, name: str) -> list[tuple[int, int]]:
    """Return where the local and the central header of a file in a ZIP archive begin, each with its kind: 0 or 1."""
    places, at = [], 0
    while (at := data.find(name.encode(), at)) >= 0:
        for kind, signature, length in ((0, b"PK\x03\x04", 30), (1, b"PK\x01\x02", 46)):
            if data[at - length :].startswith(signature):
                places.append((at - length, kind))
        at += 1
    return places


def _encrypted(name: str, archive: bytes | dict[str, str]) -> bytes:
    data = bytearray(archive if isinstance(archive, bytes) else packed(archive))
    for at, kind in _entries(bytes(data), name):
        data[at + (8 if kind else 6)] |= 1
    return bytes(data)


def _method(number: int) -> bytes:
    data = bytearray(packed({"bad.txt": ENGLISH[1], **_GOOD}))
    for at, kind in _entries(bytes(data), "bad.txt"):
        data[at + (10 if kind else 8)] = number
    return bytes(data)


def _bad_sum() -> bytes:
    data = bytearray(packed({"bad.txt": ENGLISH[1], **_GOOD}))
    for at, kind in _entries(bytes(data), "bad.txt"):
        data[at + (16 if kind else 14)] ^= 0xFF
    return bytes(data)


def _false_size() -> bytes:
    data = bytearray(packed({"bad.txt": ENGLISH[1] * 100, **_GOOD}))
    for at, kind in _entries(bytes(data), "bad.txt"):
        data[at + (24 if kind else 22) : at + (28 if kind else 26)] = (50).to_bytes(4, "little")
    return bytes(data)


def _with_link() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.txt", ENGLISH[0])
    return made.getvalue()


def _overlapping() -> bytes:
    """Return an archive whose list names one and the same piece twenty times, each time under another name."""
    data = packed({"good.txt": ENGLISH[0], "same.txt": ENGLISH[1]})
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    at = next(at for at, kind in _entries(data, "same.txt") if kind == 1)
    entry = data[at:end]
    more = b"".join(entry.replace(b"same.txt", b"sam%d.txt" % n) for n in range(10))
    tail = bytearray(data[end:])
    count = 12
    tail[8:10] = tail[10:12] = count.to_bytes(2, "little")
    tail[12:16] = (end - start + len(more)).to_bytes(4, "little")
    return data[:end] + more + bytes(tail)
