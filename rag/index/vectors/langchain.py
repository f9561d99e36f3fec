"""The chunks as LangChain's vector store over Chroma, with their texts, which stand in the catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_chroma import Chroma
from langchain_core.embeddings import Embeddings

from rag.errors import FootnoteError
from rag.index.vectors.chroma import Collection

Texts = Callable[[Sequence[str]], Mapping[str, str]]
"""Returns the texts of chunks by their ids."""


class ChunkStore(Chroma):
    """A `langchain_chroma.Chroma` of a library's chunks, for reading."""

    def __init__(self, collection: Collection, embeddings: Embeddings, texts: Texts) -> None:
        self._texts = texts
        super().__init__(
            client=collection.client,
            collection_name=collection.name,
            embedding_function=embeddings,
            create_collection_if_not_exists=False,
        )

    @property
    def _collection(self) -> Any:
        return _WithTexts(super()._collection, self._texts)


class _WithTexts:
    """A collection of Chroma's that finds texts where it holds none."""

    def __init__(self, collection: Any, texts: Texts) -> None:
        self._collection = collection
        self._texts = texts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._collection, name)

    def query(self, **asked: Any) -> Any:
        found = self._found(self._collection.query, asked)
        if found["documents"] is not None:
            texts = self._texts([chunk_id for ids in found["ids"] for chunk_id in ids])
            found["documents"] = [[texts.get(chunk_id) for chunk_id in ids] for ids in found["ids"]]
        return found

    def get(self, **asked: Any) -> Any:
        found = self._found(self._collection.get, asked)
        if found["documents"] is not None:
            texts = self._texts(found["ids"])
            found["documents"] = [texts.get(chunk_id) for chunk_id in found["ids"]]
        return found

    def _found(self, find: Callable[..., Any], asked: dict[str, Any]) -> Any:
        if asked.get("where_document"):
            raise FootnoteError(
                "Chroma does not hold the texts, so that `where_document` finds nothing. `Library.search` and "
                "HybridRetriever look for words too."
            )
        return find(**asked)
