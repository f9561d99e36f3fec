"""Embedding models behind LangChain's `Embeddings`: the shipped one, or any of sentence-transformers."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from rag.errors import EmbedderUnavailable
from rag.settings import SHIPPED_EMBEDDER, Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Encoding

Vectors = NDArray[np.float32]
"""One row a text, [texts, dimension], each of length 1."""

_SHIPPED_FOLDER = Path(__file__).parent.parent / "models" / "embedder"
_REMEMBERED = 1_000
"""Texts that were cut into tokens to see whether they fit, and are likely to be embedded next; takes some 20 MB."""


class Embedder(Embeddings):
    """An embedding model: LangChain's `Embeddings`, and what the library needs beside it."""

    name: str
    fingerprint: str
    """Follows from the weights: two models of one size never pass for each other."""
    dimension: int

    @abstractmethod
    def fits(self, text: str) -> bool:
        """Say whether the model reads all of `text`; what is longer it would cut without a word."""

    @abstractmethod
    def documents(self, texts: list[str]) -> Vectors:
        """Embed passages: [texts, dimension]."""

    def query(self, text: str) -> Vectors:
        """Embed a question: [dimension]."""
        vector: Vectors = self.documents([text])[0]
        return vector

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed passages, as LangChain asks."""
        return [vector.tolist() for vector in self.documents(texts)] if texts else []

    def embed_query(self, text: str) -> list[float]:
        """Embed a question, as LangChain asks."""
        return list(map(float, self.query(text)))


class OnnxEmbedder(Embedder):
    """all-MiniLM-L6-v2 on ONNX Runtime with 8-bit weights; reads 256 tokens, gives 384 numbers."""

    def __init__(self, *, threads: int = 0) -> None:
        from rag.onnx import Encoder

        self._encoder = Encoder(_SHIPPED_FOLDER, threads=threads)
        card = self._encoder.card
        self.name = SHIPPED_EMBEDDER
        self.fingerprint = card["sha256"]
        self.dimension = card["dimension"]
        self._max_tokens: int = card["max_tokens"]
        self._fitting: dict[str, Encoding] = {}

    def fits(self, text: str) -> bool:
        """Say whether the model reads all of `text`."""
        if len(text.encode()) + 2 <= self._max_tokens:  # a token is at least a byte
            return True
        encoding = self._encoder.tokenizer.encode(text)
        if len(encoding.ids) > self._max_tokens:
            return False
        if len(self._fitting) >= _REMEMBERED:
            self._fitting.clear()
        self._fitting[text] = encoding
        return True

    def documents(self, texts: list[str]) -> Vectors:
        """Embed passages."""
        known = {text: encoding for text in texts if (encoding := self._fitting.pop(text, None)) is not None}
        new = [text for text in texts if text not in known]
        for text, encoding in zip(new, self._encoder.tokenizer.encode_batch(new), strict=True):
            encoding.truncate(self._max_tokens)
            known[text] = encoding
        rows = self._encoder.run([known[text] for text in texts])
        return np.stack(rows) if rows else np.empty((0, self.dimension), dtype=np.float32)


class SentenceTransformersEmbedder(Embedder):
    """Any model that sentence-transformers loads, by its hub name or folder. Imports torch."""

    def __init__(self, name: str, *, threads: int = 0) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        if threads:
            torch.set_num_threads(threads)
        try:
            self._model: SentenceTransformer = SentenceTransformer(name)
        except (OSError, ValueError) as error:
            raise EmbedderUnavailable(
                f"The embedding model {name!r} cannot be loaded: {error}. Check FOOTNOTE_EMBEDDING_MODEL: "
                "a folder that holds a sentence-transformers model, or a name on the Hugging Face hub "
                "(the first use of a name needs a network)."
            ) from error
        self.name = name
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.fingerprint = _fingerprint(self._model)

    def fits(self, text: str) -> bool:
        """Say whether the model reads all of `text`."""
        limit = self._model.max_seq_length
        if not limit:
            return True
        ids: Any = self._model.tokenizer(text, truncation=False, verbose=False)["input_ids"]
        return len(ids) <= limit

    def documents(self, texts: list[str]) -> Vectors:
        """Embed passages."""
        return np.asarray(
            self._model.encode_document(texts, normalize_embeddings=True, show_progress_bar=False),
            dtype=np.float32,
        )

    def query(self, text: str) -> Vectors:
        """Embed a question: [dimension]."""
        return np.asarray(
            self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False), dtype=np.float32
        )


def load_embedder(settings: Settings) -> Embedder:
    """Load the embedding model that the settings name.

    Raises `EmbedderUnavailable` where it cannot be loaded.
    """
    if settings.embedding_model == SHIPPED_EMBEDDER:
        return OnnxEmbedder(threads=settings.threads)
    return SentenceTransformersEmbedder(settings.embedding_model, threads=settings.threads)


def _fingerprint(model: SentenceTransformer) -> str:
    digest = hashlib.sha256()
    for name, weights in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weights.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()
