"""The checker: whether the passages say what a sentence of a chat model says, and where."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from rag.answering.checking.claims import Statement, Word, statement, without_lead
from rag.answering.checking.days import Day
from rag.answering.checking.days import agreement as days_agreement
from rag.answering.checking.evidence import Around, TextOf, Told, around, best_agreement, coverage, held, stems_of
from rag.answering.checking.features import describe
from rag.answering.checking.figures import Figure
from rag.answering.checking.support import Place, Support
from rag.answering.checking.weighing import Model, shipped_model
from rag.answering.reader import Reader, shipped_reader
from rag.index.embeddings import Embedder
from rag.index.library import Library
from rag.settings import Settings
from rag.text import one_line
from rag.types import Passage, Standing

_COMPARED = 6
"""Sentences whose vectors are compared, those that share most with a statement."""
_POINTED = 0.04
"""What it counts that the model pointed at a sentence's passage."""
_MOST_SENTENCES = 3
_FIGURE_WEIGHT = 3.0
"""What a figure weighs when further sentences are looked for."""
_LEAST_GAIN = 0.2
"""Share of a statement that a further sentence has to add."""
_KEPT_VECTORS = 4000
_SURE = 0.95
"""Chance of a whole sentence from which its clauses need not be looked at."""
SAYS_NOTHING = "says nothing that can be checked"
_MARKS = re.compile(r"\s*\[\d+(?:\s*[,;–-]\s*\d+)*\]|\*\*|__|`")
_CLAUSES = re.compile(
    r";\s+|,\s+(?:and|but|while|whereas|although|though)\s+|\s+(?:but|while|whereas|although)\s+|\s+and\s+(?=[a-z]+(?:ed|s)\b)"
)
_ANSWERS = re.compile(r"(?:yes|no|indeed|correct|it|they|he|she|that)\b", re.I)
_DENIES = re.compile(r"^no\b|\bnot\b|n['’]t\b", re.I)


@dataclass(frozen=True, slots=True)
class Seen:
    """A statement, the sentences that support it best, and what is seen of the two together."""

    said: Statement
    chosen: tuple[Told, ...]
    features: NDArray[np.float64]


class Vectors:
    """Embeds sentences, each once as long as it is remembered."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._one_at_a_time = threading.Lock()
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return [texts, dimension]."""
        with self._one_at_a_time:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        found |= zip(new, self._embedder.documents(new), strict=True) if new else ()
        with self._one_at_a_time:
            self._kept.update((text, found[text]) for text in new)
            while len(self._kept) > _KEPT_VECTORS:
                self._kept.popitem(last=False)
        return np.stack([found[text] for text in texts])


def look(said: Statement, over: Around, vectors: Vectors, reader: Reader, pointed: Sequence[int] = ()) -> Seen | None:
    """Find the sentences that support a statement best and describe them; None where there are none."""
    if not over.told:
        return None
    shares = np.array([coverage(said, item, over) for item in over.told])
    shares += _POINTED * np.array([item.passage in pointed for item in over.told])
    order = np.argsort(-shares, kind="stable")[:_COMPARED]
    own, *others = vectors.of([said.text, *(over.told[n].said.text for n in order)])
    likeness = np.stack(others) @ own
    first = int(np.argmax(shares[order] + 0.6 * likeness))
    best = over.told[order[first]]
    chosen = (best, *_further(said, best, over))
    return Seen(said, chosen, describe(said, chosen, float(likeness[first]), over, reader))


def _further(said: Statement, best: Told, over: Around) -> list[Told]:
    """Return the sentences that hold what the best one lacks of a statement, each something."""
    chosen = [best]
    published = over.published[best.passage]
    whole = sum(over.weight(word.stem) for word in said.words) + _FIGURE_WEIGHT * len(said.figures)
    while len(chosen) < _MOST_SENTENCES:
        figures = [figure for item in chosen for figure in item.said.figures]
        stems = frozenset().union(*(item.stems | item.near for item in chosen))
        lacking = [f for f in said.figures if best_agreement(f, figures, published) < 0.5]
        missing = [word for word in said.words if held(word, stems) < 0.5]
        if not missing and not lacking:
            break
        gains = [_gain(item, missing, lacking, over, published) for item in over.told]
        at = int(
            np.argmax([gain + 0.01 * (o.passage == best.passage) for gain, o in zip(gains, over.told, strict=True)])
        )
        if gains[at] < _LEAST_GAIN * whole:
            break
        chosen.append(over.told[at])
    return chosen[1:]


def _gain(
    item: Told, missing: Sequence[Word], lacking: Sequence[Figure], over: Around, published: date | None
) -> float:
    """Return the weight of what a sentence holds of the words `missing` and the figures `lacking`, names twice."""
    words = sum(over.weight(w.stem) * (2 if w.name else 1) for w in missing if w.stem in item.stems)
    return words + sum(_FIGURE_WEIGHT for f in lacking if best_agreement(f, item.said.figures, published) >= 0.5)


