"""Where sentences begin and end.

`sentencex` (Wikimedia, rules for some 240 languages) finds the ends within a block of running text. This
module says what a block is, since a line end may or may not be the end of something, and puts
together what `sentencex` cuts too eagerly: after a title, a list number or the day of a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

Span = tuple[int, int]

_PARAGRAPH = re.compile(r"\n(?:[ \t]*\n)+")
_MARKER = re.compile(r"[ \t]*(?:[-*+•–][ \t]|\(?\d{1,3}[.)][ \t])")
_GAP = re.compile(r"\S\t+(?=\S)|\S {3,}(?=\S)|[^\s.!?] {2}(?=\S)")
_LONG_LINE = 200
"""No one wraps lines that are longer than this, so their end is meant."""

_TITLES = re.compile(
    r"mr|mrs|ms|mx|dr|prof|rev|revd|sgt|cllr|cpl|pte|capt|lt|cmdr|cdr|gen|col|maj|gov|sen|rep|hon|insp|"
    r"supt|messrs|mme|mlle|br|sr|fr|ald|amb|atty|bp|brig|dir|ens|pres|rt|adm|hr|hrn|frl|dipl|ing"
)
_BEFORE_NUMBERS = re.compile(
    r"no|nos|vol|vols|approx|max|min|p|pp|fig|figs|sec|ch|est|ca|c|circa|art|para|tel|ext|nr|bd|abb"
)
_SHORTENED = re.compile(
    r"mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec|"
    r"approx|vol|etc|vs|ltd|corp|co|inc|bros|dept|est|ave|rd|hrs|mins|max|min|incl|excl|resp|ft|lb|oz|"
    r"yd|yds"
)
_LAST_WORD = re.compile(r"[\s(\[\"'“‘„«]?([^\W\d_]+)\.$")
_LIST_NUMBER = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,5})[.)]$")
_ORDINAL = re.compile(r"\b\d{1,2}\.$")
_MONTH = re.compile(r"(?:jan|feb|mär|mar|apr|mai|maj|may|jun|jul|aug|sept|okt|oct|nov|dez|dec|des)[^\W\d_]*\.?\b", re.I)
_CLOCK = re.compile(r"\d ?[ap]\.m\.$")
_AFTER_CLOCK = re.compile(r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|GMT|BST|UTC|CES?T|[ECMP][SD]?T)\b")
_CLOSERS = "\"'”’»)]"
_TAIL = 16
"""Characters before an end that tell whether it is one."""


def sentence_spans(text: str, language: str | None = None) -> list[Span]:
    """Return the offsets of the sentences of `text`, in order, without the whitespace around them.

    The spans never overlap and together hold every character that is not whitespace. An empty
    line always ends a sentence. A single line end does so after a heading, a list item or a table
    row, but not where a line was merely wrapped. `language` is an ISO 639-1 code; English is assumed.
    """
    from sentencex import get_sentence_boundaries

    code = (language or "en").replace("_", "-").split("-")[0].lower() or "en"
    spans: list[Span] = []
    for start, end in _blocks(text):
        block = text[start:end]
        if block.startswith("|") or _is_columns(block):
            _add(spans, text, start, end)
            continue
        begin = 0
        for boundary in get_sentence_boundaries(code, block):
            cut = boundary["end_index"]
            if cut < len(block) and not _goes_on(block, begin, cut):
                _add(spans, text, start + begin, start + cut)
                begin = cut
        _add(spans, text, start + begin, end)
    return spans


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    bare = piece.lstrip()
    if bare:
        start += len(piece) - len(bare)
        spans.append((start, start + len(bare.rstrip())))


def _goes_on(block: str, begin: int, cut: int) -> bool:
    """Say whether the sentence goes on at `cut`, where `sentencex` would end it."""
    before = block[max(begin, cut - _TAIL) : cut].rstrip()
    after = block[cut : cut + _TAIL].lstrip()
    if not before or not after:
        return True
    first, last = after[0], before[-1]
    if first in "”’»)]" or (last == "」" and first == "と"):
        return True
    lower = first.islower()
    if last != ".":
        return lower and (last == "…" or (last in _CLOSERS and before[-2:-1] in ("!", "?")))
    if lower and (before.endswith("...") or _ORDINAL.search(before)):
        return True
    if cut - begin <= _TAIL and _LIST_NUMBER.match(before):
        return True
    if _ORDINAL.search(before) and _MONTH.match(after):
        return True
    if _CLOCK.search(before):
        return bool(_AFTER_CLOCK.match(after))
    word = _LAST_WORD.search(before)
    if not word:
        return False
    name = word[1].lower()
    if _TITLES.fullmatch(name):
        return word[1][0].isupper()
    if _BEFORE_NUMBERS.fullmatch(name) and (first.isdigit() or lower):
        return True
    return lower and bool(_SHORTENED.fullmatch(name))


def _is_columns(line: str) -> bool:
    """Say whether `line` is a row of at least three columns that spaces or tabs keep apart."""
    return ("  " in line or "\t" in line) and "\n" not in line and len(_GAP.findall(line)) >= 2


def _blocks(text: str) -> Iterator[Span]:
    """Yield the runs of text that no sentence crosses."""
    at = 0
    for gap in _PARAGRAPH.finditer(text):
        yield from _lines_apart(text, at, gap.start())
        at = gap.end()
    yield from _lines_apart(text, at, len(text))


def _lines_apart(text: str, start: int, end: int) -> Iterator[Span]:
    if text.find("\n", start, end) < 0:
        yield start, end
        return
    lines = text[start:end].split("\n")
    width = max(map(len, lines))
    begin = at = start
    in_list = False
    for line, following in pairwise(lines):
        at += len(line) + 1
        in_list = in_list or bool(_MARKER.match(line))
        if _ends_line(line, following, width, in_list=in_list):
            yield begin, at - 1
            begin = at
            in_list = False
    yield begin, end


def _ends_line(line: str, following: str, width: int, *, in_list: bool) -> bool:
    bare, next_bare = line.strip(), following.strip()
    if not bare or not next_bare or bare[0] in "|#" or next_bare[0] == "|":
        return True
    if _is_columns(line) or _is_columns(following):
        return True
    ended = bare[-1] in ".!?:;…" or bare[-1] in _CLOSERS
    if _MARKER.match(following) and (in_list or ended or len(bare) <= 60):
        return True
    if in_list and following[0] in " \t":
        return False
    if (word := _LAST_WORD.search(bare[-_TAIL:])) and _TITLES.fullmatch(word[1].lower()):
        return False
    # A line is wrapped when the next word would not have fitted: a shorter one ends on purpose.
    wrapped = len(line) <= _LONG_LINE and len(line.rstrip()) + 1 + len(next_bare.split(None, 1)[0]) > width
    if wrapped and not in_list:
        return False
    if in_list and len(bare) > 60 and not ended:
        return False
    return not next_bare[0].islower() and bare[-1] not in ",-–—"
