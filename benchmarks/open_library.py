"""End to end in an open library: XQuAD's questions among 2,273 articles and 5,000 more paragraphs of Wikipedia.

    BENCH_DATA=... python -m benchmarks.open_library [--write] [--fresh]

The library holds XQuAD's 48 articles (240 paragraphs), 2,225 news stories, and whole articles with 5,000 paragraphs
that `training.distil` leaves out (the weights that it starts from have seen some of them): the kept-aside
fifth of SQuAD 1.1 train, then SQuADShifts' Wikipedia. All 1,190 questions are asked of it.

- Retrieval: a hit is a passage of the right article that covers an accepted answer where it stands. Before reading
  are the ten passages that the search gives, after it `Answer.passages`, at most the first ten.
- Answers: exact match and F1 of the short answer (of the first quote where there is none) by SQuAD's normalisation.
  Right is an answer whose first answering sentence quotes an accepted answer where it stands in the right article.
- Calibration: those 1,190 answers, and a fixed half of the questions asked of the same library without XQuAD's
  articles, where nothing that is said is right. A refused question counts with what was held back.
- Time budgets for reading, 50 passages, a fixed draw of 200 questions, nothing refused.

The library stays in `benchmarks/work` and is used again until the code that makes it changes; `--fresh` makes it
anew (some minutes).
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from tqdm import tqdm

from benchmarks import data
from benchmarks.data import QA
from benchmarks.results import MAKES_LIBRARY, Row, kept_folder, measured, parser, report, share, table
from rag.answering.chain import AnswerChain
from rag.evaluate.metrics import (
    area_under_risk_coverage,
    auroc,
    exact_match,
    expected_calibration_error,
    hit_rate,
    mean_reciprocal_rank,
    percentile,
    reliability,
    token_f1,
)
from rag.index.library import Library
from rag.settings import Settings
from rag.types import Answer, Article, Citation, Passage
from training import questions as training_questions
from training.questions import KEPT_ASIDE

DEPTH = 10
PARAGRAPHS = 5000
BUDGETS = (50, 100, 200, 400)
"""Milliseconds for reading."""
BUDGET_PASSAGES = 50
BUDGET_QUESTIONS = 200

_MAKERS = (*MAKES_LIBRARY, Path(training_questions.__file__))
_WARMING_UP = "Is this the first question?"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what came of it."""

    qa: QA
    searched: int | None
    """Rank of the first hit in the search; None where there is none."""
    read: int | None
    """Its rank among the passages of the answer."""
    found: bool
    confidence: float
    words: str
    """The short answer or the first quote, of a refused question as well."""
    right: bool
    milliseconds: float

    @property
    def exact(self) -> float:
        """The exact match of the words: 0 or 1."""
        return exact_match(self.words, self.qa.answers)

    @property
    def f1(self) -> float:
        """The token F1 of the words."""
        return token_f1(self.words, self.qa.answers)


Judged = tuple[float, bool]
"""Confidence, and whether the answer was right."""


def main() -> None:
    options = _parser().parse_args()
    own, others, questions = _corpus(options.limit)
    suffix = f"-{options.limit}" if options.limit else ""
    folder = kept_folder(f"open-library{suffix}", _MAKERS, fresh=options.fresh)
    absent = _asked_without(folder, own, others, questions)
    with Library(folder) as library:
        library.add_articles(own)
        asked = _asked(library, questions, Settings(), name="shipped settings")
        budgets = _budgets(library, questions)
        status = library.status()
    held = f"{len(questions):,} questions, {status.articles:,} articles, {status.chunks:,} chunks."
    body = f"""{held} ± one standard error.

{_retrieval(asked)}

{_answers(asked)}

{_calibration(asked, absent)}

{budgets}"""
    report("open_library", "Questions in an open library", body, write=options.write, limit=options.limit)


def _parser() -> argparse.ArgumentParser:
    made = parser(__doc__)
    made.add_argument("--fresh", action="store_true", help="make the library anew")
    return made


