"""From bytes to text, whatever wrote them and wherever they are read."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from io import TextIOWrapper
from typing import BinaryIO, NamedTuple

from rag.errors import UnreadableSource

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "a database"),
    (b"bplist00", "a property list or web archive"),
)
# What charset-normalizer may choose from: encodings that people's old files are really in.
_WESTERN = ["cp1252", "mac_roman", "cp437"]
_CENTRAL = ["cp1250", "cp1257", "cp1254"]
_OTHER_SCRIPTS = ["cp1251", "koi8_r", "cp1253", "cp1255", "cp1256"]
_ASIAN = ["shift_jis", "euc_jp", "cp949", "big5", "gb18030"]
_LEGACY = [*_WESTERN, *_CENTRAL, *_OTHER_SCRIPTS, *_ASIAN]
_SAMPLE = 65_536
_HEAD = 4096
_FIRST = 1_000_000
# Python's codecs that are no encodings of texts. Some take time that grows with the square of the length.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"})
_STRAY = re.compile("[\udc80-\udcff]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_LETTERS_AND_SIGNS = re.compile(r"[^\W\d_][¿¡³¹²¼½¾£¥¤¦§©®°±¶·×÷«»¢¬¯¨´¸][^\W\d_]")
# Letters that stand where other code pages have their own: frequent here means another code page.
_RARE_WEST = frozenset("ìøýþšžðÌØÝÞŠŽÐ")
_WEST = frozenset("àâäåæçéèêëíîïñóôöòœùûüúÿßáãõªºÀÂÄÅÆÇÉÈÊËÍÎÏÑÓÔÖÒŒÙÛÜÚŸÁÃÕƒ") | _RARE_WEST


class Decoded(NamedTuple):
    """Text and the name of the encoding that it was in."""

    text: str
    encoding: str


def decode(data: bytes) -> Decoded:
    """Return the text in `data` and its encoding.

    Tried in turn: a byte order mark, UTF-8, UTF-16 without a mark (every other byte is NUL), and older
    code pages, western ones first since a short text says little. The platform's own encoding never matters.
    Raises UnreadableSource where the bytes are not text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _checked(data.decode(encoding, "replace"), encoding)
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise UnreadableSource(f"this is {kind}, not text. Give the file its own ending, or leave it out.")
    if wide := _wide_encoding(data):
        return _checked(data.decode(wide, "replace"), wide)
    if utf8 := utf8_text(data):
        return _checked(utf8, "utf-8")
    return _legacy(data) if data else Decoded("", "utf-8")


def text_lines(file: BinaryIO, *, longest: int) -> Iterator[str]:
    """Yield the lines of a file with their ends, as `decode` would read them, without holding all of it.

    The encoding is taken from the first part. Raises UnreadableSource where that is not text, or where a line
    has more than `longest` characters.
    """
    file.seek(0)
    encoding = decode(file.read(_FIRST)).encoding
    file.seek(0)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    text = TextIOWrapper(file, encoding, errors, newline="")
    try:
        while line := text.readline(longest):
            if len(line) == longest and line[-1] not in "\r\n":
                raise UnreadableSource(
                    f"a line in it is longer than {longest:,} characters. Split it, or leave it out."
                )
            yield _STRAY.sub(_stray_byte, line)
    finally:
        with suppress(ValueError):  # closed already
            text.detach()


def decode_labelled(data: bytes, label: str) -> Decoded:
    """Return the text in `data`, which says of itself, or of which a header says, that it is in `label`.

    A byte order mark or valid UTF-8 wins, since files are saved anew more often than their labels are. Labels
    are read as browsers and mail programs read them: ISO-8859-1 is Windows-1252, "cp-850" is cp850. One that
    means nothing is passed over. Raises UnreadableSource where the bytes are not text.
    """
    if decoded := decode_as(data, label):
        return decoded
    marked = any(data.startswith(mark) for mark, _ in _BOMS)
    if not marked and not data.isascii() and (text := utf8_text(data)):
        return Decoded(text, "utf-8")
    return decode(data)


