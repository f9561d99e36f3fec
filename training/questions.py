"""The library and the questions that search and the extractor are fitted on: training sets only."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from benchmarks import data
from benchmarks.data import QA
from rag.index.library import Library
from rag.types import Article

WORK = Path(__file__).parent / "work"
WRITTEN = Path(__file__).parent / "written"
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


@dataclass(frozen=True)
class Written:
    """A question written for this project, on a passage that answers it or only seems to."""

    passage: str
    """The passage's name: ``squad/..#offset`` on SQuAD's paragraphs, ``A-07-2`` in the archive of invented news."""
    question: str
    answers: tuple[str, ...]
    """As they stand in the passage, the shortest first; empty where it does not answer."""


def written_questions(*, kept_aside: bool = False) -> tuple[dict[str, tuple[str, str]], list[Written]]:
    """Return title and text of each passage by its name, and the questions, or the tenth that is never trained on."""
    articles, _ = data.squad("train_squad11.json.gz", prefix="squad")
    by_source = {article.source: article for article in articles}
    passages: dict[str, tuple[str, str]] = {}
    questions = []
    for file in (WRITTEN / "paragraphs.jsonl", WRITTEN / "archive.jsonl"):
        for item in map(json.loads, file.read_text("utf-8").splitlines()):
            if "text" in item:
                passages[item["id"]] = (item["title"], item["text"])
                continue
            name = item["p"]
            if name not in passages:
                source, _, offset = name.rpartition("#")
                paragraph = by_source[source].text[int(offset) :].partition("\n\n")[0]
                passages[name] = (by_source[source].title, paragraph)
            if _is_aside(name) == kept_aside:
                questions.append(Written(name, item["q"], tuple(item["a"])))
    return passages, questions


def group(passage: str) -> str:
    """Return the name of the passages of the archive that tell of nearly the same thing; of a paragraph, its own."""
    return passage if "#" in passage else passage.rpartition("-")[0]


def _is_aside(passage: str) -> bool:
    return sha256(group(passage).encode()).digest()[0] < 26


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
