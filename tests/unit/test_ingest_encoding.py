"""Bytes to text: what a person's files say is what is read, on every machine."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import UnreadableSource
from rag.ingest.encoding import decode
from rag.ingest.html import decode_html
from rag.text import clean_text

CZECH = "Žluťoučký kůň úpěl ďábelské ódy. Čaj je dobrý, říká paní Nováková u řeky."
RUSSIAN = "Сегодня в городе открылся новый рынок. Рыбу продают по утрам, а хлеб весь день."
ENGLISH = "The ferry to Skail leaves at nine. It is seldom late."
TABLE = [
    (b"", ""),
    (b"plain", "plain"),
    (b"Price \x97 nine euro \x93net\x94", "Price — nine euro “net”"),
    (b"caf\xe9", "café"),
    (b"\xa35 for two", "£5 for two"),
    ("Müller ging über die Straße nach Köln.".encode("cp1252"), "Müller ging über die Straße nach Köln."),
    ("L'été à la mer, où êtes-vous né ?".encode("cp1252"), "L'été à la mer, où êtes-vous né ?"),
    ("Rødgrød med fløde på en blå ø".encode("cp1252"), "Rødgrød med fløde på en blå ø"),
    (CZECH.encode("cp1250"), CZECH),
    (RUSSIAN.encode("cp1251"), RUSSIAN),
    ("čaj".encode(), "čaj"),
    ("čaj".encode("utf-8-sig"), "čaj"),
    ("čaj 茶".encode("utf-16"), "čaj 茶"),
    (b"\xfe\xff" + "čaj".encode("utf-16-be"), "čaj"),
    ("čaj".encode("utf-32"), "čaj"),
    (ENGLISH.encode("utf-16-le"), ENGLISH),
    (ENGLISH.encode("utf-16-be"), ENGLISH),
    ("čaj — šálek ž".encode()[:-1], "čaj — šálek "),
    ("čaj, šálek, žena — ".encode() + b"caf\xe9 ole", "čaj, šálek, žena — café ole"),
    ("שלום לכולם".encode(), "שלום לכולם"),
    (b"one\x00two, and no more of that", "one\x00two, and no more of that"),
]


@pytest.mark.parametrize(("data", "text"), TABLE)
def test_text_is_read_as_it_was_written(data: bytes, text: str) -> None:
    """C01, C04: old Windows files, byte order marks, none, and files cut in the middle of a letter."""
    assert decode(data).text == text


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x00",
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>",
        b"PK\x03\x04\x14\x00\x00\x00",
        bytes(range(256)) * 8,
        b"\x00" * 400,
    ],
)
def test_what_is_not_text_is_refused(data: bytes) -> None:
    """C04: a picture renamed note.txt is refused and never becomes letters."""
    with pytest.raises(UnreadableSource, match="not text"):
        decode(data)


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    for reader in (decode, decode_html):
        with suppress(UnreadableSource):
            assert isinstance(reader(data).text, str)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\ufeff", exclude_categories=["Cc"])))
def test_every_utf8_text_is_read_exactly(text: str) -> None:
    data = text.encode()
    if not data.startswith((b"PK\x03\x04", b"%PDF-", b"GIF8", b"{\\rtf", b"bplist00")):
        assert decode(data).text == text


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b'<meta charset="windows-1250"><p>\xe8aj', "čaj"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><p>\x93net\x94', "“net”"),
        ('<meta charset="iso-8859-1"><p>čaj'.encode(), "čaj"),
        (b'<meta charset="no-such-thing"><p>caf\xe9', "café"),
        (b'<meta charset="hex"><p>caf\xe9', "café"),
        ('<meta charset="utf-8"><p>čaj'.encode("utf-16"), "čaj"),
        ("<p>čaj".encode(), "čaj"),
    ],
)
def test_a_page_is_read_as_browsers_read_it(data: bytes, text: str) -> None:
    assert decode_html(data).text.endswith(text)


def test_the_machines_own_encoding_does_not_matter(tmp_path: Path) -> None:
    """C02: the same text under LC_ALL=C with UTF-8 mode off."""
    file = tmp_path / "tea.txt"
    file.write_bytes("Šálek: čaj je dobrý.".encode())
    code = "import sys; from rag.ingest import load; sys.stdout.buffer.write(next(load(sys.argv[1])).text.encode())"
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    run = subprocess.run([sys.executable, "-c", code, str(file)], env=environment, capture_output=True, check=True)
    assert run.stdout.decode() == "Šálek: čaj je dobrý."
