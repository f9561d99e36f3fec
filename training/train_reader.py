"""Train the reader further on the question sets, for a given number of minutes.

    python -m training.train_reader START.safetensors OUT.safetensors --minutes 60

A question comes with its own passage and one that does not answer it: by turns a passage of the same set
that BM25 finds for the question, or its own passage without the sentence that answers. Both are read
as [CLS] question [SEP] title, passage [SEP]. The loss has two parts: for each passage, where the answer begins
and ends, the first token standing for "no answer here"; and for the two together, which token of either
begins and ends the answer, so that scores of different passages can be compared (shared
normalisation, Clark and Gardner, ACL 2018). Weights are written every ten minutes.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from benchmarks import data
from benchmarks.data import QA
from rag.index.search import full_text_query
from rag.ingest import sentence_spans
from rag.types import Article
from training.export_embedder import OUT as EMBEDDER
from training.export_reader import Reader

LENGTHS = (96, 128, 160, 192, 224, 256, 320)
TOKENS_A_BATCH = 4096
RATE = 1e-4
SETS = (
    ("train_squad11.json.gz", "squad"),
    ("train_squadshifts_new_wiki.json.gz", "wiki"),
    ("train_squadshifts_reddit.json.gz", "reddit"),
    ("train_squadshifts_amazon_reviews.json.gz", "amazon"),
)
KEPT_ASIDE = 40
"""Articles of SQuAD, the last ones, that are never trained on."""


@dataclass(frozen=True)
class Pair:
    """A question with a passage that answers it and one that does not, as tokens."""

    right: tuple[list[int], list[int], int, int]
    """Token ids, token types, first and last token of the answer."""
    wrong: tuple[list[int], list[int], int, int]
    """The same; the answer is at 0, 0: none."""


class Paragraphs:
    """The paragraphs of one set, searched by BM25."""

    def __init__(self, articles: list[Article], questions: list[QA]) -> None:
        self._articles = {article.source: article for article in articles}
        places = sorted({(qa.source, qa.paragraph) for qa in questions})
        self.texts = [self._articles[source].text[start:end] for source, (start, end) in places]
        self.titles = [self._articles[source].title for source, _ in places]
        self.number = {place: n for n, place in enumerate(places)}
        self._index = sqlite3.connect(":memory:")
        self._index.execute("CREATE VIRTUAL TABLE p USING fts5(text, tokenize='porter unicode61')")
        self._index.executemany("INSERT INTO p(rowid, text) VALUES (?, ?)", enumerate(self.texts))

    def without(self, qa: QA, chance: random.Random) -> tuple[str, str]:
        """Return title and text of a passage that the question finds and that holds no accepted answer."""
        own = self.number[qa.source, qa.paragraph]
        query = full_text_query(qa.question)
        rows = self._index.execute("SELECT rowid FROM p WHERE p MATCH ? ORDER BY rank LIMIT 8", (query,))
        found = [n for (n,) in rows if n != own and not any(a in self.texts[n] for a in qa.answers)]
        number = chance.choice(found[:4]) if found else chance.randrange(len(self.texts))
        return self.titles[number], self.texts[number]

    def own(self, qa: QA) -> tuple[str, str, list[tuple[int, int]]]:
        """Return title, text and the spans of the answers in the question's own passage."""
        number = self.number[qa.source, qa.paragraph]
        first = qa.paragraph[0]
        return self.titles[number], self.texts[number], [(s - first, e - first) for s, e in qa.spans]


def pairs(seed: int, tokenizer: Tokenizer) -> Iterator[Pair]:
    """Yield the pairs of all sets, once each, in a random order."""
    chance = random.Random(seed)
    jobs = []
    for name, prefix in SETS:
        articles, questions = data.squad(name, prefix=prefix)
        if prefix == "squad":
            kept = {article.source for article in articles[-KEPT_ASIDE:]}
            questions = [qa for qa in questions if qa.source not in kept]
        paragraphs = Paragraphs(articles, questions)
        jobs += [(paragraphs, qa) for qa in questions]
    chance.shuffle(jobs)
    for paragraphs, qa in jobs:
        title, text, spans = paragraphs.own(qa)
        title = title if chance.random() < 0.5 else ""
        right = _encoded(tokenizer, qa.question, title, text, chance.choice(spans))
        if right is None:
            continue
        if chance.random() < 0.3 and (cut := _without_sentences(text, spans)):
            wrong = _encoded(tokenizer, qa.question, title, cut, None)
        else:
            other_title, other = paragraphs.without(qa, chance)
            wrong = _encoded(tokenizer, qa.question, other_title if title else "", other, None)
        if wrong is not None:
            yield Pair(right, wrong)


