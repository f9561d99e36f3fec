"""What a person does to single articles of a library: remove them, put them back, describe them, replace them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import ArticleNotFound
from rag.index import editing, removed
from rag.index.adding import bring_up_to_date, chunks_of, embedded
from rag.index.catalog import Catalog
from rag.index.editing import Edit
from rag.index.embeddings import Embedder
from rag.index.naming import free_name
from rag.index.removed import Kept, Removed
from rag.index.report import StoredArticle
from rag.index.sources import Sources
from rag.ingest import load
from rag.types import Article, Chunk, Metadata

if TYPE_CHECKING:
    from rag.index.home import OpenIndex


class Curating(ABC):
    """What a person does to single articles; `Library` is one."""

    catalog: Catalog
    _vectors: OpenIndex

    def article(self, article_id: str) -> Article:
        """Return one article whole. Raises `ArticleNotFound`."""
        article = self.catalog.article(article_id)
        if article is None:
            raise _no_such(article_id)
        return article

    # Removing

    def remove(self, *article_ids: str) -> None:
        """Remove articles; from then on no answer rests on them. For some days they can be put back.

        Raises `ArticleNotFound` where there is none of such an id; then nothing is removed.
        """
        with self._writing():
            there = self.catalog.content_hashes(article_ids)
            for article_id in article_ids:
                if article_id not in there:
                    raise _no_such(article_id)
            for article_id in article_ids:
                self.catalog.remove(article_id, kept=True)
            bring_up_to_date(self.catalog, self._vectors)

    def removed(self) -> Sequence[Removed]:
        """Return what was removed and can be put back, the latest first."""
        with self.catalog.begin() as connection:
            return removed.listed(connection)

    def put_back(self, *article_ids: str) -> list[StoredArticle]:
        """Put removed articles back as they were; return those that are there again, in that order.

        Where the source of one was added again meanwhile with the same text, it is there already; with another text,
        the one put back gets a name of its own. Raises `ArticleNotFound` where one is not kept any more.
        """
        back = []
        with self._writing():
            for article_id in article_ids:
                with self.catalog.begin() as connection:
                    was = removed.kept(connection, article_id)
                if was is None:
                    raise ArticleNotFound(
                        f"The article {article_id!r} cannot be put back: it was not removed, or too long ago."
                    )
                back.append(self._put_back(was))
            bring_up_to_date(self.catalog, self._vectors)
        return back

    def forget_removed(self) -> None:
        """Let go of all that was removed, for ever."""
        with self._writing(), self.catalog.begin() as connection:
            removed.forget(connection, [each.article_id for each in removed.listed(connection)])

    # Describing

    def edit(self, article_id: str, metadata: Metadata) -> Article:
        """Give an article another title, author, day, tags or language; it keeps its id and its text.

        What is set here stays when the source is read again, also where its text has changed, until it is set to what
        the source says. Raises `ArticleNotFound`, and `InvalidMetadata` as `Metadata.written` does.
        """
        metadata = metadata.checked()
        with self._writing():
            article = self.article(article_id)
            with self.catalog.begin() as connection:
                before = editing.edit_of(connection, article_id)
                edit = Edit.of(metadata, before.read if before else article.metadata)
                editing.note(connection, article_id, edit)
            described = article.described(metadata)
            if described.content_hash != article.content_hash:
                told_otherwise = described.title != article.title or described.language != article.language
                self._store_again(described, cut=told_otherwise)
            return described

    def edited(self, article_id: str) -> Edit | None:
        """Return what a person set of an article, and what its source says; None where that is nothing."""
        with self.catalog.begin() as connection:
            return editing.edit_of(connection, article_id)

    def reindex(self, article_id: str) -> None:
        """Cut an article into chunks and embed them anew. Raises `ArticleNotFound`."""
        with self._writing():
            self._store_again(self.article(article_id), cut=True)

    # Names

    def free_name(self, file: Path, name: str) -> str:
        """Return under which source to add a file that has no place of its own, such as one that was uploaded.

        That is its name, unless other texts are stored under it: then with a number, so that neither is lost.
        """
        return free_name(Sources(self.catalog), name, partial(_articles, file))

    def free_source(self, article: Article) -> str:
        """Return a source for an article that comes without one, made from the one that it has, as `free_name` does."""
        text = article.text

        def under(name: str) -> list[Article]:
            return [Article(title=article.title, text=text, source=name)]

        return free_name(Sources(self.catalog), article.source, under)

    def replace(self, old: str, new: str) -> None:
        """Let what was added under the source `new` take the place and the name of what is under `old`.

        Both may be files of several articles. What was under `old` is removed, and can be put back.
        """
        sources = Sources(self.catalog)
        with self._writing():
            if not sources.held(new):
                raise ArticleNotFound(f"There is no article {new!r} any more. Add it again.")
            for source in sources.held(old):
                article_id = sources.let_go(source)
                if article_id is not None:
                    self.catalog.remove(article_id, kept=True)
            sources.move(new, old, sources.held(new))
            bring_up_to_date(self.catalog, self._vectors)

    # Private

    def _put_back(self, was: Kept) -> StoredArticle:
        sources = Sources(self.catalog)
        article = was.article
        known = sources.known(article.source)
        stored = StoredArticle(known.article_id if known else article.id, article.title, article.source)
        if known is None or known.text != article.text:
            if known is not None:
                article = article.known_as(article.id, self.free_source(article))
            article = sources.identified(article)
            stored = StoredArticle(article.id, article.title, article.source)
            chunks = [Chunk(article, start=c.start, end=c.end, ordinal=c.ordinal) for c in was.chunks]
            vectors = was.vectors
            if was.embedder != self.catalog.fact("embedder_fingerprint"):
                chunks = chunks_of(article, self.embedder)
                vectors = embedded([(article, chunks)], self.embedder)
            self.catalog.store(article, chunks, vectors)
            for source in was.further_sources:
                if sources.known(source) is None:
                    sources.add_copy(source, article.id)
            with self.catalog.begin() as connection:
                removed.put_back(connection, was, article)
        with self.catalog.begin() as connection:
            removed.forget(connection, [was.article.id])
        return stored

    def _store_again(self, article: Article, *, cut: bool) -> None:
        if cut:
            self._require_same_embedder()
            chunks = chunks_of(article, self.embedder)
            vectors = embedded([(article, chunks)], self.embedder)
        else:
            before = self.catalog.chunks_of(article.id)
            by_id = self.catalog.vectors([chunk.id for chunk in before])
            chunks = [Chunk(article, start=chunk.start, end=chunk.end, ordinal=chunk.ordinal) for chunk in before]
            vectors = np.stack([by_id[chunk.id] for chunk in before])
        self.catalog.store(article, chunks, vectors)
        bring_up_to_date(self.catalog, self._vectors)

    @property
    @abstractmethod
    def embedder(self) -> Embedder:
        """The embedding model."""

    @abstractmethod
    def _require_same_embedder(self) -> None:
        """Raise where another process had all articles embedded again since this one loaded its model."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[None]:
        """Keep others from changing the library meanwhile."""


def _articles(file: Path, source: str) -> list[Article]:
    return list(load(file, source=source, on_problem=lambda _: None))


def _no_such(article_id: str) -> ArticleNotFound:
    return ArticleNotFound(f"No article has the id {article_id!r}. `footnote list` shows the ids.")
