"""The articles that filters admit, as the catalog finds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, func, or_, select, true

from rag.filters import Filters, folded
from rag.index.databases.values import json_each
from rag.index.schema import further_sources as further

_ENDS = "/\\#?"
"""What stands in a source behind a folder, a site, a page, or a file that holds several articles."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The articles that filters admit: looked up once, for all that is searched and counted under them."""

    filters: Filters
    articles: frozenset[str]
    """Their ids."""
    chunks: int
    """How many chunks they have."""
    undated: int
    """Articles that are left out for want of a date alone."""

    def to_json(self) -> str:
        """Return the ids as one parameter of SQL, however many there are."""
        return json.dumps(sorted(self.articles))


@dataclass(frozen=True, slots=True)
class Spellings:
    """How the tags and languages that filters name are written in the articles: no database folds as Python does."""

    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


def spellings(filters: Filters, articles: Table, connection: Connection) -> Spellings:
    """Look up how what `filters` name is written in the articles."""
    tags: list[str] = []
    languages: list[str] = []
    if filters.tags:
        wanted = {folded(tag) for tag in filters.tags}
        tag = json_each(articles.c.tags).table_valued("value", name="tag")
        used = connection.scalars(select(tag.c.value).distinct().select_from(articles.join(tag, true())))
        tags = [written for written in used if isinstance(written, str) and folded(written) in wanted]
    if filters.languages:
        codes = {_code(code) for code in filters.languages}
        used = connection.scalars(select(articles.c.language).distinct())
        languages = [written for written in used if written and not codes.isdisjoint(_wider(_code(written)))]
    return Spellings(tuple(tags), tuple(languages))


def suits(filters: Filters, articles: Table, written: Spellings) -> ColumnElement[bool]:
    """Return the condition on a row of `articles` that all `filters` put but those of time."""
    return and_(True, *_conditions(filters, articles, written))


def is_of_the_time(filters: Filters, articles: Table) -> ColumnElement[bool]:
    """Return the condition on a row of `articles` that its date meets. One without a date meets none."""
    since = [articles.c.published >= filters.since] if filters.since else []
    until = [articles.c.published <= filters.until] if filters.until else []
    return and_(True, *since, *until)


def _conditions(filters: Filters, articles: Table, written: Spellings) -> Iterator[ColumnElement[bool]]:
    if filters.articles:
        yield articles.c.id.in_(_listed(filters.articles))
    if filters.sources:
        copied = select(1).where(further.c.article_id == articles.c.id, _is_from(further.c.source, filters.sources))
        yield or_(_is_from(articles.c.source, filters.sources), exists(copied))
    if filters.tags:
        tag = json_each(articles.c.tags).table_valued("value", name="tag").c.value
        yield exists(select(1).where(tag.in_(_listed(written.tags))))
    if filters.languages:
        yield articles.c.language.in_(_listed(written.languages))


def _code(language: str) -> str:
    return folded(language).replace("_", "-")


def _wider(code: str) -> set[str]:
    """Return a language code and all that it is one of: "zh-hant-tw", "zh-hant" and "zh"."""
    parts = code.split("-")
    return {"-".join(parts[:end]) for end in range(1, len(parts) + 1)}


def _is_from(source: ColumnElement[str], sources: object) -> ColumnElement[bool]:
    named = _rows(sources, "source")
    start, mark = func.rtrim(named, _ENDS), func.length(func.rtrim(named, _ENDS)) + 1
    within = and_(func.substr(source, 1, mark - 1) == start, func.substr(source, mark, 1).in_(list(_ENDS)))
    return exists(select(1).where(or_(source == named, and_(func.length(source) >= mark, within))))


def _rows(values: object, name: str) -> ColumnElement[Any]:
    """Return `values` as a column of rows, however many there are."""
    column: ColumnElement[Any] = json_each(json.dumps(values)).table_valued("value", name=name).c.value
    return column


def _listed(values: object) -> Select[Any]:
    return select(_rows(values, "wanted"))
