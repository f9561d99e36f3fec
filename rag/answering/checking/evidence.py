"""Sentences of articles as evidence: which of the passages bear a statement out, and how far."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rag.answering.checking.claims import Statement, Word, folded, statement
from rag.answering.checking.figures import Figure, agreement
from rag.answering.compose import row_text, table_header
from rag.index.terms import STOP_WORDS, stem, words
from rag.ingest import sentence_spans
from rag.types import Passage

_HEAD = "~"
"""Stands before the first letters of a word among stems."""
_HYPHENED = re.compile(r"\w+(?:-\w+)+")

TextOf = Callable[[str], str]
"""From an article's id to its text."""

_FIGURE_WEIGHT = 1.5
"""What a figure counts beside the rarest word when sentences are looked for."""
_NEAR = 0.35
"""What a word counts that stands in the sentence before or in the title only."""
_PREFIX = 5
"""First letters that make two words kin: "Germany", "German"."""


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a passage, or a row of a table with its header."""

    passage: int
    """From 0."""
    start: int
    """Offset in the article, as `end`."""
    end: int
    text: str
    said: Statement
    stems: frozenset[str]
    near: frozenset[str]
    """Stems of the sentence before it and of the title."""
    before: tuple[int, int] | None
    text_before: str
    header: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """The passages as a whole: what stands in each of them, and how rare words are."""

    told: tuple[Told, ...]
    stems: tuple[frozenset[str], ...]
    """By passage, its title included."""
    figures: tuple[tuple[Figure, ...], ...]
    """By passage."""
    published: tuple[date | None, ...]
    titles: tuple[str, ...]
    counts: Counter[str]
    """By stem: sentences in which it stands."""

    def weight(self, stem_: str) -> float:
        """Return how much a word tells, more where it is rare in the passages."""
        return math.log(1 + (len(self.told) + 1) / (self.counts[stem_] + 0.5))

    def anywhere(self, stem_: str) -> bool:
        """Say whether a stem stands in any passage or title."""
        return any(stem_ in stems for stems in self.stems)


def around(passages: Sequence[Passage], text_of: TextOf) -> Around:
    """Cut passages into sentences and take these apart. What a near copy has corrected is left out."""
    told: list[Told] = []
    seen: set[tuple[str, int, int]] = set()
    spans = [sentence_spans(passage.text) for passage in passages]
    for number, passage in enumerate(passages):
        title = stems_of(passage.title)
        offset = passage.chunk.start
        before: tuple[int, int] | None = None
        for start, end in spans[number]:
            place = (start + offset, end + offset)
            text = passage.text[start:end]
            key = (passage.article_id, *place)
            last, before = before, place
            if key in seen or place in passage.superseded or not any(letter.isalnum() for letter in text):
                continue
            seen.add(key)
            header = None
            if text.startswith("|"):
                whole = text_of(passage.article_id)
                header = table_header(whole, place[0])
                text = row_text(whole[slice(*header)], text) if header else text
            said = statement(text, passage.published)
            text_before = passage.text[last[0] - offset : last[1] - offset] if last else ""
            near = title | stems_of(text_before)
            told.append(Told(number, *place, text, said, stems_of(text), near, last, text_before, header))
    counts = Counter(stem_ for item in told for stem_ in item.stems)
    return Around(
        tuple(told),
        tuple(
            stems_of(passage.title).union(*(stems_of(passage.text[start:end]) for start, end in cuts))
            for passage, cuts in zip(passages, spans, strict=True)
        ),
        tuple(
            tuple(f for item in told if item.passage == n for f in item.said.figures)
            + statement(passage.title, passage.published).figures
            for n, passage in enumerate(passages)
        ),
        tuple(passage.published for passage in passages),
        tuple(passage.title for passage in passages),
        counts,
    )


def coverage(claimed: Statement, told: Told, over: Around) -> float:
    """Return the weighed share of what a statement holds that a sentence of an article holds too."""
    whole = found = 0.0
    for word in claimed.words:
        weight = over.weight(word.stem)
        whole += weight
        found += weight * max(held(word, told.stems), _NEAR * held(word, told.near))
    most = math.log(1 + 2 * (len(over.told) + 1)) * _FIGURE_WEIGHT
    for figure in claimed.figures:
        whole += most
        found += most * best_agreement(figure, told.said.figures, over.published[told.passage])
    return found / whole if whole else 0.0


def held(word: Word, stems: frozenset[str]) -> float:
    """Return 1 where a word stands among `stems`, 0.6 where a kin of it does."""
    if word.stem in stems:
        return 1.0
    if len(word.stem) < _PREFIX:
        return 0.0
    return 0.6 if _HEAD + word.stem[:_PREFIX] in stems else 0.0


def best_agreement(figure: Figure, told: Sequence[Figure], published: date | None) -> float:
    """Return how far any of `told` bears out a figure."""
    return max((agreement(figure, other, published) for other in told), default=0.0)


@lru_cache(maxsize=20_000)
def stems_of(text: str) -> frozenset[str]:
    """Return the stems of a text's words, of those with a hyphen also as a whole, and the first letters of each."""
    found = {stem(folded(_own(word))) for word in words(text) if word.casefold() not in STOP_WORDS}
    found |= {stem(folded(word)) for word in _HYPHENED.findall(text)}
    return frozenset(found | {_HEAD + one[:_PREFIX] for one in found if len(one) >= _PREFIX})


def _own(word: str) -> str:
    return word.removesuffix("'s").removesuffix("’s")
