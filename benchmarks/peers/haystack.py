"""Haystack: DocumentSplitter with its defaults (200 words) and an InMemoryDocumentStore.

By vectors, and by vectors and BM25 joined by reciprocal rank, each as a pipeline of Haystack's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from benchmarks.peers.arm import DEPTH, WARM_UP, Place, Ranking, model_folder, page, placed, run
from rag.types import Article


def load(_folder: Path) -> SentenceTransformersDocumentEmbedder:
    embedder = SentenceTransformersDocumentEmbedder(model=model_folder(), progress_bar=False)
    embedder.run([Document(content=WARM_UP)])
    return embedder


def index(
    embedder: SentenceTransformersDocumentEmbedder, articles: Sequence[Article], _folder: Path
) -> Mapping[str, Ranking]:
    by_source = {article.source: article for article in articles}
    documents = [Document(content=page(article), meta={"source": article.source}) for article in articles]
    store = InMemoryDocumentStore()
    store.write_documents(embedder.run(DocumentSplitter().run(documents)["documents"])["documents"])
    near, joined = _by_vectors(store), _joined(store)

    def place(chunk: Document) -> Place:
        start = chunk.meta["split_idx_start"]
        return placed(by_source[chunk.meta["source"]], start, start + len(chunk.content))

    def nearest(question: str) -> Sequence[Document]:
        return near.run({"text": {"text": question}})["vectors"]["documents"]

    def hybrid(question: str) -> Sequence[Document]:
        return joined.run({"text": {"text": question}, "words": {"query": question}})["joiner"]["documents"]

    return {"Haystack": Ranking(nearest, place), "Haystack, hybrid": Ranking(hybrid, place)}


def _by_vectors(store: InMemoryDocumentStore) -> Pipeline:
    made = Pipeline()
    made.add_component("text", SentenceTransformersTextEmbedder(model=model_folder(), progress_bar=False))
    made.add_component("vectors", InMemoryEmbeddingRetriever(store, top_k=DEPTH))
    made.connect("text.embedding", "vectors.query_embedding")
    return made


def _joined(store: InMemoryDocumentStore) -> Pipeline:
    made = _by_vectors(store)
    made.add_component("words", InMemoryBM25Retriever(store, top_k=DEPTH))
    made.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=DEPTH))
    made.connect("vectors", "joiner")
    made.connect("words", "joiner")
    return made


if __name__ == "__main__":
    run("haystack-ai", load, index)
