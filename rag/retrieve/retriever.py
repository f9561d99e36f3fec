"""The retriever: from a question to ranked passages, as a LangChain `BaseRetriever`."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, SkipValidation

from rag.index.library import Library
from rag.types import Passage


class HybridRetriever(BaseRetriever):
    """Passages of a library for a question: vectors and keywords, fused.

    >>> HybridRetriever(library=library, k=5).invoke("When does the ferry leave?")
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: SkipValidation[Library]
    k: int = Field(default=8, ge=1)
    """How many passages come back."""

    def passages(self, question: str) -> list[Passage]:
        """Return the `k` best passages, best first, each with the scores of its stages."""
        return self.library.search(question, self.k)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
    ) -> list[Document]:
        return [_document(passage) for passage in self.passages(query)]


def _document(passage: Passage) -> Document:
    particulars = passage.to_dict()
    return Document(id=particulars.pop("chunk_id"), page_content=particulars.pop("text"), metadata=particulars)
