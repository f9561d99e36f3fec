"""Follow-up questions, and questions on what changes with time, on articles written for this project.

    python -m benchmarks.conversation [--write] [--misses]

The library holds the samples of `seeds/` and the 14 dated articles beside this script, which correct, contradict
and outdate one another. All 30 pairs and 20 questions were written before any of them was asked. What counts as
right stands at the top of `followups.py` and `dated.py`. `--misses` prints every miss in full after the tables: all
that was said, or would have been had nothing been refused, and which passage holds what was wanted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.conversation import dated, followups
from benchmarks.results import parser, report, share
from rag.answering.chain import AnswerChain
from rag.index.library import Library
from rag.ingest.loaders import load
from rag.settings import Settings
from rag.types import Answer

ARTICLES = Path(__file__).parent / "articles"


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--misses", action="store_true", help="print every miss in full after the tables")
    options = made.parse_args()
    with tempfile.TemporaryDirectory() as folder, Library(Path(folder) / "library") as library:
        library.add_samples()
        files = sorted(ARTICLES.glob("*.md"))
        library.add_articles(a for file in files for a in load(file, source=f"conversation/{file.name}"))
        chain, unrefusing = AnswerChain(library), AnswerChain(library, settings=Settings(min_confidence=0.0))
        pairs = followups.ask(chain, unrefusing, options.limit)
        cases = dated.ask(chain, unrefusing, options.limit)
        said = [answer for pair in pairs for answer in pair.all_said()]
        said += [answer for case in cases for answer in (case.said, case.said_whatever)]
        checked = _checked(said, library)
    report(
        "conversation",
        "Conversation and time",
        "\n\n".join([checked, followups.described(pairs), dated.described(cases)]),
        write=options.write,
        limit=options.limit,
    )
    if options.misses:
        print("\n".join([*followups.missed(pairs), *dated.missed(cases)]))


def _checked(said: Sequence[Answer], library: Library) -> str:
    """Say how many quotes are the article's words, and how many passages there was the time to read."""
    citations = [citation for answer in said for citation in answer.citations]
    equal = sum(library.article(c.article_id).text[c.start : c.end] == c.quote for c in citations)
    came_up = [passage for answer in said for passage in answer.passages]
    read = sum("reader" in passage.scores for passage in came_up)
    return (
        f"Citations equal to the article's text: {share(equal, len(citations))}. Passages read, of those that came up: "
        f"{read / len(said):.1f} of {len(came_up) / len(said):.1f} an answer, as far as the time for reading went."
    )


if __name__ == "__main__":
    main()
