"""Lists of articles: searched, filtered, put in order and paged by the database, which reads no text for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, or_, select

from rag.filters import EVERY_ARTICLE, Filters
from rag.index.databases.database import Database
from rag.index.databases.values import json_each
from rag.index.schema import articles, chunks, copies, facts
from rag.index.schema import further_sources as further
from rag.index.selection import is_of_the_time, spellings, suits
from rag.index.sources import further_sources_of
from rag.text import clean_text, folded

if TYPE_CHECKING:
    from rag.index.catalog import Catalog

Order = Literal["published", "title", "author", "source", "added", "length"]
"""What a list can be put in the order of."""

_MOST_WORDS = 20
"""Words of a search that are looked for."""


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """What a list of articles shows: an article without its text."""

    id: str
    title: str
    source: str
    published: date | None
    author: str | None
    tags: tuple[str, ...]
    language: str | None
    media_type: str
    characters: int
    chunks: int
    added: datetime
    """In UTC, as `updated`."""
    updated: datetime
    further_sources: tuple[str, ...] = ()
    """Further sources of the same text."""


@dataclass(frozen=True, slots=True)
class Facet:
    """What of an article it can be chosen by."""

    published: date | None
    source: str
    tags: tuple[str, ...]
    language: str | None


@dataclass(frozen=True, slots=True)
class Heading:
    """What names an article."""

    title: str
    source: str
    published: date | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles are listed: those that filters admit, in whose title, author or source every word stands."""

    words: str = ""
    """Case and accents make no difference, and a part of a word is found too."""
    filters: Filters = EVERY_ARTICLE

    def __bool__(self) -> bool:
        return bool(self.words.strip() or self.filters)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    articles: tuple[ArticleInfo, ...]
    near_copies: frozenset[str]
    """Ids of those that are near copies of others."""
    first: int
    """Place of the first in the list, from 0."""
    found: int
    """How many articles are in the list."""
    total: int
    """How many articles there are."""


