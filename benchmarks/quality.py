"""Retrieval and answers on XQuAD's 1,190 English questions, beside the plain LangChain chain.

    BENCH_DATA=... python -m benchmarks.quality [--write] [--fresh]

The library holds XQuAD's 48 articles (five paragraphs each) and 2,225 news stories to get lost in. A hit is
a chunk of the right article that covers an accepted answer where it stands. Four rankings in one run:
Footnote's search, its BM25 and its vectors alone, and the plain chain (see `benchmarks/plain.py`). Then
what a reader is shown: Footnote's quotes, and for the plain chain, which has no reader, its first chunks.
Bar: hit@5 at least the better of the plain chain and BM25 alone.

Both indexes stay in `benchmarks/work` and are used again until the code that makes them changes; `--fresh`
makes them anew.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from tqdm import tqdm

from benchmarks import data, plain
from benchmarks.data import QA
from benchmarks.results import MAKES_LIBRARY, kept_folder, parser, report, share, table, verdict
from rag.answering.chain import AnswerChain
from rag.evaluate.accepted import holds
from rag.evaluate.metrics import hit_rate, mean_reciprocal_rank
from rag.index.library import Library
from rag.types import Answer, Article

DEPTH = 10
_MAKES_PLAIN = (Path(plain.__file__), Path(data.__file__))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an article: a chunk that came up, or a quote."""

    source: str
    start: int
    end: int
    text: str

    def covers_answer(self, qa: QA) -> bool:
        """Say whether an accepted answer stands in it, where the question has it."""
        return qa.is_answered_by(self.source, self.start, self.end)


Ranking = Callable[[str], list[Piece]]
"""From a question to its `DEPTH` best pieces, best first."""


def main() -> None:
    options = _parser().parse_args()
    articles, questions = data.xquad_among_news(options.limit)
    suffix = f"-{options.limit}" if options.limit else ""
    library = _library(articles, kept_folder(f"quality{suffix}", MAKES_LIBRARY, fresh=options.fresh))
    plain_ranking = _plain_ranking(articles, kept_folder(f"quality-plain{suffix}", _MAKES_PLAIN, fresh=options.fresh))
    rankings: dict[str, Ranking] = {
        "Footnote": lambda q: [Piece(p.source, p.chunk.start, p.chunk.end, p.text) for p in library.search(q, DEPTH)],
        **_halves(library),
        "plain chain": plain_ranking,
    }
    came_up = {name: _asked(name, ranking, questions) for name, ranking in rankings.items()}
    figures = {name: _figures(pieces, questions) for name, pieces in came_up.items()}
    chain = AnswerChain(library)
    said = [chain.invoke(qa.question) for qa in tqdm(questions, "Footnote, answers", file=sys.stderr)]

    bar = max(figures["plain chain"][1], figures["BM25 alone"][1])
    mine = figures["Footnote"][1]
    retrieval = table(
        ("retrieval", "hit@1", "hit@5", "hit@10", "MRR@10"),
        [(name, *(f"{figure:.3f}" for figure in row)) for name, row in figures.items()],
    )
    status = library.status()
    body = f"""{len(questions):,} questions, {status.articles:,} articles; {status.chunks:,} chunks of Footnote's.

{retrieval}

Bar: Footnote's hit@5 is {mine:.4f}, the better of the plain chain and BM25 alone {bar:.4f}: {verdict(mine >= bar)}.

{_shown(said, came_up["plain chain"], questions)}

{_answered(said, questions)}"""
    report("quality", "Quality on XQuAD", body, write=options.write, limit=options.limit)
    library.close()


def _parser() -> argparse.ArgumentParser:
    made = parser(__doc__)
    made.add_argument("--fresh", action="store_true", help="make both indexes anew")
    return made


def _library(articles: list[Article], folder: Path) -> Library:
    library = Library(folder / "library")
    started = time.perf_counter()
    print(f"Footnote's library: {library.add_articles(articles)}, {_seconds(started)}", file=sys.stderr)
    return library


