"""A checker that knows nothing but words: for tests whose subject is what is done with its verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.checking.support import Place, Support
from rag.ingest.sentences import sentence_spans
from rag.types import Passage


class WordChecker:
    """Supported is what has all of its words in one sentence, weak what has more than half of them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[int, ...]]] = []

    def check(
        self, text: str, passages: Sequence[Passage], *, pointed: Sequence[int] = (), question: str = ""
    ) -> Support:
        self.asked.append((text, tuple(pointed)))
        said = _words(text)
        best, place = 0.0, Place(0, 0, 0)
        for number, passage in enumerate(passages):
            for start, end in sentence_spans(passage.text):
                share = len(said & _words(passage.text[start:end])) / max(len(said), 1)
                if share > best:
                    best, place = share, Place(number, passage.chunk.start + start, passage.chunk.start + end)
        if best == 1:
            return Support("supported", 0.95, (place,))
        return Support("weak", 0.6, (place,)) if best > 0.6 else Support("unsupported", 0.05)


def _words(text: str) -> set[str]:
    return {word.strip(".,;:!?“”\"'()").casefold() for word in text.split()} - {""}