def _corpus(limit: int | None) -> tuple[list[Article], list[Article], list[QA]]:
    """Return XQuAD's articles, the others of the library, and the questions."""
    own, questions = data.squad("bench_xquad_en.json.gz", prefix="xquad")
    others = data.news()[:limit] + data.kept_aside(KEPT_ASIDE, paragraphs=limit or PARAGRAPHS)
    step = max(1, len(questions) // limit) if limit else 1
    return own, others, questions[::step]


def _asked_without(
    folder: Path, own: Sequence[Article], others: Sequence[Article], questions: list[QA]
) -> list[Answer]:
    """Ask half of the questions while the library lacks the articles that they are on."""
    half = random.Random(0).sample(questions, len(questions) // 2)
    with Library(folder) as library:
        print(f"adding {len(others):,} articles ...", file=sys.stderr)
        print(f"the library: {library.add_articles(others)}", file=sys.stderr)
        stored = {info.id for info in library.articles()}
        for article in own:
            if article.id in stored:
                library.remove(article.id)
        chain = AnswerChain(library, settings=Settings())
        return [chain.invoke(qa.question) for qa in tqdm(half, "articles missing", file=sys.stderr)]


def _asked(library: Library, questions: Sequence[QA], settings: Settings, *, name: str) -> list[Asked]:
    chain = AnswerChain(library, settings=settings)
    unrefusing = AnswerChain(library, settings=settings.model_copy(update={"min_confidence": 0.0}))
    chain.invoke(_WARMING_UP)
    asked = []
    for qa in tqdm(questions, name, file=sys.stderr):
        said = chain.invoke(qa.question)
        whole = said if said.found else unrefusing.invoke(qa.question)
        quotes = _first_quotes(whole)
        asked.append(
            Asked(
                qa=qa,
                searched=_rank(qa, library.search(qa.question, DEPTH)),
                read=_rank(qa, said.passages[:DEPTH]),
                found=said.found,
                confidence=said.confidence,
                words=whole.short or next((quote.quote for quote in quotes), ""),
                right=any(qa.is_answered_by(quote.source, quote.start, quote.end) for quote in quotes),
                milliseconds=said.timings.get("total", 0.0),
            )
        )
    return asked


def _first_quotes(answer: Answer) -> list[Citation]:
    """Return the quotes on which the first sentence rests that is there to answer."""
    numbers = next((sentence.citations for sentence in answer.sentences if sentence.role == "answer"), ())
    return [citation for citation in answer.citations if citation.number in numbers]


def _rank(qa: QA, passages: Iterable[Passage]) -> int | None:
    hits = (
        rank
        for rank, passage in enumerate(passages, start=1)
        if qa.is_answered_by(passage.source, passage.chunk.start, passage.chunk.end)
    )
    return next(hits, None)


def _retrieval(asked: Sequence[Asked]) -> str:
    before, after = [item.searched for item in asked], [item.read for item in asked]
    rows = [*_rank_rows("search", before), *_rank_rows("after reading", after, hit1=0.955, mrr=0.965)]
    return table(("retrieval", "figure", "bar", ""), rows)


def _rank_rows(
    name: str, ranks: Sequence[int | None], *, hit1: float | None = None, mrr: float | None = None
) -> list[Row]:
    return [
        measured(f"{name}: hit@1", ranks, _hit1, least=hit1),
        measured(f"{name}: hit@5", ranks, lambda some: hit_rate(some, k=5) or 0.0),
        measured(f"{name}: MRR@{DEPTH}", ranks, lambda some: mean_reciprocal_rank(some, k=DEPTH) or 0.0, least=mrr),
    ]


def _answers(asked: Sequence[Asked]) -> str:
    answered = [item for item in asked if item.found]
    right = sum(item.right for item in answered)
    rows: list[Row] = [
        measured("nothing refused: exact match", [100 * item.exact for item in asked], fmean, digits=1),
        measured("nothing refused: F1", [100 * item.f1 for item in asked], fmean, least=80, digits=1),
        ("nothing refused: right", share(sum(item.right for item in asked), len(asked)), "", ""),
        ("answered, with the shipped threshold", share(len(answered), len(asked)), "", ""),
        ("of the answered: right", share(right, len(answered)), "", ""),
        ("milliseconds, median", f"{median(item.milliseconds for item in asked):.0f}", "", ""),
    ]
    return table(("answers", "figure", "bar", ""), rows)


def _calibration(asked: Sequence[Asked], absent: Sequence[Answer]) -> str:
    judged = [(item.confidence, item.right) for item in asked] + [(answer.confidence, False) for answer in absent]
    present = [True] * len(asked) + [False] * len(absent)
    apart = auroc([confidence for confidence, _ in judged], present) or 0.0
    refused = sum(not answer.found for answer in absent)
    rows: list[Row] = [
        measured("expected calibration error, 10 bins", judged, _calibration_error, most=0.05),
        measured("area under the risk-coverage curve", judged, _risk_area),
        ("AUROC of the confidence: articles there or missing", f"{apart:.3f}", "", ""),
        ("articles missing: refused", share(refused, len(absent)), "", ""),
    ]
    bins = [
        (f"{held.low:.1f} to {held.high:.1f}", f"{held.count:,}", f"{held.confidence:.2f}", f"{held.accuracy:.2f}")
        for held in reliability(*_columns(judged))
    ]
    head = f"calibration, {len(asked):,} with the articles and {len(absent):,} without"
    return f"""{table((head, "figure", "bar", ""), rows)}

{table(("confidence", "answers", "mean confidence", "right"), bins)}"""


def _budgets(library: Library, questions: Sequence[QA]) -> str:
    drawn = random.Random(0).sample(questions, min(BUDGET_QUESTIONS, len(questions)))
    rows = []
    for budget in BUDGETS:
        settings = Settings(passages=BUDGET_PASSAGES, reading_ms=budget, min_confidence=0.0)
        asked = _asked(library, drawn, settings, name=f"{budget} ms")
        times = [item.milliseconds for item in asked]
        hit1, f1 = _hit1([item.read for item in asked]), 100 * fmean(item.f1 for item in asked)
        p95 = percentile(times, 0.95) or 0.0
        rows.append((f"{budget} ms", f"{median(times):.0f} ms", f"{p95:.0f} ms", f"{hit1:.3f}", f"{f1:.1f}"))
    head = f"for reading, {len(drawn)} questions"
    return table((head, "an answer, median", "95th percentile", "hit@1", "F1"), rows)


def _hit1(ranks: Sequence[int | None]) -> float:
    return hit_rate(ranks, k=1) or 0.0


def _calibration_error(judged: Sequence[Judged]) -> float:
    return expected_calibration_error(*_columns(judged)) or 0.0


def _risk_area(judged: Sequence[Judged]) -> float:
    return area_under_risk_coverage(*_columns(judged)) or 0.0


def _columns(judged: Sequence[Judged]) -> tuple[list[float], list[bool]]:
    return [confidence for confidence, _ in judged], [right for _, right in judged]


if __name__ == "__main__":
    main()
