"""The words that an answer should quote, and whether it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rag.evaluate.accepted import holds
from rag.text import one_line, shorten
from rag.types import Answer, Citation, Passage, Sentence

_CELL = 70
"""Characters of a quote that are shown in a table."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words of one article, each of which will do."""

    words: tuple[str, ...]
    source: str
    """Name of the article's file."""

    def quoted_by(self, citation: Citation) -> bool:
        """Say whether the quote is of the right article and holds the words."""
        return Path(citation.source).name == self.source and holds(citation.quote, self.words)

    def first_in(self, answer: Answer, sentences: Iterable[Sentence]) -> int | None:
        """Return the number of the first citation of `sentences` that quotes the words, None where none does."""
        numbers = {number for sentence in sentences for number in sentence.citations}
        return next((c.number for c in answer.citations if c.number in numbers and self.quoted_by(c)), None)

    def place(self, answer: Answer) -> str:
        """Say which of the passages that came up holds the words."""
        for rank, passage in enumerate(answer.passages, start=1):
            if Path(passage.source).name == self.source and holds(passage.text, self.words):
                return f"passage {rank} of {len(answer.passages)}, {_reading(passage)}"
        return f"none of {len(answer.passages)} passages"


def shortly(answer: Answer) -> str:
    """Return what was said in a few words, with the confidence."""
    said = f"“{shorten(answer.citations[0].quote, _CELL)}”" if answer.found else "refused"
    return f"{said} [{answer.confidence:.2f}]"


def in_full(answer: Answer) -> str:
    """Return every sentence with its role and the files that it rests on, its own first, and the confidence."""
    if not answer.found:
        return f"refused [{answer.confidence:.2f}] {answer.note}"
    files = {citation.number: Path(citation.source).name for citation in answer.citations}
    said = [
        f"{sentence.role}: {one_line(sentence.text)} "
        f"({', '.join(dict.fromkeys(files[number] for number in sentence.citations))})"
        for sentence in answer.sentences
    ]
    return " / ".join([f"[{answer.confidence:.2f}]", *filter(None, [answer.verdict]), *said])


def _reading(passage: Passage) -> str:
    return f"reader {passage.scores['reader']:.2f}" if "reader" in passage.scores else "not read"
