"""ZIP files: what is in them is read as if it lay in a folder, and nothing that it tries does harm."""

from __future__ import annotations

import stat
import struct
import zipfile
from datetime import date
from io import BytesIO

import pytest
from damage import damaged
from hypothesis import given, settings

from rag.errors import UnreadableSource
from rag.ingest.loaders import LeftOut, load_bytes
from rag.types import Article

PROSE = "The ferry leaves at nine. It is seldom late, and it has a bar."


def packed(files: dict[str, str | bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def articles(data: bytes, left: list[LeftOut] | None = None) -> list[Article]:
    told = [] if left is None else left
    return list(load_bytes(data, name="a.zip", media_type="application/zip", source="a.zip", on_problem=told.append))


def test_each_file_is_read_by_its_kind_and_named_by_its_path() -> None:
    left: list[LeftOut] = []
    found = articles(
        packed(
            {
                "notes/2025-05-03-ferry.txt": PROSE,
                "pier.md": f"# Pier\n\n{PROSE}",
                "mails.mbox": f"From x Sat May  3 10:00:00 2025\nSubject: Boat\nMessage-ID: <m@x>\n\n{PROSE}\n",
                "テスト.html": f"<article><h1>Teahouse</h1><p>{PROSE}</p></article>",
                ".hidden.txt": "Hidden.",
                "__MACOSX/._pier.md": "Nothing.",
                "notes/.git/config.txt": "Hidden.",
                "desktop.ini": "x",
            }
        ),
        left,
    )
    assert [(a.source, a.title, a.media_type) for a in found] == [
        ("a.zip#notes/2025-05-03-ferry.txt", "Ferry", "text/plain"),
        ("a.zip#pier.md", "Pier", "text/markdown"),
        ("a.zip#mails.mbox#m@x", "Boat", "application/mbox"),
        ("a.zip#テスト.html", "Teahouse", "text/html"),
    ]
    assert found[0].published == date(2025, 5, 3)
    assert all(a.text == PROSE for a in found)
    assert left == []


def test_what_cannot_be_read_is_named_and_the_rest_is_read() -> None:
    left: list[LeftOut] = []
    files = {
        "a.txt": PROSE,
        "inner.zip": packed({"b.txt": PROSE}),
        "broken.pdf": b"%PDF-",
        "drawing.dwg": b"AC1015",
        "picture.txt": b"\x89PNG\r\n\x1a\n\x00\x00",
        "empty.txt": "",
        "c.txt": PROSE,
    }
    assert [a.source for a in articles(packed(files), left)] == ["a.zip#a.txt", "a.zip#c.txt"]
    reasons = {item.source: item.reason for item in left}
    assert "within a ZIP file" in reasons["a.zip#inner.zip"]
    assert "no PDF file" in reasons["a.zip#broken.pdf"]
    assert "Files ending in .dwg cannot be read. Supported: .txt" in reasons["a.zip#drawing.dwg"]
    assert "PNG picture" in reasons["a.zip#picture.txt"]
    assert [item.source for item in left if item.skipped] == ["a.zip#empty.txt"]


@pytest.mark.parametrize(
    "name", ["../up.txt", "a/../../up.txt", "/etc/abs.txt", "C:evil.txt", "a\\..\\..\\up.txt", "a\x01b.txt"]
)
def test_names_that_lead_out_of_the_archive_are_refused(name: str) -> None:
    data = packed({"x" * len(name.encode()): PROSE, "good.txt": PROSE}).replace(
        b"x" * len(name.encode()), name.encode()
    )
    left: list[LeftOut] = []
    assert [a.source for a in articles(data, left)] == ["a.zip#good.txt"]
    assert ["leads out" in item.reason for item in left] == [True]


def test_a_name_in_an_old_encoding_is_shown_as_it_was_written() -> None:
    """C26."""
    data = packed({"caf_.txt": PROSE}).replace(b"caf_.txt", b"caf\xe9.txt")
    assert articles(data)[0].source == "a.zip#café.txt"
    assert articles(packed({"x______.txt": PROSE}).replace(b"x______.txt", "čaj_é.txt".encode()))[0].source == (
        "a.zip#čaj_é.txt"
    )


def test_a_link_in_it_is_named_and_not_read_as_a_text() -> None:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.txt", PROSE)
    left: list[LeftOut] = []
    assert [a.source for a in articles(made.getvalue(), left)] == ["a.zip#good.txt"]
    assert [(item.source, "it is a link" in item.reason.lower()) for item in left] == [("a.zip#link.txt", True)]


def test_two_files_of_one_name_are_two_articles() -> None:
    data = packed({"a.txt": PROSE, "b.txt": PROSE + " More."}).replace(b"b.txt", b"a.txt")
    assert [(a.source, len(a.text)) for a in articles(data)] == [
        ("a.zip#a.txt", len(PROSE)),
        ("a.zip#a.txt (2)", len(PROSE) + 6),
    ]


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    left: list[LeftOut] = []
    data = packed({"bomb.txt": "0" * 30_000_000, "good.txt": PROSE})
    assert len(data) < 100_000
    assert [a.source for a in articles(data, left)] == ["a.zip#good.txt"]
    assert "suspiciously much" in left[0].reason


def test_a_file_that_unpacks_to_more_than_it_says_is_refused() -> None:
    data = packed({"liar.txt": "word " * 50_000})
    size = struct.pack("<L", 250_000)
    assert data.count(size) == 2
    left: list[LeftOut] = []
    assert articles(data.replace(size, struct.pack("<L", 100)), left) == []
    assert "damaged" in left[0].reason


def test_the_whole_and_each_file_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[LeftOut] = []
    monkeypatch.setattr("rag.ingest.formats.package.TOTAL", 150)
    assert len(articles(packed({f"{n}.txt": PROSE for n in range(4)}), left)) == 2
    assert ["larger than is read" in item.reason for item in left] == [True, True]
    monkeypatch.setattr("rag.ingest.formats.package.MEMBERS", 3)
    with pytest.raises(UnreadableSource, match="more than 3 files"):
        articles(packed({f"{n}.txt": PROSE for n in range(4)}))


def test_an_encrypted_file_says_so() -> None:
    data = bytearray(packed({"secret.txt": PROSE, "good.txt": PROSE}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    left: list[LeftOut] = []
    assert [a.source for a in articles(bytes(data), left)] == ["a.zip#good.txt"]
    assert "password" in left[0].reason


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"PK\x03\x04", packed({"a.txt": PROSE})[:60]],
    ids=["empty", "words", "no more than a signature", "cut short"],  # a zip file holds the time it was made
)
def test_what_is_no_zip_file_says_so(data: bytes) -> None:
    with pytest.raises(UnreadableSource, match="damaged, or not what its name says"):
        articles(data)


def test_a_file_without_a_name_is_passed_over() -> None:
    data = packed({"x.txt": PROSE, "good.txt": PROSE}).replace(b"x.txt", b"\x00.txt")
    assert [a.source for a in articles(data)] == ["a.zip#good.txt"]


def test_an_empty_zip_file_has_no_text() -> None:
    with pytest.raises(UnreadableSource, match="no text"):
        articles(packed({}))


REAL = packed({"a/ferry.txt": PROSE * 20, "pier.md": f"# Pier\n\n{PROSE}", "f.csv": "a,b\n1,2\n", "x.dwg": "?"})


@settings(max_examples=200, deadline=None)
@given(damaged(REAL, bytes_at_most=10))
def test_a_damaged_zip_file_is_read_as_far_as_it_goes_or_refused(broken: bytes) -> None:
    try:
        found = articles(broken)
    except UnreadableSource:
        return
    assert all(article.text for article in found)
