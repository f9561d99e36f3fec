"""Plain text files."""

from __future__ import annotations

from rag.ingest.bylines import date_from_name, read_opening, title_from_name
from rag.ingest.drafts import Draft, RawSource, check_length
from rag.ingest.encoding import decode
from rag.text import clean_text


def load_plain_text(raw: RawSource) -> Draft:
    """Read a text file: a title and a byline in its first lines are taken off, the rest is the text."""
    text = decode(raw.text_data).text
    check_length(len(text))
    lines = clean_text(text).split("\n")
    opening = read_opening(lines)
    text = "\n".join(lines[opening.lines :]).strip()
    return Draft(
        title=opening.title or title_from_name(raw.name, text),
        text=text,
        published=opening.published or date_from_name(raw.name),
        author=opening.author,
    )
