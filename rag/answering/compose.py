"""From weighed sentences to what is said: which come first, and what they need beside them.

Every line is a sentence of an article, or a row of a table with its header. Nothing is worded anew but
the row, whose cells are set beside their headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.answering.agreement import Weighed, names_held, sides
from rag.answering.evidence import Candidate, Evidence
from rag.answering.verdict import Verdict, verdict
from rag.text import one_line
from rag.types import Role

TextOf = Callable[[str], str]
"""From an article's id to its text."""

_POINTS_BACK = re.compile(r"[\"“‘']?(He|She|It|They|This|That|These|Those|His|Her|Its|Their|Him|Them)\b")
_POINTS_BACK_TO_BODY = re.compile(
    r"[\"“‘']?The (company|firm|club|council|trust|team|group|school|union|agency|charity)\b"
)
_LISTED_SHARE = 0.3
"""Chance, as a share of the best sentence's, from which a sentence joins a list in which the reader sees no answer."""
_OUT_OF_SCOPE = 0.25
"""What is left of the chance of a sentence that tells of another time than the question asks about."""
_SAID_OTHERWISE_AT_MOST = 2
_SUPPORT_AT_MOST = 3
_LONGEST_SHORT = 160
_ABBREVIATED = re.compile(r"\b(?:[A-Za-z]\.)+[A-Za-z]$")
"""A short answer whose last dot was left out: "6.40 p.m"."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of an answer: what it quotes, and what supports it."""

    quoted: Candidate
    role: Role = "answer"
    header: tuple[int, int] | None = None
    """Of a row: where the table's header stands in the article."""
    support: tuple[Candidate, ...] = ()
    """Sentences of other articles that say the same."""


@dataclass(frozen=True, slots=True)
class Composed:
    """The lines of an answer, in the order in which they are said."""

    lines: tuple[Line, ...]
    verdict: Verdict = ""


def compose(
    evidence: Evidence,
    chances: NDArray[np.float64],
    text_of: TextOf,
    *,
    max_sentences: int,
    max_listed: int,
    further: float,
) -> Composed:
    """Choose and arrange what answers. `chances` [candidates] that each sentence holds the answer."""
    question = evidence.question
    order = _in_order(evidence, chances)
    if not order:
        return Composed(())
    if question.form == "list":
        fair = _LISTED_SHARE * order[0].chance
        timely = [w for w in order if w.fits == order[0].fits]
        listed = [w for w in timely if w.chance >= fair or w.candidate.score > 0]
        lines = [Line(w.candidate) for w in _distinct(listed)[:max_listed]]
        return Composed(_arranged(lines, text_of, limit=max_listed))
    first, *others = sides(order, evidence)
    best, *agreeing = first
    on_side = {w.at for w in first}
    opposed = {w.candidate.passage.account for side in others for w in side}
    names = names_held(question, best.candidate)
    near = [
        w
        for w in order
        if w.at not in on_side
        and w.candidate.passage.account not in opposed
        and w.fits == best.fits
        and w.chance >= further * order[0].chance
        and (not names or names & names_held(question, w.candidate))
    ]
    chosen = _distinct([best, *near])[:max_sentences]
    # The short answer is the best sentence's, whichever stands first in its article.
    lines = [_supported(w, agreeing) if w is best else Line(replace(w.candidate, short=None)) for w in chosen]
    otherwise = [_supported(side[0], side[1:], "otherwise") for side in others][:_SAID_OTHERWISE_AT_MOST]
    said = {plain for w in chosen if (plain := verdict(question, w.candidate))}
    return Composed(
        _arranged(lines, text_of, limit=max_sentences) + tuple(_with_header(line, text_of) for line in otherwise),
        verdict(question, best.candidate) if len(said) == 1 and not otherwise else "",
    )


def row_text(header: str, row: str) -> str:
    """Return a row of a table with each cell beside its heading: "Ticket: Child; Fee: £3.20"."""
    headings, cells = _cells(header), _cells(row)
    named = [
        f"{heading}: {cell}" if heading else cell
        for heading, cell in zip([*headings, *[""] * len(cells)], cells, strict=False)
        if cell
    ]
    return "; ".join(named) or one_line(row)


# Order


