"""Train a large reader on the packed questions, and the small one to read as it does.

    python -m training.pack
    python -m training.distil training/work/pack.npz WEIGHTS OUT --teach 165 --learn 280 --embed 25 --compare 7

That is for a GPU of some 40 GB. Without one, and without a teacher, the reader can be trained further for some hours:

    python -m training.distil training/work/pack.npz WEIGHTS OUT --learn 7200 --layers 6 --rate 5e-5 --tokens 4096

`WEIGHTS` is a folder with ``reader.safetensors`` (the reader to go on from) and, for the stages that need them,
``teacher.safetensors`` (all-mpnet-base-v2: 12 layers of 768), ``teacher_ids.npy``, which gives each token the number it
has for the teacher, and ``embedder.safetensors`` (all-MiniLM-L6-v2): ``python -m training.pack`` makes all of them.
What is done, each for so many seconds:

- *teach*: the teacher learns to read, two outputs a token as the reader has, with dropout.
- *learn*: the reader's six layers and four more on top, begun as copies of its last four, learn at once what the
  teacher, where there is one, makes of each passage and where the answers are. There are two exits, after six layers
  and after ten; the deeper one read no better, so that what is written, ``OUT/reader.safetensors``, ends at the first.
  ``--layers 6`` leaves the others out.
- *compare*: six layers, from the same start and for the same time each: one wrong passage a question or three,
  with and without normalising over the passages of a question, with and without the teacher.
- *embed*: the embedder is drawn to questions and their passages (contrastive, with one wrong passage each by BM25),
  and held near to what it was.

It needs torch, numpy and safetensors, and of this package only `rows`, `encoders` and `distil_embedder` beside it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from training.distil_embedder import embed
from training.encoders import Encoder, Reader, bert_weights, load_bert, load_mpnet, named, save
from training.rows import LENGTHS, NAMES, SETS, Batches, Mix, Pack, Row, batch_of

LONGEST_ANSWER = 30
"""Tokens."""


def loss_of(logits: Tensor, batch: dict[str, Tensor], taught: Tensor | None, *, shared: bool) -> Tensor:
    """Return the loss of `logits` [rows, tokens, 2]: from the answers and, where there is one, from the teacher.

    Twice: over the tokens of each passage, and over those of all passages of a question together, each token relative
    to "no answer" of its own passage.
    """
    hard = sum(functional.cross_entropy(logits[:, :, i], batch["answer"][:, i]) for i in (0, 1))
    loss = hard if taught is None else 0.3 * hard + 0.7 * _as_taught(logits, taught)
    groups = batch["groups"]
    groups = groups[(groups >= 0).sum(dim=1) > 1]
    if shared and len(groups):
        place = batch["answer"][groups[:, 0]] - 1
        together = _together(logits, groups)
        over = sum(functional.cross_entropy(together[:, :, i], place[:, i]) for i in (0, 1))
        if taught is not None:
            over = 0.3 * over + 0.7 * _as_taught(together, _together(taught, groups))
        loss = loss + 0.5 * over * len(groups) / len(logits)
    return loss


def _together(logits: Tensor, groups: Tensor) -> Tensor:
    """Return [questions, tokens of all their passages, 2]."""
    relative = (logits - logits[:, :1])[:, 1:].clamp(min=-1e4)
    return (relative[groups.clamp(min=0)] + (groups < 0)[:, :, None, None] * -1e4).flatten(1, 2)


def _as_taught(logits: Tensor, taught: Tensor) -> Tensor:
    """Return the cross entropy to the teacher's distributions over dimension 1."""
    return -(taught.softmax(dim=1) * logits.log_softmax(dim=1)).sum(dim=1).sum(dim=-1).mean()


