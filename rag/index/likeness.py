"""How like two texts are, word by word: the shingles of a text, and a short signature that tells which to compare.

A shingle is a run of `SHINGLE_WORDS` words (Broder, "On the resemblance and containment of documents", 1997). The share
of shingles that two texts have in common, of all that either has, says how much of one stands in the other. A signature
holds the least of many hashes of the shingles: two texts have each of them alike with that same chance (MinHash). Cut
into bands, one of which has to be wholly alike, it finds in an index the few texts that are worth comparing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from datasketch import MinHash

SHINGLE_WORDS = 5
LIKE = 0.5
"""Share of common shingles from which two articles are near copies.

Chosen, as the words of a shingle, by `python -m training.near_copies`; see training/RESULTS.md.
"""
SHORTEST = 20
"""Words under which a text is no near copy of anything: there, one word tells two notices apart."""
_PART = 0.15
"""Share of a text from which a part that is another in each of two can be all that each has to say."""
_KIN = 0.4
"""Share of their long words from which two such parts speak of the same thing."""
_LONG_WORD = 4

BANDS, _ROWS = 32, 3
"""Two texts of likeness 0.5 share a band with a chance of 0.986, of 0.6 with 0.9995, of 0.1 with 0.03."""
_AT_ONCE = 4096
"""Shingles that are hashed at once, in 2 MB."""

# Scripts without spaces between words are taken letter by letter.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")

Shingles = NDArray[np.uint64]
"""Hashes of the shingles of a text, each once, in order."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a text and its shingles, case and punctuation left out."""

    hashes: Shingles
    """Of the words, in their order."""
    long: NDArray[np.bool_]
    """Which of them are long enough to say what a text is about."""
    shingles: Shingles
    """None of a text with fewer words than `SHORTEST`."""

    @classmethod
    def of(cls, text: str, size: int = SHINGLE_WORDS) -> Self:
        """Take a text apart."""
        found = _WORD.findall(text.casefold())
        known = {word: _word_key(word) for word in set(found)}
        hashes = np.fromiter((known[word] for word in found), dtype=np.uint64, count=len(found))
        long = np.fromiter((len(word) >= _LONG_WORD for word in found), dtype=np.bool_, count=len(found))
        return cls(hashes, long, _shingles(hashes, size) if len(found) >= SHORTEST else hashes[:0])

    def likeness(self, other: Wording) -> float:
        """Return the share of shingles that are in both texts, of those in either (Jaccard), from 0 to 1."""
        common = len(np.intersect1d(self.shingles, other.shingles, assume_unique=True))
        return common / max(1, len(self.shingles) + len(other.shingles) - common)

    def only_framed_like(self, other: Wording) -> bool:
        """Say whether all that is alike is what stands around one part that is another text in each.

        So it is with mails over one long footer. Two versions of a story have names and words in common there too.
        """
        shortest = min(len(self.hashes), len(other.hashes))
        before = _run(self.hashes[:shortest] == other.hashes[:shortest])
        left = shortest - before
        after = _run(self.hashes[::-1][:left] == other.hashes[::-1][:left])
        parts = [each.hashes[before : len(each.hashes) - after] for each in (self, other)]
        if any(len(part) < _PART * len(each.hashes) for each, part in zip((self, other), parts, strict=True)):
            return False
        one, another = (
            np.unique(part[each.long[before : len(each.hashes) - after]])
            for each, part in zip((self, other), parts, strict=True)
        )
        common = len(np.intersect1d(one, another, assume_unique=True))
        return common < _KIN * min(len(one), len(another))


@dataclass(frozen=True, slots=True)
class Signature:
    """What is kept of a text's shingles."""

    values: NDArray[np.uint32]
    """[BANDS * _ROWS]"""

    @classmethod
    def of(cls, shingles: Shingles) -> Self:
        """Sign the shingles of a text; there have to be some."""
        sketch = _empty_sketch().copy()
        folded = (shingles ^ (shingles >> np.uint64(32))) & np.uint64(0xFFFFFFFF)
        for first in range(0, len(folded), _AT_ONCE):
            sketch.update_batch(folded[first : first + _AT_ONCE].tolist())
        return cls(sketch.hashvalues)

    @classmethod
    def restored(cls, stored: bytes) -> Self:
        """Bring back what `to_bytes` gave."""
        return cls(np.frombuffer(stored, dtype="<u4"))

    def to_bytes(self) -> bytes:
        """Return the signature as it is stored."""
        return self.values.astype("<u4").tobytes()

    def bands(self) -> list[int]:
        """Return a key for each band, a whole number of 64 bits with a sign: two like texts have one in common."""
        stored = self.to_bytes()
        size = 4 * _ROWS
        return [_key(bytes([band]) + stored[band * size : (band + 1) * size]) for band in range(BANDS)]

    def likeness(self, other: Signature) -> float:
        """Return about how like the two texts are, from 0 to 1, give or take 0.05."""
        return float(np.mean(self.values == other.values))

    def likenesses(self, stored: Sequence[bytes]) -> list[float]:
        """Return about how like the text is to each of those whose signatures are `stored`."""
        others = np.frombuffer(b"".join(stored), dtype="<u4").reshape(len(stored), -1)
        return list(map(float, np.mean(others == self.values, axis=1)))


def near_copies(one: Wording, other: Wording) -> bool:
    """Say whether two texts are one text in two wordings."""
    return one.likeness(other) >= LIKE and not one.only_framed_like(other)


def _shingles(words: Shingles, size: int) -> Shingles:
    runs = np.zeros(len(words) - size + 1, dtype=np.uint64)
    for word in range(size):
        runs = _mixed(runs) + words[word : word + len(runs)]
    return np.unique(_mixed(runs))


def _run(same: NDArray[np.bool_]) -> int:
    """Return how many are true before the first that is not."""
    return len(same) if same.all() else int(same.argmin())


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return values that differ in many bits where these differ in one, wrapping round at 64 bits."""
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    return values ^ (values >> np.uint64(29))


@lru_cache(maxsize=50_000)
def _word_key(word: str) -> int:
    return _key(word.encode()) & 0xFFFFFFFFFFFFFFFF


def _key(value: bytes) -> int:
    return int.from_bytes(blake2b(value, digest_size=8).digest(), "little", signed=True)


@lru_cache(maxsize=1)
def _empty_sketch() -> MinHash:
    from datasketch import MinHash

    # The seed and the scheme are those of the signatures that are stored.
    return MinHash(num_perm=BANDS * _ROWS, seed=1, scheme="affine32", hashfunc=int)
