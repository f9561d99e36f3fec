"""LlamaIndex: SentenceSplitter with its defaults (1,024 tokens, 200 of them shared) and a VectorStoreIndex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from llama_index.core import Document, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import NodeWithScore
from llama_index.embeddings.huggingface import HuggingFaceEmbedding

from benchmarks.peers.arm import DEPTH, WARM_UP, Place, Ranking, located, model_folder, page, placed, run
from rag.types import Article


def load(_folder: Path) -> HuggingFaceEmbedding:
    model = HuggingFaceEmbedding(model_name=model_folder())
    model.get_query_embedding(WARM_UP)
    return model


def index(model: HuggingFaceEmbedding, articles: Sequence[Article], _folder: Path) -> Mapping[str, Ranking]:
    documents = [Document(text=page(article), id_=article.source) for article in articles]
    store = VectorStoreIndex.from_documents(documents, embed_model=model, transformations=[SentenceSplitter()])
    by_source = {article.source: article for article in articles}

    def place(found: NodeWithScore) -> Place:
        node, article = found.node, by_source[found.node.ref_doc_id]
        if node.start_char_idx is None:
            return located(article, node.text)
        return placed(article, node.start_char_idx, node.end_char_idx)

    return {"LlamaIndex": Ranking(store.as_retriever(similarity_top_k=DEPTH).retrieve, place)}


if __name__ == "__main__":
    run("llama-index-core", load, index)
