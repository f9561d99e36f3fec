"""The questions, and the libraries they are asked of.

- *samples*: the 60 of `seeds/questions.jsonl` on the sample articles; 15 of them have no answer there.
- *xquad*: 60 questions of XQuAD on all of its 240 paragraphs.
- *missing*: 30 further ones, of as many articles, on the same without the paragraphs they were written on; none of
  their accepted answers stands anywhere else in the article.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import data
from benchmarks.data import QA
from benchmarks.results import MAKES_LIBRARY, kept_folder
from rag.evaluate.accepted import holds
from rag.index.library import Library
from rag.types import Article

SETS = ("samples", "xquad", "missing")

_SEEDS = Path(__file__).parent.parent.parent / "seeds" / "questions.jsonl"
_ANSWERED, _MISSING = 60, 30


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what is accepted as its answer: nothing where the articles do not answer."""

    set: str
    id: str
    question: str
    answers: tuple[str, ...]


@contextmanager
def libraries() -> Iterator[dict[str, Library]]:
    """Open the library of each set, made the first time under `benchmarks/work/writer`."""
    folder = kept_folder("writer-libraries", (*MAKES_LIBRARY, Path(__file__)), fresh=False)
    articles, questions = data.squad("bench_xquad_en.json.gz", prefix="xquad")
    with (
        Library(folder / "samples") as samples,
        Library(folder / "xquad") as xquad,
        Library(folder / "missing") as missing,
    ):
        if not samples.chunk_count():
            samples.add_samples()
        if not xquad.chunk_count():
            xquad.add_articles(articles)
        if not missing.chunk_count():
            _, taken = drawn(articles, questions)
            missing.add_articles(without(articles, taken))
        yield {"samples": samples, "xquad": xquad, "missing": missing}


def asked(limit: int | None = None) -> list[Asked]:
    """Return all questions, or so many of each set."""
    lines = [json.loads(line) for line in _SEEDS.read_text("utf-8").splitlines()]
    samples = [Asked("samples", line["id"], line["question"], tuple(line["answers"])) for line in lines]
    if limit:
        samples = samples[:: max(1, len(samples) // limit)]
    kept, taken = drawn(*data.squad("bench_xquad_en.json.gz", prefix="xquad"))
    xquad = [Asked("xquad", f"x{n:02}", qa.question, qa.answers) for n, qa in enumerate(kept, start=1)]
    missing = [Asked("missing", f"m{n:02}", qa.question, ()) for n, qa in enumerate(taken, start=1)]
    return [*samples, *xquad[:limit], *missing[:limit]]


def drawn(articles: Sequence[Article], questions: Sequence[QA]) -> tuple[list[QA], list[QA]]:
    """Draw the questions that can be answered, then those whose paragraphs are taken away, at most one an article."""
    texts = {article.source: article.text for article in articles}
    shuffled = random.Random(0).sample(list(questions), len(questions))
    kept, others = shuffled[:_ANSWERED], shuffled[_ANSWERED:]
    taken: dict[str, QA] = {}
    for qa in others:
        start, end = qa.paragraph
        text = texts[qa.source]
        rest = text[:start] + text[end:]
        if qa.source not in taken and rest.strip() and not holds(rest, qa.answers):
            taken[qa.source] = qa
    return kept, list(taken.values())[:_MISSING]


def without(articles: Sequence[Article], taken: Sequence[QA]) -> list[Article]:
    """Return the articles without the paragraphs of those questions."""
    gone = {qa.source: qa.paragraph for qa in taken}
    left = []
    for article in articles:
        start, end = gone.get(article.source, (0, 0))
        text = f"{article.text[:start].rstrip()}\n\n{article.text[end:].lstrip()}" if end else article.text
        left.append(Article(title=article.title, text=text, source=article.source))
    return left
