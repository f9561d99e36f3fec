"""A sentence turned into questions: its figures and names are asked for, and the reader answers from the article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.answering.checking.claims import Statement
from rag.answering.checking.figures import Figure
from rag.answering.reader import Reader, Reading

Span = tuple[int, int]
MOST = 3
"""Claims of a sentence that are asked for."""
LOWEST = -12.0
"""Margin of a claim that does not stand where the reader looks."""
_PREPOSITION = re.compile(r"\b(?:in|on|at|by|of)\s+(?:the\s+)?$", re.I)
_NAME_GAP = re.compile(r"\s+(?:(?:of|the|de|van|von|and|&)\s+)*|[-.]\s?|\s*['’]s\s+")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a statement says at one place: a figure or a name of one or more words."""

    start: int
    end: int
    figure: Figure | None = None
    stems: frozenset[str] = frozenset()


def claims(said: Statement) -> list[Claim]:
    """Return the figures and the names of a statement, names of several words as one."""
    found = [Claim(figure.start, figure.end, figure) for figure in said.figures]
    run: list[tuple[int, int, str]] = []
    for word in said.names:
        if run and _NAME_GAP.fullmatch(said.text[run[-1][1] : word.start]):
            run.append((word.start, word.end, word.stem))
            continue
        found += _named(run)
        run = [(word.start, word.end, word.stem)]
    return found + _named(run)


def asked(said: Statement, claim: Claim) -> str:
    """Return the question that a statement answers with one of its claims."""
    before, after = said.text[: claim.start], said.text[claim.end :].rstrip(" .!")
    if claim.figure is None:
        return f"{before}what{after}?"
    if claim.figure.kind in ("date", "time"):
        return f"{_PREPOSITION.sub('', before)}when{after}?"
    if claim.figure.kind == "ordinal":
        return f"{before}which{after}?"
    unit = {unit for _, unit in claim.figure.values}
    if "%" in unit:
        return f"{before}what percentage{after}?"
    if unit & {"$", "gbp", "eur"}:
        return f"{before}how much{after}?"
    tail = re.search(r"[^\W\d]+$", claim.figure.text)
    return f"{before}how many{' ' + tail[0] if tail and not claim.figure.spelt and unit - {''} else ''}{after}?"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the reader answers where a claim is asked for."""

    margin: float
    """How much less likely what is claimed is than the answer; 0 where the answer is what is claimed."""
    score: float
    answer: str


def ask(said: Statement, wanted: Sequence[Claim], text: str, reader: Reader) -> list[Reading]:
    """Ask `text` for claims."""
    questions = [asked(said, claim) for claim in wanted]
    return reader.read(questions, [text] * len(questions)) if questions else []


def heard(reading: Reading, text: str, within: Sequence[Span], places: Sequence[Span]) -> Heard:
    """Return what a reading answers `within` spans of a text, beside a claim that stands at `places`."""
    found = [reading.best(start, end) for start, end in within]
    score, start, end = max(found, default=(-np.inf, 0, 0))
    if not np.isfinite(score):
        return Heard(LOWEST, LOWEST, "")
    if any(first < end and start < last for first, last in places):
        return Heard(0.0, score, text[start:end])
    own = max((reading.best(max(0, first - 1), last + 1)[0] for first, last in places), default=LOWEST + score)
    return Heard(min(0.0, max(LOWEST, own - score)), score, text[start:end])


def _named(run: Sequence[tuple[int, int, str]]) -> list[Claim]:
    return [Claim(run[0][0], run[-1][1], None, frozenset(stem for *_, stem in run))] if run else []
