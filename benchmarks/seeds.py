"""The 60 questions of `seeds/questions.jsonl`, asked of the sample articles in a new library.

    python -m benchmarks.seeds [--write]

A quote holds an accepted answer when the answer stands in it as whole words, whitespace collapsed.
Only quotes of the article that the question was written on count. Bars: 85 % of the answerable ones,
75 % of the others refused, every citation equal to the stored article's text.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from benchmarks.results import parser, report, share, table, verdict
from rag.answering.chain import AnswerChain
from rag.evaluate.accepted import collapsed, holds
from rag.index.library import Library
from rag.settings import Settings
from rag.text import one_line
from rag.types import Answer, Citation

FILE = Path(__file__).parent.parent / "seeds" / "questions.jsonl"


@dataclass(frozen=True)
class Case:
    """A question and what was said."""

    id: str
    question: str
    answers: tuple[str, ...]
    """Empty where the articles do not answer."""
    evidence: str
    source: str
    said: Answer
    said_whatever: Answer
    """What is said when nothing is refused for being weak."""

    def is_right(self) -> bool:
        """Say whether the right thing was done: an accepted answer quoted, or the question refused."""
        return bool(self._right(self.said)) if self.answers else not self.said.found

    def is_right_at_once(self) -> bool:
        """Say whether the first sentence quotes an accepted answer."""
        return any(citation.number == 1 for citation in self._right(self.said))

    def quotes_evidence(self) -> bool:
        """Say whether the sentence from which the question was made is among those that are right."""
        marked = collapsed(self.evidence)
        quotes = [collapsed(citation.quote) for citation in self._right(self.said)]
        return any(marked in quote or quote in marked for quote in quotes)

    def is_right_unrefused(self) -> bool:
        """Say whether an accepted answer is quoted when nothing is refused."""
        return bool(self._right(self.said_whatever))

    def was_read(self) -> bool:
        """Say whether a passage that was looked at holds an accepted answer."""
        return any(self._is_source(p.source) and holds(p.text, self.answers) for p in self.said.passages)

    def _right(self, answer: Answer) -> list[Citation]:
        return [c for c in answer.citations if self._is_source(c.source) and holds(c.quote, self.answers)]

    def _is_source(self, source: str) -> bool:
        return source == f"samples/{self.source}"


def main() -> None:
    options = parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder, Library(Path(folder) / "library") as library:
        library.add_samples()
        cases = ask_all(library, options.limit)
        citations = [c for case in cases for c in case.said.citations]
        equal = sum(library.article(c.article_id).text[c.start : c.end] == c.quote for c in citations)
    answerable = [case for case in cases if case.answers]
    others = [case for case in cases if not case.answers]
    lengths = [len(case.said.sentences) for case in cases if case.said.found]
    right, refused = sum(c.is_right() for c in answerable), sum(c.is_right() for c in others)

    enough = right >= 0.85 * len(answerable)

    def of_answerable(kept: Callable[[Case], bool]) -> str:
        return share(sum(map(kept, answerable)), len(answerable))

    rows = [
        ("answerable: a quote holds an accepted answer", of_answerable(Case.is_right), "85 %", enough),
        ("the same, in the first sentence", of_answerable(Case.is_right_at_once), "", None),
        ("the same, the sentence marked as evidence", of_answerable(Case.quotes_evidence), "", None),
        ("the same, had nothing been refused", of_answerable(Case.is_right_unrefused), "", None),
        ("a passage that was read holds one", of_answerable(Case.was_read), "", None),
        ("not answerable: refused", share(refused, len(others)), "75 %", refused >= 0.75 * len(others)),
        ("citations equal to the article's text", share(equal, len(citations)), "100 %", equal == len(citations)),
        ("sentences an answer, mean", f"{mean(lengths):.2f}" if lengths else "none", "", None),
    ]
    figures = table(
        ("", "figure", "bar", ""),
        [(name, figure, bar, "" if kept is None else verdict(kept)) for name, figure, bar, kept in rows],
    )
    missed = table(
        ("", "question", "what was said"),
        [(case.id, case.question, _said(case)) for case in cases if not case.is_right()],
    )
    report(
        "seeds",
        "Questions on the sample articles",
        f"{figures}\n\nEvery miss:\n\n{missed}",
        write=options.write,
        limit=options.limit,
    )


def ask_all(library: Library, limit: int | None = None) -> list[Case]:
    """Ask every question, as a person would and once more with no answer refused for being weak."""
    chain = AnswerChain(library)
    unrefusing = AnswerChain(library, settings=Settings(min_confidence=0.0))
    lines = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
    return [
        Case(
            id=line["id"],
            question=line["question"],
            answers=tuple(line["answers"]),
            evidence=line["evidence"] or "",
            source=line["source"] or "",
            said=chain.invoke(line["question"]),
            said_whatever=unrefusing.invoke(line["question"]),
        )
        for line in lines[:: max(1, len(lines) // limit) if limit else 1]
    ]


def _said(case: Case) -> str:
    quotes = " / ".join(f"{one_line(c.quote)} ({Path(c.source).name})" for c in case.said.citations)
    if case.said.found:
        return f"{quotes} [{case.said.confidence:.2f}]"
    where = "a passage that was read holds it" if case.was_read() else "no passage that was read holds it"
    return f"refused [{case.said.confidence:.2f}]; {where}"


if __name__ == "__main__":
    main()
