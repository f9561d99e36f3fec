"""The five things that pass between the parts: Article, Chunk, Passage, Citation, Answer.

All are frozen, and the rules that make a footnote true hold from the moment an object is made:
a Chunk and a Citation are cut out of an Article, so their text cannot be anything but
``article.text[start:end]``.
"""

from __future__ import annotations

from rag.types.answers import Answer
from rag.types.articles import Article, Chunk, Copy
from rag.types.holdings import Held, Holdings
from rag.types.metadata import Metadata
from rag.types.passages import Passage
from rag.types.sentences import Citation, Role, Sentence, Standing, Usage
from rag.types.wording import long_date, markdown_escape

__all__ = [
    "Answer",
    "Article",
    "Chunk",
    "Citation",
    "Copy",
    "Held",
    "Holdings",
    "Metadata",
    "Passage",
    "Role",
    "Sentence",
    "Standing",
    "Usage",
    "long_date",
    "markdown_escape",
]
