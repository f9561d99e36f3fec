"""Twelve questions on one real article, a news report that is not part of the project.

    BENCH_DATA=... python -m benchmarks.article [--write]

`article_questions.jsonl` was written before the article was asked anything: nine questions that it answers,
three that it does not though they sound like it. The library holds that article alone. Right is: a quote
holds an accepted answer; of the last three: refused. No word of the article is printed.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from benchmarks import data
from benchmarks.results import parser, report, share, table
from rag.answering.chain import AnswerChain
from rag.evaluate.accepted import holds
from rag.index.library import Library

ARTICLE = "articles/000_f39f2d85c56b5d82.txt"
QUESTIONS = Path(__file__).parent / "article_questions.jsonl"


def main() -> None:
    options = parser(__doc__).parse_args()
    lines = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()][: options.limit]
    rows: list[tuple[str, ...]] = []
    rights: dict[bool, list[bool]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as folder, Library(Path(folder) / "library") as library:
        library.add(data.path(ARTICLE))
        chain = AnswerChain(library)
        for line in lines:
            answers = line["answers"]
            said = chain.invoke(line["question"])
            quoted = any(holds(citation.quote, answers) for citation in said.citations)
            right = quoted if answers else not said.found
            rights[bool(answers)].append(right)
            done = f"{len(said.citations)} quoted" if said.found else "refused"
            accepted = "; ".join(answers) or "not answered there"
            done = f"{done} [{said.confidence:.2f}]"
            rows.append((line["question"], accepted, done, "right" if right else "**wrong**"))
    summary = (
        f"Answerable: an accepted answer quoted in {share(sum(rights[True]), len(rights[True]))}. "
        f"Not answerable: refused {share(sum(rights[False]), len(rights[False]))}."
    )
    listed = table(("question", "accepted", "what was done [confidence]", ""), rows)
    report(
        "article",
        "Twelve questions on a real article",
        f"{summary}\n\n{listed}",
        write=options.write,
        limit=options.limit,
    )


if __name__ == "__main__":
    main()
