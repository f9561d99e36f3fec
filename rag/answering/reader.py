"""The reader: a small model that reads a passage with a question and points at the answer in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.onnx import Encoder

_FOLDER = Path(__file__).parent.parent / "models" / "reader"
_LONGEST_ANSWER = 30
"""Tokens."""
_QUESTION_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader made of one passage: how likely each token begins and ends the answer."""

    start: NDArray[np.float32]
    """[tokens of the passage], less the score of "no answer here", as `end`."""
    end: NDArray[np.float32]
    offsets: NDArray[np.int64]
    """[tokens of the passage, 2]: where each token stands in the text that was read."""

    def best(self, start: int, end: int) -> tuple[float, int, int]:
        """Return the score and the offsets of the likeliest answer within ``text[start:end]``.

        The score is above 0 where an answer is likelier than none. Without a token there: -inf.
        """
        inside = np.flatnonzero((self.offsets[:, 0] >= start) & (self.offsets[:, 1] <= end))
        if not len(inside):
            return -np.inf, start, end
        first, last = int(inside[0]), int(inside[-1]) + 1
        scores = self.start[first:last, None] + self.end[None, first:last]
        lengths = np.arange(last - first)[None, :] - np.arange(last - first)[:, None]
        scores = np.where((lengths >= 0) & (lengths < _LONGEST_ANSWER), scores, -np.inf)
        begin, finish = np.unravel_index(int(scores.argmax()), scores.shape)
        span = (int(self.offsets[first + begin, 0]), int(self.offsets[first + finish, 1]))
        return float(scores[begin, finish]), *span


class Reader:
    """Reads passages. Its card is `rag/models/reader/card.json`."""

    def __init__(self, *, threads: int = 0) -> None:
        self._encoder = Encoder(_FOLDER, threads=threads)
        self._max_tokens: int = self._encoder.card["max_tokens"]
        self.name = "footnote/reader-" + self._encoder.card["sha256"][:8]

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        """Read each of `texts` with `question` in mind."""
        asked = self._encoder.tokenizer.encode(question, add_special_tokens=False)
        if len(asked.ids) > _QUESTION_TOKENS:
            question = question[: asked.offsets[_QUESTION_TOKENS - 1][1]]
        encodings = self._encoder.tokenizer.encode_batch([(question, text) for text in texts])
        for encoding in encodings:
            encoding.truncate(self._max_tokens)
        readings = []
        for encoding, logits in zip(encodings, self._encoder.run(encodings), strict=True):
            passage = np.array([sequence == 1 for sequence in encoding.sequence_ids])
            none = logits[0]
            start, end = (logits[passage] - none).T
            offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)[passage]
            readings.append(Reading(start, end, offsets))
        return readings


@lru_cache(maxsize=1)
def shipped_reader(threads: int = 0) -> Reader:
    """Return the reader that comes with the package, loaded once."""
    return Reader(threads=threads)
