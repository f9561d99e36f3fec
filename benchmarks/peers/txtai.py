"""txtai: paragraphs, stored with their content; by vectors, and by vectors and BM25 together (`hybrid=True`).

txtai does not cut texts by itself. Its own example of a chain (neuml/rag on GitHub) has them cut into paragraphs.
The title is left out: as a paragraph of its own it came up first for 4 of 63 questions, and it answers none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from txtai import Embeddings
from txtai.pipeline import Segmentation

from benchmarks.peers.arm import DEPTH, WARM_UP, Place, Ranking, located, model_folder, run
from rag.types import Article

Models = dict[str, Any]
"""txtai's cache of models, so that both indexes share one."""


def load(_folder: Path) -> Models:
    models: Models = {}
    Embeddings(path=model_folder(), models=models).transform(WARM_UP)
    return models


def vectors(models: Models, articles: Sequence[Article], _folder: Path) -> Mapping[str, Ranking]:
    return {"txtai": _ranking(Embeddings(path=model_folder(), content=True, models=models), articles)}


def hybrid(models: Models, articles: Sequence[Article], _folder: Path) -> Mapping[str, Ranking]:
    embeddings = Embeddings(path=model_folder(), content=True, hybrid=True, models=models)
    return {"txtai, hybrid": _ranking(embeddings, articles)}


def _ranking(embeddings: Embeddings, articles: Sequence[Article]) -> Ranking:
    cut = Segmentation(paragraphs=True)
    chunks = [(article, text) for article in articles for text in cut(article.text)]
    embeddings.index((number, text, None) for number, (_, text) in enumerate(chunks))

    def place(result: Mapping[str, Any]) -> Place:
        return located(*chunks[int(result["id"])])

    return Ranking(lambda question: embeddings.search(question, DEPTH), place)


if __name__ == "__main__":
    run("txtai", load, vectors, hybrid)
