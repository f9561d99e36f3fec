"""Footnote: its search, and the passages that an answer is read from.

Asking for the second runs the whole chain, so its time is that of an answer. The library remembers 256 vectors
of questions: fewer questions than that are not embedded again for the second ranking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.peers.arm import DEPTH, WARM_UP, Place, Ranking, run
from rag.answering.chain import AnswerChain
from rag.index.library import Library
from rag.types import Article, Passage


def load(folder: Path) -> Library:
    library = Library(folder / "library")
    library.embedder.query(WARM_UP)
    return library


def index(library: Library, articles: Sequence[Article], _folder: Path) -> Mapping[str, Ranking]:
    library.add_articles(articles)
    chain = AnswerChain(library)
    return {
        "Footnote, search": Ranking(lambda question: library.search(question, DEPTH), _place),
        "Footnote, what an answer reads": Ranking(lambda question: chain.invoke(question).passages, _place),
    }


def _place(passage: Passage) -> Place:
    return passage.source, passage.chunk.start, passage.chunk.end


if __name__ == "__main__":
    run("footnote", load, index)
