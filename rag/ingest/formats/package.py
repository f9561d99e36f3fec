"""Files that are ZIP archives inside, read within limits: DOCX, ODT and EPUB, and ZIP files themselves."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from types import TracebackType
from typing import IO, Any, Self

from rag.errors import UnreadableSource
from rag.ingest.drafts import LARGEST, RawSource

MEMBERS = 20_000
"""Files in an archive at most."""
TOTAL = 2_000_000_000
"""Bytes that are unpacked of one archive at most."""
MARKS = 700_000
"""Elements and attributes of an XML document at most, each of which takes up to a kilobyte in memory."""
RATIO = 200
"""How many times larger than packed a file may be; text rarely shrinks to a twentieth, a bomb to a thousandth."""
_SMALL = 1_000_000

BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # a way of packing that Python does not know
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    OverflowError,
)
"""What `zipfile` raises of archives that are damaged or unusual."""

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class Package:
    """An archive, open for reading; nothing is ever written to disk."""

    def __init__(self, raw: RawSource) -> None:
        """Open the archive. Raises UnreadableSource where it is none, or too large to be one of articles."""
        raw.file.seek(0)
        if raw.file.read(4) == _OLD_OFFICE:
            raise UnreadableSource(_old_office(raw))
        raw.file.seek(0)
        try:
            self._zip = zipfile.ZipFile(raw.file)
        except BROKEN as error:
            raise UnreadableSource("it is damaged, or not what its name says. Save it anew, and add that.") from error
        self._left = TOTAL
        if len(self._zip.infolist()) > MEMBERS:
            raise UnreadableSource(f"there are more than {MEMBERS:,} files in it. Unpack it, and add the folder.")

    @property
    def members(self) -> list[zipfile.ZipInfo]:
        """What is in the archive, folders left out."""
        # `is_dir` fails on an empty name.
        return [info for info in self._zip.infolist() if info.filename and not info.is_dir()]

    def has(self, name: str) -> bool:
        """Say whether there is a file of that name in it."""
        return name in self._zip.NameToInfo

    def read(self, name: str | zipfile.ZipInfo, *, limit: int = LARGEST) -> bytes:
        """Return the content of a file in it.

        Raises UnreadableSource where it is missing, encrypted, damaged, or larger than `limit` or the limits here.
        """
        try:
            info = name if isinstance(name, zipfile.ZipInfo) else self._zip.getinfo(name)
        except KeyError as error:
            raise UnreadableSource(f"there is no {name} in it: it is damaged, or of another kind.") from error
        self._check(info, limit)
        try:
            with self._zip.open(info) as file:
                data = _all_of(file, info.file_size)
        except BROKEN as error:
            raise UnreadableSource(f"{info.filename} in it is damaged. Save it anew, and add that.") from error
        self._left -= len(data)
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def _check(self, info: zipfile.ZipInfo, limit: int) -> None:
        if info.flag_bits & 1:
            raise UnreadableSource("it needs a password. Save a copy without one, and add that.")
        if info.file_size > min(limit, self._left):
            raise UnreadableSource(f"{info.filename} in it is larger than is read at once. Unpack it, or leave it out.")
        if info.file_size > max(_SMALL, RATIO * info.compress_size):
            raise UnreadableSource(f"{info.filename} in it unpacks to suspiciously much. Leave it out.")


def count_marks(data: bytes | str) -> int:
    """Return how many elements and attributes an XML document has, or more, without reading it."""
    if isinstance(data, bytes):
        return data.count(b"<") - data.count(b"</") + data.count(b"=")
    return data.count("<") - data.count("</") + data.count("=")


def check_marks(count: int) -> None:
    """Raise UnreadableSource where there are more elements and attributes than `MARKS`."""
    if count > MARKS:
        raise UnreadableSource(
            f"it has more than {MARKS:,} elements of XML, which is no article. Split it, or leave it out."
        )


def parse_xml(data: bytes) -> Any:
    """Return the root element of an XML document; nothing outside of it is read and no entity is expanded.

    Raises UnreadableSource where it is not well-formed, or too large to be held.
    """
    from lxml import etree

    check_marks(count_marks(data))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableSource("it is damaged inside. Open it, save it anew, and add that.") from error
    if root is None:
        raise UnreadableSource("it is damaged inside. Open it, save it anew, and add that.")
    return root


def local_name(element: Any) -> str:
    """Return the name of an element without its namespace; "" of comments and the like."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def first_text(root: Any, name: str) -> str | None:
    """Return the text of the first element of that local name under `root` which has any."""
    return next(iter(all_texts(root, name)), None)


def all_texts(root: Any, name: str) -> list[str]:
    """Return the texts of the elements of that local name under `root`, in order."""
    found = ("".join(element.itertext()).strip() for element in root.iter() if local_name(element) == name)
    return [text for text in found if text]


def _all_of(file: IO[bytes], size: int) -> bytes:
    # What an archive says of its sizes may be false; `read` stops at the size and checks the sum.
    data = file.read(size + 1)
    if len(data) > size:
        raise zipfile.BadZipFile("more than announced")
    return data


def _old_office(raw: RawSource) -> str:
    raw.file.seek(0)
    if _ENCRYPTED in raw.file.read(LARGEST):
        return "it needs a password. Save a copy without one, and add that."
    return "it is in the old format of Office. Save it as .docx, and add that."
