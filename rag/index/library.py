"""The library: a folder that holds articles, their catalog and their vectors, and keeps the two agreeing."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from functools import cached_property, lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rag.errors import EmbedderMismatch, EmbedderUnavailable, NoSuchFolder
from rag.filters import Filters
from rag.index import care, syncing
from rag.index.adding import Adding, Numbered, ReadFile, cut_for
from rag.index.backup import Manifest
from rag.index.conversations import Conversations, Owner
from rag.index.copies import Group, groups
from rag.index.curating import Curating
from rag.index.embeddings import Embedder, load_embedder
from rag.index.feedback import Feedback
from rag.index.home import home_of
from rag.index.listing import ArticleInfo, Listing
from rag.index.pages import articles_at, may_fetch
from rag.index.progress import Progress, shown
from rag.index.projection import Atlas
from rag.index.reading import articles_in
from rag.index.reembedding import gather, mismatch, switch
from rag.index.report import AddReport, FailedSource, Findings, Pulse, Status
from rag.index.searching import Searching
from rag.index.selection import Selection
from rag.index.sources import Sources
from rag.index.tokens import Tokens
from rag.index.versions import Versions
from rag.ingest import find_sources, load
from rag.ingest.loaders import source_name
from rag.ingest.urls import is_url
from rag.settings import Settings, samples_folder
from rag.types import Article

if TYPE_CHECKING:
    from rag.index.queue.queue import Queue
    from rag.index.queue.sent import Sent
    from rag.index.queue.worker import Worker

log = logging.getLogger(__name__)

_SAMPLE_QUESTIONS = "questions.jsonl"
"""Lies beside the sample articles and holds their answers: it must not be asked."""


class Library(Searching, Curating):
    """Articles that can be searched. Opening one makes the folder where there is none.

    Safe to use from several threads. `close()` it, or use it in a ``with`` statement.
    """

    def __init__(self, path: str | Path | None = None, *, settings: Settings | None = None) -> None:
        """Open the library in the folder `path`; by default the one that the settings name, which may be on servers.

        Raises `LibraryUnusable` where the folder cannot be made or read, or a server does not answer.
        """
        self.settings = settings or Settings()
        self.home = home_of(self.settings, path)
        self.folder = self.home.folder
        self.name = self.home.name
        """What a person calls it: its folder, or its address."""
        self._query_vectors = lru_cache(maxsize=256)(lambda query: self.embedder.query(query))
        self._make_locks()
        self.catalog = self.home.catalog()
        self._vectors = self.home.vectors(self.catalog, self._writing)
        self._versions = Versions()
        _libraries.add(self)

    # Adding and removing

    def add(
        self,
        paths: str | Path | Iterable[str | Path],
        *,
        named: Callable[[Path], str] | None = None,
        progress: Progress | None = None,
    ) -> AddReport:
        """Add files, folders with all that is in them, and pages by their URLs; every source ends up in the report.

        What is there already and unchanged is left alone; a changed article takes the place of the old.
        `named` gives the source that a file is known by: its full path where not given.
        """
        wanted = [paths] if isinstance(paths, str | Path) else list(paths)
        urls = list(dict.fromkeys(given.strip() for given in wanted if is_url(given)))
        files, failures = find_sources(given for given in wanted if not is_url(given))
        report = AddReport(failed=[FailedSource(source, reason) for source, reason, _ in failures])

        total = len(files) + len(urls)
        with shown(progress, total) as show:
            if files or not urls:
                self._add(articles_in(files, report, named=named), report, total, show)
            for number, url in enumerate(urls, start=len(files) + 1):
                show(number - 1, total, url)  # a site may take a minute
                if page := articles_at(url, number, report, private=self._private):
                    self._add(page, report, total, show)
        return report

    def add_articles(self, articles: Iterable[Article], *, progress: Progress | None = None) -> AddReport:
        """Add articles made in Python, as `add` does with files."""
        wanted = list(articles)
        report = AddReport()
        self._add(enumerate(wanted, start=1), report, len(wanted), progress)
        return report

    def add_samples(self, *, progress: Progress | None = None) -> AddReport:
        """Add the sample articles that come with Footnote."""
        files, _ = find_sources([samples_folder()])
        articles = (file for file in files if file.name != _SAMPLE_QUESTIONS)
        samples = (article for file in articles for article in load(file, source=f"samples/{file.name}"))
        return self.add_articles(samples, progress=progress)

    def sync(
        self, place: str | Path, *, again: bool = False, emptied: bool = False, progress: Progress | None = None
    ) -> AddReport:
        """Make the library match a folder, or take in what is new at an address, such as a feed's; and follow it.

        Of a folder, files are added, changed, and removed when they are gone. Those that are as they were are not
        read, unless `again`. A renamed file's articles keep their ids. Raises `NoSuchFolder` where the folder is
        missing, or is empty and was not: its drive may not be there. With `emptied` that is believed.

        An address is asked only where the site's robots.txt lets programs do so. What is no longer there stays.
        """
        report = AddReport()
        if is_url(place):
            self._sync_page(str(place).strip(), report, progress)
            return report
        with self._writing(), shown(progress, 0) as show:
            folder = Path(place).expanduser().resolve()
            syncing.sync(self._adding, self.catalog, folder, report, again=again, emptied=emptied, show=show)
        return report

    def followed(self) -> dict[str, datetime]:
        """Return the folders and addresses that the library follows, each with the time (UTC) of its last sync."""
        return Sources(self.catalog).followed()

    def unfollow(self, place: str | Path) -> None:
        """Follow a folder or an address no longer; its articles stay. Raises `NoSuchFolder` where it was not."""
        known = str(place).strip() if is_url(place) else source_name(Path(place).expanduser().resolve())
        if not Sources(self.catalog).unfollow(known):
            raise NoSuchFolder(f"The library does not follow {place}. `footnote sync --list` shows what it follows.")

    # Reading

    def articles(self, filters: Filters | Selection | None = None) -> list[ArticleInfo]:
        """Return every article that `filters` admit, without its text, newest first."""
        return self.catalog.infos(self.select(filters))

    def duplicates(self, filters: Filters | Selection | None = None) -> list[Group]:
        """Return the articles that are near copies of each other, each group with the one that answers, newest first.

        Of a group only the members that `filters` admit are in it.
        """
        within = self.select(filters)
        with self.catalog.begin() as connection:
            return groups(connection, within)

    def status(self) -> Status:
        """Return what the library holds, and what it was built with."""
        articles, chunks = self.catalog.counts()
        return Status(
            folder=self.name,
            articles=articles,
            chunks=chunks,
            embedder=self.catalog.fact("embedder_name") or "",
            bytes=self.home.size(),
            open_in=self.home.open_in(),
            follows=tuple(self.followed()),
        )

    # Care

    def pulse(self) -> Pulse:
        """Say, quickly, whether the vector index has as many chunks as the catalog; `check` looks at each."""
        return care.pulse(self.catalog, self._vectors)

    def check(self, *, progress: Progress | None = None) -> Findings:
        """Look at every article and every chunk, and say what is wrong; nothing is changed."""
        alone = nullcontext() if self.catalog.refusal else self._writing()
        with alone, shown(progress, 0, "chunk") as show:
            return care.check(self.catalog, self._vectors, show)

    def repair(self, *, progress: Progress | None = None) -> Findings:
        """Make the full text and the vector index anew from the catalog, then check everything.

        Raises `LibraryUnusable` where the catalog itself is damaged.
        """
        with self._writing(), shown(progress, 0, "chunk") as show:
            return care.repair(self.catalog, self._vectors, show)

    def reembed(self, *, progress: Progress | None = None) -> Findings:
        """Embed every article again with the model that the settings name, then make the vector index anew.

        The old vectors serve until all new ones are there; what was done before an interruption is not done again.
        Chunks that the new model does not read whole are cut anew.
        """
        embedder = load_embedder(self.settings)
        with shown(progress, 0, "chunk") as show:
            steps = care.steps(show, "embedding")
            gather(self.catalog, embedder, partial(cut_for, embedder), steps)
            with self._writing():
                gather(self.catalog, embedder, partial(cut_for, embedder), steps)  # what was added meanwhile
                switch(self.catalog, embedder)
                with self._opening:
                    self._checked_embedder = embedder
                    self._query_vectors.cache_clear()
                return care.repair(self.catalog, self._vectors, show)

    def embed_with(self, model: str, *, progress: Progress | None = None) -> Findings:
        """Embed every article again with the model of that name, as `reembed` does, and use that model from then on."""
        before = self.settings
        self.settings = before.model_copy(update={"embedding_model": model})
        try:
            return self.reembed(progress=progress)
        except BaseException:
            self.settings = before
            raise

    def backup(self, file: str | Path) -> Manifest:
        """Write the library as it is at this moment to one file; others may go on adding. `Library.restore` reads it.

        A backup that is there already is replaced in one step; another file is left alone, and `FootnoteError` raised.
        """
        return self.home.backup(Path(file))

    @classmethod
    def restore(
        cls,
        file: str | Path,
        path: str | Path | None = None,
        *,
        replace: bool = False,
        settings: Settings | None = None,
    ) -> Manifest:
        """Put what a backup holds into the library in the folder `path`, in one step, after all of it was checked.

        Raises `UnusableBackup`, and `LibraryUnusable` where the library holds articles and `replace` is not given.
        A catalog that is too damaged to be opened is kept beside it.
        """
        return home_of(settings or Settings(), path).restore(Path(file), replace=replace)

    # Parts

    @cached_property
    def conversations(self) -> Conversations:
        """The conversations that are kept with the library."""
        return Conversations(self.catalog)

    def belong_to(self, owner: Owner) -> None:
        """Let conversations and feedback belong to the account that `owner` names whenever they are asked for."""
        self.conversations = Conversations(self.catalog, owner)
        self.feedback = Feedback(self.catalog, owner)

    @cached_property
    def listing(self) -> Listing:
        """The lists of its articles, page by page."""
        return Listing(self.catalog)

    @cached_property
    def atlas(self) -> Atlas:
        """The map of its articles."""
        return Atlas(self.catalog)

    @cached_property
    def feedback(self) -> Feedback:
        """What people thought of answers."""
        return Feedback(self.catalog)

    @cached_property
    def tokens(self) -> Tokens:
        """The tokens by which other programs may ask it."""
        return Tokens(self.catalog)

    @cached_property
    def queue(self) -> Queue:
        """The long work that is to be done with it, by this process or by another."""
        from rag.index.queue.queue import Queue

        return Queue(self.catalog, self.home.machine)

    @cached_property
    def sent(self) -> Sent:
        """The files that were sent to it, until they are added."""
        return self.home.sent(self.catalog)

    @cached_property
    def worker(self) -> Worker:
        """What does the work in the queue, in a thread, once it is started."""
        from rag.index.queue.worker import Worker

        return Worker(self)

    @property
    def vector_store(self) -> Any:
        """The chunks as a LangChain vector store (`langchain_chroma.Chroma`), for reading.

        Raises `LibraryBusy` where another process has the library's Chroma open.
        """
        from rag.index.vectors.langchain import ChunkStore

        return ChunkStore(self._vectors.chroma(), self.embedder, self.catalog.texts_of)

    @property
    def embedder(self) -> Embedder:
        """The embedding model, a LangChain `Embeddings`. Raises `EmbedderMismatch` where another built the library."""
        with self._opening:
            return self._checked_embedder

    def share_embedder(self, other: Library) -> None:
        """Take the embedding model that another library has loaded, where this one was built with the same."""
        embedder = other.embedder
        with self._opening:
            if self._was_built_with(embedder):
                self._checked_embedder = embedder

    def changing(self) -> AbstractContextManager[None]:
        """Be the only one who changes it, for several changes that belong together. Raises `LibraryBusy`."""
        return self._writing()

    def close(self) -> None:
        """Let go of the files. What other processes have open stays open."""
        if worker := self.__dict__.pop("worker", None):
            worker.end()
        self._vectors.close()
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Private

    @cached_property
    def _checked_embedder(self) -> Embedder:
        embedder = load_embedder(self.settings)
        if not self._was_built_with(embedder):
            raise EmbedderMismatch(mismatch(self.catalog.fact("embedder_name") or "", embedder.name))
        return embedder

    def _was_built_with(self, embedder: Embedder) -> bool:
        return self.catalog.fact("embedder_fingerprint") in (None, embedder.fingerprint)

    def _require_same_embedder(self) -> None:
        """Follow another process that had all articles embedded again since this one loaded its model, or raise."""
        if not self._was_built_with(self.embedder) and not self._takes_the_model():
            raise EmbedderMismatch(
                "The library was embedded again meanwhile, with the model "
                f"{self.catalog.fact('embedder_name')!r}. Close Footnote and start it again with that model."
            )

    def _takes_the_model(self) -> bool:
        """Take the model that the library is built with now, where it can be had by its name."""
        name = self.catalog.fact("embedder_name") or ""
        if name == self.embedder.name:
            return False  # other weights under the same name
        settings = self.settings.model_copy(update={"embedding_model": name})
        try:
            embedder = load_embedder(settings)
        except EmbedderUnavailable:
            return False
        if not self._was_built_with(embedder):
            return False
        with self._opening:
            self.settings, self._checked_embedder = settings, embedder
            self._query_vectors.cache_clear()
        return True

    def _make_locks(self) -> None:
        self._write_lock = threading.RLock()
        self._opening = threading.RLock()

    def _outlive_fork(self) -> None:
        self.__dict__.pop("worker", None)  # its thread is the parent's
        self._make_locks()
        self.home.outlive_fork()
        self._vectors.outlive_fork()
        self.catalog.outlive_fork()

    def _add(
        self, articles: Iterator[Numbered | ReadFile], report: AddReport, total: int, progress: Progress | None
    ) -> None:
        with self._writing(), shown(progress, total) as show:
            self._adding(report, total, show).add(articles)

    def _adding(self, report: AddReport, total: int, show: Progress) -> Adding:
        self._require_same_embedder()
        self.catalog.set_facts(embedder_name=self.embedder.name, embedder_fingerprint=self.embedder.fingerprint)
        return Adding(self.catalog, self._vectors, self.embedder, report, total, show)

    def _sync_page(self, url: str, report: AddReport, progress: Progress | None) -> None:
        page = may_fetch(url, report, private=self._private) and articles_at(url, 1, report, private=self._private)
        if page:
            self._add(page, report, 1, progress)
        if not report.failed:
            with self._writing():
                Sources(self.catalog).follow(url)

    @property
    def _private(self) -> bool:
        return self.settings.allow_private_addresses

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time, among this process's threads and among processes."""
        if self.catalog.refusal:
            raise self.catalog.refusal
        with self._write_lock, self.home.one_writer():
            yield


_libraries: weakref.WeakSet[Library] = weakref.WeakSet()


def _outlive_fork() -> None:
    """In a forked child: locks and connections of the parent are the parent's."""
    for library in list(_libraries):
        library._outlive_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_outlive_fork)


def open_default(settings: Settings | None = None) -> Library:
    """Open the library that the settings name, filled with the sample articles if it never held any."""
    library = Library(settings=settings)
    if not library.catalog.counts()[0] and not library.catalog.fact("embedder_name"):
        log.info("The library is new: adding the sample articles.")
        library.add_samples()
    return library
