"""The reading order of a page: columns one after the other, and what runs across them in its place."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from statistics import median

from rag.ingest.formats.pdf.runs import Run

_WORDS = 4
"""Words of a line of prose, usually at least; cells of a table mostly have fewer."""
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
        if left and right and _is_wordy(left) and _is_wordy(right):
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
    """Say whether these are the lines of a column: enough of them, of several words, and most of them filling it."""
    if len(side) < _LINES or not _is_wordy(side):
        return False
    width = max(run.x1 for run in side) - min(run.x0 for run in side)
    if sum(run.x1 - run.x0 >= _FILLED * width for run in side) >= _SHARE * len(side):
        return True
    return deep > 0 and _gutter(side, deep=deep - 1) is not None


def _is_wordy(side: Sequence[Run]) -> bool:
    if median(len(run.text.split()) for run in side) >= _WORDS:
        return True
    return all(" " not in run.text for run in side) and median(len(run.text) for run in side) > _UNSPACED
