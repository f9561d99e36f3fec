"""Did you mean: a word of a question that stands in no article, spelt as one that does.

The words of the full text are compared by the optimal string alignment distance (Damerau 1964; `rapidfuzz`): a letter
more, less, another or two that are swapped count one each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.index.library import Library
from rag.index.selection import Selection
from rag.index.terms import STOP_WORDS, stem, words

_SHORTEST = 4
"""Letters of a word that can be misspelt: of shorter ones too many are alike."""
_TWO_FAULTS = 7
"""Letters from which a word may have two faults; three from half as many again."""
_ENDING = 1
"""Faults more that two words may have than their stems."""
_TRIED = 6
_WORDS_AT_MOST = 2
"""Words of a question that are looked at."""


def respelt(question: str, library: Library, within: Selection | None) -> tuple[str, ...]:
    """Return `question` with the words that stand in no article asked spelt as some do; () where none is near."""
    named = [word for word in dict.fromkeys(words(question)) if _can_be_misspelt(word)]
    counts = library.chunks_with(named, within=within)
    unknown = [word for word, count in zip(named, counts, strict=True) if not count]
    found = question
    for word in unknown[:_WORDS_AT_MOST]:
        is_name = word[:1].isupper() and not question.startswith(word)
        if known := _nearest(word, library, within, is_name=is_name):
            found = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", lambda _, k=known: k, found)  # type: ignore[misc]
    return (found,) if found != question else ()


def _can_be_misspelt(word: str) -> bool:
    return len(word) >= _SHORTEST and word.isalpha() and word.casefold() not in STOP_WORDS


def _nearest(word: str, library: Library, within: Selection | None, *, is_name: bool) -> str:
    """Return the word of the articles that is nearest to `word`, as it is written there; "" where none is near.

    A name is meant by a name.
    """
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    wanted = stem(word)
    faults = 1 + (len(word) >= _TWO_FAULTS) + (2 * len(word) >= 3 * _TWO_FAULTS)
    terms = library.catalog.vocabulary(len(wanted) - faults, len(wanted) + faults)
    near = extract(wanted, terms.keys(), scorer=OSA.distance, score_cutoff=faults, limit=None)
    # Of those as near, one that begins alike and stands in many places is meant sooner.
    ranked = sorted(near, key=lambda found: (found[1], found[0][:1] != wanted[:1], -terms[found[0]]))
    as_written = (_as_written(term, library, within) for term, _, _ in ranked[:_TRIED])
    # Stems can be near though their words are not: "Paris" and "Park". The ending of a word may be another one.
    allowed = faults + (0 if is_name else _ENDING)
    written = next(
        (
            known
            for known in as_written
            if known
            and not (is_name and known.islower())
            and OSA.distance(word.casefold(), known.casefold()) <= allowed
        ),
        "",
    )
    return written.capitalize() if word[:1].isupper() and written.islower() else written


def _as_written(term: str, library: Library, within: Selection | None) -> str:
    """Return the word whose stem is `term` as the articles asked write it; "" where they do not have it."""
    for chunk_id, _ in library.matching(term, 1, within=within):
        found: Sequence[str] = [
            word
            for chunk, article in library.catalog.chunks([chunk_id]).values()
            for word in words(f"{article.title} {chunk.text}")
            if stem(word) == term
        ]
        return min(found, key=lambda word: (not word.islower(), len(word)), default="")
    return ""
