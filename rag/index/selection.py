"""The articles that filters admit, as the catalog finds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, exists, func, or_, select

from rag.filters import Filters, folded
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
        """Return the ids as SQLite's `json_each` takes them, however many there are."""
        return json.dumps(sorted(self.articles))


def suits(filters: Filters, articles: Table) -> ColumnElement[bool]:
    """Return the condition on a row of `articles` that all `filters` put but those of time."""
    return and_(True, *_conditions(filters, articles))


def is_of_the_time(filters: Filters, articles: Table) -> ColumnElement[bool]:
    """Return the condition on a row of `articles` that its date meets. One without a date meets none."""
    since = [articles.c.published >= filters.since] if filters.since else []
    until = [articles.c.published <= filters.until] if filters.until else []
    return and_(True, *since, *until)


def sql_folded(value: object) -> object:
    """Fold a text as `rag.filters.folded` does: the function "folded" of a connection."""
    return folded(value) if isinstance(value, str) else value


def _conditions(filters: Filters, articles: Table) -> Iterator[ColumnElement[bool]]:
    if filters.articles:
        yield articles.c.id.in_(_listed(filters.articles))
    if filters.sources:
        copied = select(1).where(further.c.article_id == articles.c.id, _is_from(further.c.source, filters.sources))
        yield or_(_is_from(articles.c.source, filters.sources), exists(copied))
    if filters.tags:
        tag = func.json_each(articles.c.tags).table_valued("value", name="tag").c.value
        yield exists(select(1).where(func.folded(tag).in_(_listed([folded(tag) for tag in filters.tags]))))
    if filters.languages:
        language = func.replace(func.folded(articles.c.language), "_", "-")
        wanted = _rows([folded(code).replace("_", "-") for code in filters.languages], "language")
        of_it = func.substr(language, 1, func.length(wanted) + 1) == wanted + "-"
        yield exists(select(1).where(or_(language == wanted, of_it)))


def _is_from(source: ColumnElement[str], sources: object) -> ColumnElement[bool]:
    named = _rows(sources, "source")
    start, mark = func.rtrim(named, _ENDS), func.length(func.rtrim(named, _ENDS)) + 1
    within = and_(func.substr(source, 1, mark - 1) == start, func.instr(_ENDS, func.substr(source, mark, 1)) > 0)
    return exists(select(1).where(or_(source == named, and_(func.length(source) >= mark, within))))


def _rows(values: object, name: str) -> ColumnElement[Any]:
    """Return `values` as a column of rows, however many there are."""
    column: ColumnElement[Any] = func.json_each(json.dumps(values)).table_valued("value", name=name).c.value
    return column


def _listed(values: object) -> Select[Any]:
    return select(_rows(values, "wanted"))
