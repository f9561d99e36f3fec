"""Shared by the tests with real parts."""

from __future__ import annotations

import pytest
from children import HashEmbedder


@pytest.fixture
def cheap_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have vectors made from a hash of the text, so that thousands of chunks take no time."""
    monkeypatch.setattr("rag.index.library.load_embedder", lambda _: HashEmbedder())
