"""The addresses of articles and of words in them, below that of the window: it may have a path of its own."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote, urlencode

FOR_PROGRAMS = (
    "For programs: {address}/api (described in /api/openapi.json), {address}/v1 for OpenAI's clients.\n"
    "They need a token: `footnote token new NAME`."
)
"""What is said where Footnote is served."""


def link(article_id: str, start: int | None = None, end: int | None = None, text: str = "") -> str:
    """Return the address of an article, or of the words `text` at ``start:end`` of it, from the window's on.

    The address carries a few digits of the words' hash, so that it marks nothing rather than other
    words once the article has changed.
    """
    path = f"article/{quote(article_id, safe='')}"
    if start is None or end is None:
        return path
    return f"{path}?{urlencode({'start': start, 'end': end, 'check': check(text)})}#quoted"


def check(text: str) -> str:
    """Return the digits that stand for `text` in an address."""
    return sha256(text.encode()).hexdigest()[:8]
