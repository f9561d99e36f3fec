"""Footnote: ask your own articles; every sentence of an answer opens the exact words.

>>> from rag import answer
>>> print(answer("When does the ferry leave?"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.answering.chain import AnswerChain, answer, stream
    from rag.answering.tool import answer_tool
    from rag.client import Client
    from rag.errors import FootnoteError
    from rag.filters import Filters
    from rag.index.library import Library
    from rag.index.report import AddReport
    from rag.retrieve.retriever import HybridRetriever
    from rag.settings import Settings
    from rag.types import Answer, Article, Chunk, Citation, Metadata, Passage, Sentence

_HOME = {
    "answer": "rag.answering.chain",
    "stream": "rag.answering.chain",
    "AnswerChain": "rag.answering.chain",
    "answer_tool": "rag.answering.tool",
    "Client": "rag.client",
    "HybridRetriever": "rag.retrieve.retriever",
    "Library": "rag.index.library",
    "AddReport": "rag.index.report",
    "Settings": "rag.settings",
    "FootnoteError": "rag.errors",
    "Filters": "rag.filters",
    "Answer": "rag.types",
    "Article": "rag.types",
    "Chunk": "rag.types",
    "Citation": "rag.types",
    "Metadata": "rag.types",
    "Passage": "rag.types",
    "Sentence": "rag.types",
}

__all__ = [
    "AddReport",
    "Answer",
    "AnswerChain",
    "Article",
    "Chunk",
    "Citation",
    "Client",
    "Filters",
    "FootnoteError",
    "HybridRetriever",
    "Library",
    "Metadata",
    "Passage",
    "Sentence",
    "Settings",
    "answer",
    "answer_tool",
    "stream",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `import rag` costs next to nothing."""
    if name not in _HOME:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
