"""The retriever: from a question to ranked passages, as a LangChain `BaseRetriever`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, SkipValidation

from rag.index.library import Library
from rag.retrieve.scope import TimeScope
from rag.types import Passage


class HybridRetriever(BaseRetriever):
    """Passages of a library for a question: vectors and keywords, fused.

    >>> HybridRetriever(library=library, k=5).invoke("When does the ferry leave?")
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: SkipValidation[Library]
    k: int = Field(default=8, ge=1)
    """How many passages come back."""

    def passages(self, question: str, *, about: str = "") -> list[Passage]:
        """Return the `k` best passages, best first, each with the scores of its stages.

        Where the question asks about a time, those that can tell of it come before the others. With `about`, the title
        of what was spoken of before, every other passage is one that fits the question together with it.
        """
        found = self._found(question)
        if about:
            pairs = zip_longest(found, self._found(f"{question} {about}"))
            found = distinct(passage for pair in pairs for passage in pair if passage)
        return found[: self.k]

    def _found(self, question: str) -> list[Passage]:
        scope = TimeScope.of(question)
        if scope.first is None:
            return self.library.search(question, self.k)
        found = self.library.search(question, max(self.k, self.library.settings.candidates))
        return sorted(found, key=lambda p: not scope.fits(p.published, f"{p.title} {p.text}"))[: self.k]

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
    ) -> list[Document]:
        return [_document(passage) for passage in self.passages(query)]


def distinct(passages: Iterable[Passage]) -> list[Passage]:
    """Return `passages` in their order, the first of each chunk."""
    kept: dict[str, Passage] = {}
    for passage in passages:
        kept.setdefault(passage.chunk.id, passage)
    return list(kept.values())


def _document(passage: Passage) -> Document:
    particulars = passage.to_dict()
    return Document(id=particulars.pop("chunk_id"), page_content=particulars.pop("text"), metadata=particulars)
