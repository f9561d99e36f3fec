"""From files to articles, and from articles to sentences and chunks with exact offsets."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.ingest.loaders import load as load
    from rag.ingest.pages import load_url as load_url
    from rag.ingest.sentences import sentence_spans as sentence_spans
    from rag.ingest.sources import find_sources as find_sources
    from rag.ingest.splitter import SentenceSplitter as SentenceSplitter

_HOMES = {
    "SentenceSplitter": "rag.ingest.splitter",
    "find_sources": "rag.ingest.sources",
    "load": "rag.ingest.loaders",
    "load_url": "rag.ingest.pages",
    "sentence_spans": "rag.ingest.sentences",
}

__all__ = ["SentenceSplitter", "find_sources", "load", "load_url", "sentence_spans"]


def __getattr__(name: str) -> Any:
    # The splitter's base class alone takes 0.3 s to import.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
