"""Footnotes: each place in an article once, numbered in the order in which it comes up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.answering.compose import marked, row_text
from rag.answering.extract import Extract
from rag.index.library import Library
from rag.text import one_line
from rag.types import Citation, Copy, Passage, Sentence

Span = tuple[int, int]


class Footnotes:
    """Numbers the places that sentences rest on."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._citations: dict[tuple[str, int, int], Citation] = {}

    def number(self, passage: Passage, span: Span, sentence: str) -> int:
        """Return the number of the place `span` in a passage's article; `sentence` rests on it."""
        place = (passage.article_id, *span)
        if place not in self._citations:
            article = self._library.article(passage.article_id)
            also_in, versions = self._elsewhere(article.text[slice(*span)], passage.copies)
            self._citations[place] = Citation(
                article,
                number=len(self._citations) + 1,
                start=span[0],
                end=span[1],
                sentence=sentence,
                also_in=also_in,
                versions=versions,
            )
        return self._citations[place].number

    def places(self) -> set[tuple[str, int, int]]:
        """Return the places that have a number: article, start, end."""
        return set(self._citations)

    def cited(self, sentences: Iterable[Sentence]) -> tuple[Citation, ...]:
        """Return the citations that `sentences` name."""
        used = {number for sentence in sentences for number in sentence.citations}
        return tuple(citation for citation in self._citations.values() if citation.number in used)

    def _elsewhere(self, quote: str, copies: Sequence[Copy]) -> tuple[tuple[Copy, ...], tuple[Copy, ...]]:
        """Return which near copies have the quote too, word for word, and which have not."""
        stored = self._library.catalog.articles([copy.article_id for copy in copies]) if copies else {}
        having = {article_id for article_id, article in stored.items() if one_line(quote) in one_line(article.text)}
        return (
            tuple(copy for copy in copies if copy.article_id in having),
            tuple(copy for copy in copies if copy.article_id in stored.keys() - having),
        )


def quoted(extracts: Sequence[Extract], library: Library) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Return what is quoted as sentences, and their citations."""
    footnotes = Footnotes(library)
    sentences: list[Sentence] = []
    for line in (line for extract in extracts if extract.found for line in extract.composed.lines):
        text = one_line(line.quoted.text)
        places = [(line.quoted.passage, (line.quoted.start, line.quoted.end))]
        if line.header:
            heading = library.article(line.quoted.passage.article_id).text[slice(*line.header)]
            text = row_text(heading, line.quoted.text)
            places.append((line.quoted.passage, line.header))
        places += [(other.passage, (other.start, other.end)) for other in line.support]
        numbers = tuple(dict.fromkeys(footnotes.number(passage, span, text) for passage, span in places))
        if all(text != sentence.text for sentence in sentences):
            short = marked(text, line.quoted) if line.role != "context" else None
            sentences.append(Sentence(text, numbers, short, line.role))
    return tuple(sentences), footnotes.cited(sentences)
