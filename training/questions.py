"""The library and the questions that search and the extractor are fitted on: training sets only."""

from __future__ import annotations

import random
import re
from pathlib import Path

from benchmarks import data
from benchmarks.data import QA
from rag.index.library import Library
from rag.types import Article

WORK = Path(__file__).parent / "work"
KEPT_ASIDE = slice(0, None, 5)
"""Articles of SQuAD 1.1 train that the reader is not trained on."""
_NAME = re.compile(r"\b(?:[A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+)*|\d[\d,.]*)\b")


def fitting_questions(count: int, *, seed: int = 0) -> tuple[list[Article], list[QA]]:
    """Return articles, and `count` questions on them: a fifth of SQuAD 1.1 train, and SQuADShifts' Wikipedia."""
    articles, questions = data.squad("train_squad11.json.gz", articles=KEPT_ASIDE, prefix="squad")
    more_articles, more_questions = data.squad("train_squadshifts_new_wiki.json.gz", prefix="wiki")
    drawn = random.Random(seed).sample(questions + more_questions, count)
    return articles + more_articles, drawn


def fitting_library(articles: list[Article]) -> Library:
    """Open the library of those articles, made the first time (some minutes)."""
    library = Library(WORK / "library")
    print(library.add_articles(articles))
    return library


def names(question: str) -> list[str]:
    """Return the names and numbers of a question that are not at its beginning."""
    return [match[0] for match in _NAME.finditer(question) if match.start()]


def swapped(question: str, strangers: list[str], chance: random.Random) -> str:
    """Return `question` with a number or a name that is not at its beginning exchanged; "" where there is none."""
    found = [match for match in _NAME.finditer(question) if match.start()]
    if not found:
        return ""
    match = chance.choice(found)
    numeric = match[0][0].isdigit()
    for _ in range(50):
        other = chance.choice(strangers)
        if other[0].isdigit() == numeric and other not in question and (not numeric or len(other) == len(match[0])):
            return question[: match.start()] + other + question[match.end() :]
    return ""
