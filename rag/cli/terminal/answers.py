"""Answers on a terminal: sentence by sentence, then their sources; and an article opened at the quoted words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.cli.terminal.screen import Flow, Screen, Style, visible
from rag.errors import ArticleNotFound
from rag.text import one_line, shorten

if TYPE_CHECKING:
    from rag.index.library import Library
    from rag.types import Answer, Citation, Held, Passage

NEAREST = 3
"""Passages that are named where nothing was found."""
_AROUND = 500
"""Characters of an article that are shown before and after a quote, to the next paragraph's end."""
_MARK = re.compile(r"(\[\d+\])")


class Growing:
    """Prints an answer as it grows."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._said = ""
        self._flow: Flow | None = None

    def show(self, answer: Answer) -> None:
        """Print what `answer` has more than the one before."""
        flow = self._flow
        if flow is None:
            self._screen.waited()
            if answer.standalone_question != answer.question:
                self._screen.line(f"Understood as: {one_line(answer.standalone_question)}", Style.DIM)
            flow = Flow(self._screen)
        elif not answer.text.startswith(self._said):
            self.stop()
            self._screen.line("Looked at again, the answer is:", Style.DIM)
            self._said, flow = "", Flow(self._screen)
        self._flow = flow
        before, short, after = _around(answer.text[len(self._said) :], answer.short)
        flow.write(*_numbers_dim(before), (short, Style.BOLD), *_numbers_dim(after))
        self._said = answer.text

    def stop(self) -> None:
        """End the line, where one was begun."""
        if self._flow:
            self._flow.end()
            self._flow = None
        else:
            self._screen.waited()

    def end(self, answer: Answer) -> None:
        """Print what comes after the sentences of the whole answer."""
        self.stop()
        if answer.found and answer.note:
            self._screen.line(answer.note, Style.DIM)
        if answer.written_by:
            self._screen.line(answer.writing(), Style.DIM)
        width = self._screen.width or 10_000
        for question in answer.instead:
            self._screen.line(f"Did you mean: {one_line(question)}")
        if answer.holdings:
            for number, held in enumerate(answer.holdings.articles, start=1):
                self._screen.line(shorten(f"{number}. {held.label}", width))
            if answer.holdings.rest:
                self._screen.line(f"{answer.holdings.rest}: “more” goes on.", Style.DIM)
            return
        if answer.found or answer.passages:
            self._screen.line()
        for citation in answer.citations:
            self._screen.line(shorten(f"[{citation.number}] {label(citation)}", width), Style.DIM)
        if not answer.found and answer.passages:
            self._screen.line("Closest passages, which do not answer:", Style.DIM)
            for number, passage in enumerate(answer.passages[:NEAREST], start=1):
                text = f"{number}. {label(passage)}: {one_line(passage.likeliest)}"
                self._screen.line(shorten(text, min(width, 200)), Style.DIM)


def show_sources(answer: Answer, screen: Screen) -> None:
    """Print the sources of an answer with the words that they say; of what was not found, the nearest passages."""
    for citation in answer.citations:
        screen.line(f"[{citation.number}] {label(citation)}", Style.BOLD)
        screen.line(f"“{one_line(citation.quote)}”", indent=4)
        screen.line(one_line(citation.source), Style.DIM, indent=4)
        for words, copies in (("also in", citation.also_in), ("not word for word in", citation.versions)):
            for copy in copies:
                screen.line(f"{words}: {one_line(f'{copy.title}, {copy.source}')}", Style.DIM, indent=4)
    for number, held in enumerate(answer.holdings.articles if answer.holdings else (), start=1):
        screen.line(f"{number}. {held.label}", Style.BOLD)
        if held.quote:
            screen.line(f"“{one_line(held.quote)}”", indent=4)
        screen.line(one_line(held.source), Style.DIM, indent=4)
    if answer.found:
        return
    for number, passage in enumerate(answer.passages[:NEAREST], start=1):
        screen.line(f"{number}. {label(passage)} (not an answer)", Style.BOLD)
        screen.line(f"“{one_line(passage.likeliest)}”", indent=4)
        screen.line(one_line(passage.source), Style.DIM, indent=4)


def open_source(answer: Answer, number: int, library: Library, screen: Screen, *, whole: bool = False) -> bool:
    """Print the article of source `number` around the words that are quoted, which are marked; False for no source.

    Where the article has changed since, or is gone, the words are printed as they were quoted.
    """
    found = _source(answer, number)
    if found is None:
        return False
    source, words, start = found
    screen.line(label(source), Style.BOLD)
    screen.line(one_line(source.source), Style.DIM)
    screen.line()
    try:
        text = library.article(source.article_id).text
    except ArticleNotFound:
        screen.line("The article is no longer in the library. The words that were quoted:", Style.DIM)
        screen.line(f"“{words}”")
        return True
    if text[start : start + len(words)] != words:
        start = text.find(words)
    if start < 0:
        screen.line("The article was changed since. The words that were quoted:", Style.DIM)
        screen.line(f"“{words}”")
        return True
    end = start + len(words)
    first, last = (0, len(text)) if whole else _paragraphs(text, start, end)
    _print_marked(screen, text[first:start], words, text[end:last])
    if (first, last) != (0, len(text)):
        screen.line(f"/open {number} all prints the whole article.", Style.DIM)
    return True


def label(source: Citation | Passage | Held) -> str:
    """Return title, day and page of a source, on one line."""
    number = getattr(source, "page", None)
    page = f"p. {number}" if number else ""
    return ", ".join(filter(None, [one_line(source.title), str(source.published or ""), page]))


def _source(answer: Answer, number: int) -> tuple[Citation | Passage | Held, str, int] | None:
    """Return the source of that number, its words, and where they stand in its article."""
    if answer.holdings and 0 < number <= len(answer.holdings.articles):
        held = answer.holdings.articles[number - 1]
        return held, held.quote, held.start
    for citation in answer.citations:
        if citation.number == number:
            return citation, citation.quote, citation.start
    if answer.found or not 0 < number <= min(NEAREST, len(answer.passages)):
        return None
    passage = answer.passages[number - 1]
    return passage, passage.likeliest, (passage.sentence or (passage.chunk.start, 0))[0]


def _numbers_dim(text: str) -> list[tuple[str, Style]]:
    return [(part, Style.DIM if _MARK.fullmatch(part) else Style.PLAIN) for part in _MARK.split(text)]


def _around(text: str, short: str) -> tuple[str, str, str]:
    """Return text before, in and after the short answer."""
    before, found, after = text.partition(short) if short else (text, "", "")
    return before, found, after


def _paragraphs(text: str, start: int, end: int) -> tuple[int, int]:
    """Return from where to where a text is shown around a part of it: whole paragraphs, if they are not long."""
    first = text.rfind("\n\n", max(0, start - 2 * _AROUND), max(0, start - _AROUND))
    first = first + 2 if first >= 0 else 0 if start <= 2 * _AROUND else text.find(" ", start - _AROUND) + 1
    last = text.find("\n\n", end + _AROUND, end + 2 * _AROUND)
    if last < 0:
        last = len(text) if len(text) <= end + 2 * _AROUND else text.rfind(" ", end, end + _AROUND)
    return min(first, start), max(last, end)


def _print_marked(screen: Screen, before: str, words: str, after: str) -> None:
    """Print a part of an article, with some words marked: by the terminal, else by arrows."""
    if not screen.has_styles:
        words = f">>> {words} <<<"
    lines: list[list[tuple[str, Style]]] = [[]]
    for text, style in ((before, Style.PLAIN), (words, Style.MARKED), (after, Style.PLAIN)):
        first, *others = visible(text).split("\n")
        lines[-1].append((first, style))
        lines += [[(line, style)] for line in others]
    for line in lines:
        flow = Flow(screen)
        flow.write(*line)
        flow.end()