class Training:
    """One machine, one pack of questions."""

    def __init__(self, pack: Pack, measured: Pack, device: str, out: Path, workers: int) -> None:
        self.pack, self.measured, self.device, self.out, self.workers = pack, measured, device, out, workers
        self.figures: dict[str, Any] = {}

    def batches(self, mix: Mix, seed: int) -> Iterator[dict[str, Tensor]]:
        """Yield batches on the device."""
        loader = torch.utils.data.DataLoader(
            Batches(self.pack, mix, seed),
            batch_size=None,
            num_workers=self.workers,
            prefetch_factor=6 if self.workers else None,
            pin_memory=self.device == "cuda",
        )
        for batch in loader:
            yield {name: tensor.to(self.device, non_blocking=True) for name, tensor in batch.items()}

    def train(
        self,
        name: str,
        model: Reader,
        seconds: float,
        *,
        rate: float,
        mix: Mix,
        teacher: Reader | None = None,
        shared: bool = True,
        frozen_steps: int = 0,
        seed: int = 0,
        show: float = 15,
    ) -> None:
        """Train `model` for so long, the rate rising over the first twentieth and falling to zero."""
        model.train()
        weights = [weight for weight in model.parameters() if weight.requires_grad]
        optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.01, fused=self.device == "cuda")
        upper = {id(p) for layer in model.encoder.layers[model.exits[0] :] for p in layer.parameters()}
        steps = questions = 0
        losses: list[Tensor] = []
        started = shown = time.monotonic()
        for batch in self.batches(mix, seed):
            if not steps:
                started = shown = time.monotonic()
            now = time.monotonic()
            done = (now - started) / seconds
            if done >= 1:
                break
            for tuned in optimizer.param_groups:
                tuned["lr"] = rate * min(1.0, 0.02 + done / 0.05) * (1 - done)
            with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
                taught = None
                if teacher is not None:
                    with torch.no_grad():
                        (taught,) = teacher(batch)
                outputs = model(batch)
            loss = sum(loss_of(logits, batch, taught, shared=shared) for logits in outputs)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            if steps < frozen_steps:
                for weight in weights:
                    if id(weight) not in upper and not any(weight is p for p in model.heads.parameters()):
                        weight.grad = None
            nn.utils.clip_grad_norm_([w for w in weights if w.grad is not None], 1.0)
            optimizer.step()
            losses.append(loss.detach())
            steps += 1
            questions += len(batch["groups"])
            if now - shown > show:
                mean = torch.stack(losses[-100:]).mean().item()
                print(
                    f"{name}: {now - started:5.0f} s {steps:6} steps {questions:8} questions loss {mean:.3f}",
                    flush=True,
                )
                shown = now
        model.eval()
        self.note(name, {"seconds": seconds, "steps": steps, "questions": questions} | self.measure(model))

    def note(self, name: str, figures: dict[str, Any]) -> None:
        """Print and keep figures."""
        self.figures[name] = figures
        print(name, json.dumps(figures), flush=True)
        (self.out / "figures.json").write_text(json.dumps(self.figures, indent=1))

    @torch.no_grad()
    def measure(self, model: Reader) -> dict[str, Any]:
        """Return figures of each exit on the questions that are kept aside."""
        pack = self.measured
        rows: list[tuple[int, bool, Row]] = []
        for number in range(len(pack.own)):
            titled = bool(pack.sets[number] >= SETS)
            spans = pack.spans[number].reshape(-1, 2)
            place = spans[0] if len(spans) else None
            row = pack.row(pack.questions[number], int(pack.own[number]), slice(0, None), place, titled=titled)
            if row:
                rows.append((number, True, row))
            if not titled:
                for other in pack.neighbours[number]:
                    wrong = pack.row(pack.questions[number], int(other), slice(0, None), None, titled=False)
                    rows.append((number, False, wrong))
        rows.sort(key=lambda item: len(item[2].ids))
        found: list[list[tuple[float, int, int]]] = [[] for _ in model.exits]
        at = 0
        while at < len(rows):
            length = next(n for n in LENGTHS if n >= len(rows[min(at + 63, len(rows) - 1)][2].ids))
            some = rows[at : at + 64]
            batch = {k: v.to(self.device) for k, v in batch_of([[row] for *_, row in some], length).items()}
            with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
                outputs = model(batch)
            for exit_, logits in zip(found, outputs, strict=True):
                exit_ += _likeliest(logits)
            at += 64
        return {f"exit {n}": self._figures(rows, some) for n, some in zip(model.exits, found, strict=True)}

    def _figures(self, rows: list[tuple[int, bool, Row]], found: list[tuple[float, int, int]]) -> dict[str, float]:
        pack = self.measured
        right: dict[int, float] = {}
        wrong: dict[int, float] = {}
        exact: dict[int, list[float]] = {}
        shared: dict[int, list[float]] = {}
        for (number, own, row), (score, first, last) in zip(rows, found, strict=True):
            if not own:
                wrong[number] = max(wrong.get(number, -1e9), score)
                continue
            right[number] = score
            spans = pack.spans[number].reshape(-1, 2)
            if len(spans):
                lead = row.first - int(spans[0][0])
                f1s = [_overlap((first, last), (int(a) + lead, int(b) + lead)) for a, b in spans]
                shared.setdefault(int(pack.sets[number]), []).append(max(f1s))
                exact.setdefault(int(pack.sets[number]), []).append(float(max(f1s) == 1.0))
        made = {}
        for kind, values in sorted(shared.items()):
            made[f"{NAMES[kind]} EM"] = round(float(np.mean(exact[kind])), 4)
            made[f"{NAMES[kind]} F1"] = round(float(np.mean(values)), 4)
            numbers = [n for n in right if pack.sets[n] == kind]
            if kind == 0:
                goods, bads = [right[n] for n in numbers], [wrong[n] for n in numbers if n in wrong]
            else:
                goods = [right[n] for n in numbers if len(pack.spans[n])]
                bads = [right[n] for n in numbers if not len(pack.spans[n])]
            made[f"{NAMES[kind]} AUROC"] = round(_auroc(goods, bads), 4)
        return made


