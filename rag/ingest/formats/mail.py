"""Mails: one in a file (.eml), or a mailbox of them (.mbox)."""

from __future__ import annotations

import email
import email.errors
import email.header
import email.utils
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from datetime import date
from email.message import Message
from hashlib import sha256

from rag.errors import UnreadableSource
from rag.ingest.bylines import title_from_name
from rag.ingest.drafts import LARGEST, Draft, Problem, RawSource, check_length
from rag.ingest.encoding import decode, decode_labelled
from rag.ingest.formats.markup import markup_text, markup_tree
from rag.ingest.formats.quotes import drop_quotes, is_forwarded, own_words
from rag.text import clean_text, one_line

_LINE = 1_000_000
"""Bytes of a line that are read at once."""
LINES = 1_000_000
"""Lines of a mail at most; the largest attachments have as many."""
_PARTS = 1_000
"""Parts of a mail that are looked at."""
_HEADER_LENGTH = 10_000
"""Characters of a subject or the like that are read."""
_NAMED = 10
"""Attachments of a mail that are named in the report."""
_POSTMARK = re.compile(
    rb"From .{0,300}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.{0,40}?\d{1,2}:\d{2}.{0,40}?\d{4}\b.{0,20}\r?\n?", re.S
)
_CUT_POSTMARK = re.compile(rb"From \S{1,300} +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b[ \w:+-]{0,40}")
_WIDE = re.compile(rb"(?:\0[ -~]|[ -~]\0){20}")
_HEADER = re.compile(rb"[!-9;-~]{1,80}:|>?From |\r?\n|\Z")
_STUFFED = re.compile(rb">+From ")
_BROKEN = (LookupError, ValueError, TypeError, AttributeError, RecursionError)
"""What `email` raises of mails that no program would send."""


def load_eml(raw: RawSource) -> Iterator[Draft | Problem]:
    """Read a mail: its own words, with subject, sender and date. Attachments are named as skipped."""
    data = raw.data
    _check_encoding(data)
    if not _HEADER.match(data.lstrip(b"\r\n \t\xef\xbb\xbf")) or b":" not in data[:_LINE]:
        raise UnreadableSource("it is no mail: it does not begin with From, Subject and the like. Check its ending.")
    yield from _mail(data.lstrip(b"\r\n \t\xef\xbb\xbf"), raw.name, part=None)


def load_mbox(raw: RawSource) -> Iterator[Draft | Problem]:
    """Read a mailbox mail by mail. Each is named by its message id, where it has one."""
    for number, data in enumerate(_mails(raw), start=1):
        if data is None:
            yield Problem(f"mail {number}", f"It is larger than {LARGEST // 1_000_000} MB. Save it by itself.")
            continue
        try:
            yield from _mail(data, "", part=f"mail {number}")
        except UnreadableSource as error:
            yield Problem(f"mail {number}", str(error))


def _mails(raw: RawSource) -> Iterator[bytes | None]:
    """Yield the mails of a mailbox, and None for one that is too large.

    A mail begins at a line "From ... Mon Jan 1 10:00:00 2024" after an empty one and before a header; a line of a
    letter that begins with "From" is none.
    """
    raw.file.seek(0)
    head = raw.file.read(_LINE)
    _check_encoding(head)
    raw.file.seek(len(BOM_UTF8) if head.startswith(BOM_UTF8) else 0)
    mail = bytearray()
    size = 0
    begun = False
    after_empty, fresh = True, True
    line = raw.file.readline(_LINE)
    while line:
        following = raw.file.readline(_LINE)
        if fresh and after_empty and _POSTMARK.fullmatch(line) and _HEADER.match(following):
            if begun:
                yield bytes(mail) if size <= LARGEST else None
            begun, mail, size = True, bytearray(), 0
        elif begun and not following and after_empty and _CUT_POSTMARK.fullmatch(line):
            break  # the mailbox was cut there
        elif not begun and line.strip():
            raise UnreadableSource("it is no mailbox: no mail begins in its first line. Check its ending.")
        else:
            size += len(line)
            if size > LARGEST:
                mail.clear()
            else:
                mail += line[1:] if fresh and _STUFFED.match(line) else line
        after_empty = fresh and not line.strip()
        fresh = line.endswith(b"\n")
        line = following
    if begun:
        yield bytes(mail) if size <= LARGEST else None


