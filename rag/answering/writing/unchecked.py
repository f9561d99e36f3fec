"""What takes the checker's place where checking is switched off: a sentence is believed where it points."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answering.checking.support import Place, Support
from rag.index.terms import content_words, stem
from rag.ingest.sentences import sentence_spans
from rag.types import Passage


class Unchecked:
    """Cites of each passage that was pointed at the sentence with most words in common."""

    def check(
        self, text: str, passages: Sequence[Passage], *, pointed: Sequence[int] = (), question: str = ""
    ) -> Support:
        """Return where `text` points; where it does not, the place likest to it in any of the passages."""
        said = {stem(word) for word in content_words(text)}
        found = [(*_likest(said, passages[number]), number) for number in (pointed or range(len(passages)))]
        if not pointed:
            found = [place for place in sorted(found, reverse=True)[:1] if place[0]]
        places = tuple(Place(number, start, end) for _, start, end, number in found)
        return Support("weak" if places else "unsupported", 0.0, places)


def _likest(said: set[str], passage: Passage) -> tuple[int, int, int]:
    """Return how many of the stems `said` stand in the likest sentence, and where in the article it stands."""
    first = passage.chunk.start
    spans = sentence_spans(passage.text) or [(0, len(passage.text))]
    counts = [len(said & {stem(w) for w in content_words(passage.text[start:end])}) for start, end in spans]
    most = max(counts)
    start, end = spans[counts.index(most)]
    return most, first + start, first + end
