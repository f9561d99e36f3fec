"""The vectors in a collection of Chroma's. A cache: the catalog can build it again.

The texts are not told to Chroma, which would keep them twice more and make a full text of its own of them: of 100,000
chunks, 0.5 GB on disk and half of the time that an upsert takes.
"""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import numpy as np

from rag.errors import EmbedderMismatch, FootnoteError, LibraryUnusable
from rag.index.catalog import Indexed
from rag.index.embeddings import Vectors
from rag.index.failures import explain_disk, has_no_room

# Read when chromadb is imported. Nothing leaves the machine.
os.environ["ANONYMIZED_TELEMETRY"] = "False"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # Chroma brings onnxruntime too.

import chromadb
from chromadb.api import ClientAPI
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import InvalidArgumentError

_COLLECTION = "chunks"
_CONFIGURATION: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "max_neighbors": 24, "ef_construction": 100, "ef_search": 400}
}
"""Of what finds 99.7 % of the ten nearest of 100,000 chunks, the quickest to make: `benchmarks.scale --settings`.

Chroma's own settings found 97 %. An index keeps those that it was made with until `footnote repair`.
"""

_P = ParamSpec("_P")
_T = TypeVar("_T")
_C = TypeVar("_C", bound="Collection")


class IndexDamaged(LibraryUnusable):
    """Chroma failed, and not for want of room or permission: what it keeps on disk cannot be relied on."""

    def __init__(self, reason: object) -> None:
        super().__init__(f"The vector index fails ({reason}). `footnote repair` builds it again from the catalog.")


def told(method: Callable[Concatenate[_C, _P], _T]) -> Callable[Concatenate[_C, _P], _T]:
    """Raise what Chroma raises as `FootnoteError` where a person can help it, else as `IndexDamaged`."""

    @functools.wraps(method)
    def told(self: _C, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return method(self, *args, **kwargs)
        except (KeyboardInterrupt, SystemExit, FootnoteError):
            raise
        except InvalidArgumentError as error:
            raise EmbedderMismatch(
                f"The library's vectors are not those of the embedding model that asks ({error}). Start Footnote again."
            ) from error
        except BaseException as error:  # a panic in Chroma's native code is no Exception
            raise self.explained(error) or IndexDamaged(error) from error

    return told


class Collection:
    """One collection of Chroma's."""

    def __init__(self, client: ClientAPI, name: str, *, create: bool) -> None:
        self.client = client
        self.name = name
        if create:
            self._collection = client.get_or_create_collection(
                name, embedding_function=None, configuration=_CONFIGURATION
            )
        else:
            self._collection = client.get_collection(name, embedding_function=None)

    def explained(self, error: BaseException) -> FootnoteError | None:
        """Return what an error of Chroma's means; None where it means that the collection is damaged."""
        return None

    @told
    def upsert(self, rows: Sequence[Indexed]) -> None:
        """Write chunks with the vectors that they already have, in batches of the size Chroma allows."""
        limit = self.client.get_max_batch_size()
        for first in range(0, len(rows), limit):
            batch = rows[first : first + limit]
            self._collection.upsert(
                ids=[row.id for row in batch],
                embeddings=np.stack([row.vector for row in batch]),
                metadatas=[
                    {"article_id": row.article_id, "title": row.title, "start": row.start, "end": row.end}
                    for row in batch
                ],
            )

    @told
    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Delete chunks; ids that are not there do no harm."""
        limit = self.client.get_max_batch_size()
        for first in range(0, len(chunk_ids), limit):
            self._collection.delete(ids=list(chunk_ids[first : first + limit]))

    @told
    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids and cosines, best first, of the chunks nearest to `vector` [dimension]."""
        found = self._collection.query(query_embeddings=vector[np.newaxis], n_results=limit, include=["distances"])
        return [
            (chunk_id, 1.0 - distance)
            for chunk_id, distance in zip(found["ids"][0], (found["distances"] or [[]])[0], strict=True)
        ]

    @told
    def nearest_each(self, vectors: Vectors, limit: int) -> list[list[str]]:
        """Return for each vector [vectors, dimension] the ids of the nearest chunks, best first."""
        return self._collection.query(query_embeddings=vectors, n_results=limit, include=[])["ids"]

    @told
    def count(self) -> int:
        """Return how many chunks Chroma holds."""
        return self._collection.count()


class ChromaIndex(Collection):
    """One folder of Chroma's. Only one process may have it open."""

    @told
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        client = chromadb.PersistentClient(
            str(folder), settings=ChromaSettings(anonymized_telemetry=False, allow_reset=False)
        )
        super().__init__(client, _COLLECTION, create=True)

    def explained(self, error: BaseException) -> FootnoteError | None:
        """Return what an error of Chroma's means; None where it means that the folder is damaged."""
        library = self.folder.parent
        if has_no_room(library):
            error = OSError(errno.ENOSPC, str(error))
        return explain_disk(error, library)

    @told
    def close(self) -> None:
        """Let go of the files."""
        self.client.close()  # type: ignore[attr-defined]  # ClientAPI hides what Client has

    def outlive_fork(self) -> None:
        """In a forked child: never free what Chroma holds, since freeing waits for threads that only the parent has."""
        import ctypes

        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.client))
