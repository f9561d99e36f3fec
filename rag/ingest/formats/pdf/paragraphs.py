"""Lines to blocks: paragraphs with their line ends joined, headings, items and rows of tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from statistics import median
from typing import Self

from rag.ingest.blocks import Block, Kind, table_row
from rag.ingest.formats.pdf.lines import Line
from rag.ingest.formats.pdf.words import Joiner, ends_in_hyphen

PAGE = "\f"
"""Stands in the text of blocks where a page begins."""

_BULLET = re.compile(r"[•‣▪●◦■□▸►○\uf0a7\uf0b7\uf0d8]|[-–—*](?=\s|$)")
_NUMBER = re.compile(r"(?:\d{1,3}|[a-z])[.)](?=\s)")
_NUMBER_ALONE = re.compile(r"(?:\d{1,3}|[a-z])[.)]")
_ENDED = re.compile(r"[.!?…:;。！？؟][\"'”’»)\]]*$")
_GOES_ON = frozenset(",-–—/\u2010\u00ad")
_BIGGER, _BIG = 1.12, 1.45
_BOLD_HEADING = 120
_SMALL = 0.92
_PROSE = 80
"""Characters from which a paragraph without a full stop is taken for a cut sentence, not for a line of its own."""
_ALIGNED = 0.6
_CELLS = 50
"""Cells of a line that are compared with those of another."""


@dataclass(slots=True)
class Piece:
    """A block that may go on in the next column or on the next page."""

    kind: Kind
    text: str
    level: int
    size: float
    full: bool
    """Its last line reaches the end of the column, so that a sentence may go on."""

    @property
    def block(self) -> Block:
        """The block that it makes."""
        return Block(self.kind, self.text, self.level)


@dataclass(frozen=True, slots=True)
class Look:
    """What most of a document looks like."""

    height: float
    """Of its letters."""
    gap: float
    """Between its lines."""

    @classmethod
    def of(cls, columns: Sequence[Sequence[Line]]) -> Self:
        """Take the look of the lines in `columns`."""
        heights: Counter[float] = Counter()
        for line in chain(*columns):
            heights[round(line.size * 2) / 2] += len(line.text)
        height = max(0.5, heights.most_common(1)[0][0])
        gaps = [after.y0 - line.y1 for column in columns for line, after in pairwise(column)]
        return cls(height, min(height, median(gaps)) if gaps else 0.0)


def pieces_of(lines: Sequence[Line], look: Look, joiner: Joiner, mark: str) -> list[Piece]:
    """Return the blocks of one column of a document that looks like `look`; the first begins with `mark`."""
    pieces: list[Piece] = []
    ends = max(map(_end, lines), default=0.0)
    width = ends - min(map(_start, lines), default=0.0)
    for group in _groups(lines, look.gap):
        if len(group) > 1 and len(_cells(group[0])) > 1 and _is_table(group):
            pieces += [Piece("row", table_row(_cells(line)).text, 0, line.size, False) for line in group]
        elif level := _level(group, look.height):
            text = group[0].text
            for line in group[1:]:
                text = joiner.join(text, line.text)
            pieces.append(Piece("heading", text, level, group[0].size, False))
        else:
            pieces += _paragraphs(group, joiner)
            pieces[-1].full = ends - _end(group[-1]) < 0.2 * width
    if pieces:
        pieces[0].text = mark + pieces[0].text
    return pieces


def continue_with(done: list[Piece], following: Sequence[Piece], joiner: Joiner) -> None:
    """Put what `following` holds after `done`, as one where a sentence goes on.

    Notes in small print at the foot of a column go before the paragraph that they interrupt.
    """
    rest = list(following)
    at = len(done) - 1
    if rest and rest[0].kind in ("paragraph", "item"):
        first = rest[0]
        while (
            at >= 0 and done[at].kind != "heading" and done[at].size < _SMALL * first.size and PAGE not in done[at].text
        ):
            at -= 1
        if at >= 0 and _goes_on(done[at], first):
            unmarked = first.text.lstrip(PAGE)
            notes = done[at + 1 :]
            whole = done[at]
            one_page = PAGE not in whole.text.lstrip(PAGE)
            whole.text = joiner.join(whole.text, unmarked, first.text[: len(first.text) - len(unmarked)])
            whole.full = first.full
            done[at:] = _notes_first(whole, notes) if one_page else [whole, *notes]
            rest = rest[1:]
    done += rest


def _notes_first(whole: Piece, notes: list[Piece]) -> list[Piece]:
    """Put notes before the paragraph that they interrupt; the page begins with the notes then."""
    if notes:
        unmarked = whole.text.lstrip(PAGE)
        notes[0].text = whole.text[: len(whole.text) - len(unmarked)] + notes[0].text
        whole.text = unmarked
    return [*notes, whole]


def _goes_on(piece: Piece, following: Piece) -> bool:
    if piece.kind not in ("paragraph", "item"):
        return False
    # "... on day" and "11. It rained" are one sentence, unless they are items of one list.
    if following.kind == "item" and (piece.kind == "item" or not following.text.lstrip(PAGE)[0].isdigit()):
        return False
    if not 0.9 < piece.size / following.size < 1.1:
        return False
    if ends_in_hyphen(piece.text):
        return True
    first = following.text.lstrip(PAGE)[:1]
    return not _ENDED.search(piece.text) and (piece.full or first.islower() or len(piece.text) > _PROSE)


def _groups(lines: Sequence[Line], usual: float) -> list[list[Line]]:
    """Cut lines where space, size, weight, an indent or a mark of a list says that something new begins."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and not _begins(groups[-1], line, usual):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _begins(group: Sequence[Line], line: Line, usual: float) -> bool:
    before = group[-1]
    size = min(before.size, line.size)
    if (len(_cells(before)) > 1) != (len(_cells(line)) > 1):
        return True
    if len(_cells(line)) > 1:
        return not _share_an_edge(before, line)
    if line.y0 - before.y1 > usual + 0.35 * size or not 0.87 < line.size / before.size < 1.15:
        return True
    if line.bold != before.bold and not line.text[:1].islower():
        return True
    ended = bool(_ENDED.search(before.text))
    if _mark(line) and (_BULLET.match(line.text) or ended or _mark(group[0])):
        return not ends_in_hyphen(before.text)
    indented = _start(line) - _start(before) > 0.8 * size
    return indented and ended and not _mark(group[0])


