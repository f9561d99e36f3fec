"""The library that is tortured: stories that say their number and version, and vectors that cost nothing."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np

from rag.index import library as library_module
from rag.index.embeddings import Embedder, Vectors
from rag.index.library import Library
from rag.types import Article

STORIES = 250
"""Of six chunks each: 1,500 chunks, over which Chroma keeps its graph on disk."""
GONE = -1
_SENTENCES = 35
_VERSION = re.compile(r"was told (\d+) times")


class HashEmbedder(Embedder):
    """Vectors from a hash of the text; reads 400 characters."""

    name = "torture/hash"
    fingerprint = "0" * 64
    dimension = 64

    def fits(self, text: str) -> bool:
        """Say whether the model reads all of `text`."""
        return len(text) <= 400

    def documents(self, texts: list[str]) -> Vectors:
        """Embed passages."""
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts]
        rows = [np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds]
        made = np.array(rows, dtype=np.float32).reshape(-1, self.dimension)
        normal: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
        return normal


def opened(folder: Path) -> Library:
    """Open the library with the cheap embedding model."""
    library_module.load_embedder = lambda _: HashEmbedder()
    return Library(folder)


def story(number: int, version: int) -> Article:
    """Return a story; every version has other words."""
    text = " ".join(f"Sentence {n} of story {number} was told {version} times at sea." for n in range(_SENTENCES))
    return Article(title=f"Story {number}", text=text, source=f"stories/{number}")


def version_of(article: Article) -> int | None:
    """Return which version of its story an article is; None where it is not one, word for word."""
    found = _VERSION.search(article.text)
    number = int(article.source.removeprefix("stories/"))
    if found is None or article.text != story(number, int(found[1])).text:
        return None
    return int(found[1])
