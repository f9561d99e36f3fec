"""The question sets and articles that are measured and trained on. None of them is part of the project.

The folder is `BENCH_DATA` (default ``../shared/data``). It holds

- ``qa/bench_xquad_en.json.gz``: XQuAD, English part (google-deepmind/xquad on GitHub; CC BY-SA 4.0);
- ``qa/bench_rgb_en_fact.jsonl.gz``: RGB, en_fact (chen700564/RGB on GitHub; CC BY-NC-SA 4.0);
- ``qa/train_squad11.json.gz``: SQuAD 1.1 train (rajpurkar.github.io/SQuAD-explorer; CC BY-SA 4.0);
- ``qa/train_squadshifts_new_wiki.json.gz``: SQuADShifts (modestyachts.github.io/squadshifts-website; CC BY 4.0);
- ``articles/bbc-2004-2005.tar.gz``: 2,225 news stories (mlg.ucd.ie/datasets/bbc.html; research use).
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tarfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.ingest.encoding import decode
from rag.text import clean_text
from rag.types import Article

FOLDER = Path(os.environ.get("BENCH_DATA", "../shared/data"))


@dataclass(frozen=True)
class QA:
    """A question on one article, with where its accepted answers stand in the stored text."""

    question: str
    answers: tuple[str, ...]
    source: str
    spans: tuple[tuple[int, int], ...]
    paragraph: tuple[int, int]

    def is_answered_by(self, source: str, start: int, end: int) -> bool:
        """Say whether that stretch of an article covers an accepted answer, where the question has it."""
        return source == self.source and any(start <= first and last <= end for first, last in self.spans)


@dataclass(frozen=True)
class Searched:
    """A question with passages that a web search gave for it: some hold the answer, some only share its subject."""

    question: str
    answers: tuple[str, ...]
    positive: tuple[str, ...]
    negative: tuple[str, ...]


def path(name: str) -> Path:
    """Return the path of a data file, or stop with a word on where it can be had."""
    file = FOLDER / name
    if not file.is_file():
        sys.exit(f"{file} is missing. Set BENCH_DATA to the folder of data; where each set can be had:\n{__doc__}")
    return file


def squad(name: str, *, articles: slice = slice(None), prefix: str) -> tuple[list[Article], list[QA]]:
    """Read a file in SQuAD 1.1 JSON; each article is its paragraphs, joined."""
    with gzip.open(path(f"qa/{name}"), "rt", encoding="utf-8") as file:
        entries = json.load(file)["data"][articles]
    made, questions = [], []
    for index, entry in enumerate(entries):
        source = f"{prefix}/{index}-{entry.get('title', '')}"
        text = ""
        for paragraph in entry["paragraphs"]:
            context = clean_text(paragraph["context"])
            if not context:
                continue
            start = len(text) + 2 if text else 0
            text = f"{text}\n\n{context}" if text else context
            for qa in paragraph["qas"]:
                found = {(clean_text(a["text"]), a["answer_start"]) for a in qa["answers"]}
                places = {answer: _nearest(context, answer, place) for answer, place in found if answer}
                spans = {(start + at, start + at + len(answer)) for answer, at in places.items() if at >= 0}
                if spans:
                    answers = tuple(sorted(places))
                    questions.append(
                        QA(qa["question"].strip(), answers, source, tuple(sorted(spans)), (start, start + len(context)))
                    )
        title = entry.get("title", "").replace("_", " ") or f"{prefix} {index}"
        article = Article(title=title, text=text, source=source)
        assert article.text == text, "the text must be clean before answers are placed in it"
        made.append(article)
    return made, questions


def news() -> list[Article]:
    """Read the 2,225 news stories: a title, an empty line, paragraphs."""
    stories = []
    with tarfile.open(path("articles/bbc-2004-2005.tar.gz")) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            file = archive.extractfile(member) if member.name.count("/") == 2 else None
            if file:
                title, _, text = decode(file.read()).text.partition("\n")
                stories.append(Article(title=title, text=text, source=member.name))
    return stories


def xquad_among_news(limit: int | None = None) -> tuple[list[Article], list[QA]]:
    """Return XQuAD's 48 articles with the news stories, and XQuAD's questions; with `limit` about as many of each."""
    articles, questions = squad("bench_xquad_en.json.gz", prefix="xquad")
    step = max(1, len(questions) // limit) if limit else 1
    return articles + news()[:limit], questions[::step]


def rgb() -> list[Searched]:
    """Read RGB's 100 English questions of fact, each with 1 to 9 passages of either kind, of some 160 characters."""
    with gzip.open(path("qa/bench_rgb_en_fact.jsonl.gz"), "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return [
        Searched(
            line["query"],
            tuple(_flat(line["answer"])),
            tuple(map(clean_text, line["positive"])),
            tuple(map(clean_text, line["negative"])),
        )
        for line in lines
    ]


def kept_aside(part: slice, *, paragraphs: int) -> list[Article]:
    """Return whole articles until they have `paragraphs` paragraphs: `part` of SQuAD 1.1 train, then SQuADShifts' wiki.

    `part` is `training.questions.KEPT_ASIDE`; neither is trained on by `training.distil`.
    """
    chosen: list[Article] = []
    count = 0
    for name, articles, prefix in (
        ("train_squad11.json.gz", part, "squad"),
        ("train_squadshifts_new_wiki.json.gz", slice(None), "wiki"),
    ):
        found, questions = squad(name, articles=articles, prefix=prefix)
        sizes = Counter(source for source, _ in {(qa.source, qa.paragraph) for qa in questions})
        for article in found:
            if count >= paragraphs:
                return chosen
            chosen.append(article)
            count += sizes[article.source]
    return chosen


def _flat(answers: str | list[Any]) -> list[str]:
    """Return the texts of a list of lists, or of a text alone."""
    return [answers] if isinstance(answers, str) else [text for part in answers for text in _flat(part)]


def _nearest(context: str, answer: str, place: int) -> int:
    """Return where `answer` stands nearest to `place`, for cleaning may have moved it; -1 where nowhere."""
    places = []
    at = context.find(answer)
    while at >= 0:
        places.append(at)
        at = context.find(answer, at + 1)
    return min(places, key=lambda p: abs(p - place), default=-1)
