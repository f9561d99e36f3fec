"""Names for what comes without one of its own: two texts never have one name, and none takes the place of another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count

from rag.errors import UnreadableSource
from rag.index.sources import Sources
from rag.text import clean_text
from rag.types import Article

_LONGEST_NAME = 150
"""Bytes."""


def free_name(sources: Sources, name: str, read: Callable[[str], Iterable[Article]]) -> str:
    """Return `name`, or the first of "notes (2).md", "notes (3).md" and so on where it is taken by another text.

    `read` gives the articles as they would be under a name. Where all that the name holds is among them as it was,
    it is the same thing again, or has grown, as a mailbox does, and keeps its name.
    """
    for number in count(1):
        candidate = name if number == 1 else numbered(name, number)
        if not sources.held(candidate) or _is_the_same(sources, read(candidate)):
            return candidate
    raise AssertionError("There is always another number.")


def numbered(name: str, number: int) -> str:
    """Return a file's name with a number before its ending."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem} ({number}){dot}{ending}" if stem and "/" not in ending else f"{name} ({number})"


def _is_the_same(sources: Sources, articles: Iterable[Article]) -> bool:
    try:
        for article in articles:
            known = sources.known(article.source)
            if known and known.text != article.text:
                return False
    except UnreadableSource:
        return True  # nothing of it will be added
    return True


def plain_name(name: str) -> str:
    """Return the last part of a name that was sent, short enough for any file system, and no name of a folder."""
    name = clean_text(name).replace("\\", "/").rpartition("/")[2].replace("\n", " ").strip().lstrip(".")
    stem, dot, ending = name.rpartition(".")
    if len(name.encode()) > _LONGEST_NAME:
        name = stem.encode()[: _LONGEST_NAME - 20].decode("utf-8", "ignore") + dot + ending[:10]
    return name or "unnamed"
