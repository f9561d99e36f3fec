"""How a claim stands among the words around it, in a statement and in its evidence: beside what, on which side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from rag.answering.checking.claims import Statement
from rag.answering.checking.cloze import Claim, claims
from rag.answering.checking.evidence import Around, Told
from rag.answering.checking.figures import Figure, agreement

_BESIDE = 3
"""Words on either side of a claim that tell what it is of."""
_WIDER = 2
"""How many times as far they may stand in the evidence."""
_AGREES = 0.4


def turned(said: Statement, best: Told) -> tuple[float, float]:
    """Return the share of pairs of names that stand in another order; and less the passive's."""
    places: dict[str, int] = {}
    for word in best.said.words:
        places.setdefault(word.stem, word.start)
    own = []
    for claim in claims(said):
        there = [places[stem] for stem in claim.stems if stem in places]
        if there:
            own.append((claim.start, min(there)))
    pairs = list(combinations(own, 2))
    if not pairs:
        return 0.0, 0.0
    share = sum((a[0] < b[0]) != (a[1] < b[1]) for a, b in pairs) / len(pairs)
    return share, (1 - share if said.passive != best.said.passive else share)


def crossed(said: Statement, best: Told) -> float:
    """Return the share of names that stand on the other side of the word next to them, the passive's left out."""
    where = {word.stem: word.start for word in reversed(best.said.words)}
    flipped = said.passive != best.said.passive
    found = []
    for claim in claims(said):
        there = [where[stem] for stem in claim.stems if stem in where]
        common = [word for word in said.words if not word.name and word.stem in where]
        if claim.figure or not there or not common:
            continue
        beside = min(common, key=lambda word: min(abs(word.start - claim.end), abs(word.end - claim.start)))
        found.append(((claim.start < beside.start) != (min(there) < where[beside.stem])) != flipped)
    return sum(found) / len(found) if found else 0.0


def beside(said: Statement, chosen: Sequence[Told], over: Around) -> tuple[float, float, float]:
    """Return how far the words beside a figure, and beside a name, stand beside it in the evidence, at least.

    Third, by how much more they stand, at most, beside another figure or name there, which the statement does not hold.
    """
    lowest, rival = {True: 1.0, False: 1.0}, -1.0
    own_stems = said.stems
    for claim in claims(said):
        words = _near(said, claim.start, claim.end, _BESIDE)
        if not words:
            continue
        own = other = 0.0
        for item in chosen:
            day = over.published[item.passage]
            for there in claims(item.said):
                if (there.figure is None) != (claim.figure is None):
                    continue
                share = len(words & _near(item.said, there.start, there.end, _BESIDE * _WIDER)) / len(words)
                if claim.figure and there.figure:
                    if agreement(claim.figure, there.figure, day) >= _AGREES:
                        own = max(own, share)
                    elif _alike(claim.figure, there.figure) and not any(
                        agreement(f, there.figure, day) >= _AGREES for f in said.figures
                    ):
                        other = max(other, share)
                elif claim.stems & there.stems:
                    own = max(own, share)
                elif not own_stems & there.stems:
                    other = max(other, share)
        lowest[claim.figure is not None] = min(lowest[claim.figure is not None], own)
        rival = max(rival, other - own)
    return lowest[True], lowest[False], rival


def is_rival(claim: Claim, answer: Sequence[Claim], said: Statement) -> bool:
    """Say whether an answer holds a figure or name of a claim's kind, and none that the statement holds."""
    if claim.figure:
        like = [other.figure for other in answer if other.figure and _alike(claim.figure, other.figure)]
        return bool(like) and not any(agreement(f, g, None) >= _AGREES for f in said.figures for g in like)
    stems = [other.stems for other in answer if not other.figure]
    return bool(stems) and not any(found & said.stems for found in stems)


def _alike(one: Figure, other: Figure) -> bool:
    return one.kind == other.kind and (
        one.kind != "number" or {unit for _, unit in one.values} == {unit for _, unit in other.values}
    )


def _near(said: Statement, start: int, end: int, most: int) -> set[str]:
    before = [word.stem for word in said.words if word.end <= start][-most:]
    after = [word.stem for word in said.words if word.start >= end][:most]
    return {*before, *after}
