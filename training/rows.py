"""Questions from the file that `training.pack` writes, with passages, as batches of one shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

LENGTHS = (48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 256, 288, 320, 384)
"""Tokens a row, padding included."""
CLS, SEP = 101, 102
SETS = 3
"""Kinds of questions that are of public sets; those after are written for this project."""
SHARES = (1.0, 0.5, 0.5)
"""Of the questions of each set, how many are drawn."""
NAMES = ("squad", "reddit", "amazon", "paragraphs", "archive", "stories", "articles")


@dataclass(frozen=True)
class Row:
    """A question read with a passage."""

    ids: np.ndarray
    boundary: int
    """Tokens of the question, its marks included."""
    first: int = 0
    last: int = 0
    """Where the answer begins and ends; 0 and 0 for none."""


@dataclass(frozen=True)
class Mix:
    """What questions are asked with."""

    wrong: float = 1.0
    """Wrong passages a question, on average."""
    written: float = 0.2
    """Share of questions written for this project."""
    whole: float = 0.55
    """Share of passages read whole."""
    tokens: int = 24576
    """A batch."""


class Lists:
    """Lists of numbers, one after the other, as `training.pack` writes them."""

    def __init__(self, arrays: dict[str, np.ndarray], name: str) -> None:
        self._items, self._ends = arrays[name], arrays[name + "_ends"]

    def __getitem__(self, number: int) -> np.ndarray:
        return self._items[self._ends[number - 1] if number else 0 : self._ends[number]]


class Pack:
    """Passages and questions by their numbers."""

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        for name in ("passages", "titles", "sentences", "questions", "swaps", "spans", "neighbours", "near_misses"):
            setattr(self, name, Lists(arrays, name))
        self.swaps_of = Lists(arrays, "swaps_of")
        self.own, self.sets = arrays["own"], arrays["sets"]

    def row(self, question: np.ndarray, passage: int, part: slice, place: Any, *, titled: bool) -> Row | None:
        """Return the question with a part of a passage; None where its answer is not within what can be read."""
        return self.laid(question, passage, self.passages[passage][part], part.start or 0, place, titled=titled)

    def laid(
        self, question: np.ndarray, passage: int, text: np.ndarray, begin: int, place: Any, *, titled: bool
    ) -> Row | None:
        """Return the question with `text`, which begins at token `begin` of the passage whose title is read."""
        title = self.titles[passage] if titled else ()
        lead = np.concatenate(([CLS], question[:64], [SEP], title)).astype(np.int64)
        ids = np.concatenate((lead, text, [SEP]))[: LENGTHS[-1]]
        first = last = 0
        if place is not None:
            first, last = (int(token) - begin + len(lead) for token in place)
            if last >= len(ids):
                return None
        return Row(ids, len(question[:64]) + 2, first, last)

    def window(self, passage: int, place: Any, chance: np.random.Generator) -> slice:
        """Return some sentences around `place`, of 40 to 220 tokens where there are."""
        starts = [*self.sentences[passage].tolist(), len(self.passages[passage])]
        low = int(np.searchsorted(starts, place[0], "right")) - 1
        high = max(low, int(np.searchsorted(starts, place[1], "right")) - 1)
        high = min(high, len(starts) - 2)
        wanted = chance.integers(40, 220)
        while starts[high + 1] - starts[low] < wanted and (low > 0 or high < len(starts) - 2):
            if high == len(starts) - 2 or (low > 0 and chance.random() < 0.5):
                low -= 1
            else:
                high += 1
        return slice(starts[low], starts[high + 1])

    def cut(self, number: int, part: slice) -> np.ndarray:
        """Return that part of the question's own passage without the sentences that answer it."""
        passage = self.own[number]
        starts = [*self.sentences[passage].tolist(), len(self.passages[passage])]
        spans = self.spans[number].reshape(-1, 2)
        kept = [
            self.passages[passage][start:end]
            for start, end in pairwise(starts)
            if part.start <= start and end <= part.stop and not any(a < end and start <= b for a, b in spans)
        ]
        return np.concatenate(kept) if kept else np.zeros(0, np.uint16)

    def asked(self, number: int, mix: Mix, chance: np.random.Generator) -> list[Row]:
        """Return a question with its own passage and then with wrong ones; nothing where it cannot be read."""
        own, spans = int(self.own[number]), self.spans[number].reshape(-1, 2)
        written = self.sets[number] >= SETS
        place = spans[chance.integers(len(spans))]
        titled = bool(chance.random() < (0.7 if written else 0.5))
        whole = bool(chance.random() < mix.whole)
        part = slice(0, len(self.passages[own])) if whole else self.window(own, place, chance)
        question = self.questions[number]
        right = self.row(question, own, part, place, titled=titled)
        if right is None:
            return []
        kinds = ["swapped", "cut", "neighbour", "neighbour"] + ["miss"] * (3 if written else 0)
        neighbours = list(self.neighbours[number])
        misses = list(self.near_misses[number])
        rows: list[Row | None] = []
        wanted = int(mix.wrong + chance.random())
        chance.shuffle(kinds)
        while kinds and len(rows) < wanted:
            kind = kinds.pop()
            if kind == "swapped" and len(self.swaps_of[number]):
                other = self.swaps[chance.choice(self.swaps_of[number])]
                rows.append(self.row(other, own, part, None, titled=titled))
            elif kind == "cut" and len(text := self.cut(number, part)) > 8:
                rows.append(self.laid(question, own, text, 0, None, titled=titled))
            elif kind == "neighbour" and neighbours:
                # The first ones are the likeliest to be taken for the right one.
                other = neighbours.pop(min(int(chance.exponential(2.0)), len(neighbours) - 1))
                token = chance.integers(max(1, len(self.passages[other])))
                piece = slice(0, None) if whole else self.window(other, (token, token), chance)
                rows.append(self.row(question, other, piece, None, titled=titled))
            elif kind == "miss" and misses:
                missed = misses.pop(chance.integers(len(misses)))
                passage = int(self.own[missed])
                rows.append(self.row(self.questions[missed], passage, slice(0, None), None, titled=titled))
            if kind == "neighbour" and not kinds and neighbours:
                kinds.append("neighbour")
        return [right, *(row for row in rows if row)]


