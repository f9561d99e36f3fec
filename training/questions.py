"""The library and the questions that search and the extractor are fitted on: training sets only."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks import data
from benchmarks.data import QA
from rag.index.library import Library
from rag.types import Article

WORK = Path(__file__).parent / "work"


def fitting_questions(count: int, *, seed: int = 0) -> tuple[list[Article], list[QA]]:
    """Return articles, and `count` questions on them: a fifth of SQuAD 1.1 train, and SQuADShifts' Wikipedia."""
    articles, questions = data.squad("train_squad11.json.gz", articles=slice(0, None, 5), prefix="squad")
    more_articles, more_questions = data.squad("train_squadshifts_new_wiki.json.gz", prefix="wiki")
    drawn = random.Random(seed).sample(questions + more_questions, count)
    return articles + more_articles, drawn


def fitting_library(articles: list[Article]) -> Library:
    """Open the library of those articles, made the first time (some minutes)."""
    library = Library(WORK / "library")
    print(library.add_articles(articles))
    return library
