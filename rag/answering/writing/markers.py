"""The marks by which a model points at passages, in the many forms that models write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOUN = r"(?:passages?|sources?|excerpts?|documents?|docs?|articles?|references?|refs?|citations?|footnotes?)"
_NUMBER = r"\d{1,2}(?!\d)"
_AND = r"(?:[,;&/]|[-–—]|\band\b|\bto\b)"
_NUMBERS = rf"(?:{_NOUN}\.?\s*:?\s*)?[#^]?{_NUMBER}(?:\s*{_AND}\s*(?:{_NOUN}\.?\s*)?[#^]?{_NUMBER})*"
_BRACKET = rf"(?:\\?\[\s*{_NUMBERS}\s*\\?\](?:\([^()\s]*\))?|【\s*{_NUMBERS}[^】\n]{{0,20}}】|⟦\s*{_NUMBERS}\s*⟧)"
_BRACKETS = rf"{_BRACKET}(?:[ \t]*,?[ \t]*{_BRACKET})*"
_SUPERSCRIPT = "¹²³⁴⁵⁶⁷⁸⁹⁰"
_DIGITS = str.maketrans(_SUPERSCRIPT, "1234567890")

_MARKS = re.compile(
    rf"""
    \s*\(\s*(?:(?:see|from|cf\.?|{_NOUN})\s*:?\s*)?{_BRACKETS}\s*\)          # (Source: [1])
  | \s*(?:\b(?:see\s*:?|cf\.|{_NOUN}\s*:)\s*)?{_BRACKETS}                    # [1][2], Source: [1]
  | \s*\(\s*(?:see\s+|from\s+)?{_NOUN}\.?\s*:?\s*{_NUMBERS}\s*\)             # (Passage 2)
  | (?P<bare>\s*\(\s*{_NUMBER}(?:\s*[,;]\s*{_NUMBER})*\s*\))(?=\s*(?:[.!?,;:]|$)|\s+(?-i:[A-Z“"]))     # (1)
  | \s*<(sup|cite)>\s*\[?{_NUMBERS}\]?\s*</(?:sup|cite)>
  | (?<=[^\d\s)])\^\[?{_NUMBER}\]?\^(?!\w)
  | (?<=[.!?,;:”"')])[ \t]*[{_SUPERSCRIPT}]+ | (?<=[^\W\d_]{{4}})[{_SUPERSCRIPT}]+
  | [ \t]*\b(?:sources?|passages?|references?|citations?)\s*:\s*{_NUMBERS}(?=\s*(?:[.;]|$))            # Source: 1
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_SPOKEN = re.compile(
    r"\b(?:according to|as (?:stated|described|mentioned|noted|said|reported) in|based on|per|in|from)\s+"
    rf"(?:the\s+)?(?:passage|source|excerpt|document)\s+[\[#]?({_NUMBER})\]?\s*,?\s*"
    rf"|\b(?:the\s+)?(?:passage|source|excerpt|document)\s+[\[#]?({_NUMBER})\]?\s+"
    r"(?:says|states|mentions|notes|reports|tells us|explains|indicates)(?:\s+that)?[\s,:]*",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"\b(?:passage|source|excerpt|document)s?\s+({_NUMBERS})(?!\w)", re.IGNORECASE)
_RANGE = re.compile(r"(\d{1,2})\s*(?:[-–—]|\bto\b)\s*(\d{1,2})")
_SENTENCE_BEGINS = re.compile(r"(?:^|[.!?]\s+|\n\s*)$")
_FIRST_WORD = re.compile(r"\0(\d+)\0(\w*)")


@dataclass(frozen=True, slots=True)
class Mark:
    """A pointing at passages, where it stood."""

    at: int
    """The offset in the text without marks: it stood before this character."""
    passages: tuple[int, ...]
    """From 0; without those that do not exist."""


def without_marks(text: str, count: int) -> tuple[str, list[Mark]]:
    """Return `text` without its marks, and these, of which `count` passages can be meant.

    What can be no mark, such as "[2024]", stays. A number that no passage has goes and points at nothing.
    """
    text = _spoken_to_marks(text, count)
    kept: list[str] = []
    marks: list[Mark] = []
    length = at = 0
    for found in _MARKS.finditer(text):
        numbers = _numbers(found[0], count)
        if found["bare"] and not all(1 <= number <= count for number in numbers):
            continue
        between = "\n" if "\n" in found[0] else " " if _joins(text, found) else ""
        piece = text[at : found.start()]
        kept += [piece, between]
        marks.append(_mark(length + len(piece), numbers, count))
        length += len(piece) + len(between)
        at = found.end()
    bare = "".join([*kept, text[at:]])
    named = [_mark(found.start() + 1, _numbers(found[1], count), count) for found in _NAMED.finditer(bare)]
    return bare, sorted([*marks, *named], key=lambda mark: mark.at)


def _mark(at: int, numbers: list[int], count: int) -> Mark:
    return Mark(at, tuple(number - 1 for number in numbers if 1 <= number <= count))


def _joins(text: str, mark: re.Match[str]) -> bool:
    """Say whether two words would become one where `mark` goes."""
    start, end = mark.span()
    return start > 0 and end < len(text) and not text[start - 1].isspace() and text[end].isalnum()


def _spoken_to_marks(text: str, count: int) -> str:
    """Put a mark behind the first word in place of "According to passage 2,", whose number tells a reader nothing."""

    def replaced(found: re.Match[str]) -> str:
        number = int(found[1] or found[2])
        begins = _SENTENCE_BEGINS.search(text[: found.start()])
        return f"\0{number}\0" if begins and 1 <= number <= count else found[0]

    def behind(found: re.Match[str]) -> str:
        word = found[2]
        return f"{word[:1].upper()}{word[1:]} [{found[1]}]"

    return _FIRST_WORD.sub(behind, _SPOKEN.sub(replaced, text.replace("\0", "")))


def _numbers(mark: str, count: int) -> list[int]:
    if mark.strip()[:1] in _SUPERSCRIPT:
        digits = mark.strip().translate(_DIGITS)
        return [int(digits)] if int(digits) <= count else [int(digit) for digit in digits]
    plain = re.sub(r"\]\([^()]*\)|†[^】]*", "]", mark)
    numbers: list[int] = []
    for run in _RANGE.finditer(plain):
        first, last = int(run[1]), int(run[2])
        numbers += range(first, last + 1) if first <= last else (first, last)
    numbers += map(int, re.findall(r"\d{1,2}", _RANGE.sub(" ", plain)))
    return list(dict.fromkeys(numbers))
