"""Measure weights of the reader as training left them, in float32, on data that no benchmark uses.

    python -m training.evaluate_reader WEIGHTS.safetensors [--questions 400] [--natural FILE ...]

On a fixed draw of questions of SQuAD's kept-aside fifth (`training.questions.KEPT_ASIDE`; the published start
weights have seen part of it), without titles: exact match and F1 with the right paragraph, and the chance (AUROC)
that it scores above the best-scored of the first four wrong ones that BM25 finds in the same fifth.

A natural file has one JSON object a line: ``q``, ``a`` (a list of accepted answers, [] where the passage does not
answer), ``text`` and ``title``. Of each: F1 on what can be answered, and the AUROC of that against what cannot.
400 questions take about a minute on two cores.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Encoding, Tokenizer

from benchmarks import data
from benchmarks.reader import Found, Paragraphs, told_apart
from rag.answering.reader import Reading
from rag.evaluate.metrics import auroc, exact_match, token_f1
from training.export_embedder import OUT as EMBEDDER
from training.export_reader import Reader
from training.questions import KEPT_ASIDE

WRONG = 4
LONGEST = 384
"""Tokens, as in the card of the shipped reader."""
TOKENS_A_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a passage that it is read with."""

    question: str
    text: str
    title: str = ""

    @property
    def lead(self) -> str:
        """What is read before the text."""
        return f"{self.title}\n" if self.title else ""


class Weights:
    """A reader in PyTorch."""

    def __init__(self, path: Path) -> None:
        self._model = Reader(attention="sdpa").eval()
        self._model.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
        self._tokenizer = Tokenizer.from_file(str(EMBEDDER / "tokenizer.json"))

    def read(self, pairs: Sequence[Pair]) -> list[Found]:
        """Return the likeliest answer in each passage."""
        encodings = self._tokenizer.encode_batch([(pair.question, pair.lead + pair.text) for pair in pairs])
        for encoding in encodings:
            encoding.truncate(LONGEST)
        found: dict[int, Found] = {}
        for numbers in _batches([len(encoding.ids) for encoding in encodings]):
            for number, logits in zip(numbers, self._logits([encodings[n] for n in numbers]), strict=True):
                found[number] = _likeliest(pairs[number], encodings[number], logits)
        return [found[number] for number in range(len(pairs))]

    @torch.no_grad()
    def _logits(self, encodings: Sequence[Encoding]) -> np.ndarray:
        """Return [passages, tokens of the longest, 2]."""
        ids = np.zeros((len(encodings), max(len(encoding.ids) for encoding in encodings)), dtype=np.int64)
        types, mask = ids.copy(), ids.copy()
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            types[row, : len(encoding.ids)] = encoding.type_ids
            mask[row, : len(encoding.ids)] = 1
        logits: np.ndarray = self._model(*map(torch.from_numpy, (ids, mask, types))).numpy()
        return logits


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("weights", type=Path)
    made.add_argument("--questions", type=int, default=400)
    made.add_argument("--natural", type=Path, nargs="+", default=[], metavar="FILE")
    options = made.parse_args()
    weights = Weights(options.weights)
    for name, value in _kept_aside(weights, options.questions):
        print(f"kept aside, {options.questions} questions: {name} {value:.3f}", flush=True)
    for file in options.natural:
        for name, value in _natural(weights, file):
            print(f"{file.name}: {name} {value:.3f}", flush=True)


def _kept_aside(weights: Weights, count: int) -> Iterator[tuple[str, float]]:
    articles, questions = data.squad("train_squad11.json.gz", articles=KEPT_ASIDE, prefix="squad")
    paragraphs = Paragraphs(articles, questions)
    drawn = random.Random(0).sample(questions, count)
    right = weights.read([Pair(qa.question, paragraphs.own(qa)) for qa in drawn])
    yield "exact match", fmean(exact_match(found.words, qa.answers) for found, qa in zip(right, drawn, strict=True))
    yield "F1", fmean(token_f1(found.words, qa.answers) for found, qa in zip(right, drawn, strict=True))
    wrong = [(n, Pair(qa.question, text)) for n, qa in enumerate(drawn) for text in paragraphs.wrong(qa, WRONG)]
    best = [-np.inf] * count
    for (number, _), found in zip(wrong, weights.read([pair for _, pair in wrong]), strict=True):
        best[number] = max(best[number], found.score)
    pairs = [(found.score, score) for found, score in zip(right, best, strict=True)]
    yield f"AUROC, best of {WRONG} wrong", told_apart(pairs)


def _natural(weights: Weights, file: Path) -> Iterator[tuple[str, float]]:
    lines = [json.loads(line) for line in file.read_text("utf-8").split("\n") if line.strip()]
    found = weights.read([Pair(line["q"], line["text"], line.get("title", "")) for line in lines])
    answerable = [bool(line["a"]) for line in lines]
    shared = [token_f1(answer.words, line["a"]) for answer, line in zip(found, lines, strict=True) if line["a"]]
    if shared:
        yield f"F1 of {len(shared)} with an answer", fmean(shared)
    area = auroc([answer.score for answer in found], answerable)
    if area is not None:
        yield f"AUROC, with an answer against {answerable.count(False)} without", area


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the numbers of passages that are read together, the shortest first."""
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lambda n: lengths[n]):
        if batch and (len(batch) + 1) * lengths[number] > TOKENS_A_BATCH:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _likeliest(pair: Pair, encoding: Encoding, logits: np.ndarray) -> Found:
    # Not by sequence_ids: a truncated encoding has forgotten them.
    passage = np.flatnonzero(np.array(encoding.type_ids) - np.array(encoding.special_tokens_mask) == 1)
    start, end = (logits[passage] - logits[0]).T
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)[passage]
    whole = pair.lead + pair.text
    score, first, last = Reading(start, end, offsets).best(len(pair.lead), len(whole))
    return Found(score, whole[first:last])


if __name__ == "__main__":
    main()