def _check_encoding(data: bytes) -> None:
    """Raise UnreadableSource where the letters of a mail are two bytes each, as some editors save them."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or _WIDE.match(data):
        raise UnreadableSource("it is in UTF-16, which mails never are. Save it as UTF-8, and add that.")


def _mail(data: bytes, name: str, part: str | None) -> Iterator[Draft | Problem]:
    if data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n") > LINES:
        raise UnreadableSource(f"it has more than {LINES:,} lines, which is no mail that one reads. Leave it out.")
    try:
        message = email.message_from_bytes(data)
        subject = one_line(_header(message, "Subject"))
        text, attached = _content(message, forwarded=is_forwarded(subject))
        sender, address = email.utils.parseaddr(_header(message, "From"))
        identity = one_line(_header(message, "Message-ID")).strip("<> ")
    except _BROKEN as error:
        raise UnreadableSource("it is too damaged to be a mail. Open it, save it anew, and add that.") from error
    if part is not None:
        part = identity or sha256(data).hexdigest()[:16]
    yield Draft(
        title=subject or title_from_name(name, text),
        text=text,
        published=_day(message),
        author=one_line(clean_text(sender or address)) or None,
        part=part,
    )
    if attached:
        more = f" and {len(attached) - _NAMED} more" if len(attached) > _NAMED else ""
        named = ", ".join(attached[:_NAMED]) + more
        yield Problem(part, f"Attached files are not read: {named}. Save and add those that matter.", skipped=True)


def _content(message: Message, *, forwarded: bool) -> tuple[str, list[str]]:
    """Return the text of a mail and the names of what is attached."""
    texts: list[str] = []
    attached: list[str] = []
    parts = [message]
    for _ in range(_PARTS):
        if not parts:
            break
        part = parts.pop(0)
        kind = part.get_content_type()
        if part.is_multipart() and kind != "message/rfc822":
            inside = [child for child in part.get_payload() if isinstance(child, Message)]
            parts[:0] = [_plainest(inside)] if kind == "multipart/alternative" and inside else inside
        elif name := _attachment(part, kind):
            attached.append(name)
        elif kind == "text/html":
            texts.append(_page_text(_text_of(part), forwarded))
        elif kind.startswith("text/"):
            text = clean_text(_unwrapped(part, _text_of(part)))
            texts.append(text if forwarded else own_words(text))
    return "\n\n".join(text for text in texts if text.strip()), attached


def _plainest(inside: list[Message]) -> Message:
    """Return the alternative that is plain text and says something, else the one that is best of all: the last."""
    for part in inside:
        if part.get_content_type() == "text/plain" and _text_of(part).strip():
            return part
    return inside[-1]


def _attachment(part: Message, kind: str) -> str:
    """Return the name of a part that is a file; "" of text, and of pictures that belong to the letter."""
    name = one_line(_decoded(part.get_filename() or ""))
    if part.get_content_disposition() != "attachment":
        if kind in ("text/plain", "text/html", "text/enriched") and not name:
            return ""
        if kind.startswith("image/") and part["Content-ID"]:
            return ""
    if kind == "message/rfc822":
        return name or "a mail"
    return name or f"a file ({kind})"


def _text_of(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    check_length(len(data) // 4)  # the least that so many bytes can be
    label = part.get_content_charset()
    text = (decode_labelled(data, label) if label else decode(data)).text
    check_length(len(text))
    return text


def _unwrapped(part: Message, text: str) -> str:
    """Join the lines that a program wrapped, where it says so (RFC 3676: a wrapped line ends in a space)."""
    if str(part.get_param("format") or "").lower() != "flowed":
        return text
    return re.sub(r"(?m)(?<!^--) \r?\n(?![>\s]|--)", " ", text)


def _page_text(page: str, forwarded: bool) -> str:
    tree = markup_tree(page)
    if tree is None:
        return ""
    if forwarded:
        return markup_text(tree)
    drop_quotes(tree)
    return own_words(markup_text(tree))


def _header(message: Message, name: str) -> str:
    # As it came: `get` makes "?" of letters that are not encoded as they should be.
    found = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    return _decoded(found[:_HEADER_LENGTH])


def _decoded(value: str) -> str:
    """Return a header with its encoded words decoded, whatever encoding they claim to be in."""
    try:
        parts = email.header.decode_header(value)
    except (email.errors.HeaderParseError, *_BROKEN):
        return value
    texts = []
    for text, label in parts:
        if isinstance(text, str):
            text, label = text.encode("utf-8", "surrogateescape"), None
        try:
            texts.append((decode_labelled(text, label) if label else decode(text)).text)
        except UnreadableSource:
            continue
    return clean_text("".join(texts))


def _day(message: Message) -> date | None:
    try:
        day = email.utils.parsedate_to_datetime(str(message.get("Date") or "")).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return day if day.year > 1000 else None
