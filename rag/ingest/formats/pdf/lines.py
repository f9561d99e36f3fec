"""Lines of a page, and those of them that are not the article's: running titles and page numbers."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from rag.ingest.formats.pdf.runs import Run, is_right_to_left

_EDGE = 3
"""Lines at the head and the foot of a page that are looked at as running titles."""
_NEAR = 6.0
"""Points by which a running title may at least stand higher or lower from page to page."""
_NUMBERS = 3
"""Numbers of a line, the last ones, any of which may count the pages."""
_PAGE_NUMBER = re.compile(
    r"[-–—|\s]*(?:(?:page|p\.|pg\.?|seite|s\.|página|pagina|стр\.)\s*)?(?P<number>\d{1,4}|[ivxlc]{1,7})"
    r"(?P<total>\s*(?:of|/|von|de|di|sur|из)\s*\d{1,4})?[-–—|\s]*",
    re.I,
)
_LABELLED = re.compile(r"page|p\.|pg|seite|página|pagina|стр|[-–—|]", re.I)
_NUMBER = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True)
class Line:
    """Runs that stand on one line, in reading order."""

    cells: tuple[Run, ...]
    page: int
    """From 0."""
    right_to_left: bool

    @property
    def text(self) -> str:
        """The words of the line."""
        return " ".join(cell.text for cell in self.cells)

    @property
    def x0(self) -> float:
        """Left edge."""
        return min(cell.x0 for cell in self.cells)

    @property
    def x1(self) -> float:
        """Right edge."""
        return max(cell.x1 for cell in self.cells)

    @property
    def y0(self) -> float:
        """Upper edge."""
        return min(cell.y0 for cell in self.cells)

    @property
    def y1(self) -> float:
        """Lower edge."""
        return max(cell.y1 for cell in self.cells)

    @property
    def size(self) -> float:
        """Height of the letters of its longest run."""
        return max(self.cells, key=lambda cell: len(cell.text)).height

    @property
    def bold(self) -> bool:
        """Say whether all of it is bold."""
        return all(cell.bold for cell in self.cells)


def lines_of(runs: Sequence[Run], page: int) -> list[Line]:
    """Put the runs of one column together to lines, from top to bottom."""
    rows: list[list[Run]] = []
    tallest: Run | None = None
    for run in sorted(runs, key=lambda run: run.middle):
        if tallest and _beside(tallest, run):
            rows[-1].append(run)
            tallest = max(tallest, run, key=lambda run: run.height)
        else:
            rows.append([run])
            tallest = run
    lines = []
    for row in rows:
        backwards = is_right_to_left("".join(run.text for run in row))
        row.sort(key=lambda run: -run.x1 if backwards else run.x0)
        lines.append(Line(tuple(row), page, backwards))
    return lines


def running_titles(pages: Sequence[Sequence[Run]]) -> set[int]:
    """Return the ids of runs that are page furniture, given the runs of every page.

    A line is a running title where the same words stand at the same height at the head or the foot of
    several pages; a number in it may count the pages. A page number is one that stands alone on the first or
    the last line.
    """
    edges = [_edges(lines_of(runs, page)) for page, runs in enumerate(pages)]
    filled = sum(bool(lines) for lines in edges)
    enough = max(2, min(4, math.ceil(filled / 3)))
    heights: defaultdict[str, list[Line]] = defaultdict(list)
    for line in chain(*edges):
        for key in _keys(line):
            heights[key].append(line)
    furniture: set[int] = set()
    for found in heights.values():
        # By height, so that those near it are those of three numbers.
        pages_at: defaultdict[int, set[int]] = defaultdict(set)
        for line in found:
            pages_at[int(line.y0 // _NEAR)].add(line.page)
        for line in found if len(found) >= enough else ():
            near = [pages_at.get(int(line.y0 // _NEAR) + step, set()) for step in (-1, 0, 1)]
            if max(map(len, near)) >= enough or len(set().union(*near)) >= enough:
                furniture.update(map(id, line.cells))
    for lines in edges:
        for line in (lines[0], lines[-1]) if lines else ():
            if _is_page_number(line, lines):
                furniture.update(map(id, line.cells))
    return furniture


def _keys(line: Line) -> set[str]:
    """Return the words of a line, as they are and with what its numbers are more than the number of its page.

    One of them may count the pages, as in "Report 2024, 3/8", or all.
    """
    words = line.text.casefold()
    if words.endswith((".", "!", "?")):
        return {words}
    numbers = list(_NUMBER.finditer(words))
    counting = {words[: n.start()] + f"#{int(n[0]) - line.page}" + words[n.end() :] for n in numbers[-_NUMBERS:]}
    return {words, *counting, _NUMBER.sub(lambda number: f"#{int(number[0]) - line.page}", words)}


def _beside(tallest: Run, run: Run) -> bool:
    shared = min(tallest.y1, run.y1) - max(tallest.y0, run.y0)
    return shared > 0.5 * min(tallest.height, run.height)


def _edges(lines: Sequence[Line]) -> list[Line]:
    return list(lines) if len(lines) <= 2 * _EDGE else [*lines[:_EDGE], *lines[-_EDGE:]]


def _is_page_number(line: Line, lines: Sequence[Line]) -> bool:
    found = _PAGE_NUMBER.fullmatch(line.text)
    if not found or len(lines) < 2:
        return False
    if found["total"] or _LABELLED.search(line.text):
        return True
    nearest = min(max(line.y0 - other.y1, other.y0 - line.y1) for other in lines if other is not line)
    return nearest > 0.8 * line.size
