"""What came over the network as what a loader takes: unpacked within bounds, its kind known, its letters told."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from rag.errors import UnreadableSource
from rag.ingest.encoding import utf8_text
from rag.ingest.loaders import MEDIA_TYPES
from rag.ingest.urls import Url

_SMALL = 1_000_000
"""Bytes up to which it does not matter how far something unpacks."""
_ALIASES = {
    "application/xhtml+xml": "text/html",
    "text/x-markdown": "text/markdown",
    "text/x-web-markdown": "text/markdown",
}
_SAYS_LITTLE = ("text/plain", "application/octet-stream", "binary/octet-stream", "application/x-download")
_KIND = re.compile(r"\s*([\w.+-]{1,100}/[\w.+-]{1,100})\s*(?:[;,]|$)")
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{2,40})", re.I)
_PAGE = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
# Python's codecs that are no encodings of pages. Some take time that grows with the square of the text.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf_7", "undefined"})


class Kind(NamedTuple):
    """What a server says it sends."""

    media_type: str
    """Empty where it does not say."""
    charset: str | None


def kind_of(content_type: str, url: Url) -> Kind:
    """Return the media type and the charset that a Content-Type header tells.

    Of types that say little, such as text/plain for a Markdown file, the ending of the path says more.
    """
    found = _KIND.match(content_type)
    charset = _CHARSET.search(content_type)
    media_type = found[1].lower() if found else ""
    media_type = _ALIASES.get(media_type, media_type)
    if media_type in _SAYS_LITTLE or not media_type:
        media_type = MEDIA_TYPES.get(PurePosixPath(url.path).suffix.lower(), media_type)
    return Kind(media_type, charset[1] if charset else None)


def guessed_type(data: bytes) -> str:
    """Return the media type of something that nobody told the type of: a page, or else text."""
    return "text/html" if _PAGE.match(data[:4096]) else "text/plain"


def unpacked(data: bytes, headers: Mapping[str, str], *, max_bytes: int, max_ratio: int) -> bytes:
    """Return `data` without its Content-Encoding: gzip, deflate or none.

    Nothing is unpacked beyond `max_bytes`, nor beyond `max_ratio` times what came, a small page excepted.
    Raises UnreadableSource where there is more, where something is missing, or for another encoding.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return data
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise UnreadableSource(
            f"it came packed as {encoding[:40]!r}, which was not asked for. "
            "Save it from your browser, and add the file."
        )
    limit = min(max_bytes, max(_SMALL, max_ratio * len(data)))
    windows = (31,) if encoding.endswith("gzip") else (15, -15)  # deflate comes with its frame or, wrongly, without
    for window in windows:
        unpacking = zlib.decompressobj(window)
        try:
            text = unpacking.decompress(data, limit + 1)
        except zlib.error:
            continue
        if len(text) > limit:
            raise UnreadableSource(
                f"it unpacks to more than {limit / 1e6:g} MB, which is no article. "
                "Save the part that you need as a file."
            )
        if unpacking.eof:
            return text
        break
    raise UnreadableSource("it came incomplete or damaged. Try again.")


def as_utf8(data: bytes, charset: str | None) -> bytes:
    """Return `data` in UTF-8 where the server's word for its encoding has to be taken, else as it is.

    A byte order mark and valid UTF-8 win over the server, as they do over a page's own word. Of a charset that is
    none, or that fits the bytes badly, nothing is believed.
    """
    if not charset or data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data
    try:
        encoding = codecs.lookup(charset).name.replace("-", "_")
    except LookupError:
        return data
    in_ascii = encoding.startswith(("iso2022", "hz"))  # Japanese, Korean and Chinese written in seven bits
    if encoding in _NO_CHARSETS or (utf8_text(data) is not None and not in_ascii):
        return data
    encoding = "cp1252" if encoding in ("iso8859_1", "ascii") else encoding  # as browsers read these labels
    try:
        text = data.decode(encoding, "replace")
    except (LookupError, UnicodeError):  # LookupError: a codec that is not one of text, such as "hex"
        return data
    return data if text.count("\ufffd") > len(text) // 100 else codecs.BOM_UTF8 + text.encode("utf-8", "replace")
