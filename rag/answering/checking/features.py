"""How far evidence supports a statement: a few numbers (`FEATURES`), which `rag.answering.checking.checker` weighs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.answering.checking.alignment import beside, crossed, is_rival, turned
from rag.answering.checking.claims import Statement, opposed, statement
from rag.answering.checking.cloze import MOST, Claim, Heard, ask, claims, heard
from rag.answering.checking.evidence import Around, Told, best_agreement, held
from rag.answering.checking.figures import Figure, agreement
from rag.answering.reader import Reader
from rag.text import shorten

FEATURES = (
    "likeness",
    "words",
    "words_near",
    "word_missing",
    "word_nowhere",
    "figures",
    "figures_near",
    "figures_passage",
    "figures_nowhere",
    "names",
    "names_near",
    "names_passage",
    "names_nowhere",
    "says_no_alone",
    "told_no_alone",
    "no_differs",
    "opposed",
    "quantified",
    "turned",
    "turned_in_voice",
    "asked_figure",
    "asked_name",
    "asked_wrong",
    "asked_mean",
    "asked_score",
    "read_figure",
    "read_name",
    "read_wrong",
    "read_mean",
    "read_score",
    "rivals",
    "read_own",
    "beside_figure",
    "beside_name",
    "beside_rival",
    "crossed",
    "voice",
    "length",
    "pieces",
    "bare",
)
"""Names of the columns of `describe`."""
_LONGEST = 1200
"""Characters of a passage that the reader is given."""
_WRONG = -3.0
"""Margin under which the reader is taken to answer otherwise."""
_MOST_COUNTED = 2.0
"""Names that are missing beyond this number tell no more."""
_ABSOLUTE = (0, 3, 4)
"""Groups of quantifiers that claim more than others: all, only, none."""


def describe(
    said: Statement, chosen: Sequence[Told], likeness: float, over: Around, reader: Reader
) -> NDArray[np.float64]:
    """Put numbers to how far the `chosen` sentences, the best first, support a statement: [len(FEATURES)]."""
    return np.array(
        [
            likeness,
            *_words(said, chosen, over),
            *_figures(said, chosen, over),
            *_names(said, chosen, over),
            *_negations(said, chosen),
            min(opposed(said, item.said) for item in chosen),
            sum(n in said.quantifiers and all(n not in item.said.quantifiers for item in chosen) for n in _ABSOLUTE),
            *turned(said, chosen[0]),
            *_asked(said, chosen, over, reader),
            *beside(said, chosen, over),
            crossed(said, chosen[0]),
            said.passive != chosen[0].said.passive,
            np.log(1 + len(said.words) + len(said.figures)),
            len(chosen) - 1,
            not said.figures and not said.names,
        ],
        dtype=np.float64,
    )


def _words(said: Statement, chosen: Sequence[Told], over: Around) -> tuple[float, float, float, float]:
    """Return the shares of words in the evidence, and in or near it; the rarest missing there, and everywhere."""
    stems = frozenset().union(*(item.stems for item in chosen))
    near = stems.union(*(item.near for item in chosen))
    weighed = [(word, over.weight(word.stem)) for word in said.words if not word.name]
    whole, most = sum(weight for _, weight in weighed) or 1.0, over.weight("")
    return (
        sum(weight * held(word, stems) for word, weight in weighed) / whole if weighed else 1.0,
        sum(weight * held(word, near) for word, weight in weighed) / whole if weighed else 1.0,
        max((weight for word, weight in weighed if held(word, near) < 0.5), default=0.0) / most,
        max((weight for word, weight in weighed if not over.anywhere(word.stem)), default=0.0) / most,
    )


def _figures(said: Statement, chosen: Sequence[Told], over: Around) -> tuple[float, float, float, float]:
    """Return how far figures agree, at least, in the best sentence, the evidence, the passage; how many nowhere."""
    best = chosen[0]
    published = over.published[best.passage]
    told = [figure for item in chosen for figure in item.said.figures]
    everywhere = [figure for figures in over.figures for figure in figures]

    def least(figures: Sequence[Figure]) -> float:
        return min((best_agreement(f, figures, published) for f in said.figures), default=1.0)

    nowhere = sum(best_agreement(f, everywhere, published) == 0 for f in said.figures)
    return least(best.said.figures), least(told), least([*told, *over.figures[best.passage]]), float(nowhere)


def _names(said: Statement, chosen: Sequence[Told], over: Around) -> tuple[float, float, float, float]:
    """Return how many words of names are missing in the best sentence, near it, in the passage, everywhere."""
    near = frozenset().union(*(item.stems | item.near for item in chosen))
    around = near | over.stems[chosen[0].passage]

    def missing(where: frozenset[str]) -> float:
        return min(_MOST_COUNTED, sum(held(word, where) < 0.5 for word in said.names))

    nowhere = sum(not over.anywhere(word.stem) and held(word, around) < 0.5 for word in said.names)
    return missing(chosen[0].stems), missing(near), missing(around), float(nowhere)


def _asked(said: Statement, chosen: Sequence[Told], over: Around, reader: Reader) -> tuple[float, ...]:
    """Ask the reader for figures and names, in the evidence and in the passage as a whole; return of each text:

    the lowest margin of a figure and of a name, how many are answered otherwise, the mean of all margins, the lowest
    score of an answer; of the passage also how many are answered by another figure or name of their kind.
    """
    wanted = sorted(claims(said), key=lambda claim: claim.figure is None)[:MOST]
    text, pieces = _joined(chosen, over)
    readings = ask(said, wanted, text, reader)
    whole = [(0, len(text))]
    # The title and the sentence before tell what "it" is.
    evidence = [(0, pieces[0][1])]
    evidence += [
        (at, at + len(item.said.text))
        for item, at in pieces
        if item in chosen or (item.passage == chosen[0].passage and (item.start, item.end) == chosen[0].before)
    ]
    places = [_places(claim, pieces, text, over) for claim in wanted]
    near = [
        heard(reading, text, evidence, [s for s in spans if any(a <= s[0] < b for a, b in evidence)])
        for reading, spans in zip(readings, places, strict=True)
    ]
    far = [heard(reading, text, whole, spans) for reading, spans in zip(readings, places, strict=True)]
    rivals = [
        claim
        for claim, found in zip(wanted, far, strict=True)
        if found.margin < 0 < found.score and is_rival(claim, claims(statement("It " + found.answer)), said)
    ]
    own = min((found.margin + found.score for found in far), default=0.0)
    return *_summed(wanted, near), *_summed(wanted, far), float(len(rivals)), own


def _summed(wanted: Sequence[Claim], told: Sequence[Heard]) -> tuple[float, ...]:
    margins = [found.margin for found in told]
    figures = [margin for claim, margin in zip(wanted, margins, strict=True) if claim.figure]
    names = [margin for claim, margin in zip(wanted, margins, strict=True) if not claim.figure]
    return (
        min(figures, default=0.0),
        min(names, default=0.0),
        float(sum(margin < _WRONG for margin in margins)),
        sum(margins) / len(margins) if margins else 0.0,
        min((found.score for found in told), default=0.0),
    )


def _passage(best: Told, over: Around) -> list[Told]:
    """Return the sentences of a passage in order, those next to the best one where it is long."""
    own = [item for item in over.told if item.passage == best.passage]
    kept: list[Told] = []
    length = 0
    for item in sorted(own, key=lambda item: abs(item.start - best.start)):
        length += len(item.said.text)
        if kept and length > _LONGEST:
            break
        kept.append(item)
    return sorted(kept, key=lambda item: item.start)


def _joined(chosen: Sequence[Told], over: Around) -> tuple[str, list[tuple[Told, int]]]:
    """Return the passage of the best sentence after its title, and what else is chosen, and where each begins."""
    text = shorten(over.titles[chosen[0].passage], 150) + "\n"
    items = _passage(chosen[0], over)
    pieces = []
    for item in (*items, *(other for other in chosen if other not in items)):
        pieces.append((item, len(text)))
        text += item.said.text + " "
    return text.rstrip(), pieces


def _places(claim: Claim, pieces: Sequence[tuple[Told, int]], text: str, over: Around) -> list[tuple[int, int]]:
    spans = []
    for item, offset in pieces:
        if claim.figure:
            spans += [
                (offset + f.start, offset + f.end)
                for f in item.said.figures
                if agreement(claim.figure, f, over.published[item.passage]) >= 0.4
            ]
        else:
            spans += [(offset + w.start, offset + w.end) for w in item.said.words if w.stem in claim.stems]
    if claim.figure is None:
        head = statement(text[: pieces[0][1]])
        spans += [(word.start, word.end) for word in head.words if word.stem in claim.stems]
    return spans


def _negations(said: Statement, chosen: Sequence[Told]) -> tuple[float, float, float]:
    """Return what only the statement negates, what only the evidence does, and whether one of them says no more."""
    there = {about for item in chosen for _, about in item.said.negated}
    here = {about for _, about in said.negated}
    # What stands after the last word, as in "they do not", is about all of them.
    alone = sum(about not in there for about in here if about or not there)
    own = said.stems
    told_alone = sum(about in own and about not in here and "" not in here for about in there)
    count = len(chosen[0].said.negated)
    return float(alone), float(told_alone), float(len(said.negated) % 2 != count % 2)