class Checker:
    """Checks what a chat model wrote against passages of a library.

    >>> checker = Checker(library, settings)
    >>> checker.check("The bridge reopened on 12 March 2024.", passages, pointed=[0]).standing
    'supported'
    """

    def __init__(self, library: Library, settings: Settings | None = None) -> None:
        self._reader = shipped_reader((settings or library.settings).threads)
        self._vectors = Vectors(library.embedder)
        self._text_of: TextOf = lambda article_id: library.article(article_id).text
        self._around: tuple[tuple[str, ...], Around] | None = None

    def check(
        self, text: str, passages: Sequence[Passage], *, pointed: Sequence[int] = (), question: str = ""
    ) -> Support:
        """Say how one sentence stands to `passages`.

        `pointed` are numbers, from 0, of the passages that the model pointed at: a hint, no more. `question` is what
        was asked; it tells what "Yes, it does." says.
        """
        wanted = _core(text, question)
        said = statement(wanted)
        if not said.says_something:
            return Support("unsupported", 0.0, faults=(SAYS_NOTHING,))
        over = self._taken_apart(passages)
        seen = look(said, over, self._vectors, self._reader, pointed)
        if seen is None:
            return Support("unsupported", 0.0, faults=("there are no passages to check it by",))
        return self.judge(seen, over, pointed)

    def judge(self, seen: Seen, over: Around, pointed: Sequence[int] = ()) -> Support:
        """Weigh what was seen of a statement: whole, and clause by clause where it has several."""
        model = shipped_model()
        chance, chosen = _chance(model, seen), seen.chosen
        parts = clauses(seen.said)
        if parts and chance < _SURE:
            found = [look(part, over, self._vectors, self._reader, pointed) for part in parts]
            each = [(_chance(model, item), item) for item in found if item]
            least = min(share for share, _ in each)
            if least > chance:
                chance = least
                chosen = tuple(dict.fromkeys(item for _, part in each for item in part.chosen))
        faults = tuple(_faults(seen.said, over))
        if any(fault.certain for fault in faults):
            chance = min(chance, 0.9 * model.weak)
        standing: Standing = (
            "supported" if chance >= model.supported else "weak" if chance >= model.weak else "unsupported"
        )
        if standing == "supported" and faults:
            standing = "weak"
        return Support(
            standing,
            round(chance, 4),
            places_of(chosen, seen.said) if standing != "unsupported" else (),
            tuple(fault.words for fault in faults),
        )

    def _taken_apart(self, passages: Sequence[Passage]) -> Around:
        """Return the passages cut into sentences, kept until others are asked for."""
        key = tuple(passage.chunk.id for passage in passages)
        kept = self._around
        if kept is None or kept[0] != key:
            kept = (key, around(passages, self._text_of))
            self._around = kept
        return kept[1]


@dataclass(frozen=True, slots=True)
class Fault:
    """What the passages do not hold."""

    words: str
    certain: bool
    """Whether a sentence that claims it cannot be supported."""


def clauses(said: Statement) -> list[Statement]:
    """Return the clauses of a statement that say something each; empty where it is one."""
    pieces = [piece.strip() for piece in _CLAUSES.split(said.text) if piece.strip()]
    parts = [statement(piece) for piece in pieces]
    telling = all(len(part.words) + len(part.figures) >= 3 for part in parts)
    return parts if 2 <= len(parts) <= 4 and telling else []


def places_of(chosen: Sequence[Told], said: Statement) -> tuple[Place, ...]:
    """Return where the evidence stands: its sentences, a row's header, and what "she" means where a name needs it."""
    places: dict[Place, None] = {}
    for item in chosen[:_MOST_SENTENCES]:
        if item.before and any(
            held(word, item.stems) < 0.5 <= held(word, stems_of(item.text_before)) for word in said.names
        ):
            places[Place(item.passage, *item.before)] = None
        places[Place(item.passage, item.start, item.end)] = None
        if item.header:
            places[Place(item.passage, *item.header)] = None
    return tuple(places)[:_MOST_SENTENCES]


def _chance(model: Model, seen: Seen) -> float:
    return model.chance(seen.features)


def _faults(said: Statement, over: Around) -> list[Fault]:
    """Return the figures and names that stand in none of the passages."""
    everything = [
        (figure, day) for figures, day in zip(over.figures, over.published, strict=True) for figure in figures
    ]
    found = []
    for figure in said.figures:
        agreeing = max((best_agreement(figure, [told], day) for told, day in everything), default=0.0)
        if agreeing >= 0.4 or _is_day_of_an_article(figure, over):
            continue
        found.append(Fault(f"{figure.text.strip()} stands nowhere", certain=not figure.small))
    missing = [word for word in said.names if not over.anywhere(word.stem)]
    if missing and not any(held(word, stems) >= 0.5 for word in missing for stems in over.stems):
        names = list(dict.fromkeys(said.text[word.start : word.end] for word in missing))
        found.append(Fault(f"{' and '.join(names)} {'stands' if len(names) == 1 else 'stand'} nowhere", certain=False))
    return found


def _is_day_of_an_article(figure: Figure, over: Around) -> bool:
    days = [Day(day.year, day.month, day.day) for day in over.published if day]
    return bool(figure.days) and days_agreement(figure.days, tuple(days), None) >= 1.0


def _core(text: str, question: str) -> str:
    """Return what a sentence says, without marks of citations and of markup, and without "Yes," before it."""
    plain = one_line(_MARKS.sub("", text)).strip(" *_#>-•")
    core = without_lead(plain)
    if question and not statement(core or plain).says_something and _ANSWERS.match(plain):
        negative = _DENIES.search(plain)
        asked = question.strip().rstrip("?")
        return f"{asked} not" if negative else asked
    return core or plain
