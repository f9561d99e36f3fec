"""Chunks made of whole sentences, as a LangChain text splitter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from langchain_core.documents import Document
from langchain_text_splitters import TextSplitter

from rag.ingest.sentences import Span, sentence_spans

_CLAUSE = re.compile(r"[,;:—–)\]、，；：](?=\s)|[、，；：。]")
_SPACE = re.compile(r"\s+")
_HEADING_LENGTH = 100


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a part of one that is longer than a chunk may be."""

    start: int
    end: int
    ends_paragraph: bool
    heading: bool


class SentenceSplitter(TextSplitter):
    """Packs whole sentences into chunks of `min_length` to `max_length` characters.

    A chunk ends at the first paragraph end after `min_length`, or else at the last sentence that
    fits. A heading stays with what follows it. `fits` is a further bound, such as a model's token
    limit: it is asked about the text of a chunk and should say yes to any shorter one. Only a
    sentence that is longer than the bounds is cut: at a line end, else after a clause, else at a
    space, else anywhere. Every sentence lies in exactly one chunk, in order.
    """

    def __init__(
        self,
        *,
        min_length: int = 600,
        max_length: int = 1000,
        fits: Callable[[str], bool] | None = None,
        add_start_index: bool = True,
    ) -> None:
        if not 0 < min_length <= max_length:
            raise ValueError(f"A chunk cannot have from {min_length} to {max_length} characters.")
        super().__init__(chunk_size=max_length, chunk_overlap=0, add_start_index=add_start_index)
        self._min_length = min_length
        self._max_length = max_length
        self._fits = fits

    def split_text(self, text: str) -> list[str]:
        """Return the chunks of `text`."""
        return [text[start:end] for start, end in self.spans(text)]

    def spans(self, text: str, language: str | None = None) -> list[Span]:
        """Return the offsets of the chunks of `text`, so that ``text[start:end]`` is a chunk."""
        units = _units(text, sentence_spans(text, language))
        chunks: list[Span] = []
        at = 0
        while at < len(units):
            start = units[at].start
            stop = self._reach(units, at)
            while stop > at + 1 and not self._allows(text[start : units[stop - 1].end]):
                stop -= 1
            if stop == at + 1 and not self._allows(text[start : units[at].end]):
                units[at : at + 1] = self._parts(text, units[at])
                stop = at + 1
            stop = _keep_headings(units, at, stop)
            chunks.append((start, units[stop - 1].end))
            at = stop
        return self._join_last(text, chunks)

    def create_documents(self, texts: list[str], metadatas: list[dict[Any, Any]] | None = None) -> list[Document]:
        """Return a document a chunk, with its offset as ``start_index`` in a copy of the metadata.

        A text's ``language`` is taken from its metadata where that is given.
        """
        documents = []
        for text, metadata in zip(texts, metadatas or [{} for _ in texts], strict=True):
            language = metadata.get("language")
            for start, end in self.spans(text, language if isinstance(language, str) else None):
                own = {**metadata, "start_index": start} if self._add_start_index else dict(metadata)
                documents.append(Document(page_content=text[start:end], metadata=own))
        return documents

    def split_documents(self, documents: Iterable[Document]) -> list[Document]:
        """Return a document a chunk of each of `documents`."""
        given = list(documents)
        return self.create_documents([d.page_content for d in given], [d.metadata for d in given])

    def _allows(self, chunk: str) -> bool:
        return len(chunk) <= self._max_length and (self._fits is None or self._fits(chunk))

    def _reach(self, units: list[_Unit], at: int) -> int:
        """Return the index after the last unit of the chunk that begins at `at`, by length alone."""
        start = units[at].start
        stop = at + 1
        while stop < len(units) and units[stop].end - start <= self._max_length:
            length = units[stop - 1].end - start
            if units[stop - 1].ends_paragraph and length >= self._min_length:
                break
            if units[stop].heading and not units[stop - 1].heading and length >= self._min_length // 2:
                break
            stop += 1
        return stop

    def _parts(self, text: str, unit: _Unit) -> list[_Unit]:
        """Cut a unit that is too long."""
        parts = []
        start = unit.start
        while start < unit.end:
            end = self._cut(text, start, unit.end)
            parts.append(_Unit(start, end, unit.ends_paragraph and end == unit.end, heading=False))
            gap = _SPACE.match(text, end)
            start = gap.end() if gap else end
        return parts

    def _cut(self, text: str, start: int, end: int) -> int:
        length = min(end - start, self._max_length)
        while length > 1 and not self._allows(text[start : start + length]):
            length = length * 3 // 4
        stop = start + length
        if stop >= end:
            return end
        line = text.rfind("\n", start + length // 4, stop)
        if line > start:
            return start + len(text[start:line].rstrip())
        clause = max((m.end() for m in _CLAUSE.finditer(text, start + length // 3, stop)), default=0)
        if clause:
            return clause
        space = max((m.start() for m in _SPACE.finditer(text, start, stop + 1)), default=0)
        if space > start:
            return space
        while stop > start + 1 and _belongs_to_letter_before(text[stop]):
            stop -= 1
        return stop

    def _join_last(self, text: str, chunks: list[Span]) -> list[Span]:
        if len(chunks) < 2:
            return chunks
        (start, _), (last, end) = chunks[-2:]
        if end - last < self._min_length / 3 and self._allows(text[start:end]):
            return [*chunks[:-2], (start, end)]
        return chunks


def _units(text: str, sentences: list[Span]) -> list[_Unit]:
    units = []
    new_paragraph = True
    for number, (start, end) in enumerate(sentences):
        following = sentences[number + 1][0] if number + 1 < len(sentences) else len(text)
        ends = number + 1 == len(sentences) or "\n\n" in text[end:following]
        alone = new_paragraph and ends and number + 1 < len(sentences)
        heading = alone and end - start <= _HEADING_LENGTH and _reads_as_heading(text[start:end])
        units.append(_Unit(start, end, ends, heading))
        new_paragraph = ends
    return units


def _reads_as_heading(line: str) -> bool:
    return "\n" not in line and line[0] not in "-|*•" and line[-1] not in ".!…\"”'’,;"


def _keep_headings(units: list[_Unit], at: int, stop: int) -> int:
    """Give headings at the end of a chunk to the next one, unless the chunk is nothing else."""
    if stop == len(units):
        return stop
    kept = stop
    while kept > at and units[kept - 1].heading:
        kept -= 1
    return kept if kept > at else stop


def _belongs_to_letter_before(letter: str) -> bool:
    return letter == "\u200d" or "\ufe00" <= letter <= "\ufe0f" or bool(unicodedata.combining(letter))
