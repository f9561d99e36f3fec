"""The retriever: from a question to ranked passages, as a LangChain `BaseRetriever`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import zip_longest
from typing import Annotated, Any

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config, run_in_executor
from pydantic import BeforeValidator, ConfigDict, Field, InstanceOf, SkipValidation

from rag.filters import EVERY_ARTICLE, Filters
from rag.index.library import Library
from rag.index.selection import Selection
from rag.retrieve.scope import TimeScope
from rag.types import Passage


class HybridRetriever(BaseRetriever):
    """Passages of a library for a question: vectors and keywords, fused.

    >>> retriever = HybridRetriever(library=library, k=5)
    >>> retriever.invoke("When does the ferry leave?")
    >>> retriever.invoke("When does the ferry leave?", filters=Filters(tags="harbour"))

    Filters can also stand in the config of a chain that it is part of, under ``configurable``, as ``filters``.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: SkipValidation[Library]
    k: int = Field(default=8, ge=1)
    """How many passages come back."""

    filters: Annotated[InstanceOf[Filters], BeforeValidator(Filters.of)] = EVERY_ARTICLE
    """Which articles are looked at, where a call names no others."""

    def passages(self, question: str, *, about: str = "", filters: Filters | Selection | None = None) -> list[Passage]:
        """Return the `k` best passages, best first, each with the scores of its stages.

        Where the question asks about a time, those that can tell of it come before the others. With `about`, the title
        of what was spoken of before, every other passage is one that fits the question together with it.
        """
        within = self.library.select(self.filters if filters is None else filters)
        found = self._found(question, within)
        if about:
            pairs = zip_longest(found, self._found(f"{question} {about}", within))
            found = distinct(passage for pair in pairs for passage in pair if passage)
        return found[: self.k]

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> list[Document]:
        """Return the best passages as documents. `filters` takes the place of the retriever's own."""
        return super().invoke(input, config, **{"filters": configured(config), **kwargs})

    async def ainvoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> list[Document]:
        """Return as `invoke` does, without holding up the event loop."""
        return await super().ainvoke(input, config, **{"filters": configured(config), **kwargs})

    def _found(self, question: str, within: Selection | None) -> list[Passage]:
        scope = TimeScope.of(question)
        if scope.first is None:
            return self.library.search(question, self.k, filters=within)

        def timely(published: date | None) -> bool:
            return scope.fits(published, "")

        count = max(self.k, self.library.settings.candidates)
        found = self.library.search(question, count, filters=within, timely=timely)
        return sorted(found, key=lambda p: not scope.fits(p.published, f"{p.title} {p.text}"))[: self.k]

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, filters: Any = None
    ) -> list[Document]:
        wanted = None if filters is None else Filters.of(filters)
        return [_document(passage) for passage in self.passages(query, filters=wanted)]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, filters: Any = None
    ) -> list[Document]:
        sync = run_manager.get_sync()
        return await run_in_executor(None, self._get_relevant_documents, query, run_manager=sync, filters=filters)


def configured(config: RunnableConfig | None) -> Any:
    """Return the filters that a config names, ``{"configurable": {"filters": ...}}``, be it that of a chain around."""
    return ensure_config(config).get("configurable", {}).get("filters")


def distinct(passages: Iterable[Passage]) -> list[Passage]:
    """Return `passages` in their order, the first of each chunk."""
    kept: dict[str, Passage] = {}
    for passage in passages:
        kept.setdefault(passage.chunk.id, passage)
    return list(kept.values())


def _document(passage: Passage) -> Document:
    particulars = passage.to_dict()
    return Document(id=particulars.pop("chunk_id"), page_content=particulars.pop("text"), metadata=particulars)
