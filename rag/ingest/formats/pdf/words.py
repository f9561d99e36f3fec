"""Words that a line end cut in two: which hyphens belong to the word and which only to the line."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

_BROKEN = re.compile(r"(?P<left>[^\W\d_]+(?:['’][^\W\d_]+)?)(?P<hyphen>[-\u2010\u00ad])$")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
_LONGEST_WORD = 100
_SUSPENDED = frozenset("and or to und oder bis et ou y o e en of".split())
_TOKENIZER = Path(__file__).parents[3] / "models" / "embedder" / "tokenizer.json"


class Joiner:
    """Joins lines to text. Knows the words of the document, which say how a broken word is written."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._known: set[str] = set()
        for line in lines:
            words = _WORD.findall(line.casefold())
            # The first and the last word of a line may be parts of one.
            self._known.update(words[1:-1])

    def join(self, before: str, after: str, mark: str = "") -> str:
        """Return two lines as one, with `mark` where the second begins."""
        if before.endswith("\u00ad"):
            return before[:-1] + mark + after
        found = _broken(before)
        if not found:
            # A dash or a slash between digits or words without spaces, "1990–" and "2000", stays without one.
            tight = before[-1:] in "–—/-\u2010" and before[-2:-1].strip() and after[:1].isalnum()
            return before + ("" if tight else " ") + mark + after
        following = _WORD.match(after)
        if not following:
            return before + mark + after if after[:1].isdigit() else before + " " + mark + after
        if following[0].casefold() in _SUSPENDED:  # "pre-" and "and post-war"
            return before + " " + mark + after
        if self._belongs(before, found, following[0]):
            return before + mark + after
        return before[: found.start("hyphen")] + mark + after

    def _belongs(self, before: str, found: re.Match[str], right: str) -> bool:
        """Say whether the hyphen is one of the word, as in "price-determining"."""
        left = found["left"]
        if right[0].isupper() and not left.isupper():
            return True
        if before[: found.start()].endswith(("-", "\u2010")):  # state-of-the-art
            return True
        left, right = left.casefold(), right.casefold()
        first = right.split("-")[0]
        if f"{left}{right}" in self._known or f"{left}{first}" in self._known:
            return False
        if f"{left}-{right}" in self._known or f"{left}-{first}" in self._known:
            return True
        words = _vocabulary()
        if _is_word(left + first, words):
            return False
        return len(left) > 2 and len(first) > 2 and _has(words, left) and _has(words, first)


def ends_in_hyphen(text: str) -> bool:
    """Say whether the last word of `text` goes on in what follows."""
    return bool(_broken(text)) or text.endswith("\u00ad")


def _broken(text: str) -> re.Match[str] | None:
    return _BROKEN.search(text, max(0, len(text) - _LONGEST_WORD))


def _is_word(word: str, words: Sequence[str]) -> bool:
    """Say whether one of the sorted `words` has the stem of `word`: "determining" is known by "determine"."""
    import snowballstemmer

    stem = str(snowballstemmer.stemmer("english").stemWord(word))
    at = bisect_left(words, stem)
    return at < len(words) and words[at].startswith(stem) and len(stem) > 3


def _has(words: Sequence[str], word: str) -> bool:
    at = bisect_left(words, word)
    return words[at : at + 1] == (word,)


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[str, ...]:
    """Return some 20,000 words of English: those that the embedding model knows whole."""
    vocabulary = json.loads(_TOKENIZER.read_text(encoding="utf-8"))["model"]["vocab"]
    return tuple(sorted(word for word in vocabulary if len(word) > 2 and word.isalpha()))
