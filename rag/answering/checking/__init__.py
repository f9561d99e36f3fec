"""Whether the articles say what a chat model wrote: each sentence is taken apart, looked up and weighed."""

from __future__ import annotations

from rag.answering.checking.checker import Checker
from rag.answering.checking.support import Place, Support

__all__ = ["Checker", "Place", "Support"]
