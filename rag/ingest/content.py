"""What came over the network as what a loader takes: unpacked within bounds, its kind known, its letters told."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from rag.errors import UnreadableSource
from rag.ingest.encoding import decode_as
from rag.ingest.media_types import MEDIA_TYPES
from rag.ingest.urls import Url

_SMALL = 1_000_000
"""Bytes up to which it does not matter how far something unpacks."""
_ALIASES = {
    "application/xhtml+xml": "text/html",
    "text/x-markdown": "text/markdown",
    "text/x-web-markdown": "text/markdown",
    "text/xml": "application/xml",
    "application/x-pdf": "application/pdf",
    "application/x-ndjson": "application/jsonl",
}
_SAYS_LITTLE = (
    "text/plain",
    "application/octet-stream",
    "binary/octet-stream",
    "application/x-download",
    "application/zip",
)
_GZIP = b"\x1f\x8b"
_KIND = re.compile(r"\s*([\w.+-]{1,100}/[\w.+-]{1,100})\s*(?:[;,]|$)")
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{2,40})", re.I)
# Possessive: a comment ends at its first "-->", and is not tried as the beginning of longer ones.
_PAGE = re.compile(rb"\s*+(?><!--.*?-->\s*+)*+<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)


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
        if unpacking.unused_data.startswith(_GZIP):
            raise UnreadableSource(
                "it came packed in several pieces, of which only the first could be read. "
                "Save it from your browser, and add the file."
            )
        if unpacking.eof:
            return text
        break
    raise UnreadableSource("it came incomplete or damaged. Try again.")


def as_utf8(data: bytes, charset: str | None) -> bytes:
    """Return `data` in UTF-8 where the server's word for its encoding has to be taken, else as it is.

    Marked as such, so that a page's own word does not count beside it: a server may have changed the encoding.
    """
    decoded = decode_as(data, charset) if charset else None
    return codecs.BOM_UTF8 + decoded.text.encode("utf-8", "replace") if decoded else data
