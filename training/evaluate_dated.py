"""Measure how time and disagreement are dealt with, on articles and questions written for this project.

    python -m training.evaluate_dated [--misses]

`written/dated.jsonl` holds 24 subjects, each with three articles of different dates that correct, contradict and
outdate one another, and seven questions. What is right stands in `benchmarks.conversation.dated`, whose own articles
and questions are other ones: here is chosen what is measured there. A "plain" question names no time, and there is
nothing to disagree on: it is right when it is answered so and nothing is said to be otherwise. Printed for each kind:
how many are right, how many were if nothing were refused, and in how many answers something is said otherwise.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date

from benchmarks.conversation.dated import DISAGREEMENT, Dated, asked, missed
from rag.answering.chain import AnswerChain
from rag.index.library import Library
from rag.settings import Settings
from rag.types import Answer, Article
from training.questions import WORK, WRITTEN

PLAIN = "plain"


def main() -> None:
    lines = [json.loads(line) for line in (WRITTEN / "dated.jsonl").read_text("utf-8").splitlines()]
    articles = [
        Article(title=i["title"], text=i["text"], source=f"dated/{i['id']}", published=date.fromisoformat(i["date"]))
        for i in lines
        if "text" in i
    ]
    questions = [
        {"id": f"q{number:03}", "question": item["q"], **item}
        for number, item in enumerate((line for line in lines if "q" in line), start=1)
    ]
    with Library(WORK / "dated") as library:
        library.add_articles(articles)
        patient = Settings(reading_ms=600_000)
        chain = AnswerChain(library, settings=patient)
        unrefusing = AnswerChain(library, settings=patient.model_copy(update={"min_confidence": 0.0}))
        cases = asked(chain, unrefusing, questions)
    for kind in dict.fromkeys(case.kind for case in cases):
        _report(kind, [case for case in cases if case.kind == kind])
    _report("all", cases)
    if "--misses" in sys.argv[1:]:
        print("\n".join(missed(cases)))


def _report(kind: str, cases: Sequence[Dated]) -> None:
    right = sum(_is_right(case, case.said) for case in cases)
    whatever = sum(_is_right(case, case.said_whatever) for case in cases)
    opposed = sum(_says_otherwise(case.said_whatever) for case in cases)
    shown = f", newer first in {_newer_first(cases)}" if kind == DISAGREEMENT else ""
    print(f"{kind}: {len(cases)}, right {right}, none refused {whatever}, something said otherwise {opposed}{shown}")


def _is_right(case: Dated, answer: Answer) -> bool:
    return case.is_right(answer) and not (case.kind == PLAIN and _says_otherwise(answer))


def _says_otherwise(answer: Answer) -> bool:
    return any(sentence.role == "otherwise" for sentence in answer.sentences)


def _newer_first(cases: Sequence[Dated]) -> str:
    both = [case for case in cases if case.is_right(case.said_whatever)]
    return f"{sum(case.has_newer_first(case.said_whatever) for case in both)} of {len(both)}"


if __name__ == "__main__":
    main()
