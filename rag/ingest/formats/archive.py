"""ZIP files of any of the other kinds of files."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from zipfile import ZipInfo

from rag.errors import UnreadableSource
from rag.ingest.drafts import Draft, Problem, RawSource
from rag.ingest.encoding import decode
from rag.ingest.formats.package import Package
from rag.ingest.media_types import MEDIA_TYPES, SUPPORTED

_UTF_8 = 0x800
"""The flag of a name that is in UTF-8."""
_HOSTILE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)|[\x00-\x1f\x7f]")
_PASSED_OVER = re.compile(r"(?:^|/)(?:\.(?!\.?/)|~\$|__MACOSX/)|(?:^|/)(?:desktop\.ini|thumbs\.db)$", re.I)


def load_zip(raw: RawSource) -> Iterator[Draft | Problem]:
    """Read the files in a ZIP file one by one; each is named by its path in it.

    What folders are passed over for is passed over here. ZIP files within it are not read. Nothing is written to
    disk. How much is unpacked is bounded, see `Package`. Raises UnreadableSource where it is no ZIP file.
    """
    with Package(raw) as package:
        for info in package.members:
            name = _name(info)
            if _PASSED_OVER.search(name):
                continue
            try:
                yield from _member(package, info, name)
            except UnreadableSource as error:
                yield Problem(name, str(error))


def _member(package: Package, info: ZipInfo, name: str) -> Iterator[Draft | Problem]:
    from rag.ingest.loaders import drafts

    path = PurePosixPath(name)
    media_type = MEDIA_TYPES.get(path.suffix.lower())
    if _HOSTILE.search(name):
        raise UnreadableSource("its name leads out of the ZIP file. Leave it out.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnreadableSource("it is a link. Add what it leads to by its own name.")
    if path.suffix.lower() == ".zip":
        raise UnreadableSource("a ZIP file within a ZIP file is not read. Unpack it, and add that.")
    if not media_type:
        kind = f"files ending in {path.suffix}" if path.suffix else "files without an ending"
        raise UnreadableSource(f"{kind} cannot be read. Supported: {SUPPORTED}.")
    for found in drafts(RawSource.of(package.read(info), path.name), media_type):
        part = name if found.part is None else f"{name}#{found.part}"
        if isinstance(found, Draft):
            yield replace(found, part=part, media_type=media_type)
        else:
            yield replace(found, part=part)


def _name(info: ZipInfo) -> str:
    """Return the path of a file in an archive. Old programs write it in an encoding that they do not name."""
    if info.flag_bits & _UTF_8 or info.filename.isascii():
        return info.filename
    try:
        return decode(info.filename.encode("cp437")).text
    except (UnicodeEncodeError, UnreadableSource):
        return info.filename
