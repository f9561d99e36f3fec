"""The plain LangChain chain, as `benchmarks/plain.py` has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings

from benchmarks import plain
from benchmarks.peers.arm import DEPTH, WARM_UP, Place, Ranking, run
from rag.types import Article


def load(_folder: Path) -> HuggingFaceEmbeddings:
    model = plain.embeddings()
    model.embed_query(WARM_UP)
    return model


def index(model: HuggingFaceEmbeddings, articles: Sequence[Article], folder: Path) -> Mapping[str, Ranking]:
    store = plain.index(plain.split(articles), folder, model)
    return {"plain LangChain chain": Ranking(lambda question: store.similarity_search(question, k=DEPTH), _place)}


def _place(chunk: Document) -> Place:
    return chunk.metadata["source"], chunk.metadata["start"], chunk.metadata["end"]


if __name__ == "__main__":
    run("langchain-core", load, index)
