"""Which articles mention something, and where."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.index.library import Library
from rag.index.listing import ArticleInfo
from rag.index.search import quoted
from rag.index.terms import STOP_WORDS, stem, words
from rag.ingest import sentence_spans
from rag.types import Article

_AT_ONCE = 5_000
"""Articles whose words are looked up at once."""
_WORD = re.compile(r"\w+(?:[.,'’]\w+)*")


def mentioning(library: Library, topic: str, infos: Sequence[ArticleInfo]) -> list[ArticleInfo]:
    """Return those of the articles in which all words of `topic` stand: together where any has them so.

    Those with the words in their title come first.
    """
    wanted = _wanted(topic)
    if not wanted:
        return []
    ids = [info.id for info in infos]
    found: set[str] = set()
    if len(wanted) > 1:
        found = _holding(library, [" ".join(words(bare(topic)))], ids)
    found = found or _holding(library, wanted, ids)
    stems = {stem(word) for word in wanted}
    titled = {info.id for info in infos if stems <= {stem(word) for word in words(info.title)}}
    return sorted((info for info in infos if info.id in found), key=lambda info: info.id not in titled)


def bare(topic: str) -> str:
    """Return a topic without its article: of "the harbour", "harbour"."""
    return re.sub(r"^(?:the|a|an|my|our) ", "", topic, flags=re.I)


def _wanted(topic: str) -> list[str]:
    return [word for word in words(topic) if word.casefold() not in STOP_WORDS]


def _holding(library: Library, wanted: Sequence[str], ids: Sequence[str]) -> set[str]:
    held: set[str] = set()
    for first in range(0, len(ids), _AT_ONCE):
        per_word = library.catalog.articles_matching(map(quoted, wanted), ids[first : first + _AT_ONCE])
        held |= frozenset.intersection(*per_word)
    return held


def place_of(article: Article, topic: str) -> tuple[int, int] | None:
    """Return the first sentence in which `topic` stands, else the first in which one of its words does."""
    wanted = [stem(word) for word in _wanted(topic)]
    places = [(match.start(), stem(match[0])) for match in _WORD.finditer(article.text)]
    stems = [known for _, known in places]
    runs = (at for at in range(len(stems)) if stems[at : at + len(wanted)] == wanted)
    singles = (at for at in range(len(stems)) if stems[at] in wanted)
    at = next(runs, next(singles, None))
    if at is None:
        return None
    place = places[at][0]
    begin = article.text.rfind("\n\n", 0, place) + 1
    end = article.text.find("\n\n", place)
    paragraph = article.text[begin : end if end >= 0 else len(article.text)]
    spans = ((begin + first, begin + last) for first, last in sentence_spans(paragraph, article.language))
    return next(((first, last) for first, last in spans if first <= place < last), None)
