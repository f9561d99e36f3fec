"""The reader: a small model that reads a passage with a question and points at the answer in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from rag.ingest import sentence_spans
from rag.onnx import Encoder

_FOLDER = Path(__file__).parent.parent / "models" / "reader"
_LONGEST_ANSWER = 30
"""Tokens."""
_QUESTION_TOKENS = 64
_READ_ANYWAY = 3
"""Texts that are read however little time there is."""


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
        part = self.within(start, end)
        count = len(part.offsets)
        if not count:
            return -np.inf, start, end
        scores = part.start[:, None] + part.end[None, :]
        lengths = np.arange(count)[None, :] - np.arange(count)[:, None]
        scores = np.where((lengths >= 0) & (lengths < _LONGEST_ANSWER), scores, -np.inf)
        first, last = np.unravel_index(int(scores.argmax()), scores.shape)
        return float(scores[first, last]), int(part.offsets[first, 0]), int(part.offsets[last, 1])

    def within(self, start: int, end: int) -> Reading:
        """Return what was made of the tokens within ``text[start:end]``."""
        inside = (self.offsets[:, 0] >= start) & (self.offsets[:, 1] <= end)
        return Reading(self.start[inside], self.end[inside], self.offsets[inside])

    def seconded(self, other: Reading) -> Reading:
        """Add another reading of the same words; where they are other tokens there, leave it out."""
        if len(other.offsets) != len(self.offsets):
            return self
        return Reading(self.start + other.start, self.end + other.end, self.offsets)


class Reader:
    """Reads passages. Its card is `rag/models/reader/card.json`."""

    def __init__(self, folder: Path | None = None, *, threads: int = 0) -> None:
        """Load the reader in `folder`; without one, that of the package."""
        self._encoder = Encoder(folder or _FOLDER, threads=threads)
        self._max_tokens: int = self._encoder.card["max_tokens"]
        self.name = "footnote/reader-" + self._encoder.card["sha256"][:8]

    def read(self, question: str | Sequence[str], texts: Sequence[str], *, seconds: float = math.inf) -> list[Reading]:
        """Read `texts` in order with `question` in mind, the first few and as many more as begin within `seconds`.

        A sequence of questions is one for each text.
        """
        questions = [question] * len(texts) if isinstance(question, str) else list(question)
        shortened = {asked: self._shortened(asked) for asked in questions}
        pairs = [(shortened[asked], text) for asked, text in zip(questions, texts, strict=True)]
        encodings = self._encoder.tokenizer.encode_batch(pairs)
        for encoding in encodings:
            encoding.truncate(self._max_tokens)
        outputs = self._encoder.run(encodings, seconds=seconds, at_least=_READ_ANYWAY)
        return [_reading(encoding, logits) for encoding, logits in zip(encodings, outputs, strict=False)]

    def point(self, question: str, text: str) -> tuple[float, int, int]:
        """Read `text`, and again by itself the sentence that holds the likeliest answer.

        Return the score of the first reading, and the offsets of the words that the two together point at: 2 in 100
        more of them are exactly the answer than of the first alone (`training/RESULTS.md`).
        """
        reading = self.read(question, [text])[0]
        score, start, _ = reading.best(0, len(text))
        for first, last in sentence_spans(text):
            if first <= start < last:
                (alone,) = self.read(question, [text[first:last]])
                together = reading.within(first, last).seconded(alone)
                return score, *together.best(first, last)[1:]
        return reading.best(0, len(text))

    def _shortened(self, question: str) -> str:
        asked = self._encoder.tokenizer.encode(question, add_special_tokens=False)
        return question if len(asked.ids) <= _QUESTION_TOKENS else question[: asked.offsets[_QUESTION_TOKENS - 1][1]]


def _reading(encoding: Encoding, logits: NDArray[np.float32]) -> Reading:
    # Not sequence_ids: an encoding that was truncated has lost them.
    passage = (np.array(encoding.type_ids) == 1) & (np.array(encoding.special_tokens_mask) == 0)
    start, end = (logits[passage] - logits[0]).T
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)[passage]
    return Reading(start, end, offsets)


@lru_cache(maxsize=1)
def shipped_reader(threads: int = 0) -> Reader:
    """Return the reader that comes with the package, loaded once."""
    return Reader(threads=threads)
