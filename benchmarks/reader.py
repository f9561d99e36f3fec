"""The reader alone, as shipped: does it find the answer in a passage, and does it see that a passage has none?

    BENCH_DATA=... python -m benchmarks.reader [--write] [--full] [--model FOLDER]

The score of a passage is its likeliest answer less "no answer here". Three parts:

- XQuAD, every question with its own paragraph, without a title: exact match and F1 of the likeliest answer,
  whatever its score, by SQuAD's normalisation. As in an answer, the sentence that holds it is read twice.
- XQuAD, a fixed draw of 400 of those questions (`--full`: all): its own paragraph against wrong ones, which hold no
  accepted answer: the best-scored of the first 30 that BM25 finds, and the first by vectors, among XQuAD's 240
  paragraphs and SQuADShifts' 1,581 of Wikipedia.
- RGB, 100 questions of fact with passages that a web search gave, all of them read (1 to 9 of each kind): the
  best-scored that holds the answer against the best-scored of those that do not. Those do, of 49 questions, by other
  words than the accepted ones (`rgb_judged.json`), so that a perfect reader would come to an AUROC of some 0.75;
  the same is given for the 38 questions in whose passages a careful reading found no answer at all.

AUROC is the chance that a right passage scores above a wrong one, over all questions. `--model` measures another
reader: a folder with ``model.onnx``, ``tokenizer.json`` and ``card.json``.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean

from tqdm import tqdm

from benchmarks import data
from benchmarks.data import QA, Searched
from benchmarks.results import Row, measured, parser, report, table
from rag.answering.reader import Reader
from rag.evaluate.accepted import holds
from rag.evaluate.metrics import auroc, exact_match, token_f1
from rag.index.embeddings import OnnxEmbedder
from rag.index.search import full_text_query
from rag.types import Article

DRAWN = 400
"""Questions that are read against wrong passages, unless all are."""
WRONG = 30
"""Wrong passages that each of them is read with."""
ANSWERED, ABSTAINED = 0.85, 0.60
"""Of RGB: right passages that should be answered from while wrong ones are refused."""

Scores = tuple[float, float]
"""Of the right passage and of the wrong one."""


@dataclass(frozen=True, slots=True)
class Found:
    """The likeliest answer in some passages."""

    score: float
    """Above 0 where an answer is likelier than none."""
    words: str


class Paragraphs:
    """The paragraphs on which there are questions, searched by BM25. Each is known by its number."""

    def __init__(self, articles: Sequence[Article], questions: Sequence[QA]) -> None:
        by_source = {article.source: article for article in articles}
        places = sorted({(qa.source, qa.paragraph) for qa in questions})
        self.texts = [by_source[source].text[start:end] for source, (start, end) in places]
        self.titles = [by_source[source].title for source, _ in places]
        self._number = {place: number for number, place in enumerate(places)}
        self._index = sqlite3.connect(":memory:")
        self._index.execute("CREATE VIRTUAL TABLE p USING fts5(text, tokenize='porter unicode61')")
        self._index.executemany("INSERT INTO p(rowid, text) VALUES (?, ?)", enumerate(self.texts))

    def own(self, qa: QA) -> int:
        """Return the paragraph that the question is on."""
        return self._number[qa.source, qa.paragraph]

    def wrong(self, qa: QA, count: int) -> list[int]:
        """Return the first `count` that BM25 finds, but for the question's own and any with an accepted answer."""
        query = full_text_query(qa.question)
        rows = self._index.execute("SELECT rowid FROM p WHERE p MATCH ? ORDER BY rank", (query,))
        return self.first_wrong(qa, (number for (number,) in rows), count)

    def first_wrong(self, qa: QA, ranking: Iterable[int], count: int) -> list[int]:
        """Return the first `count` wrong ones of a ranking."""
        own = self.own(qa)
        wrong = (number for number in ranking if number != own and not holds(self.texts[number], qa.answers))
        return list(islice(wrong, count))


