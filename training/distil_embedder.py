"""Draw the embedder to questions and their passages; a stage of `training.distil`."""

from __future__ import annotations

import copy
import json
import time

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.encoders import Encoder
from training.rows import CLS, NAMES, SEP, Pack


def vectors(encoder: Encoder, texts: list[np.ndarray], device: str) -> Tensor:
    """Return the mean of each text's tokens, of length 1: [texts, width]."""
    length = -(-max(map(len, texts)) // 16) * 16 + 16
    ids = np.zeros((len(texts), length), np.int64)
    mask = np.zeros((len(texts), length), bool)
    for text, to, seen in zip(texts, ids, mask, strict=True):
        to[: len(text) + 2] = [CLS, *text, SEP]
        seen[: len(text) + 2] = True
    tokens, seen = torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device)
    made = encoder(tokens, seen, torch.zeros_like(tokens))[-1].float()
    return functional.normalize((made * seen[..., None]).sum(dim=1), dim=-1)


def embed(
    pack: Pack, measured: Pack, encoder: Encoder, seconds: float, *, device: str, rate: float = 4e-5, batch: int = 320
) -> dict[str, float]:
    """Draw the vectors of questions to those of their passages, and hold all near to what they were."""
    before = copy.deepcopy(encoder).eval()
    weights = [weight for weight in encoder.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=rate, weight_decay=0.01, fused=device == "cuda")
    chance = np.random.default_rng(5)
    answered = np.flatnonzero(np.diff(pack.spans._ends, prepend=0) > 0)
    print("embedder, before", json.dumps(ranked(measured, before, device)), flush=True)
    started, steps = time.monotonic(), 0
    while (done := (time.monotonic() - started) / seconds) < 1:
        for tuned in optimizer.param_groups:
            tuned["lr"] = rate * min(1.0, done / 0.1 + 0.02) * (1 - done)
        numbers = chance.choice(answered, batch, replace=False)
        own = pack.own[numbers]
        others = [
            int(chance.choice(n)) if len(n := pack.neighbours[k]) else int(o) for k, o in zip(numbers, own, strict=True)
        ]
        asked = [pack.questions[n][:64] for n in numbers]
        places = [*map(int, own), *others]
        read = []
        for passage in places:
            text = pack.passages[passage]
            if len(text) > 200:
                at = int(chance.integers(len(text) - 200))
                text = text[at : at + 200]
            read.append(np.concatenate((pack.titles[passage], text)) if chance.random() < 0.8 else text)
        for index, (number, passage) in enumerate(zip(numbers, own, strict=True)):
            if len(pack.passages[passage]) > 200:
                spans = pack.spans[number].reshape(-1, 2)
                part = pack.window(passage, spans[0], chance)
                read[index] = np.concatenate((pack.titles[passage], pack.passages[passage][part]))[:220]
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            q, p = vectors(encoder, asked, device), vectors(encoder, read, device)
            with torch.no_grad():
                q0, p0 = vectors(before, asked, device), vectors(before, read, device)
        scores = 20 * q @ p.T
        same = torch.from_numpy(np.array(places)[None, :] == own[:, None]).to(device)
        same &= ~torch.eye(*same.shape, dtype=torch.bool, device=device)
        truth = torch.arange(batch, device=device)
        held = (1 - (q * q0).sum(dim=-1)).mean() + (1 - (p * p0).sum(dim=-1)).mean()
        loss = functional.cross_entropy(scores.masked_fill(same, -1e4), truth) + 2.0 * held
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        steps += 1
        if steps % 50 == 0:
            print(f"embed: {steps} steps, loss {loss.item():.3f}, held {held.item():.4f}", flush=True)
    return {"steps": steps, "questions": steps * batch} | ranked(measured, encoder, device)


@torch.no_grad()
def ranked(pack: Pack, encoder: Encoder, device: str) -> dict[str, float]:
    """Return how often a question's own passage is among the first, of all passages that are kept aside."""
    encoder.eval()
    count = len(pack.passages._ends)
    texts = [np.concatenate((pack.titles[n], pack.passages[n]))[:254] for n in range(count)]
    with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        passages = torch.cat([vectors(encoder, texts[n : n + 256], device) for n in range(0, count, 256)])
        asked = [pack.questions[n][:64] for n in range(len(pack.own))]
        made = torch.cat([vectors(encoder, asked[n : n + 256], device) for n in range(0, len(asked), 256)])
    scores = made.float() @ passages.float().T
    own = torch.from_numpy(pack.own.astype(np.int64)).to(device)
    rank = (scores > scores.gather(1, own[:, None])).sum(dim=1).cpu().numpy()
    figures = {}
    for kind in sorted(set(pack.sets.tolist())):
        some = rank[(pack.sets == kind) & (np.diff(pack.spans._ends, prepend=0) > 0)]
        figures |= {f"{NAMES[kind]} hit@{k}": round(float((some < k).mean()), 4) for k in (1, 5, 10)}
    return figures
