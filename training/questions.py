"""The library and the questions that search and the extractor are fitted on: training sets only."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.data import QA
from rag.index.library import Library
from rag.index.terms import content_words
from rag.ingest.splitter import SentenceSplitter
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
    """The passage's name: ``squad/..#offset`` on SQuAD's paragraphs, ``A-07-2`` in the archive of invented news,
    ``bbc/..#offset`` and ``article/..#offset`` on a chunk of a news story or of an invented article."""
    question: str
    answers: tuple[str, ...]
    """As they stand in the passage, the shortest first; empty where it does not answer."""
    answer_span: tuple[int, int] | None = None
    """Where the first answer stands in the article; None where its first place in the passage is meant."""

    @property
    def kind(self) -> str:
        """Return what it is on: "paragraphs", "archive", "stories" or "articles"."""
        return kind_of(self.passage)

    @property
    def source(self) -> str:
        """The source of the article that the passage is of."""
        return self.passage.partition("#")[0]

    def place(self, text: str) -> tuple[int, int]:
        """Return where the first answer begins and ends in the passage's text."""
        if self.answer_span:
            offset = int(self.passage.rpartition("#")[2])
            return self.answer_span[0] - offset, self.answer_span[1] - offset
        start = text.find(self.answers[0])
        return start, start + len(self.answers[0])


def kind_of(passage: str) -> str:
    """Return what a passage of that name is of: "paragraphs", "archive", "stories" or "articles"."""
    kinds = {"squad": "paragraphs", "bbc": "stories", "article": "articles"}
    return kinds.get(passage.partition("/")[0], "archive")


def written_questions(*, kept_aside: bool = False) -> tuple[dict[str, tuple[str, str]], list[Written]]:
    """Return title and text of each passage by its name, and the questions, or those that are never trained on.

    Kept aside are a tenth of the paragraphs and of the archive, and a third of the stories and articles.
    """
    passages: dict[str, tuple[str, str]] = {}
    found = [
        *_on_paragraphs(passages),
        *_on_archive(passages),
        *_on_chunks("stories.jsonl", {article.source: article for article in data.news()}, passages),
        *_on_chunks("articles.jsonl", {article.source: article for article in invented_articles()}, passages),
    ]
    return passages, [item for item in found if _is_aside(item.passage) == kept_aside]


def invented_articles() -> list[Article]:
    """Return the articles written for this project to ask questions on: of many kinds, 200 to 350 words each."""
    items = [item for item in _lines("articles.jsonl") if "text" in item]
    return [
        Article(title=i["title"], text=i["text"], source=f"article/{i['id']}", published=date.fromisoformat(i["date"]))
        for i in items
    ]


def _on_paragraphs(passages: dict[str, tuple[str, str]]) -> Iterator[Written]:
    articles, _ = data.squad("train_squad11.json.gz", prefix="squad")
    by_source = {article.source: article for article in articles}
    for item in _lines("paragraphs.jsonl"):
        source, _, offset = item["p"].rpartition("#")
        paragraph = by_source[source].text[int(offset) :].partition("\n\n")[0]
        passages[item["p"]] = (by_source[source].title, paragraph)
        yield Written(item["p"], item["q"], tuple(item["a"]))


def _on_archive(passages: dict[str, tuple[str, str]]) -> Iterator[Written]:
    for item in _lines("archive.jsonl"):
        if "text" in item:
            passages[item["id"]] = (item["title"], item["text"])
        else:
            yield Written(item["p"], item["q"], tuple(item["a"]))


def _on_chunks(file: str, articles: dict[str, Article], passages: dict[str, tuple[str, str]]) -> Iterator[Written]:
    """Yield what is asked on whole articles with the chunk that it is on; put their chunks among `passages`.

    A question that an article does not answer goes with the chunk that shares most words with it.
    """
    splitter = SentenceSplitter()
    for item in _lines(file):
        if "text" in item:
            continue
        article = articles[item["p"]]
        chunks = {f"{article.source}#{start}": article.text[start:end] for start, end in splitter.spans(article.text)}
        passages.update({name: (article.title, text) for name, text in chunks.items()})
        if item["a"]:
            near = article.text.find(item["near"])
            start = article.text.find(item["a"][0], near)
            span = (start, start + len(item["a"][0]))
            name = next((name for name, text in chunks.items() if near >= 0 and _holds(name, text, span)), "")
        else:
            span = None
            asked = set(content_words(item["q"]))
            name = max(chunks, key=lambda name: len(asked & set(content_words(chunks[name]))))
        if name:
            yield Written(name, item["q"], tuple(item["a"]), span)


def _holds(name: str, text: str, span: tuple[int, int]) -> bool:
    offset = int(name.rpartition("#")[2])
    return offset <= span[0] and span[1] <= offset + len(text)


def _lines(file: str) -> Iterator[dict[str, Any]]:
    return map(json.loads, (WRITTEN / file).read_text("utf-8").splitlines())


def group(passage: str) -> str:
    """Return the name of the passages that tell of nearly the same thing: of the archive, of an article."""
    kind = kind_of(passage)
    return {"archive": passage.rpartition("-")[0], "paragraphs": passage}.get(kind, passage.partition("#")[0])


def _is_aside(passage: str) -> bool:
    return sha256(group(passage).encode()).digest()[0] < (85 if kind_of(passage) in ("stories", "articles") else 26)


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
