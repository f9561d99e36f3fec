"""An evaluation in words and columns, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from rag.evaluate.baseline import Fall
from rag.evaluate.evaluation import DEPTH, MEASURES, Evaluation, Measure, Metrics, Row
from rag.text import shorten

_WIDTH = 100
_QUOTE_LENGTH = 200


def summary(evaluation: Evaluation) -> str:
    """Return the counts, a table of the metrics and the notes."""
    metrics = evaluation.metrics
    counts = (
        f"{metrics.questions:,} question{'s' * (metrics.questions != 1)}: {metrics.answerable:,} that the articles "
        f"answer, {metrics.unanswerable:,} that they do not. {metrics.questions - metrics.refused:,} answered, "
        f"{metrics.refused:,} refused."
    )
    rows = [(m.label, _figure(metrics, m), f"{getattr(metrics, m.over):,}", m.meaning) for m in MEASURES]
    table = _table([("metric", "value", "of", "what it says"), *rows])
    return "\n\n".join([fill(counts, _WIDTH), table, *(fill(note, _WIDTH) for note in evaluation.notes)])


def misses_listed(evaluation: Evaluation) -> str:
    """Return the questions that went wrong, with what was accepted and what was said."""
    if not evaluation.misses:
        return "No question went wrong."
    head = f"Went wrong: {len(evaluation.misses):,} of {len(evaluation.rows):,}"
    return "\n\n".join([head, *map(_miss, evaluation.misses)])


def falls_table(fallen: Sequence[Fall], tolerance: float) -> str:
    """Return a table of the metrics that got worse than a baseline, or that none did."""
    if not fallen:
        return f"No metric is worse than the baseline by more than {tolerance:g}."
    rows = [(fall.label, f"{fall.before:.3f}", f"{fall.now:.3f}") for fall in fallen]
    table = _table([("metric", "before", "now"), *rows])
    return f"Worse than the baseline by more than {tolerance:g}:\n\n{table}"


def _figure(metrics: Metrics, measure: Measure) -> str:
    value = getattr(metrics, measure.name)
    if value is None:
        return "n/a"
    return f"{value:.3f}" if measure.better else f"{value:,.0f} ms"


def _miss(row: Row) -> str:
    accepted = " | ".join(row.question.answers) or "none: the articles do not answer"
    lines = [row.question.question, f"  accepted  {accepted}", f"  said      {_said(row)} [{row.confidence:.2f}]"]
    if row.answerable:
        place = f"passage {row.rank} holds it" if row.rank else f"none of the first {DEPTH} passages holds it"
        held_back = ", and so did the answer that was held back" if row.quoted else ""
        lines.append(f"  found     {place}{held_back}")
    return "\n".join(lines)


def _said(row: Row) -> str:
    return " / ".join(f"“{shorten(quote, _QUOTE_LENGTH)}”" for quote in row.quotes) if row.found else "refused"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of four or three cells in columns: words to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.rjust(width) if at in (1, 2) else cell.ljust(width) for at, (cell, width) in enumerate(cells))
        for cells in ([*zip(row, widths, strict=True)] for row in rows)
    )
    return "\n".join(line.rstrip() for line in lines)