def main() -> None:
    made = _parser()
    options = made.parse_args()
    if options.model and options.write:
        made.error("--write is for the reader that is shipped: leave out --model")
    reader = Reader(options.model)
    paragraphs, questions = _corpus(options.limit)
    own = [
        pointed_at(reader, qa.question, paragraphs.texts[paragraphs.own(qa)])
        for qa in tqdm(questions, "own paragraph", file=sys.stderr)
    ]
    drawn = range(len(questions)) if options.full else _drawn(len(questions))
    rows = [
        *_answers(own, questions),
        *_refusals(reader, paragraphs, [(questions[n], own[n].score) for n in drawn]),
        *_web_search(reader, data.rgb()[: options.limit]),
    ]
    body = f"""{reader.name}. ± one standard error.

{table(("", "figure", "bar", ""), rows)}"""
    report("reader", "The reader alone", body, write=options.write, limit=options.limit)


def pointed_at(reader: Reader, question: str, text: str) -> Found:
    """Return the answer in `text`, as the reader points at it after a second look."""
    score, start, end = reader.point(question, text)
    return Found(score, text[start:end])


def likeliest(reader: Reader, question: str, texts: Sequence[str]) -> Found:
    """Return the best-scored answer in any of `texts`."""
    found = [Found(-math.inf, "")]
    for reading, text in zip(reader.read(question, texts), texts, strict=True):
        score, start, end = reading.best(0, len(text))
        found.append(Found(score, text[start:end]))
    return max(found, key=lambda answer: answer.score)


def told_apart(pairs: Sequence[Scores]) -> float:
    """Return the AUROC of right passages against wrong ones, 0.5 where there is neither."""
    scores = [score for pair in pairs for score in pair]
    area = auroc(scores, [True, False] * len(pairs))
    return 0.5 if area is None else area


def abstained(pairs: Sequence[Scores], *, answered: float) -> float:
    """Return the share of wrong passages under the highest threshold that `answered` of the right ones reach."""
    rights = sorted((right for right, _ in pairs), reverse=True)
    threshold = rights[_count(answered, len(pairs)) - 1]
    return fmean(wrong < threshold for _, wrong in pairs)


def answered(pairs: Sequence[Scores], *, abstained: float) -> float:
    """Return the share of right passages above the lowest threshold that keeps out `abstained` of the wrong ones."""
    wrongs = sorted(wrong for _, wrong in pairs)
    highest = wrongs[_count(abstained, len(pairs)) - 1]
    return fmean(right > highest for right, _ in pairs)


def _parser() -> argparse.ArgumentParser:
    made = parser(__doc__)
    made.add_argument("--full", action="store_true", help=f"all questions against wrong passages, not {DRAWN}")
    made.add_argument("--model", type=Path, metavar="FOLDER", help="another reader than the one that is shipped")
    return made