class Listing:
    """The lists of one catalog. Each method is one transaction."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def page(
        self, wanted: Wanted, *, order: Order = "published", ascending: bool = False, first: int = 0, most: int = 50
    ) -> Page:
        """Return at most `most` of the wanted articles, from the place `first` on; the last ones where it is too far.

        What has no date or author comes last in either direction.
        """
        with self._catalog.begin() as connection:
            condition = self._condition(connection, wanted)
            found = connection.scalar(select(func.count()).select_from(articles).where(condition)) or 0
            total = found if not wanted else connection.scalar(select(func.count()).select_from(articles)) or 0
            first = max(0, min(first, (found - 1) // most * most))
            query = select(articles.c.id).where(condition).order_by(*self._order(order, ascending))
            ids = list(connection.scalars(query.limit(most).offset(first)))
            by_id = {info.id: info for info in infos_of(connection, ids)}
            copied = connection.scalars(select(copies.c.article_id).where(copies.c.article_id.in_(ids)))
            return Page(tuple(by_id[each] for each in ids), frozenset(copied), first, found, total)

    def ids(self, wanted: Wanted) -> frozenset[str]:
        """Return the ids of all wanted articles."""
        with self._catalog.begin() as connection:
            return frozenset(connection.scalars(select(articles.c.id).where(self._condition(connection, wanted))))

    def headings(self, wanted: Wanted) -> dict[str, Heading]:
        """Return by id what names each of the wanted articles."""
        columns = (articles.c.id, articles.c.title, articles.c.source, articles.c.published)
        with self._catalog.begin() as connection:
            rows = connection.execute(select(*columns).where(self._condition(connection, wanted)))
            return {row.id: Heading(row.title, row.source, row.published) for row in rows}

    def named(self, article_ids: Sequence[str]) -> list[ArticleInfo]:
        """Return those of the articles that are there, in that order."""
        with self._catalog.begin() as connection:
            by_id = {info.id: info for info in infos_of(connection, article_ids)}
        return [by_id[each] for each in article_ids if each in by_id]

    def days(self, wanted: Wanted) -> dict[date | None, int]:
        """Return by day how many of the wanted articles are of it; under None those without a date."""
        count = func.count()
        with self._catalog.begin() as connection:
            query = select(articles.c.published, count).where(self._condition(connection, wanted))
            return {row[0]: row[1] for row in connection.execute(query.group_by(articles.c.published))}

    def repeated(self, wanted: Wanted, most: int) -> list[ArticleInfo]:
        """Return those of the wanted articles, at most `most`, whose text has further sources, by title."""
        copied = exists(select(1).where(further.c.article_id == articles.c.id))
        with self._catalog.begin() as connection:
            query = select(articles.c.id).where(copied, self._condition(connection, wanted))
            ids = list(connection.scalars(query.order_by(*self._order("title", True)).limit(most)))
            by_id = {info.id: info for info in infos_of(connection, ids)}
        return [by_id[each] for each in ids]

    def facets(self) -> list[Facet]:
        """Return of every article what it can be chosen by."""
        query = select(articles.c.published, articles.c.source, articles.c.tags, articles.c.language)
        with self._catalog.begin() as connection:
            rows = connection.execute(query)
            return [Facet(row.published, row.source, tuple(row.tags), row.language) for row in rows]

    def edition(self) -> tuple[object, ...]:
        """Return what is another after any article was added, changed or removed."""
        vectors = select(facts.c.value).where(facts.c.name == "vectors").scalar_subquery()
        query = select(func.count(), func.max(articles.c.updated), vectors).select_from(articles)
        with self._catalog.begin() as connection:
            return tuple(connection.execute(query).one())

    def _condition(self, connection: Connection, wanted: Wanted) -> ColumnElement[bool]:
        filters = wanted.filters
        conditions = [
            suits(filters, articles, spellings(filters, articles, connection)),
            is_of_the_time(filters, articles),
        ]
        fold = self._catalog.database.folded
        named = [fold(column) for column in (articles.c.title, articles.c.author, articles.c.source)]
        for word in folded(clean_text(wanted.words)).split()[:_MOST_WORDS]:
            of_it = further.c.article_id == articles.c.id
            copied = select(1).where(of_it, _holds(fold(further.c.source), word))
            conditions.append(or_(*(_holds(words, word) for words in named), exists(copied)))
        return and_(*conditions)

    def _order(self, order: Order, ascending: bool) -> list[ColumnElement[Any]]:
        by = _ordered_by(order, self._catalog.database)
        return [(by.asc() if ascending else by.desc()).nulls_last(), articles.c.title, articles.c.id]


def infos_of(connection: Connection, article_ids: Sequence[str] | None = None) -> list[ArticleInfo]:
    """Return every article, or those of these ids, newest first, undated ones last, then by title."""
    columns = [column for column in articles.c if column.name not in {"text", "pages", "content_hash", "indexed"}]
    count = select(func.count()).where(chunks.c.article_id == articles.c.id).scalar_subquery()
    query: Select[Any] = select(*columns, func.length(articles.c.text).label("characters"), count.label("chunks"))
    query = query.order_by(articles.c.published.desc().nulls_last(), articles.c.title)
    if article_ids is not None:
        listed = json_each(json.dumps(list(article_ids))).table_valued("value", name="listed")
        query = query.where(articles.c.id.in_(select(listed.c.value)))
    names = further_sources_of(connection, article_ids)
    return [_info(row, names.get(row.id, ())) for row in connection.execute(query)]


def _info(row: Row[Any], names: Sequence[str]) -> ArticleInfo:
    return ArticleInfo(**{**row._mapping, "tags": tuple(row.tags)}, further_sources=tuple(names))


def _holds(words: ColumnElement[str], word: str) -> ColumnElement[bool]:
    return words.contains(word, autoescape=True)


def _ordered_by(order: Order, database: Database) -> ColumnElement[Any]:
    if order in ("title", "author", "source"):
        return database.folded(articles.c[order])
    return func.length(articles.c.text) if order == "length" else articles.c[order]
