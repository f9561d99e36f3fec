"""What is printed on a terminal: as wide as it is, and no text of an article is anything but letters to it."""

from __future__ import annotations

import os
import re
import unicodedata
from enum import StrEnum
from typing import TextIO

_WIDEST = 100
"""Columns beyond which lines are hard to read."""
_NARROWEST = 20
# What moves the cursor, changes colours, titles windows, or turns the order of letters round. Newlines and tabs stay.
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Style(StrEnum):
    """How words are set off, as the terminal is told."""

    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    MARKED = "7"


class Screen:
    """Prints to a terminal, or to a pipe, where nothing is wrapped or set off."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.is_terminal = out.isatty()
        # https://no-color.org: a standard of all programs, not a setting of this one.
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
        self.has_styles = self.is_terminal and not plain

    @property
    def width(self) -> int | None:
        """Columns of a line; None where lines may have any length. A window can change it at any time."""
        if not self.is_terminal:
            return None
        try:
            columns = os.get_terminal_size(self._out.fileno()).columns or 80
        except OSError:
            columns = 80
        return max(_NARROWEST, min(columns - 1, _WIDEST))

    def line(self, text: str = "", style: Style = Style.PLAIN, indent: int = 0) -> None:
        """Print a text wrapped, paragraphs and all, with an empty line for an empty text."""
        for paragraph in visible(text).split("\n"):
            flow = Flow(self, indent)
            flow.write((paragraph, style))
            flow.end()

    def wait(self, text: str) -> None:
        """Say what is being done, until `waited`; only where it can be taken back."""
        if self.has_styles:
            self.raw(f"\x1b[{Style.DIM}m{text}\x1b[0m")

    def waited(self) -> None:
        """Take back what `wait` said."""
        if self.has_styles:
            self.raw("\r\x1b[K")

    def raw(self, text: str) -> None:
        """Print text as it is, at once."""
        self._out.write(text)
        self._out.flush()


class Flow:
    """A paragraph that grows by words, each printed at once, on the next line where it does not fit."""

    def __init__(self, screen: Screen, indent: int = 0) -> None:
        self._screen = screen
        self._indent = indent
        self._column = 0
        self._style = Style.PLAIN

    def write(self, *pieces: tuple[str, Style]) -> None:
        """Add text, of which a word may change its style in the middle. Between two calls a word ends."""
        word: list[tuple[str, Style]] = []
        for text, style in pieces:
            for part in re.split(r"(\s+)", visible(text)):
                if part.strip():
                    word.append((part, style))
                elif part and word:
                    self._put(word)
                    word = []
        if word:
            self._put(word)
        self._set(Style.PLAIN)

    def end(self) -> None:
        """End the paragraph's last line."""
        self._set(Style.PLAIN)
        self._screen.raw("\n")
        self._column = 0

    def _put(self, word: list[tuple[str, Style]]) -> None:
        width = self._screen.width
        length = sum(cells(text) for text, _ in word)
        if width and self._column and self._column + 1 + length > width:
            self.end()
        elif self._column:
            self._set(self._style if self._style is word[0][1] else Style.PLAIN)
            self._screen.raw(" ")
            self._column += 1
        for text, style in word:
            rest = text
            while rest:
                if not self._column:
                    self._screen.raw(" " * self._indent)
                    self._column = self._indent
                fits, rest = _cut(rest, max(1, width - self._column)) if width else (rest, "")
                self._set(style)
                self._screen.raw(fits)
                self._column += cells(fits)
                if rest:  # an address, or Chinese
                    self.end()

    def _set(self, style: Style) -> None:
        if style is not self._style and self._screen.has_styles:
            self._screen.raw(("\x1b[0m" if self._style else "") + (f"\x1b[{style}m" if style else ""))
        self._style = style


def visible(text: str) -> str:
    """Return text without the characters that a terminal obeys instead of showing them."""
    return _COMMANDS.sub("", text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n"))


def cells(text: str) -> int:
    """Return how many columns text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _cut(word: str, columns: int) -> tuple[str, str]:
    """Return what of a word fits, at least a letter, and the rest."""
    taken = 0
    for at, letter in enumerate(word):
        taken += _cells(letter)
        if taken > columns and at:
            return word[:at], word[at:]
    return word, ""
