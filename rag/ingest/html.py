"""HTML pages: the article without the page around it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any

from rag.ingest.blocks import Block, plain_text, read_body
from rag.ingest.bylines import date_from_name, title_from_name
from rag.ingest.dates import parse_date
from rag.ingest.drafts import Draft, RawSource, check_length
from rag.ingest.encoding import Decoded, decode, decode_labelled
from rag.ingest.formats.metadata import language_code
from rag.ingest.page import (
    article_root,
    page_blocks,
    page_tree,
    remove_furniture,
    without_declaration,
    without_inline_files,
)
from rag.text import one_line

# Python prints the warnings of a library that no handler takes; what matters of them is in our own errors.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())

_CHARSET = re.compile(rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.I)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_HEAD_BYTES = 4096
_KEPT = 0.6
"""Share of the article element's text that an extraction must keep to be believed."""
_EXTRACTED = 50_000
"""Tags up to which there is an extraction: the time that it takes grows with their square."""

_DATE_METAS = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.created",
    "dcterms.issued",
    "parsely-pub-date",
    "publish-date",
    "publish_date",
    "pubdate",
    "sailthru.date",
    "article.published",
    "citation_publication_date",
)
_ARTICLE_TYPES = ("Article", "Posting", "WebPage", "Report", "Recipe", "Review", "CreativeWork")


def load_html(raw: RawSource) -> Draft:
    """Read a page: its article as plain text, without menus, cookie dialogs and what is hidden.

    The title, author, date and tags come from meta tags, JSON-LD and the lines at the head of the article.
    """
    from trafilatura import extract_metadata

    page = without_inline_files(_CONTROLS.sub("", without_declaration(decode_html(raw.text_data).text)))
    tree = page_tree(page)
    if tree is None:
        return Draft(title="", text="")
    headline = one_line(" ".join(tree.xpath("(//h1)[1]//text()")))
    published = next(filter(None, map(parse_date, _declared_dates(tree))), None)
    language = language_code(tree.get("lang") or tree.get("xml:lang"))
    remove_furniture(tree)
    blocks = _article_blocks(tree)
    about = extract_metadata(page, extensive=False)
    title = one_line(about.title or "")
    if headline and headline in title:
        title = headline  # the rest is the name of the site
    author = one_line(about.author.replace(";", ",")) if about.author else None
    found = read_body(blocks, title=title or None, author=author)
    return Draft(
        title=found.title or title_from_name(raw.name, found.text),
        text=found.text,
        published=published or found.published or date_from_name(raw.name),
        author=found.author,
        tags=tuple(_tags([*(about.categories or ()), *(about.tags or ())])),
        language=language,
    )


def decode_html(data: bytes) -> Decoded:
    """Return the text of a page and its encoding.

    What the page says of itself is read as browsers read it, see `decode_labelled`.
    """
    label = _CHARSET.search(data[:_HEAD_BYTES])
    return decode_labelled(data, label[1].decode("ascii")) if label else decode(data)


def _article_blocks(tree: Any) -> list[Block]:
    """Return the article's blocks as trafilatura finds them, or all of its element if that lost much.

    All of it too where there are very many tags, as in a book or a long table.
    """
    from copy import deepcopy

    from trafilatura import bare_extraction

    check_length(sum(map(len, tree.itertext())))
    everything = page_blocks(article_root(tree))
    if sum(1 for _ in tree.iter()) > _EXTRACTED:
        return everything
    document = bare_extraction(deepcopy(tree), include_comments=False, include_tables=True)
    if document is None or isinstance(document, dict) or document.body is None:
        return everything
    extracted = page_blocks(document.body)
    kept, whole = _length(extracted), _length(everything)
    return everything if kept < _KEPT * whole else extracted


def _length(blocks: Iterable[Block]) -> int:
    return len(plain_text([block for block in blocks if block.kind != "heading"]))


def _declared_dates(tree: Any) -> Iterator[object]:
    """Yield what a page declares as its day of publication. Dates in running text declare nothing."""
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        metas.setdefault(name.lower(), meta.get("content") or "")
    yield from (metas[name] for name in _DATE_METAS if name in metas)
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            yield from _linked_dates(json.loads(script.text or ""))
        except (ValueError, RecursionError):
            continue
    for time in tree.xpath("//time[@datetime][@itemprop='datePublished' or @pubdate]"):
        yield time.get("datetime")
    in_article = tree.xpath("//article//time[@datetime]")
    if in_article:
        yield in_article[0].get("datetime")


def _linked_dates(data: object) -> Iterator[object]:
    if isinstance(data, list):
        for item in data:
            yield from _linked_dates(item)
    elif isinstance(data, dict):
        if str(data.get("@type", "")).strip("[]'\"").endswith(_ARTICLE_TYPES):
            yield data.get("datePublished") or data.get("dateCreated")
        yield from _linked_dates(data.get("@graph"))
        yield from _linked_dates(data.get("mainEntity"))


def _tags(given: Iterable[str]) -> Iterable[str]:
    tags = (one_line(tag) for line in given for tag in line.split(","))
    return dict.fromkeys(tag for tag in tags if tag)
