"""Choose how the two rankings of first-stage search are fused, on questions of the training sets.

    python -m training.fit_fusion       prints a table, best first

The best row goes into `rag/index/library.py` (RRF_K, DENSE_WEIGHT, LEXICAL_WEIGHT, TITLE_WEIGHT).
A hit is a chunk that covers an accepted answer where it stands in its article.
"""

from __future__ import annotations

from itertools import product

from rag.index.search import reciprocal_rank_fusion
from training.questions import fitting_library, fitting_questions

QUESTIONS = 3000


def main() -> None:
    articles, questions = fitting_questions(QUESTIONS)
    library = fitting_library(articles)
    chunks = {chunk.id: chunk for a in articles for chunk in library.catalog.chunks_of(a.id)}
    ids = {article.source: article.id for article in articles}
    right = [
        {
            chunk.id
            for chunk in chunks.values()
            if chunk.article_id == ids[q.source] and any(chunk.start <= s and e <= chunk.end for s, e in q.spans)
        }
        for q in questions
    ]
    dense = [_ids(library.nearest(q.question, 50)) for q in questions]
    rows = [("dense alone", *_figures(dense, right))]
    for title_weight in (0.0, 0.5, 1.0, 2.0):
        lexical = [_ids(library.matching(q.question, 50, title_weight=title_weight)) for q in questions]
        rows.append((f"BM25 alone, title x {title_weight}", *_figures(lexical, right)))
        for k, weight in product((2, 5, 10, 20, 60), (0.5, 0.7, 1.0, 1.4, 2.0)):
            fused = [
                _ids(reciprocal_rank_fusion(pair, weights=[weight, 1.0], k=k))
                for pair in zip(dense, lexical, strict=True)
            ]
            rows.append((f"title x {title_weight}, k {k}, dense x {weight}", *_figures(fused, right)))
    print(f"{'':36} hit@1   hit@5  hit@10  MRR@10   ({len(questions)} questions, {len(chunks)} chunks)")
    for name, *figures in sorted(rows, key=lambda row: -row[4]):
        print(f"{name:36}" + "  ".join(f"{figure:.4f}" for figure in figures))


def _ids(ranking: list[tuple[str, float]]) -> list[str]:
    return [chunk_id for chunk_id, _ in ranking]


def _figures(rankings: list[list[str]], right: list[set[str]]) -> tuple[float, float, float, float]:
    ranks = [
        next((rank for rank, chunk_id in enumerate(ranking, start=1) if chunk_id in wanted), 10**9)
        for ranking, wanted in zip(rankings, right, strict=True)
    ]
    hits = [sum(rank <= k for rank in ranks) / len(ranks) for k in (1, 5, 10)]
    return hits[0], hits[1], hits[2], sum(1 / rank for rank in ranks if rank <= 10) / len(ranks)


if __name__ == "__main__":
    main()
