"""The reading order of a page: columns one after the other, and what runs across them in its place."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from statistics import median

from rag.ingest.formats.pdf.runs import Run

_SHORT = 12
"""Characters: runs of a column of prose have more, cells of a table mostly fewer."""
_LINES = 3
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
        if left and right and _short_of(left) > _SHORT and _short_of(right) > _SHORT:
            parts += [flow] if flow else []
            flow = []
            for side in (right, left) if right_to_left else (left, right):
                parts += regions(side, right_to_left=right_to_left)
        else:
            flow += left + right
        flow += across[number : number + 1]
    return [*parts, flow] if flow else parts


def _gutter(runs: Sequence[Run], *, deep: int = 2) -> float | None:
    """Return the x between two columns of prose that holds them apart on the most lines, or None.

    Either side may consist of columns itself, `deep` times over.
    """
    edges = Counter(round(run.x0 / 2) for run in runs) + Counter(round(run.x1 / 2) for run in runs)
    best, best_lines = None, 0
    for edge, count in edges.most_common(_EDGES):
        if count < _LINES:
            break
        for x in (edge * 2 - 4.0, edge * 2 + 4.0):
            across = sorted((run for run in runs if run.x0 < x < run.x1), key=lambda run: run.middle)
            lines = sum(
                len(left) + len(right)
                for left, right in _bands(runs, across, x)
                if _is_prose(left, deep) and _is_prose(right, deep)
            )
            if lines > best_lines:
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
    """Say whether these are the lines of a column: enough of them, long, and most of them filling it."""
    if len(side) < _LINES or _short_of(side) <= _SHORT:
        return False
    width = max(run.x1 for run in side) - min(run.x0 for run in side)
    if sum(run.x1 - run.x0 >= 0.5 * width for run in side) >= 0.5 * len(side):
        return True
    return deep > 0 and _gutter(side, deep=deep - 1) is not None


def _short_of(side: Sequence[Run]) -> float:
    return median(len(run.text) for run in side)
