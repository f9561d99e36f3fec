"""What is found in several versions of one text is shown once, out of the version that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile

from sqlalchemy import select

from rag.index.catalog import Catalog
from rag.index.copies import groups_of
from rag.index.schema import chunks
from rag.index.selection import Selection
from rag.index.sources import further_sources_of
from rag.index.versions import Versions
from rag.types import Article, Chunk, Copy

_COMPARED = 4
"""Versions that answer before that of a chunk and are compared with it."""
_SCRAPS = 24
"""Characters of a chunk that may be its own without being shown: half a heading, a byline."""
_HOLDS = 0.3
"""Share of what a chunk says that another has to hold to be shown in its place."""

Timely = Callable[[date | None], bool]
"""Says whether an article of that day can tell of the time that is asked about."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A chunk as it is shown."""

    chunk: Chunk
    article: Article
    found: str
    """Id of the chunk that came up, whose place this one has."""
    copies: tuple[Copy, ...] = ()
    superseded: tuple[tuple[int, int], ...] = ()


class Collapse:
    """Shows chunks in the order in which they came up, those that say the same once."""

    def __init__(
        self, catalog: Catalog, versions: Versions, *, within: Selection | None, timely: Timely | None
    ) -> None:
        """Look at the articles `within` only. Those that can tell of the time asked about answer before the others."""
        self._catalog = catalog
        self._versions = versions
        self._within = within
        self._timely = timely
        self._groups: dict[str, tuple[Copy, ...]] = {}
        self._further: dict[str, list[str]] = {}
        self._articles: dict[str, Article] = {}
        self._seen: dict[str, list[Shown]] = {}

    def show(self, found: Sequence[tuple[Chunk, Article]], count: int) -> list[Shown]:
        """Return up to `count` chunks to be shown for those that were found, best first."""
        self._groups = self._admitted({article.id for _, article in found})
        shown: dict[str, Shown] = {}
        for chunk, article in found:
            if len(shown) >= count:
                break
            for each in self._shown(chunk, article):
                shown.setdefault(each.chunk.id, each)
        return list(shown.values())[:count]

    def _admitted(self, article_ids: set[str]) -> dict[str, tuple[Copy, ...]]:
        """Return by article its group, admitted members only, in the order in which they answer."""
        with self._catalog.begin() as connection:
            found = groups_of(connection, article_ids)
            if not (self._within and self._within.filters.sources):
                members = {copy.article_id for group in found.values() for copy in group}
                self._further = further_sources_of(connection, sorted(article_ids | members))
        for article_id, group in found.items():
            admitted = [copy for copy in group if not self._within or copy.article_id in self._within.articles]
            if timely := self._timely:
                admitted.sort(key=lambda copy: not timely(copy.published))
            found[article_id] = tuple(admitted)
        return found

    def _shown(self, chunk: Chunk, article: Article) -> list[Shown]:
        """Return the chunk, or what is shown in its place where other versions say all that it says."""
        if chunk.id not in self._seen:
            self._seen[chunk.id] = self._looked_at(chunk, article)
        return self._seen[chunk.id]

    def _looked_at(self, chunk: Chunk, article: Article) -> list[Shown]:
        group = self._groups.get(article.id, ())
        others = tuple(copy for copy in group if copy.article_id != article.id)
        further = self._further.get(article.id, ())
        others += tuple(Copy(article.id, article.title, source, article.published) for source in further)
        itself = Shown(chunk, article, chunk.id, others)
        restated: dict[tuple[int, int], tuple[Article, int]] = {}
        for copy in list(takewhile(lambda copy: copy.article_id != article.id, group))[:_COMPARED]:
            if other := self._article(copy.article_id):
                for each in self._versions.restated(article, other, (chunk.start, chunk.end)):
                    restated.setdefault((each.start, each.end), (other, each.at))
        if not restated:
            return [itself]
        if _own_characters(chunk, restated) > _SCRAPS:
            return [replace(itself, superseded=tuple(sorted(restated)))]
        instead = [shown for place, other in self._instead(restated) for shown in self._shown(place, other)]
        return [replace(shown, found=chunk.id) for shown in instead] or [itself]

    def _instead(self, restated: Mapping[tuple[int, int], tuple[Article, int]]) -> list[tuple[Chunk, Article]]:
        """Return the chunks of other versions that hold most of what was restated, those that hold most first."""
        ranked: list[tuple[int, Chunk, Article]] = []
        for article in {other.id: other for other, _ in restated.values()}.values():
            sizes = {at: end - start for (start, end), (other, at) in restated.items() if other is article}
            for chunk in self._chunks_at(article, list(sizes)):
                held = sum(size for at, size in sizes.items() if chunk.start <= at < chunk.end)
                ranked.append((held, chunk, article))
        ranked.sort(key=lambda item: -item[0])
        enough = _HOLDS * sum(end - start for start, end in restated)
        return [(chunk, article) for n, (held, chunk, article) in enumerate(ranked) if not n or held >= enough]

    def _chunks_at(self, article: Article, offsets: Sequence[int]) -> list[Chunk]:
        """Return the chunks of an article in which the characters at those offsets stand."""
        query = select(chunks.c.start, chunks.c.end, chunks.c.ordinal).where(
            chunks.c.article_id == article.id, chunks.c.start <= max(offsets), chunks.c.end > min(offsets)
        )
        with self._catalog.begin() as connection:
            rows = connection.execute(query).all()
        holding = (row for row in rows if any(row.start <= at < row.end for at in offsets))
        return [Chunk(article, start=row.start, end=row.end, ordinal=row.ordinal) for row in holding]

    def _article(self, article_id: str) -> Article | None:
        """Return an article; None where it was removed meanwhile."""
        if article_id not in self._articles:
            self._articles.update(self._catalog.articles([article_id]))
        return self._articles.get(article_id)


def _own_characters(chunk: Chunk, restated: Iterable[tuple[int, int]]) -> int:
    """Return how many characters, spaces left out, of a chunk are not restated."""
    text = list(chunk.text)
    for start, end in restated:
        first, last = max(start, chunk.start) - chunk.start, min(end, chunk.end) - chunk.start
        text[first:last] = " " * (last - first)
    return len("".join("".join(text).split()))
