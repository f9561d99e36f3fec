"""What a person says of an article: it stays when its source is read again, and its text changes.

A field that a person set is theirs until they set it to what the source says; all others follow the source. What the
source says of the fields that were set is kept beside it, so that it can be shown and gone back to.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from rag.index.schema import articles, edits
from rag.types import Article, Metadata

FIELDS = tuple(field.name for field in fields(Metadata))


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person set of one article's metadata."""

    set: frozenset[str]
    """The names of the fields; those of `Metadata`."""
    said: Metadata
    """What the person said; only the fields that are set count."""
    read: Metadata
    """What the source says."""

    @classmethod
    def of(cls, said: Metadata, read: Metadata) -> Edit:
        """Return what was set where `said` is what a person wants, and the source says `read`."""
        return cls(frozenset(name for name in FIELDS if getattr(said, name) != getattr(read, name)), said, read)

    def over(self, read: Metadata) -> Metadata:
        """Return what holds where the source says `read`."""
        return replace(read, **{name: getattr(self.said, name) for name in self.set})

    def changes(self) -> list[tuple[str, Any]]:
        """Return the names of the fields that are set, each with what the source says."""
        return [(name, getattr(self.read, name)) for name in FIELDS if name in self.set]


def edit_of(connection: Connection, article_id: str) -> Edit | None:
    """Return what a person set of an article; None where that is nothing."""
    row = connection.execute(select(edits).where(edits.c.article_id == article_id)).one_or_none()
    return _edit(row) if row else None


def note(connection: Connection, article_id: str, edit: Edit) -> None:
    """Remember what a person set of an article."""
    connection.execute(delete(edits).where(edits.c.article_id == article_id))
    if edit.set:
        values = {"fields": sorted(edit.set), "said": edit.said.to_dict(), "read": edit.read.to_dict()}
        connection.execute(insert(edits).values(article_id=article_id, **values))


class Edits:
    """What persons set, of all articles of a library, while articles are added to it."""

    def __init__(self, connection: Connection) -> None:
        query = select(articles.c.source, edits).join(edits, edits.c.article_id == articles.c.id)
        self._by_source = {row.source: (str(row.article_id), _edit(row)) for row in connection.execute(query)}

    def over(self, article: Article, connection: Connection) -> Article:
        """Return an article that was just read as a person wants it, and remember what its source says now."""
        article_id, edit = self._by_source.get(article.source, ("", None))
        if edit is None:
            return article
        if edit.read != article.metadata:
            read = article.metadata.to_dict()
            connection.execute(update(edits).where(edits.c.article_id == article_id).values(read=read))
        return article.described(edit.over(article.metadata))

    def __bool__(self) -> bool:
        return bool(self._by_source)


def _edit(row: Any) -> Edit:
    return Edit(frozenset(row.fields), Metadata.from_dict(row.said), Metadata.from_dict(row.read))
