"""How far evidence supports a statement: a few numbers (`FEATURES`), which `rag.answering.checking.checker` weighs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from rag.answering.checking.claims import Statement, opposed, statement
from rag.answering.checking.cloze import MOST, Claim, claims, margins
from rag.answering.checking.evidence import Around, Told, best_agreement, held
from rag.answering.checking.figures import Figure, agreement
from rag.answering.reader import Reader
from rag.text import one_line, shorten

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
    "beside",
    "length",
    "pieces",
    "bare",
)
"""Names of the columns of `describe`."""
_BESIDE = 3
"""Words on either side of a figure that tell what it is of."""
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
            *_turned(said, chosen[0]),
            *_asked(said, chosen, over, reader),
            _words_beside(said, chosen, over),
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
    """Return the lowest margin of a figure and of a name, the mean of all, and the lowest score of an answer."""
    text = shorten(over.titles[chosen[0].passage], 150) + "\n"
    offsets = []
    if chosen[0].text_before:
        text += one_line(chosen[0].text_before) + " "
    for item in chosen:
        offsets.append(len(text))
        text += item.said.text + " "
    wanted = sorted(claims(said), key=lambda claim: claim.figure is None)[:MOST]
    places = [_places(claim, chosen, offsets, text, over) for claim in wanted]
    found = margins(said, wanted, text.rstrip(), places, reader)
    figures = [margin for claim, (margin, _) in zip(wanted, found, strict=True) if claim.figure]
    names = [margin for claim, (margin, _) in zip(wanted, found, strict=True) if not claim.figure]
    wrong = float(sum(margin < _WRONG for margin in figures + names))
    mean = sum(figures + names) / len(found) if found else 0.0
    return (
        min(figures, default=0.0),
        min(names, default=0.0),
        wrong,
        mean,
        min((score for _, score in found), default=0.0),
    )


def _places(
    claim: Claim, chosen: Sequence[Told], offsets: Sequence[int], text: str, over: Around
) -> list[tuple[int, int]]:
    spans = []
    for item, offset in zip(chosen, offsets, strict=True):
        if claim.figure:
            spans += [
                (offset + f.start, offset + f.end)
                for f in item.said.figures
                if agreement(claim.figure, f, over.published[item.passage]) >= 0.4
            ]
        else:
            spans += [(offset + w.start, offset + w.end) for w in item.said.words if w.stem in claim.stems]
    if claim.figure is None:
        head = statement(text[: offsets[0]])
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


def _turned(said: Statement, best: Told) -> tuple[float, float]:
    """Return the share of pairs of names that stand in another order; and less the passive's."""
    places: dict[str, int] = {}
    for word in best.said.words:
        places.setdefault(word.stem, word.start)
    own = []
    for claim in claims(said):
        there = [places[stem_] for stem_ in claim.stems if stem_ in places]
        if there:
            own.append((claim.start, min(there)))
    pairs = list(combinations(own, 2))
    if not pairs:
        return 0.0, 0.0
    turned = sum((a[0] < b[0]) != (a[1] < b[1]) for a, b in pairs) / len(pairs)
    return turned, (1 - turned if said.passive != best.said.passive else turned)


def _words_beside(said: Statement, chosen: Sequence[Told], over: Around) -> float:
    """Return the lowest share of the words beside a figure that stand beside it in the evidence too."""
    lowest = 1.0
    for figure in said.figures:
        own = _beside(said, figure.start, figure.end)
        if not own:
            continue
        shares = [
            len(own & _beside(item.said, f.start, f.end, wide=2)) / len(own)
            for item in chosen
            for f in item.said.figures
            if agreement(figure, f, over.published[item.passage]) >= 0.4
        ]
        lowest = min(lowest, max(shares, default=0.0))
    return lowest


def _beside(said: Statement, start: int, end: int, wide: int = 1) -> set[str]:
    before = [word.stem for word in said.words if word.end <= start][-_BESIDE * wide :]
    after = [word.stem for word in said.words if word.start >= end][: _BESIDE * wide]
    return {*before, *after}
