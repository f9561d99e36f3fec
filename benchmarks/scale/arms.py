"""What `benchmarks.scale` measures, each in a process of its own; the last line printed is JSON.

python -m benchmarks.scale.arms grow|add|use|recall|settings FOLDER SIZE
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import peak, percentile
from rag.index.library import Library
from rag.types import Article

ARTICLES, ASKED = "articles.jsonl", "questions.json"
ENCODED_ALONE = 1_024
FIRST, ADDED = 20, 400
"""Articles, of some five chunks each: those that are added before it is timed, and while it is."""
QUESTIONS = 200
ANSWERS = 100
RECALLED = 500
SETTINGS = ((16, 100, 100), (16, 100, 400), (24, 100, 400), (32, 100, 200), (32, 200, 200))
"""Of HNSW: links a chunk, candidates when a chunk is added, candidates when one is looked for."""


def articles(folder: Path) -> Iterator[Article]:
    """Yield the articles that `benchmarks.scale` wrote beside the library."""
    with (folder.parent / ARTICLES).open(encoding="utf-8") as file:
        for line in file:
            yield Article(**json.loads(line))


def questions(folder: Path, count: int) -> list[str]:
    asked: list[str] = json.loads((folder.parent / ASKED).read_text("utf-8"))
    return asked[:count]


def grow(folder: Path, size: int) -> dict[str, Any]:
    """Add articles to what is there until the library has `size` chunks."""
    with Library(folder) as library:
        made = _further(library, folder)
        while (now := library.chunk_count()) < size:
            library.add_articles(list(islice(made, max(1, min(2_000, (size - now) // 5)))))
            print(f"{library.chunk_count():,} chunks", file=sys.stderr, flush=True)
        counted, chunks = library.catalog.counts()
    return {"articles": counted, "chunks": chunks, "adding_peak": peak()}


def add(folder: Path, _size: int) -> dict[str, Any]:
    """Add some more articles."""
    with Library(folder) as library:
        made = _further(library, folder)
        library.add_articles(list(islice(made, FIRST)))  # opens what has to be open
        more = list(islice(made, ADDED))
        alone = [_encoder_alone(library, folder)]
        before, started = library.chunk_count(), time.perf_counter()
        library.add_articles(more)
        rate = (library.chunk_count() - before) / (time.perf_counter() - started)
        alone.append(_encoder_alone(library, folder))
    return {"rate": rate, "alone": sum(alone) / 2, "adding_peak": peak()}


def _further(library: Library, folder: Path) -> Iterator[Article]:
    """Yield the articles that the library does not have yet."""
    return islice(articles(folder), library.catalog.counts()[0], None)


def _encoder_alone(library: Library, folder: Path) -> float:
    """Return the chunks a second that the model embeds when nothing else is done."""
    from rag.index.adding import chunks_of

    made = articles(folder)
    texts: list[str] = []
    while len(texts) < ENCODED_ALONE:
        article = next(made)
        texts += [f"{article.title}\n{chunk.text}" for chunk in chunks_of(article, library.embedder)]
    library.embedder.documents(texts[:64])
    started = time.perf_counter()
    for first in range(0, len(texts), 256):
        library.embedder.documents(texts[first : first + 256])
    return len(texts) / (time.perf_counter() - started)


def use(folder: Path, _size: int) -> dict[str, Any]:
    """Open the library, search it and ask it."""
    from rag.answering.chain import AnswerChain

    asked = questions(folder, QUESTIONS + 1)
    started = time.perf_counter()
    with Library(folder) as library:
        library.search(asked.pop())
        opened = time.perf_counter() - started
        searches = [_milliseconds(lambda q=q: library.search(q)) for q in asked]  # type: ignore[misc]
        again = [_milliseconds(lambda q=q: library.search(q)) for q in asked[-100:]]  # type: ignore[misc]
        chain = AnswerChain(library)
        chain.invoke("Who scored the first goal of the match?")
        answers = [_milliseconds(lambda q=q: chain.invoke(q)) for q in asked[:ANSWERS]]  # type: ignore[misc]
    return {
        "open": opened,
        "search": [percentile(searches, 50), percentile(searches, 95)],
        "again": percentile(again, 50),
        "answer": [percentile(answers, 50), percentile(answers, 95)],
        "disk": sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6,
        "peak": peak(),
    }


def recall(folder: Path, _size: int) -> dict[str, Any]:
    """Compare Chroma's ten nearest with the ten nearest of all."""
    with Library(folder) as library:
        exact = _Exact(library, folder)
        return {"recall": exact.recall([_ids(library.nearest(question, 10)) for question in exact.questions])}


def settings(folder: Path, _size: int) -> dict[str, Any]:
    """Make the index of the library's vectors with each setting, and compare."""
    import tempfile

    from rag.index.vectors import chroma
    from rag.index.vectors.portions import batches

    rows = []
    with Library(folder) as library:
        exact = _Exact(library, folder)
        for links, when_added, when_asked in SETTINGS:
            chroma._CONFIGURATION["hnsw"] = {  # the same for all libraries of this process
                "space": "cosine", "max_neighbors": links, "ef_construction": when_added, "ef_search": when_asked,
            }  # fmt: skip
            with tempfile.TemporaryDirectory() as place:
                index = chroma.ChromaIndex(Path(place) / "chroma")
                started = time.perf_counter()
                for batch in batches(library.catalog.each_chunk()):
                    index.upsert(batch)
                index.nearest(exact.vectors[0], 1)
                built = time.perf_counter() - started
                found, times = [], []
                for vector in exact.vectors:
                    started = time.perf_counter()
                    found.append(_ids(index.nearest(vector, 50))[:10])
                    times.append((time.perf_counter() - started) * 1000)
                rows.append([links, when_added, when_asked, exact.recall(found), percentile(times, 50), built])
                print(rows[-1], file=sys.stderr, flush=True)
                index.close()
    return {"settings": rows}


class _Exact:
    def __init__(self, library: Library, folder: Path) -> None:
        self.questions = questions(folder, RECALLED)
        self.vectors = [library.query_vector(question) for question in self.questions]
        stored = library.catalog.all_vectors()
        self._places = {chunk_id: place for place, chunk_id in enumerate(stored)}
        self._matrix = np.stack(list(stored.values()))

    def recall(self, found: list[list[str]]) -> float:
        """Return the share of the ten nearest that were found; another chunk as near is as good."""
        right = 0
        for vector, ids in zip(self.vectors, found, strict=True):
            cosines = self._matrix @ vector
            tenth = np.partition(cosines, -10)[-10]
            right += sum(bool(cosines[self._places[chunk_id]] >= tenth - 1e-6) for chunk_id in ids)
        return right / (10 * len(found))


def _ids(near: list[tuple[str, float]]) -> list[str]:
    return [chunk_id for chunk_id, _ in near]


def _milliseconds(run: Any) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


ARMS = {"grow": grow, "add": add, "use": use, "recall": recall, "settings": settings}

if __name__ == "__main__":
    name, where, chunks = sys.argv[1:]
    print(json.dumps(ARMS[name](Path(where), int(chunks))))