def _corpus(limit: int | None) -> tuple[Paragraphs, list[QA]]:
    articles, questions = data.squad("bench_xquad_en.json.gz", prefix="xquad")
    others, on_others = data.squad("train_squadshifts_new_wiki.json.gz", articles=slice(limit), prefix="wiki")
    step = max(1, len(questions) // limit) if limit else 1
    return Paragraphs(articles + others, questions + on_others), questions[::step]


def _drawn(count: int) -> list[int]:
    return sorted(random.Random(0).sample(range(count), min(DRAWN, count)))


def _answers(own: Sequence[Found], questions: Sequence[QA]) -> list[Row]:
    name = f"XQuAD, own paragraph, {len(questions):,} questions"
    exact = [exact_match(found.words, qa.answers) for found, qa in zip(own, questions, strict=True)]
    shared = [token_f1(found.words, qa.answers) for found, qa in zip(own, questions, strict=True)]
    return [
        measured(f"{name}: exact match", exact, _percent, least=70, digits=1),
        measured(f"{name}: F1", shared, _percent, least=82, digits=1),
    ]


def _refusals(reader: Reader, paragraphs: Paragraphs, asked: Sequence[tuple[QA, float]]) -> list[Row]:
    by_words = [
        (right, likeliest(reader, qa.question, [paragraphs.texts[n] for n in paragraphs.wrong(qa, WRONG)]).score)
        for qa, right in tqdm(asked, f"best of {WRONG} wrong", file=sys.stderr)
    ]
    by_vectors = [
        (right, likeliest(reader, qa.question, wrong).score)
        for (qa, right), wrong in zip(asked, _nearest_wrong(paragraphs, [qa for qa, _ in asked]), strict=True)
    ]
    name = f"XQuAD, {len(asked):,} questions"
    return [
        measured(f"{name}: AUROC, best of {WRONG} wrong by BM25", by_words, told_apart, least=0.968),
        measured(f"{name}: AUROC, first wrong by vectors", by_vectors, told_apart),
        measured(f"{name}: own paragraph scores above 0", [right > 0 for right, _ in by_words], fmean),
        measured(f"{name}: none of the {WRONG} wrong does", [wrong <= 0 for _, wrong in by_words], fmean),
    ]


def _nearest_wrong(paragraphs: Paragraphs, questions: Sequence[QA]) -> list[list[str]]:
    """Return for each question the wrong paragraph whose vector is nearest, as a list of one."""
    embedder = OnnxEmbedder()
    vectors = embedder.documents(paragraphs.texts)
    rankings = ((-(vectors @ embedder.query(qa.question))).argsort() for qa in questions)
    return [
        [paragraphs.texts[number] for number in paragraphs.first_wrong(qa, ranking.tolist(), 1)]
        for qa, ranking in zip(questions, rankings, strict=True)
    ]


def _unanswered(count: int) -> list[int]:
    """Return which of RGB's first `count` questions have "negative" passages in which a reading found no answer."""
    judged = json.loads((Path(__file__).parent / "rgb_judged.json").read_text("utf-8"))
    return [number for number in judged["none"] if number < count]


def _web_search(reader: Reader, searched: Sequence[Searched]) -> list[Row]:
    found = [
        (likeliest(reader, item.question, item.positive), likeliest(reader, item.question, item.negative))
        for item in tqdm(searched, "RGB", file=sys.stderr)
    ]
    pairs = [(right.score, wrong.score) for right, wrong in found]
    words = [(right.words, item.answers) for (right, _), item in zip(found, searched, strict=True)]
    name = f"RGB, {len(pairs)} questions"
    return [
        measured(f"{name}: AUROC", pairs, told_apart, least=0.75),
        measured(
            f"{name}: abstains from the wrong while answering {ANSWERED:.0%} of the right".replace("%", " %"),
            pairs,
            lambda some: abstained(some, answered=ANSWERED),
            least=ABSTAINED,
        ),
        measured(
            f"{name}: answers the right while abstaining from {ABSTAINED:.0%} of the wrong".replace("%", " %"),
            pairs,
            lambda some: answered(some, abstained=ABSTAINED),
        ),
        *_without_answers([pairs[number] for number in _unanswered(len(pairs))]),
        measured(f"{name}: right passage scores above 0", [right > 0 for right, _ in pairs], fmean),
        measured(f"{name}: no wrong passage does", [wrong <= 0 for _, wrong in pairs], fmean),
        measured(f"{name}: answer from the right is an accepted one", [exact_match(*pair) for pair in words], fmean),
        measured(f"{name}: answer from the right holds an accepted one", [holds(*pair) for pair in words], fmean),
    ]


def _without_answers(pairs: Sequence[Scores]) -> list[Row]:
    """Return the rows of the questions whose wrong passages hold no answer indeed."""
    if not pairs:
        return []
    return [
        measured(f"RGB, {len(pairs)} of them without an answer indeed: AUROC", pairs, told_apart),
        measured(
            f"RGB, the same: abstains from the wrong while answering {ANSWERED:.0%} of the right".replace("%", " %"),
            pairs,
            lambda some: abstained(some, answered=ANSWERED),
        ),
    ]


def _percent(values: Sequence[float]) -> float:
    return 100 * fmean(values)


def _count(share: float, total: int) -> int:
    """Return the least number of `total` that is at least `share` of it."""
    return max(1, math.ceil(share * total - 1e-9))


if __name__ == "__main__":
    main()
