"""The words of a question that a keyword search should look for."""

from __future__ import annotations

import re
import threading
from functools import lru_cache

import snowballstemmer

_STEMMING = threading.Lock()
"""A stemmer keeps the word that it is at, so that two threads would each cut the other's."""

_WORD = re.compile(r"\w+(?:[.,'’]\w+)*")

# Question words, articles, pronouns, auxiliaries and prepositions: they name nothing to look for.
STOP_WORDS = frozenset(
    "a about after all also an and any are as at be because been before being between both but by can could did "
    "do does doing during each for from further had has have having he her here hers him his how i if in into is "
    "it its itself just many me more most much my no nor not of off on once only or other our out over own please "
    "same she should so some such tell than that the their them then there these they this those through to too "
    "under until up us very was we were what when where which while who whom whose why will with would you your "
    "there's what's who's where's when's how's it's does't isn't wasn't didn't doesn't don't article articles say "
    "says said mention mentioned according".split()
)


def words(text: str) -> list[str]:
    """Return the words and numbers of `text` as they stand; "15.5" and "don't" are one each."""
    return _WORD.findall(text)


def stem(word: str) -> str:
    """Return the stem of a word, as the full text index makes it (Porter, 1980)."""
    return _stem(word.casefold().replace("’", "'").removesuffix("'s"))


def content_words(question: str) -> list[str]:
    """Return the words of `question` that carry meaning, each once, in order.

    Where nothing but stop words was asked, those are returned, so that "Who is who?" still looks.
    """
    found = list(dict.fromkeys(word.casefold() for word in words(question)))
    return [word for word in found if word.replace("’", "'") not in STOP_WORDS] or found


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    with _STEMMING:
        return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("porter")