class Batches(torch.utils.data.IterableDataset):
    """Batches of questions without end, a stream of its own in each worker."""

    def __init__(self, pack: Pack, mix: Mix, seed: int) -> None:
        self.pack, self.mix, self.seed = pack, mix, seed

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        worker = torch.utils.data.get_worker_info()
        chance = np.random.default_rng((self.seed, worker.id if worker else 0))
        waiting: dict[int, list[list[Row]]] = {}
        for number in self._numbers(chance):
            rows = self.pack.asked(number, self.mix, chance)
            if not rows:
                continue
            longest = max(len(row.ids) for row in rows)
            length = next(n for n in LENGTHS if n >= longest)
            full = waiting.setdefault(length, [])
            full.append(rows)
            if sum(map(len, full)) * length >= self.mix.tokens:
                waiting[length] = []
                yield batch_of(full, length)

    def _numbers(self, chance: np.random.Generator) -> Iterator[int]:
        sets, answered = self.pack.sets, np.diff(self.pack.spans._ends, prepend=0) > 0
        written = np.flatnonzero((sets >= SETS) & answered)
        while True:
            drawn = chance.random(len(sets)) < np.array([*SHARES, *[0.0] * 4])[sets]
            for number in chance.permutation(np.flatnonzero(drawn & answered)):
                while chance.random() < self.mix.written:
                    yield int(chance.choice(written))
                yield int(number)


def batch_of(questions: list[list[Row]], length: int) -> dict[str, Tensor]:
    """Return rows as tensors of one shape; "groups" [questions, most rows] has the rows of each, or -1."""
    rows = [row for some in questions for row in some]
    ids = np.zeros((len(rows), length), np.int64)
    for row, to in zip(rows, ids, strict=True):
        to[: len(row.ids)] = row.ids
    places = np.arange(length)[None, :]
    mask = places < np.array([len(row.ids) for row in rows])[:, None]
    types = (places >= np.array([row.boundary for row in rows])[:, None]) & mask
    allowed = types.copy()
    allowed[:, 0] = True
    groups = np.full((len(questions), max(map(len, questions))), -1)
    done = 0
    for number, some in enumerate(questions):
        groups[number, : len(some)] = np.arange(len(some)) + done
        done += len(some)
    answer = np.array([(row.first, row.last) for row in rows])
    made = {"ids": ids, "mask": mask, "types": types.astype(np.int64), "allowed": allowed}
    return {name: torch.from_numpy(a) for name, a in (made | {"answer": answer, "groups": groups}).items()}
