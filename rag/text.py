"""Text as it is stored: normalised once, before any offset is taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
# Marks that are not seen but keep a word from being found: soft hyphen, zero-width space,
# word joiner, byte order mark. The zero-width (non-)joiner stays: Persian and emoji need it.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[\u00a0\u2007\u202f]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# From the first space of a run only: else a million spaces are tried a million times.
_LINE_END_SPACES = re.compile(r"(?<![ \t])[ \t]++(?=\n|\Z)")
_MANY_NEWLINES = re.compile(r"\n{3,}")
_FILLING = re.compile(r"\s+")
_VISIBLE = re.compile(r"\S")


def clean_text(text: str) -> str:
    """Return `text` normalised for storing: the same text cleaned twice stays the same.

    Newlines become ``\\n`` and at most one empty line stands between paragraphs, letters are composed
    (Unicode NFC), typographic ligatures become letters, and control characters, soft hyphens
    and zero-width marks go, so that what is shown is what is searched.
    """
    text = _CONTROLS.sub("", _NEWLINES.sub("\n", text))
    if not text.isascii():
        text = _SPACES.sub(" ", _INVISIBLE.sub("", text)).translate(_LIGATURES)
        text = unicodedata.normalize("NFC", text)
    return _MANY_NEWLINES.sub("\n\n", _LINE_END_SPACES.sub("", text)).strip()


def clean_pages(text: str, starts: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """Return `text` normalised and where in it each page begins, of pages that begin at `starts` of `text`.

    A page begins at its first visible character. Raises `ValueError` where `starts` fall or leave the text.
    """
    if any(not 0 <= a <= b <= len(text) for a, b in pairwise([0, *starts, len(text)])):
        raise ValueError(f"Pages cannot begin at {list(starts)} of a text of {len(text)} characters.")
    cleaned = clean_text(text)
    if not starts or cleaned == text:
        return cleaned, tuple(starts)
    # Cleaning drops and joins characters but never swaps visible ones, so that their count finds the place again.
    # It is counted from a character that no letter before it can be joined to, as an accent can.
    before, counts = 0, []
    since = 0
    for start in starts:
        before += _visible(text[since:start])
        counts.append(before)
        since = _apart(text, start)
        before -= _visible(text[since:start])
    places = [found.start() for found in _VISIBLE.finditer(cleaned)]
    return cleaned, tuple(places[count] if count < len(places) else len(cleaned) for count in counts)


def _visible(text: str) -> int:
    return sum(1 for _ in _VISIBLE.finditer(clean_text(text)))


def _apart(text: str, at: int) -> int:
    while at > 0 and not (at < len(text) and "!" <= text[at] <= "~"):
        at -= 1
    return at


def one_line(text: str) -> str:
    """Return `text` with every run of whitespace made one space."""
    return _FILLING.sub(" ", text).strip()


def folded(text: str) -> str:
    """Return `text` as it is compared in a search: without case and accents."""
    if text.isascii():
        return text.casefold()
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def shorten(text: str, length: int) -> str:
    """Return `text` on one line and, where it is longer than `length` characters, cut at a word with "…"."""
    text = one_line(text)
    if len(text) <= length:
        return text
    head = text[: length - 1]
    return (head.rsplit(" ", 1)[0] if " " in head else head).rstrip(" ,;:-") + "…"


def printable(text: str) -> str:
    """Return `text` for one line of a terminal: newlines, escapes and whatever else steers it are written out."""
    return "".join(c.encode("unicode_escape").decode() if _steers(c) else c for c in text)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
