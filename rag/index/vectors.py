"""The vectors in Chroma, through langchain-chroma. A cache: the catalog can build it again."""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.index.catalog import ChunkRow
from rag.index.embeddings import Vectors

# Read when chromadb is imported. Nothing leaves the machine.
os.environ["ANONYMIZED_TELEMETRY"] = "False"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # Chroma brings onnxruntime too.

import chromadb
from chromadb.config import Settings as ChromaSettings
from langchain_chroma import Chroma

_COLLECTION = "chunks"


class VectorIndex:
    """Nearest chunks by cosine. Ids are chunk ids."""

    def __init__(self, folder: Path, embeddings: Embeddings) -> None:
        self._client = chromadb.PersistentClient(
            str(folder), settings=ChromaSettings(anonymized_telemetry=False, allow_reset=False)
        )
        self.store = Chroma(
            client=self._client,
            collection_name=_COLLECTION,
            embedding_function=embeddings,
            collection_configuration={"hnsw": {"space": "cosine"}},
        )
        """The same collection as a LangChain vector store."""
        self._collection = self._client.get_collection(_COLLECTION, embedding_function=None)

    def upsert(self, rows: Sequence[ChunkRow]) -> None:
        """Write chunks with the vectors that they already have, in batches of the size Chroma allows."""
        limit = self._client.get_max_batch_size()
        for first in range(0, len(rows), limit):
            batch = rows[first : first + limit]
            self._collection.upsert(
                ids=[row.chunk.id for row in batch],
                embeddings=np.stack([row.vector for row in batch]),
                documents=[row.chunk.text for row in batch],
                metadatas=[
                    {
                        "article_id": row.chunk.article_id,
                        "title": row.title,
                        "start": row.chunk.start,
                        "end": row.chunk.end,
                    }
                    for row in batch
                ],
            )

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Delete chunks; ids that are not there do no harm."""
        limit = self._client.get_max_batch_size()
        for first in range(0, len(chunk_ids), limit):
            self._collection.delete(ids=list(chunk_ids[first : first + limit]))

    def nearest(self, vector: Vectors, limit: int, articles: Container[str] | None = None) -> list[tuple[str, float]]:
        """Return ids and cosines, best first, of those of the `limit` chunks nearest to `vector` [dimension] that are
        of `articles`; of all where not given.
        """
        found = self.store.similarity_search_by_vector_with_relevance_scores(vector.tolist(), k=limit)
        return [
            (document.id or "", 1.0 - distance)
            for document, distance in found
            if articles is None or document.metadata.get("article_id") in articles
        ]

    def count(self) -> int:
        """Return how many chunks Chroma holds."""
        return self._collection.count()

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()  # type: ignore[attr-defined]  # ClientAPI hides what Client has