def _likeliest(logits: Tensor) -> list[tuple[float, int, int]]:
    """Return score, first and last token of the likeliest answer in each row."""
    relative = logits - logits[:, :1]
    scores = relative[:, 1:, None, 0] + relative[:, None, 1:, 1]
    band = torch.ones(scores.shape[1:], dtype=torch.bool, device=logits.device).triu().tril(LONGEST_ANSWER - 1)
    best, at = scores.masked_fill(~band, -1e9).flatten(1).max(dim=1)
    width = scores.shape[2]
    return [(b, a // width + 1, a % width + 1) for b, a in zip(best.tolist(), at.tolist(), strict=True)]


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> float:
    common = min(one[1], other[1]) - max(one[0], other[0]) + 1
    return 2 * common / (one[1] - one[0] + other[1] - other[0] + 2) if common > 0 else 0.0


def _auroc(goods: list[float], bads: list[float]) -> float:
    order = np.argsort(np.argsort(np.array(goods + bads)))
    return float((order[: len(goods)].sum() - len(goods) * (len(goods) - 1) / 2) / max(1, len(goods) * len(bads)))


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("pack", type=Path)
    made.add_argument("weights", type=Path)
    made.add_argument("out", type=Path)
    for stage in ("teach", "learn", "compare", "embed"):
        made.add_argument(f"--{stage}", type=float, default=0, help="seconds")
    made.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    made.add_argument("--workers", type=int, default=12)
    made.add_argument("--tokens", type=int, default=24576, help="a batch")
    made.add_argument("--layers", type=int, default=10, help="of the reader while it learns")
    made.add_argument("--rate", type=float, default=2e-4, help="at which it learns")
    options = made.parse_args()
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = True
    options.out.mkdir(parents=True, exist_ok=True)
    with np.load(options.pack) as file:
        arrays = dict(file)
    measured = {
        name.removeprefix("measured_"): values for name, values in arrays.items() if name.startswith("measured_")
    }
    pack, held = Pack(arrays), Pack(measured)
    training = Training(pack, held, options.device, options.out, options.workers)
    start = load_file(options.weights / "reader.safetensors")

    teacher = None
    if options.teach:
        teacher = Reader(Encoder(12, 768, mpnet=True, dropout=0.1), (12,))
        weights = load_file(options.weights / "teacher.safetensors")
        load_mpnet(teacher.encoder, weights, np.load(options.weights / "teacher_ids.npy"))
        nn.init.normal_(teacher.heads[0].weight, std=0.02)
        nn.init.zeros_(teacher.heads[0].bias)
        teacher = teacher.to(options.device)
        taught = Mix(1.0, 0.2, 0.7, options.tokens // 3 * 2)
        training.train("teacher", teacher, options.teach, rate=5e-5, mix=taught)
        teacher.requires_grad_(False)
        teacher.to(torch.bfloat16 if options.device == "cuda" else torch.float32)
    mix = Mix(wrong=1.0, written=0.2, tokens=options.tokens)

    if options.learn:
        exits = (6, options.layers) if options.layers > 6 else (6,)
        student = _student(start, options.layers, exits).to(options.device)
        training.note("start", training.measure(student.eval()))
        training.train(
            "student",
            student,
            options.learn,
            rate=options.rate,
            mix=Mix(1.2, 0.2, 0.55, options.tokens),
            teacher=teacher,
            frozen_steps=200 if options.layers > 6 else 0,
            seed=1,
        )
        save(start | _shallow(student), options.out / "reader.safetensors")
    if options.embed:
        encoder = Encoder(6, 384)
        shared = {k.removeprefix("bert."): w for k, w in start.items() if k.startswith("bert.embeddings.")}
        load_bert(encoder, shared | load_file(options.weights / "embedder.safetensors"), "")
        encoder.words.requires_grad_(False)
        encoder.positions.requires_grad_(False)
        training.note("embedder", embed(pack, held, encoder.to(options.device), options.embed, device=options.device))
        save(shared | bert_weights(encoder), options.out / "embedder.safetensors")
    if options.compare:
        variants: dict[str, dict[str, Any]] = {
            "1:1": {"mix": mix},
            "1:3": {"mix": Mix(3.0, 0.2, 0.55, options.tokens)},
            "1:1, not shared": {"mix": mix, "shared": False},
            "1:1, taught": {"mix": mix, "teacher": teacher},
            "1:3, taught": {"mix": Mix(3.0, 0.2, 0.55, options.tokens), "teacher": teacher},
        }
        for name, settings in variants.items():
            student = _student(start, 6, (6,)).to(options.device)
            training.train(name, student, options.compare, rate=1e-4, seed=2, **settings)


def _student(start: dict[str, Tensor], layers: int, exits: tuple[int, ...]) -> Reader:
    student = Reader(Encoder(layers, 384), exits)
    load_bert(student.encoder, {name: w for name, w in start.items() if name.startswith("bert.")}, "bert.")
    for head in student.heads:
        head.weight.data, head.bias.data = start["head.weight"].float().clone(), start["head.bias"].float().clone()
    student.encoder.words.requires_grad_(False)
    student.encoder.positions.requires_grad_(False)
    return student


def _shallow(student: Reader) -> dict[str, Tensor]:
    """Return the weights up to the first exit, by the names of `training.export_reader`."""
    further = tuple(f"encoder.layer.{number}." for number in range(student.exits[0], len(student.encoder.layers)))
    made = {f"bert.{k}": w for k, w in bert_weights(student.encoder).items() if not k.startswith(further)}
    return made | named("head", student.heads[0])


if __name__ == "__main__":
    main()