def decode_as(data: bytes, label: str) -> Decoded | None:
    """Return the text in `data` in the encoding that `label` means, or None where it can hardly be in that.

    So it is where a byte order mark or valid UTF-8 says otherwise, where the label means nothing, or where many of
    the bytes mean nothing in it.
    """
    encoding = _codec(label)
    if not encoding or encoding.startswith("utf-") or b"\x00" in data[:_HEAD]:
        return None
    if any(data.startswith(mark) for mark, _ in _BOMS) or (not data.isascii() and utf8_text(data)):
        return None
    try:
        text = data.decode(encoding, "replace")
    except (LookupError, UnicodeError):  # LookupError: a codec that is not one of text, such as "hex"
        return None
    return None if text.count("\ufffd") > max(1, len(text) // 50) else Decoded(text, encoding)


def _codec(label: str) -> str | None:
    """Return Python's name for the encoding that `label` means, or None."""
    label = label.strip("\"' ").lower()
    for name in (label, label.removesuffix("-i").removesuffix("-e"), label.replace("-", ""), label.removeprefix("x-")):
        try:
            found = codecs.lookup(name).name
        except (LookupError, ValueError):  # ValueError: a NUL in it
            continue
        if found in _NO_CHARSETS:
            return None
        return "cp1252" if found in ("iso8859-1", "ascii") else found
    return None


def utf8_text(data: bytes) -> str | None:
    """Return `data` decoded as UTF-8, or None if it is not.

    A file cut in the middle of its last character is still UTF-8, and so is one that has a few stray
    bytes from another code page among many good characters: those are read as Windows-1252.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start > len(data) - 4:
            whole = data[: error.start]
            return whole.decode("utf-8") if error.start and not whole.isascii() else None
    text = data.decode("utf-8", "surrogateescape")
    stray = sum("\udc80" <= letter <= "\udcff" for letter in text)
    good = sum(letter > "\x7f" for letter in text) - stray
    if stray * 5 > good:
        return None
    return _STRAY.sub(_stray_byte, text)


def _stray_byte(match: re.Match[str]) -> str:
    return bytes([ord(match[0]) - 0xDC00]).decode("cp1252", "replace")


def _wide_encoding(data: bytes) -> str | None:
    """Return the UTF-16 encoding that the places of the NUL bytes give away, or None."""
    sample = data[:_SAMPLE]
    if b"\x00" not in sample or len(data) < 2:
        return None
    half = len(sample) / 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.3 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.3 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _legacy(data: bytes) -> Decoded:
    _checked(data.decode("latin-1"), "")
    western = _as_western(data)
    if western is not None:
        return Decoded(western, "cp1252")
    from charset_normalizer import from_bytes

    sample = data[:_SAMPLE]
    best = from_bytes(sample[: sample.rfind(b"\n") + 1] or sample, cp_isolation=_LEGACY).best()
    encoding = best.encoding if best else "cp1252"
    return _checked(data.decode(encoding, "replace"), encoding)


def _as_western(data: bytes) -> str | None:
    """Return `data` read as Windows-1252 where that gives plausible western text, else None."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    sample = text[:_SAMPLE]
    letters = sum(map(str.isalpha, sample))
    foreign = [letter for letter in sample if letter > "\x7f" and letter.isalpha()]
    if len(foreign) * 3 > letters or not _WEST.issuperset(foreign) or _LETTERS_AND_SIGNS.search(sample):
        return None
    rare = sum(letter in _RARE_WEST for letter in foreign)
    nordic = sum(letter in "øØ" for letter in foreign) if "å" in sample or "æ" in sample else 0
    return text if (rare - nordic) * 4 <= len(foreign) else None


def _checked(text: str, encoding: str) -> Decoded:
    # A stray control character is dropped later; text in which they are common is not text.
    if len(_CONTROLS.findall(text[:_SAMPLE])) > max(1, len(text[:_SAMPLE]) // 50):
        raise UnreadableSource("this is a picture, a program or another binary file, not text. Leave it out.")
    return Decoded(text, encoding)
