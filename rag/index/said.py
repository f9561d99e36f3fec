"""What of an answer that is kept is searched, and how it is compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from rag.text import clean_text, shorten
from rag.types import Answer

_EXCERPT = 160
_LONGEST_SEARCH = 20
"""Words of a search that are looked for."""


def searched(answer: Answer) -> str:
    """Return what of an answer is searched: not what Footnote itself says in it."""
    said = [answer.question, answer.standalone_question, *(s.text for s in answer.sentences)]
    return folded("\n".join([*said, *(citation.title for citation in answer.citations)]))


def excerpt(stored: Any, wanted: Sequence[str]) -> str:
    """Return the sentence of a stored answer that holds most of the words, shortened; "" where none does."""
    sentences = [str(s.get("text", "")) for s in stored.get("sentences", [])] if isinstance(stored, dict) else []
    held = {text: sum(word in folded(text) for word in wanted) for text in sentences}
    best = max(sentences, key=lambda text: held[text], default="")
    return shorten(best, _EXCERPT) if held.get(best) else ""


def words(search: str) -> list[str]:
    """Return the words of a search as they are compared."""
    return folded(search).split()[:_LONGEST_SEARCH]


def folded(text: str) -> str:
    """Return text as it is compared: without case and accents."""
    letters = unicodedata.normalize("NFKD", clean_text(text))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()