def _in_order(evidence: Evidence, chances: NDArray[np.float64]) -> list[Weighed]:
    """Put the candidates in order of their chance, those that tell of another time than asked about behind."""
    scope = evidence.question.scope
    weighed = []
    for at, (candidate, chance) in enumerate(zip(evidence.candidates, chances, strict=True)):
        fits = candidate.fits(scope)
        weighed.append(Weighed(at, candidate, float(chance) * (1.0 if fits else _OUT_OF_SCOPE), fits))
    return sorted(weighed, key=lambda w: -w.chance)


def _distinct(found: Sequence[Weighed]) -> list[Weighed]:
    """Leave out what says word for word the same as one before."""
    kept: dict[str, Weighed] = {}
    for weighed in found:
        kept.setdefault(one_line(weighed.candidate.text).casefold(), weighed)
    return list(kept.values())


def _supported(weighed: Weighed, agreeing: Sequence[Weighed], role: Role = "answer") -> Line:
    return Line(weighed.candidate, role, support=tuple(w.candidate for w in agreeing[:_SUPPORT_AT_MOST]))


# What a sentence needs beside it


def _arranged(lines: Sequence[Line], text_of: TextOf, *, limit: int) -> tuple[Line, ...]:
    """Bring what sentences need beside them, as far as `limit` allows, and put all into an order that reads."""
    kept: list[Line] = []
    for line in lines:
        places = {_place(k.quoted): number for number, k in enumerate(kept)}
        if (number := places.get(_place(line.quoted))) is not None:
            if kept[number].role == "context":
                kept[number] = line  # It answers too.
            continue
        if len(kept) >= limit:
            continue
        lead = _antecedent(line.quoted)
        if lead and _place(lead) not in places and len(kept) + 2 <= limit:
            kept.append(Line(lead, "context"))
        kept.append(_with_header(line, text_of))
    articles = list(dict.fromkeys(line.quoted.passage.article_id for line in kept))
    first_rows = {id(k) for k in kept[:1] if k.quoted.is_row}
    # An article's sentences in its own order, but for the likeliest row of a table, which is read by itself; articles
    # in the order of their best sentence.
    return tuple(
        sorted(
            kept, key=lambda k: (articles.index(k.quoted.passage.article_id), id(k) not in first_rows, k.quoted.start)
        )
    )


def _place(candidate: Candidate) -> tuple[str, int]:
    return candidate.passage.article_id, candidate.start


def _antecedent(candidate: Candidate) -> Candidate | None:
    """Return the sentence before one that begins with "He", "It", "The company" or the like."""
    points_back = _POINTS_BACK.match(candidate.text) or _POINTS_BACK_TO_BODY.match(candidate.text)
    if not points_back or not candidate.before or candidate.is_row:
        return None
    start, end = candidate.before
    lead = replace(candidate, start=start, end=end, before=None, short=None)
    return None if lead.is_row else lead


def _with_header(line: Line, text_of: TextOf) -> Line:
    if not line.quoted.is_row:
        return line
    header = table_header(text_of(line.quoted.passage.article_id), line.quoted.start)
    return replace(line, header=header)


def table_header(text: str, row: int) -> tuple[int, int] | None:
    """Return where the header of the table stands whose row begins at `row`; None for the header itself."""
    start = row
    while start > 0 and (before := text.rfind("\n", 0, start - 1) + 1) < start and text[before:start].startswith("|"):
        start = before
    return (start, text.find("\n", start)) if start < row else None


def _cells(row: str) -> list[str]:
    return [one_line(cell) for cell in row.strip().removeprefix("|").removesuffix("|").split("|")]


def marked(text: str, candidate: Candidate) -> tuple[int, int] | None:
    """Return where the short answer of `candidate` stands in `text`, what is said of it; None where it does not."""
    short = one_line(candidate.short_text)
    if not short or len(short) > _LONGEST_SHORT or len(short) > 0.9 * len(text):
        return None
    # The same words can stand there more than once: those count that are nearest to where they were seen.
    seen = len(one_line(candidate.text[: candidate.short[0] - candidate.start])) if candidate.short else 0
    dot = r"\.?" if _ABBREVIATED.search(short) else ""
    whole = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(short)}{dot}(?!\w)", text)]
    places = whole or [match.span() for match in re.finditer(re.escape(short), text)]
    return min(places, key=lambda place: abs(place[0] - seen), default=None)
