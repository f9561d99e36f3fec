"""Train the reader further on the question sets, for a given number of minutes.

    python -m training.train_reader START.safetensors OUT.safetensors --minutes 60
    python -m training.train_reader OUT.last.safetensors NEXT.safetensors --minutes 60    goes on from there

A question comes with its own passage and with `--wrong` ones on average that do not answer it: passages of the same
set that BM25 finds for the question (half of them), its own passage without the sentence that answers, or its own
passage asked with a name or number swapped for a stranger's. Passages are cut to some sentences unless they are read
`--whole`: a question then costs half the time, and answers stand in chunks of any size. All are read as [CLS] question
[SEP] title, passage [SEP]. The loss has two parts: for each passage, where the answer begins and ends, the first token
standing for "no answer here"; and for the passages of a question together, which token of any begins and ends the
answer, so that scores of different passages can be compared (shared normalisation, Clark and Gardner, ACL 2018).

The rate is constant and falls to zero over the last `--decay` of the time. What is written, every ten minutes, is a
running average of the weights over some `--average` steps: at a constant rate it reads better than the last weights
do, which are kept beside it to go on from.
A fifth of SQuAD's articles and SQuADShifts' Wikipedia are never read here: they are what everything else is fitted on.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.optim.swa_utils import AveragedModel

from benchmarks import data
from benchmarks.data import QA
from benchmarks.reader import Paragraphs
from rag.evaluate.accepted import holds
from rag.ingest import sentence_spans
from training.export_embedder import OUT as EMBEDDER
from training.export_reader import Reader
from training.questions import KEPT_ASIDE, Written, group, names, swapped, written_questions

LENGTHS = (48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 256, 288, 320)
TOKENS_A_BATCH = 4096
WRONG = 4
"""Wrong passages, the first by BM25, that are drawn from."""
SETS = (
    ("train_squad11.json.gz", "squad", 1.0),
    ("train_squadshifts_reddit.json.gz", "reddit", 0.4),
    ("train_squadshifts_amazon_reviews.json.gz", "amazon", 0.4),
)
"""Files, prefixes of their sources, and the share of their questions that are read."""

Batch = dict[str, Any]
"""Tensors of one shape."""
Row = tuple[list[int], list[int], int, int]
"""Token ids, token types, first and last token of the answer; 0, 0 for none."""


@dataclass(frozen=True)
class Shares:
    """How often a passage is read whole, and how many wrong passages a question of the sets has on average."""

    whole: float
    wrong: float


@dataclass(frozen=True)
class Asked:
    """A question with a passage that answers it and some that do not, as tokens."""

    right: Row
    wrong: list[Row]


def of_sets(seed: int, tokenizer: Tokenizer, shares: Shares) -> Iterator[Asked]:
    """Yield the questions of all sets, once each, in a random order."""
    chance = random.Random(seed)
    jobs = []
    for name, prefix, share in SETS:
        articles, questions = data.squad(name, prefix=prefix)
        if prefix == "squad":
            kept = {article.source for article in articles[KEPT_ASIDE]}
            questions = [qa for qa in questions if qa.source not in kept]
        paragraphs = Paragraphs(articles, questions)
        jobs += [(paragraphs, qa) for qa in questions if chance.random() < share]
    chance.shuffle(jobs)
    strangers = [name for _, qa in jobs[:5000] for name in names(qa.question)]
    for paragraphs, qa in jobs:
        if asked := _asked(paragraphs, qa, strangers, chance, tokenizer, shares):
            yield asked


def _asked(
    paragraphs: Paragraphs, qa: QA, strangers: list[str], chance: random.Random, tokenizer: Tokenizer, shares: Shares
) -> Asked | None:
    own, begin = paragraphs.own(qa), qa.paragraph[0]
    text = paragraphs.texts[own]
    spans = [(start - begin, end - begin) for start, end in qa.spans]
    title = paragraphs.titles[own] if chance.random() < 0.5 else ""
    whole = chance.random() < shares.whole
    span = chance.choice(spans)
    first, last = (0, len(text)) if whole else _window(text, span, chance)
    shifted = (span[0] - first, span[1] - first)
    right = _encoded(tokenizer, qa.question, title, text[first:last], shifted)
    if right is None:
        return None
    wrong: list[Row | None] = []
    kinds = ["swapped", "cut", "neighbour", "neighbour"]
    neighbours = paragraphs.wrong(qa, WRONG)
    for _ in range(int(shares.wrong + chance.random())):
        kind = chance.choice(kinds)
        if kind == "swapped":
            other = swapped(qa.question, strangers, chance)
            wrong.append(_encoded(tokenizer, other, title, text[first:last], None) if other else None)
        elif kind == "cut":
            left = _without_sentences(text[first:last], [(s - first, e - first) for s, e in spans])
            wrong.append(_encoded(tokenizer, qa.question, title, left, None) if left else None)
        elif neighbours:
            number = neighbours.pop(chance.randrange(len(neighbours)))
            other = paragraphs.texts[number]
            if not whole:
                place = chance.randrange(len(other))
                start, end = _window(other, (place, place + 1), chance)
                other = other[start:end]
            wrong.append(_encoded(tokenizer, qa.question, paragraphs.titles[number] if title else "", other, None))
        if kind != "neighbour":
            kinds.remove(kind)
    return Asked(right, [row for row in wrong if row])


def _window(text: str, span: tuple[int, int], chance: random.Random) -> tuple[int, int]:
    """Return where a few sentences around `span` begin and end, between 150 and 500 characters where there are."""
    sentences = sentence_spans(text)
    holding = [n for n, (s, e) in enumerate(sentences) if s < span[1] and span[0] < e]
    if not holding:
        return 0, len(text)
    low, high = holding[0], holding[-1]
    wanted = chance.randrange(150, 500)
    while sentences[high][1] - sentences[low][0] < wanted and (low > 0 or high < len(sentences) - 1):
        if high == len(sentences) - 1 or (low > 0 and chance.random() < 0.5):
            low -= 1
        else:
            high += 1
    return min(sentences[low][0], span[0]), max(sentences[high][1], span[1])


def of_written(seed: int, tokenizer: Tokenizer) -> Iterator[Asked]:
    """Yield the questions written for this project, once each, in a random order.

    The wrong passage of one is a near miss on the same passage or one beside it, or the question put to one beside.
    """
    chance = random.Random(seed)
    passages, questions = written_questions()
    near_misses: dict[str, list[Written]] = {}
    for item in questions:
        if not item.answers:
            near_misses.setdefault(group(item.passage), []).append(item)
    beside: dict[str, list[str]] = {}
    for name in passages:
        beside.setdefault(group(name), []).append(name)
    answerable = [item for item in questions if item.answers]
    chance.shuffle(answerable)
    for item in answerable:
        title, text = passages[item.passage]
        title = title if chance.random() < 0.7 else ""
        right = _encoded(tokenizer, item.question, title, text, item.place(text))
        others = [
            name
            for name in beside[group(item.passage)]
            if name != item.passage and not holds(passages[name][1], item.answers)
        ]
        missed = near_misses.get(group(item.passage), [])
        wrong = None
        if others and (not missed or chance.random() < 0.5):
            other_title, other = passages[chance.choice(others)]
            wrong = _encoded(tokenizer, item.question, other_title if title else "", other, None)
        elif missed:
            miss = chance.choice(missed)
            miss_title, missing = passages[miss.passage]
            wrong = _encoded(tokenizer, miss.question, miss_title if title else "", missing, None)
        if right:
            yield Asked(right, [wrong] if wrong else [])


def batches(made: Iterator[Asked]) -> Iterator[Batch]:
    """Yield batches of one shape each, [passages, length].

    A question's right passage comes before its wrong ones; "groups" [questions, most passages] has their rows, and -1
    where a question has fewer.
    """
    waiting: dict[int, list[Asked]] = {length: [] for length in LENGTHS}
    for asked in made:
        longest = max(len(row[0]) for row in [asked.right, *asked.wrong])
        length = next((n for n in LENGTHS if n >= longest), None)
        if length is None:
            continue
        waiting[length].append(asked)
        if sum(1 + len(a.wrong) for a in waiting[length]) * length >= TOKENS_A_BATCH:
            full, waiting[length] = waiting[length], []
            yield _batch(full, length)


def loss_of(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Return the loss of `logits` [passages, length, 2]."""
    logits = logits + (~batch["allowed"]).unsqueeze(-1) * -1e4
    loss: torch.Tensor = sum(torch.nn.functional.cross_entropy(logits[:, :, i], batch["answer"][:, i]) for i in (0, 1))
    groups = batch["groups"]
    groups = groups[(groups >= 0).sum(dim=1) > 1]
    if len(groups):
        # Over all passages of a question, each token relative to "no answer" of its own passage.
        relative = (logits - logits[:, :1])[:, 1:]
        together = relative[groups.clamp(min=0)] + (groups < 0)[:, :, None, None] * -1e4
        place = batch["answer"][groups[:, 0]] - 1
        shared = sum(torch.nn.functional.cross_entropy(together.flatten(1, 2)[:, :, i], place[:, i]) for i in (0, 1))
        loss = loss + 0.5 * shared * len(groups) / len(logits)
    return loss


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("start", type=Path)
    made.add_argument("out", type=Path)
    made.add_argument("--minutes", type=float, default=60)
    made.add_argument("--rate", type=float, default=5e-5)
    made.add_argument("--average", type=int, default=500, help="steps that the written weights are averaged over")
    made.add_argument("--decay", type=float, default=0.0, help="share of the time over which the rate falls to zero")
    made.add_argument("--written", type=float, default=0.2, help="share of questions written for this project")
    made.add_argument("--whole", type=float, default=0.4, help="share of passages of the sets that are read whole")
    made.add_argument("--wrong", type=float, default=0.6, help="wrong passages a question of the sets, on average")
    made.add_argument("--frozen", type=int, default=2, help="layers, from the first, that are left as they are")
    made.add_argument("--seed", type=int, default=0)
    options = made.parse_args()

    torch.manual_seed(options.seed)
    reader = Reader(attention="sdpa")
    reader.load_state_dict({k: v.float() for k, v in load_file(options.start).items()})
    reader.bert.embeddings.requires_grad_(False)
    reader.bert.encoder.layer[: options.frozen].requires_grad_(False)
    weights = [p for p in reader.parameters() if p.requires_grad]
    # In the beginning the average is over the steps there are.
    average = AveragedModel(
        reader, avg_fn=lambda mean, new, steps: mean + (new - mean) / (1 + steps.clamp(max=options.average))
    )
    optimizer = torch.optim.AdamW(weights, lr=options.rate, weight_decay=0.01)
    tokenizer = Tokenizer.from_file(str(EMBEDDER / "tokenizer.json"))
    started = saved = shown = time.monotonic()
    losses: list[float] = []
    questions = passages = 0
    for batch in _ahead(lambda: batches(_mixed(options, tokenizer))):
        now = time.monotonic()
        done = (now - started) / 60 / options.minutes
        if done >= 1:
            break
        for tuned in optimizer.param_groups:
            warm = min(1.0, passages / 4000 + 0.05)
            tuned["lr"] = options.rate * warm * min(1.0, (1 - done) / max(options.decay, 1e-9))
        loss = loss_of(reader(batch["ids"], batch["mask"], batch["types"]), batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        average.update_parameters(reader)
        losses.append(loss.item())
        passages += len(batch["ids"])
        questions += len(batch["groups"])
        if now - shown > 60:
            minutes = (now - started) / 60
            print(f"{minutes:5.1f} min  {questions:7} questions  loss {np.mean(losses[-300:]):.3f}", flush=True)
            shown = now
        if now - saved > 600:
            _save(reader, average, options.out)
            saved = now
    _save(reader, average, options.out)
    print(f"{questions} questions, {passages} passages", flush=True)


def _ahead(made: Callable[[], Iterator[Batch]], count: int = 8) -> Iterator[Batch]:
    """Yield what `made` yields, prepared in another thread while the one before is trained on."""
    ready: Queue[Batch] = Queue(count)

    def prepare() -> None:
        for batch in made():
            ready.put(batch)

    Thread(target=prepare, daemon=True).start()
    while True:
        yield ready.get()


def _mixed(options: argparse.Namespace, tokenizer: Tokenizer) -> Iterator[Asked]:
    """Yield questions without end, a share of them of those written for this project."""
    chance = random.Random(options.seed)
    shares = Shares(options.whole, options.wrong)
    sets = _endless(lambda seed: of_sets(seed, tokenizer, shares), options.seed)
    written = _endless(lambda seed: of_written(seed, tokenizer), options.seed)
    while True:
        yield next(written if chance.random() < options.written else sets)


def _endless(made: Callable[[int], Iterator[Asked]], seed: int) -> Iterator[Asked]:
    while True:
        yield from made(seed)
        seed += 1


def _save(reader: Reader, average: AveragedModel, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for model, file in ((average.module, path), (reader, path.with_suffix(".last.safetensors"))):
        save_file({name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}, file)


def _encoded(tokenizer: Tokenizer, question: str, title: str, text: str, span: tuple[int, int] | None) -> Row | None:
    lead = f"{title}\n" if title else ""
    encoding = tokenizer.encode(question, lead + text)
    if span is None:
        return encoding.ids, encoding.type_ids, 0, 0
    first = encoding.char_to_token(span[0] + len(lead), 1)
    last = encoding.char_to_token(span[1] - 1 + len(lead), 1)
    return None if first is None or last is None else (encoding.ids, encoding.type_ids, first, last)


def _without_sentences(text: str, spans: list[tuple[int, int]]) -> str:
    """Return `text` without the sentences that hold an answer."""
    kept = [(s, e) for s, e in sentence_spans(text) if not any(s < end and start < e for start, end in spans)]
    return " ".join(text[s:e] for s, e in kept)


def _batch(questions: list[Asked], length: int) -> Batch:
    rows: list[Row] = []
    groups = np.full((len(questions), 1 + max(len(asked.wrong) for asked in questions)), -1)
    for number, asked in enumerate(questions):
        groups[number, : 1 + len(asked.wrong)] = np.arange(1 + len(asked.wrong)) + len(rows)
        rows += [asked.right, *asked.wrong]
    ids = np.zeros((len(rows), length), dtype=np.int64)
    types, mask = ids.copy(), ids.copy()
    for row, (tokens, kinds, _, _) in enumerate(rows):
        ids[row, : len(tokens)] = tokens
        types[row, : len(tokens)] = kinds
        mask[row, : len(tokens)] = 1
    allowed = types == 1
    allowed[:, 0] = True
    answer = np.array([(first, last) for *_, first, last in rows])
    return {
        "ids": torch.from_numpy(ids),
        "types": torch.from_numpy(types),
        "mask": torch.from_numpy(mask),
        "allowed": torch.from_numpy(allowed),
        "answer": torch.from_numpy(answer),
        "groups": torch.from_numpy(groups),
    }


if __name__ == "__main__":
    main()
