"""The reading order of a page: columns one after the other, and what runs across them in its place."""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from statistics import median

from rag.ingest.formats.pdf.runs import Run

_WORDS = 4
"""Words of a line of prose, usually at least; cells of a table mostly have fewer, and numbers are none."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSPACED = 12
"""Characters, in scripts that do not part words."""
_FILLED, _SHARE = 0.7, 0.55
"""How many lines of prose fill how much of the column; what stands in cells is as long as it is."""
_MOSTLY = 0.5
"""How much of what stands on one side of a gutter or the other has to be prose."""
_RUNS = 1_500
"""Runs of a page on which columns are looked for; a page of text has a few hundred."""
_LINES = 3
_DEEP = 2
_EDGES = 12
"""Edges of runs that are tried as edges of columns, the most frequent first."""


def regions(runs: Sequence[Run], *, right_to_left: bool = False) -> list[list[Run]]:
    """Cut a page into parts that are read one after the other, each of a single column."""
    gutter = _gutter(runs)
    if gutter is None:
        return [list(runs)] if runs else []
    across = sorted((run for run in runs if run.x0 < gutter < run.x1), key=lambda run: run.middle)
    parts: list[list[Run]] = []
    flow: list[Run] = []
    for number, (left, right) in enumerate(_bands(runs, across, gutter)):
        if left and right and _is_wordy(_lines(left)) and _is_wordy(_lines(right)):
            parts += [flow] if flow else []
            flow = []
            for side in (right, left) if right_to_left else (left, right):
                parts += regions(side, right_to_left=right_to_left)
        else:
            flow += left + right
        flow += across[number : number + 1]
    return [*parts, flow] if flow else parts


def _gutter(runs: Sequence[Run], *, deep: int = _DEEP) -> float | None:
    """Return the x between two columns of prose that holds them apart on the most lines, or None.

    Either side may consist of columns itself, `deep` times over.
    """
    if len(runs) > _RUNS:
        return None
    edges = Counter(round(run.x0 / 2) for run in runs) + Counter(round(run.x1 / 2) for run in runs)
    best, best_lines = None, 0
    for edge, count in edges.most_common(_EDGES if deep == _DEEP else _EDGES // 3):
        if count < _LINES:
            break
        for x in (edge * 2 - 4.0, edge * 2 + 4.0):
            across = sorted((run for run in runs if run.x0 < x < run.x1), key=lambda run: run.middle)
            lines = sum(
                len(left) + len(right)
                for left, right in _bands(runs, across, x)
                if _is_prose(left, deep) and _is_prose(right, deep)
            )
            if lines > best_lines and lines >= _MOSTLY * (len(runs) - len(across)):
                best, best_lines = x, lines
    return best


def _bands(runs: Sequence[Run], across: Sequence[Run], x: float) -> list[tuple[list[Run], list[Run]]]:
    """Return what stands left and right of `x` above, between and under the runs that cross it."""
    heights = [run.middle for run in across]
    bands: list[tuple[list[Run], list[Run]]] = [([], []) for _ in range(len(across) + 1)]
    for run in runs:
        if run.x1 <= x or run.x0 >= x:
            bands[bisect(heights, run.middle)][run.x0 >= x].append(run)
    return bands


def _is_prose(side: Sequence[Run], deep: int) -> bool:
    """Say whether these are the lines of a column: enough of them, of several words, and most of them filling it.

    A table that stands in a column is a few of its lines.
    """
    lines = _lines(side)
    if len(lines) < _LINES or not _is_wordy(lines):
        return False
    ends = [(min(run.x0 for run in line), max(run.x1 for run in line)) for line in lines]
    width = max(x1 for _, x1 in ends) - min(x0 for x0, _ in ends)
    of_one_piece = 2 * sum(len(line) == 1 for line in lines) >= len(lines)
    if of_one_piece and sum(x1 - x0 >= _FILLED * width for x0, x1 in ends) >= _SHARE * len(lines):
        return True
    return deep > 0 and _gutter(side, deep=deep - 1) is not None


def _is_wordy(lines: Sequence[Sequence[Run]]) -> bool:
    texts = [" ".join(run.text for run in line) for line in lines]
    if median(len(_WORD.findall(text)) for text in texts) >= _WORDS:
        return True
    return all(" " not in text for text in texts) and median(map(len, texts)) > _UNSPACED


def _lines(side: Sequence[Run]) -> list[list[Run]]:
    """Return the runs that stand side by side, from top to bottom."""
    lines: list[list[Run]] = []
    for run in sorted(side, key=lambda run: run.middle):
        if lines and run.middle - lines[-1][0].middle < 0.5 * run.height:
            lines[-1].append(run)
        else:
            lines.append([run])
    return lines
