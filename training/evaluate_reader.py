"""Measure weights of the reader as training left them, in float32, on data that no benchmark uses.

    python -m training.evaluate_reader WEIGHTS.safetensors [--questions 400]

On a fixed draw of questions of SQuAD's kept-aside fifth (`training.questions.KEPT_ASIDE`; the published start
weights have seen part of it), without titles: exact match and F1 with the right paragraph, and the chance (AUROC)
that it scores above the best-scored of the first four wrong ones that BM25 finds in the same fifth.

Of the questions written for this project, those that are never trained on, on SQuAD's paragraphs, on the archive of
invented news, on news stories and on invented articles, with titles: F1 on what can be answered, and the AUROC of that
against what cannot.
400 questions take about a minute on two cores.
"""

from __future__ import annotations

import argparse
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
from training.questions import KEPT_ASIDE, written_questions

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
    options = made.parse_args()
    weights = Weights(options.weights)
    for name, value in _kept_aside(weights, options.questions):
        print(f"kept aside, {options.questions} questions: {name} {value:.3f}", flush=True)
    for name, value in _written(weights):
        print(f"written for this project: {name} {value:.3f}", flush=True)


def _kept_aside(weights: Weights, count: int) -> Iterator[tuple[str, float]]:
    articles, questions = data.squad("train_squad11.json.gz", articles=KEPT_ASIDE, prefix="squad")
    paragraphs = Paragraphs(articles, questions)
    drawn = random.Random(0).sample(questions, count)
    right = weights.read([Pair(qa.question, paragraphs.texts[paragraphs.own(qa)]) for qa in drawn])
    yield "exact match", fmean(exact_match(found.words, qa.answers) for found, qa in zip(right, drawn, strict=True))
    yield "F1", fmean(token_f1(found.words, qa.answers) for found, qa in zip(right, drawn, strict=True))
    wrong = [
        (n, Pair(qa.question, paragraphs.texts[number]))
        for n, qa in enumerate(drawn)
        for number in paragraphs.wrong(qa, WRONG)
    ]
    best = [-np.inf] * count
    for (number, _), found in zip(wrong, weights.read([pair for _, pair in wrong]), strict=True):
        best[number] = max(best[number], found.score)
    pairs = [(found.score, score) for found, score in zip(right, best, strict=True)]
    yield f"AUROC, best of {WRONG} wrong", told_apart(pairs)


def _written(weights: Weights) -> Iterator[tuple[str, float]]:
    passages, questions = written_questions(kept_aside=True)
    for kind in ("paragraphs", "archive", "stories", "articles"):
        asked = [item for item in questions if item.kind == kind]
        pairs = [Pair(item.question, *reversed(passages[item.passage])) for item in asked]
        found = weights.read(pairs)
        shared = [token_f1(one.words, item.answers) for one, item in zip(found, asked, strict=True) if item.answers]
        yield f"{kind}, F1 of {len(shared)} with an answer", fmean(shared)
        area = auroc([one.score for one in found], [bool(item.answers) for item in asked])
        yield f"{kind}, AUROC against {len(asked) - len(shared)} without", area or 0.0


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
