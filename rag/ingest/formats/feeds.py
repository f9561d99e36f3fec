"""Feeds, RSS and Atom: an article an entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from html.entities import html5
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

from rag.errors import UnreadableSource
from rag.ingest.bylines import title_from_name
from rag.ingest.dates import parse_date
from rag.ingest.drafts import Draft, Problem, RawSource
from rag.ingest.encoding import decode, decode_labelled
from rag.ingest.formats.markup import markup_text, markup_tree
from rag.ingest.formats.metadata import language_code, tags_in
from rag.ingest.formats.package import check_marks, count_marks
from rag.ingest.page import check_dropped, without_declaration
from rag.text import clean_text, one_line

ELEMENTS = 200_000
"""Elements of XML in a feed at most; feeds of ten thousand entries have fewer."""
_LABEL = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]{2,40})")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITY = re.compile(r"&([A-Za-z]\w{1,30};)")
_XML_ENTITIES = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})


def load_feed(raw: RawSource) -> Iterator[Draft | Problem]:
    """Read the entries of a feed, each named by its id or its address.

    Of what an entry gives as its content and its summary the longer is taken. Links that are relative are
    taken from the address of the feed. Raises UnreadableSource where it is no feed.
    """
    import feedparser

    try:
        # From a stream: given a text, feedparser would fetch what looks like an address.
        found = feedparser.parse(BytesIO(_well_formed(raw.text_data)))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError) as error:
        raise UnreadableSource("it is no feed, or a damaged one. Get it anew, or leave it out.") from error
    if not found.version and not found.entries:
        raise UnreadableSource("it is no feed. Of XML only RSS and Atom are read.")
    for entry in found.entries:
        yield _draft(entry, found.feed)


def _draft(entry: Any, feed: Any) -> Draft:
    title = one_line(_text(entry.get("title_detail") or {}))
    bodies = [_text(body) for body in [*entry.get("content", ()), entry.get("summary_detail") or {}]]
    text = max(bodies, key=len, default="")
    link = _absolute(feed.get("link") or "", entry.get("link") or "")
    authors = [one_line(author.get("name") or "") for author in entry.get("authors") or feed.get("authors") or ()]
    language = next((body.get("language") for body in entry.get("content", ()) if body.get("language")), None)
    return Draft(
        title=title or title_from_name("", text),
        text=text,
        published=_day(entry),
        author=", ".join(dict.fromkeys(filter(None, authors))) or None,
        tags=tags_in(*(tag.get("term") for tag in entry.get("tags", ()))),
        language=language_code(language or feed.get("language")),
        part=one_line(entry.get("id") or "") or link or sha256(f"{title}\n{text}".encode()).hexdigest()[:16],
    )


def _absolute(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # one of them is no address
        return link


def _text(body: Mapping[str, Any]) -> str:
    value = str(body.get("value") or "")
    if "html" not in (body.get("type") or ""):
        return clean_text(value)
    tree = markup_tree(value)
    return clean_text(markup_text(tree)) if tree is not None else ""


def _day(entry: Any) -> date | None:
    for name in ("published", "created", "updated"):
        # The day as it is written there; where that is written oddly, the one that feedparser makes of it.
        if day := parse_date(entry.get(name)):
            return day
        if parsed := entry.get(f"{name}_parsed"):
            return date(parsed.tm_year, parsed.tm_mon, parsed.tm_mday)
    return None


def _well_formed(data: bytes) -> bytes:
    """Return a feed as XML that is in order, without a document type: what is broken is mended or left out."""
    from lxml import etree

    label = _LABEL.search(data[:1_000])
    text = (decode_labelled(data, label[1].decode("ascii")) if label else decode(data)).text
    text = _ENTITY.sub(_character, _CONTROLS.sub("", without_declaration(text)))
    check_marks(count_marks(text))
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    check_dropped(parser)
    if root is None:
        raise UnreadableSource("it is no feed, or a damaged one. Get it anew, or leave it out.")
    etree.strip_tags(root, etree.Entity)
    if sum(1 for _ in root.iter()) > ELEMENTS:
        raise UnreadableSource(f"it has more than {ELEMENTS:,} elements, which is no feed. Split it, or leave it out.")
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))


def _character(entity: re.Match[str]) -> str:
    """Return the letter for an entity of HTML, which XML does not know."""
    name = entity[1]
    return entity[0] if name in _XML_ENTITIES else html5.get(name, entity[0])
