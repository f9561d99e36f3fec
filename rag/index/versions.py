"""Of two versions of one text: which sentences of the first the second has too, or has corrected.

What is left of the first are its own words, such as a paragraph that was cut later.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.index.terms import STOP_WORDS, stem, words
from rag.ingest import sentence_spans
from rag.text import one_line
from rag.types import Article

_ALIGNED = 60_000
"""Characters up to which two texts are compared sentence by sentence; in a longer one only the same words are found."""
_IN_PLACE = 0.3
"""Share of a sentence's words that one at its place in the other text has where it is its correction."""
_ANYWHERE = 0.6
"""The same of a sentence that stands anywhere else."""
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Restated:
    """A sentence that another version has too, or has corrected."""

    start: int
    """Offset in the first text, as `end`."""
    end: int
    at: int
    """Where in the other text it is said."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    number: int
    start: int
    end: int
    key: str
    """Its words, by which the same sentence is known."""
    says: frozenset[str]
    """Stems of what it tells, numbers left out: they are what is corrected."""


class Versions:
    """Compares versions of texts, and remembers the last that it compared."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str, str, str], tuple[Restated, ...]] = OrderedDict()

    def restated(self, one: Article, other: Article, part: tuple[int, int]) -> list[Restated]:
        """Return the sentences of a part of `one` that `other` has too, or has corrected, in order."""
        start, end = part
        if max(len(one.text), len(other.text)) > _ALIGNED:
            return _word_for_word(one.text, other.text, part)
        key = (one.id, one.content_hash, other.id, other.content_hash)
        found = self._known.pop(key, None)
        if found is None:
            found = tuple(_aligned(one, other))
        self._known[key] = found
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return [each for each in found if each.start < end and start < each.end]


def _word_for_word(one: str, other: str, part: tuple[int, int]) -> list[Restated]:
    first = part[0]
    spans = ((first + start, first + end) for start, end in sentence_spans(one[slice(*part)]))
    return [Restated(start, end, at) for start, end in spans if (at := other.find(one[start:end])) >= 0]


def _aligned(one: Article, other: Article) -> list[Restated]:
    sentences, others = _sentences(one), _sentences(other)
    same = {sentence.key: sentence for sentence in reversed(others)}
    keys = {sentence.key for sentence in sentences}
    rivals = [sentence for sentence in others if sentence.key not in keys]
    counts = Counter(word for sentence in sentences for word in sentence.says)
    gaps = _gaps(sentences, same, len(others))
    found = []
    for sentence in sentences:
        match = same.get(sentence.key) or _correction(sentence, rivals, gaps[sentence.number], counts)
        if match:
            found.append(Restated(sentence.start, sentence.end, match.start))
    return found


def _gaps(sentences: Sequence[_Sentence], same: Mapping[str, _Sentence], count: int) -> list[range]:
    """Return for each sentence between which two of the other text, by their numbers, its correction would stand."""
    before, lasts = -1, []
    for sentence in sentences:
        before = same[sentence.key].number if sentence.key in same else before
        lasts.append(before)
    after, gaps = count, []
    for sentence, last in zip(reversed(sentences), reversed(lasts), strict=True):
        after = same[sentence.key].number if sentence.key in same else after
        gaps.append(range(last + 1, after))
    return gaps[::-1]


def _correction(
    sentence: _Sentence, rivals: Sequence[_Sentence], gap: range, counts: Mapping[str, int]
) -> _Sentence | None:
    """Return the sentence that says what another does with other words or numbers. What many say tells little."""
    whole = sum(1 / counts[word] for word in sentence.says)
    best, most = None, 0.0
    for rival in rivals:
        common = sum(1 / counts[word] for word in sentence.says & rival.says)
        share = common / whole if whole else float(rival.number in gap)
        if share >= (_IN_PLACE if rival.number in gap else _ANYWHERE) and share > most:
            best, most = rival, share
    return best


def _sentences(article: Article) -> list[_Sentence]:
    found = []
    for number, (start, end) in enumerate(sentence_spans(article.text, article.language)):
        text = article.text[start:end]
        own = [word for word in words(text) if not any(letter.isdigit() for letter in word)]
        says = frozenset(stem(word) for word in own if word.casefold() not in STOP_WORDS)
        found.append(_Sentence(number, start, end, one_line(text).casefold(), says))
    return found