def batches(seed: int, tokenizer: Tokenizer) -> Iterator[dict[str, Any]]:
    """Yield batches of one shape each: [2 x pairs, length]; a question's two passages are pairs apart."""
    waiting: dict[int, list[Pair]] = {length: [] for length in LENGTHS}
    for pair in pairs(seed, tokenizer):
        longest = max(len(pair.right[0]), len(pair.wrong[0]))
        length = next((n for n in LENGTHS if n >= longest), None)
        if length is None:
            continue
        waiting[length].append(pair)
        if len(waiting[length]) * 2 * length >= TOKENS_A_BATCH:
            full, waiting[length] = waiting[length], []
            yield _batch([p.right for p in full] + [p.wrong for p in full], length)


def loss_of(logits: torch.Tensor, batch: dict[str, Any]) -> torch.Tensor:
    """Return the loss of `logits` [2 x pairs, length, 2]."""
    blocked = (~batch["allowed"]).unsqueeze(-1) * -1e4
    logits = logits + blocked
    alone = sum(torch.nn.functional.cross_entropy(logits[:, :, i], batch["answer"][:, i]) for i in (0, 1))
    # Over both passages of a question, each token relative to "no answer" of its own passage.
    relative = (logits - logits[:, :1])[:, 1:]
    half = len(relative) // 2
    together = torch.cat([relative[:half], relative[half:]], dim=1)
    place = batch["answer"][:half] - 1
    shared = sum(torch.nn.functional.cross_entropy(together[:, :, i], place[:, i]) for i in (0, 1))
    return alone + 0.5 * shared  # type: ignore[no-any-return]


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("start", type=Path)
    made.add_argument("out", type=Path)
    made.add_argument("--minutes", type=float, default=60)
    made.add_argument("--seed", type=int, default=0)
    options = made.parse_args()

    torch.manual_seed(options.seed)
    reader = Reader(attention="sdpa")
    reader.load_state_dict({k: v.float() for k, v in load_file(options.start).items()})
    reader.bert.embeddings.requires_grad_(False)
    weights = [p for p in reader.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=RATE, weight_decay=0.01)
    tokenizer = Tokenizer.from_file(str(EMBEDDER / "tokenizer.json"))
    reader.train()
    started = saved = shown = time.monotonic()
    losses: list[float] = []
    seen = 0
    seed = options.seed
    while (done := (time.monotonic() - started) / 60 / options.minutes) < 1:
        for batch in batches(seed, tokenizer):
            done = (time.monotonic() - started) / 60 / options.minutes
            if done >= 1:
                break
            rate = RATE * min(1.0, seen / 4000 + 0.05) * (1 - done)
            for group in optimizer.param_groups:
                group["lr"] = rate
            loss = loss_of(reader(batch["ids"], batch["mask"], batch["types"]), batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            losses.append(loss.item())
            seen += len(batch["ids"])
            now = time.monotonic()
            if now - shown > 60:
                print(f"{(now - started) / 60:5.1f} min  {seen:7} read  loss {np.mean(losses[-200:]):.3f}", flush=True)
                shown = now
            if now - saved > 600:
                _save(reader, options.out)
                saved = now
        seed += 1
    _save(reader, options.out)


def _save(reader: Reader, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.half().contiguous() for name, tensor in reader.state_dict().items()}, path)


def _encoded(
    tokenizer: Tokenizer, question: str, title: str, text: str, span: tuple[int, int] | None
) -> tuple[list[int], list[int], int, int] | None:
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


def _batch(rows: list[tuple[list[int], list[int], int, int]], length: int) -> dict[str, Any]:
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
    }


if __name__ == "__main__":
    main()
