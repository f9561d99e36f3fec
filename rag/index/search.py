"""First-stage search: the rankings of the two indexes, and how they become one."""

from __future__ import annotations

from collections.abc import Sequence

from rag.index.terms import content_words


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[str]], *, weights: Sequence[float] | None = None, k: int = 60
) -> list[tuple[str, float]]:
    """Fuse several rankings of chunk ids into one, best first.

    A chunk scores the sum over rankings of weight / (k + rank), rank counting from 1
    (Cormack, Clarke and Buettcher, SIGIR 2009). Chunks missing from a ranking add nothing.
    """
    scores: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, chunk_id in enumerate(ranking, start=1):
            scores[chunk_id] = scores.get(chunk_id, 0.0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


def full_text_query(question: str) -> str:
    """Return `question` as an FTS5 query: any of its content words, each a quoted string.

    Empty where the question has no word at all.
    """
    return " OR ".join(quoted(word) for word in content_words(question))


def quoted(word: str) -> str:
    """Return `word` as an FTS5 string, so that nothing in it is taken as an operator."""
    return '"' + word.replace('"', '""') + '"'
