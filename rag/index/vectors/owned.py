"""The vector index as its owner keeps it: opened only where it can be relied on, else made anew from the catalog."""

from __future__ import annotations

import itertools
import logging
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rag.errors import FootnoteError
from rag.index.catalog import Catalog
from rag.index.embeddings import Vectors
from rag.index.failures import explained
from rag.index.files import sync
from rag.index.vectors import probe
from rag.index.vectors.index import Steps
from rag.index.vectors.lost import lost
from rag.index.vectors.marker import Mark, Marker, State
from rag.index.vectors.portions import batches

if TYPE_CHECKING:
    from rag.index.vectors.chroma import ChromaIndex

log = logging.getLogger(__name__)

_FOLDERS = re.compile(r"chroma(-\d{4,})?")
"""Names of index folders; `chroma` is that of the first versions."""
_used: set[Path] = set()
_ASKED_BY_PROBE = 100

_T = TypeVar("_T")


class IndexClosed(Exception):
    """The index was closed by its owner; another process can have it now."""


class OwnedIndex:
    """A `VectorIndex` over Chroma in one of the folders of a library. Safe to use from several threads."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        """Nothing is opened before something is asked. Only one process may have an index of `folder`."""
        self._folder = folder
        self._catalog = catalog
        self._marker = Marker(folder)
        self._mark: Mark | None = None
        self._chroma: ChromaIndex | None = None
        self._closed = False
        self._broken_off = False
        """A change failed half way: Chroma can be read, and is made anew before it is written to again."""
        self._lock = threading.RLock()
        self.steps_taken = 0
        """Grows as long as work goes on."""

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids and cosines, best first, of the chunks nearest to `vector` [dimension]."""
        return self._reading(lambda chroma: chroma.nearest(vector, limit))

    def upsert(self, article_ids: Sequence[str]) -> None:
        """Write the chunks of these articles as the catalog holds them."""
        with self._changing() as chroma:
            for batch in batches(self._catalog.chunks_to_index(article_ids)):
                chroma.upsert(batch)
                self.steps_taken += 1

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Delete chunks; ids that are not there do no harm."""
        with self._changing() as chroma:
            for batch in batches(iter(chunk_ids)):
                chroma.delete(batch)
                self.steps_taken += 1

    def count(self) -> int:
        """Return how many chunks the index holds."""
        return self._reading(lambda chroma: chroma.count())

    def rebuild(self, steps: Steps | None = None) -> None:
        """Make the index anew from the catalog, beside the old one, and take its place in one step."""
        with self._lock, explained(self._folder):
            if self._closed:
                raise IndexClosed
            self._rebuild(steps)

    def lost(self, steps: Steps | None = None) -> list[str]:
        """Return the ids of the catalog's chunks that are not the first to be found by their own vectors."""

        def firsts(vectors: Vectors) -> list[list[str]]:
            found = self._reading(lambda chroma: chroma.nearest_each(vectors, 1))
            self.steps_taken += 1
            return found

        return lost(self._catalog, firsts, steps)

    def opened(self) -> ChromaIndex:
        """Return Chroma itself, for reading."""
        with self._lock, explained(self._folder):
            return self._current()

    def close(self) -> None:
        """Let go of the files, and mark that nothing is half done."""
        with self._lock, explained(self._folder):
            self._closed = True
            chroma, mark, self._chroma = self._chroma, self._mark, None
            if chroma is None or mark is None:
                return
            try:
                if not self._broken_off:
                    self._settle(chroma, mark)
            finally:
                chroma.close()
            if not self._broken_off:
                self._marker.write(mark.now(State.CLOSED, self._folder))

    def outlive_fork(self) -> None:
        """In a forked child: leave everything to the parent."""
        if self._chroma:
            self._chroma.outlive_fork()

    # Private

    def _reading(self, read: Callable[[ChromaIndex], _T]) -> _T:
        from rag.index.vectors.chroma import IndexDamaged

        with self._lock, explained(self._folder):
            chroma = self._current()
            try:
                return read(chroma)
            except IndexDamaged as error:
                log.warning("The vector index does not answer (%s); building it again.", error.__cause__)
                return read(self._rebuild())

    @contextmanager
    def _changing(self) -> Iterator[ChromaIndex]:
        from rag.index.vectors.chroma import IndexDamaged

        with self._lock, explained(self._folder):
            chroma = self._current()
            if self._broken_off:
                chroma = self._rebuild()
            if self._mark and self._mark.state is not State.WRITTEN:
                self._set_mark(self._mark.now(State.WRITTEN, self._folder))
            try:
                yield chroma
            except IndexDamaged as error:
                log.warning("The vector index cannot be written (%s); building it again.", error.__cause__)
                self._rebuild()  # the catalog holds the change already
            except Exception:
                self._broken_off = True
                raise

    def _current(self) -> ChromaIndex:
        if self._closed:
            raise IndexClosed
        if self._chroma is None:
            return self._open()
        if self._mark and self._mark.vectors != self._catalog.vectors_version():
            return self._rebuild()  # all vectors were replaced: embedded again, or restored
        return self._chroma

    def _open(self) -> ChromaIndex:
        from rag.index.vectors.chroma import ChromaIndex, IndexDamaged

        mark = self._marker.read()
        doubt = self._doubt(mark)
        if mark and not doubt:
            # A crash from here on leaves an index that was "open, only read": the next start tries it in a child first.
            self._set_mark(mark.now(State.READ, self._folder))
            try:
                self._chroma = ChromaIndex(self._folder / mark.folder)
                if self._catalog.expected_in_chroma() in (None, self._chroma.count()):
                    self._clear_left_over(mark)
                    return self._chroma
                doubt = "holds other chunks than the catalog"
            except IndexDamaged as error:
                doubt = f"cannot be opened ({error.__cause__})"
        is_new = mark is None and not self._index_folders() and self._catalog.expected_in_chroma() is None
        if self._catalog.counts()[1] and not is_new:
            log.warning("The vector index %s; building it again from the catalog.", doubt)
        return self._rebuild()

    def _doubt(self, mark: Mark | None) -> str:
        """Return why the index that is marked cannot be relied on; nothing where it can."""
        if mark is None:
            return "is missing or was made by an older version"
        if mark.state is State.WRITTEN:
            return "was left in the middle of a change"
        if mark.vectors != self._catalog.vectors_version():
            return "was made of other vectors"
        if not (self._folder / mark.folder).is_dir() or not mark.agrees_with(self._folder):
            return "has files that were changed or are missing"
        if mark.state is State.READ:
            expected = self._catalog.expected_in_chroma()
            asked = self._catalog.some_vectors(_ASKED_BY_PROBE) if expected is not None else []
            if not probe.opens(self._folder / mark.folder, asked, chunks=expected):
                return "was not closed, and does not answer"
        return ""

    def _rebuild(self, steps: Steps | None = None) -> ChromaIndex:
        from rag.index.vectors.chroma import ChromaIndex, IndexDamaged

        chroma: ChromaIndex | None = None
        if self._chroma:
            with suppress(FootnoteError):
                self._chroma.close()
            self._chroma = None
        version = self._catalog.vectors_version()  # read first: if it changes meanwhile, this is done again
        total = self._catalog.counts()[1]
        fresh = self._folder / self._free_name()
        try:
            chroma = ChromaIndex(fresh)
            done = 0
            for batch in batches(self._catalog.each_chunk()):
                chroma.upsert(batch)
                self.steps_taken += 1
                done += len(batch)
                if steps:
                    steps(min(done, total), total)
            if chroma.count() != done:
                raise IndexDamaged(f"{chroma.count()} of {done} chunks were written")
            mark = Mark(fresh.name, State.WRITTEN, version)
            self._settle(chroma, mark)
        except BaseException:
            if chroma:
                with suppress(FootnoteError):
                    chroma.close()
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        self._set_mark(mark.now(State.READ, self._folder))
        self._chroma = chroma
        self._broken_off = False
        self._clear_left_over(mark)
        return chroma

    def _settle(self, chroma: ChromaIndex, mark: Mark) -> None:
        """Have Chroma write what it may still write when it is next read, and wait until it is on the disk."""
        if mark.state is not State.WRITTEN:
            return
        for _, vector in self._catalog.some_vectors(1):
            chroma.nearest(vector, 1)
        for path in sorted(chroma.folder.rglob("*"), reverse=True):
            sync(path)
        sync(chroma.folder)

    def _set_mark(self, mark: Mark) -> None:
        self._marker.write(mark)
        self._mark = mark

    def _index_folders(self) -> list[Path]:
        return [path for path in self._folder.iterdir() if _FOLDERS.fullmatch(path.name) and path.is_dir()]

    def _free_name(self) -> str:
        """Return a name that no folder has, and that none had in this process: Chroma remembers them."""
        there = {path.name for path in self._index_folders()}
        names = (f"chroma-{number:04d}" for number in itertools.count(1))
        name = next(name for name in names if name not in there and self._folder / name not in _used)
        _used.add(self._folder / name)
        return name

    def _clear_left_over(self, mark: Mark) -> None:
        for path in self._index_folders():
            if path.name != mark.folder:
                shutil.rmtree(path, ignore_errors=True)
        for part in self._folder.glob("*.part"):  # of a small file that was being written
            part.unlink(missing_ok=True)