def _paragraphs(group: Sequence[Line], joiner: Joiner) -> list[Piece]:
    """Join the lines of a group. A line that left room for the next word ended on purpose."""
    ends = max(map(_end, group))
    kind: Kind = "item" if _mark(group[0]) else "paragraph"
    pieces = [Piece(kind, _item(group[0]) if kind == "item" else group[0].text, 0, group[0].size, False)]
    for before, line in pairwise(group):
        piece = pieces[-1]
        words = line.text.split(None, 1)[0]
        needed = (line.x1 - line.x0) / max(1, len(line.text)) * (len(words) + 1)
        if ends - _end(before) < needed or line.text[:1].islower() or before.text[-1] in _GOES_ON:
            piece.text = joiner.join(piece.text, line.text)
        elif _ENDED.search(before.text) and kind == "paragraph":
            pieces.append(Piece(kind, line.text, 0, line.size, False))
        else:
            piece.text += "\n" + line.text
    return pieces


def _level(group: Sequence[Line], body: float) -> int:
    """Return the level of the heading that these lines are, or 0."""
    text = " ".join(line.text for line in group)
    ratio = group[0].size / body
    if len(text) > 300 or len(group) > 4 or not any(map(str.isalpha, text)):
        return 0
    if ratio >= _BIGGER:
        return 1 if ratio >= _BIG else 2
    is_bold = all(line.bold for line in group) and len(text) <= _BOLD_HEADING and not _ENDED.search(text)
    return 3 if is_bold and ratio > _SMALL and not _mark(group[0]) else 0


def _is_table(group: Sequence[Line]) -> bool:
    return all(len(_cells(line)) > 1 for line in group)


def _share_an_edge(line: Line, other: Line) -> bool:
    """Say whether a cell after the first begins, ends or is centred where one of the other line does."""
    near = _ALIGNED * max(line.size, other.size)
    return any(
        min(abs(a.x0 - b.x0), abs(a.x1 - b.x1), abs(a.x0 + a.x1 - b.x0 - b.x1) / 2) < near
        for a in line.cells[1:_CELLS]
        for b in other.cells[1:_CELLS]
    )


def _cells(line: Line) -> list[str]:
    """Return the cells of a line; the mark of a list is none of its own."""
    cells = [cell.text for cell in line.cells]
    if len(cells) > 1 and (_BULLET.fullmatch(cells[0]) or _NUMBER_ALONE.fullmatch(cells[0])):
        cells[:2] = [f"{cells[0]} {cells[1]}"]
    return cells


def _mark(line: Line) -> bool:
    return bool(_BULLET.match(line.text) or _NUMBER.match(line.text))


def _item(line: Line) -> str:
    found = _BULLET.match(line.text)
    return f"- {line.text[found.end() :].lstrip()}" if found else line.text


def _start(line: Line) -> float:
    return -line.x1 if line.right_to_left else line.x0


def _end(line: Line) -> float:
    return -line.x0 if line.right_to_left else line.x1