def _halves(library: Library) -> dict[str, Ranking]:
    """Return the two searches that Footnote fuses, each as a ranking of its own."""
    pieces = {
        chunk.id: Piece(info.source, chunk.start, chunk.end, chunk.text)
        for info in library.articles()
        for chunk in library.catalog.chunks_of(info.id)
    }
    return {
        "BM25 alone": lambda q: [pieces[chunk_id] for chunk_id, _ in library.matching(q, DEPTH)],
        "vectors alone": lambda q: [pieces[chunk_id] for chunk_id, _ in library.nearest(q, DEPTH)],
    }


def _plain_ranking(articles: list[Article], folder: Path) -> Ranking:
    chunks, model = plain.split(articles), plain.embeddings()
    store = plain.opened(folder / "chroma", model)
    started = time.perf_counter()
    stored = len(store.get(include=[])["ids"])
    if stored != len(chunks):
        if stored:
            sys.exit("The plain chain's index is half made: run again with --fresh.")
        store = plain.index(chunks, folder / "chroma", model)
    print(f"plain chain's index: {len(chunks)} chunks, {_seconds(started)}", file=sys.stderr)

    def ranking(question: str) -> list[Piece]:
        found = store.similarity_search(question, k=DEPTH)
        return [Piece(d.metadata["source"], d.metadata["start"], d.metadata["end"], d.page_content) for d in found]

    return ranking


def _asked(name: str, ranking: Ranking, questions: Sequence[QA]) -> list[list[Piece]]:
    return [ranking(qa.question) for qa in tqdm(questions, name, file=sys.stderr)]


def _figures(came_up: Sequence[list[Piece]], questions: Sequence[QA]) -> list[float]:
    """Return hit@1, hit@5, hit@10 and the mean reciprocal rank among the first ten."""
    ranks = [
        next((rank for rank, piece in enumerate(pieces, start=1) if piece.covers_answer(qa)), None)
        for pieces, qa in zip(came_up, questions, strict=True)
    ]
    return [hit_rate(ranks, k=k) or 0.0 for k in (1, 5, 10)] + [mean_reciprocal_rank(ranks) or 0.0]


def _shown(said: Sequence[Answer], plain_pieces: Sequence[list[Piece]], questions: Sequence[QA]) -> str:
    """Compare what a reader is given to read."""
    shown = {
        "Footnote's quotes": [_quotes(answer) for answer in said],
        "plain chain, first chunk": [pieces[:1] for pieces in plain_pieces],
        "plain chain, first five": [pieces[:5] for pieces in plain_pieces],
    }
    rows = []
    for name, given in shown.items():
        pairs = list(zip(given, questions, strict=True))
        covered = sum(any(piece.covers_answer(qa) for piece in pieces) for pieces, qa in pairs)
        somewhere = sum(any(holds(piece.text, qa.answers) for piece in pieces) for pieces, qa in pairs)
        lengths = [sum(len(piece.text) for piece in pieces) for pieces in given if pieces]
        characters = f"{mean(lengths):,.0f}" if lengths else "none"
        rows.append((name, share(covered, len(pairs)), share(somewhere, len(pairs)), characters))
    return table(("shown to the reader", "covers an accepted answer", "holds its words, anywhere", "characters"), rows)


def _answered(said: Sequence[Answer], questions: Sequence[QA]) -> str:
    found = [(answer, qa) for answer, qa in zip(said, questions, strict=True) if answer.found]
    if not found:
        return "Footnote refused every question."
    right = sum(any(piece.covers_answer(qa) for piece in _quotes(answer)) for answer, qa in found)
    sentences = mean(len(answer.sentences) for answer, _ in found)
    return (
        f"Footnote answered {share(len(found), len(said))}, with {sentences:.2f} sentences on average; "
        f"of the answered, {share(right, len(found))} quote an accepted answer where it stands."
    )


def _quotes(answer: Answer) -> list[Piece]:
    return [Piece(c.source, c.start, c.end, c.quote) for c in answer.citations]


def _seconds(started: float) -> str:
    return f"{time.perf_counter() - started:.1f} s"


if __name__ == "__main__":
    main()
