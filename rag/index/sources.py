"""What the catalog knows of where articles come from: names of the same text, files as they were, what is followed.

An article stands in the catalog once, under its first source. What holds the same text under another name is
noted as a copy of it, and takes its place when the first source goes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    true,
    union_all,
    update,
)

from rag.index.schema import articles, files, followed
from rag.index.schema import further_sources as further
from rag.types import Article

if TYPE_CHECKING:
    from rag.index.catalog import Catalog

_SHORT = 200
"""Characters of a text that many may have written ("Thanks, see you there."): of such ones the title counts as well."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalog holds under a source."""

    article_id: str
    content_hash: str
    text: str
    is_further: bool
    """Whether it is a further source of that article."""

    def is_same_as(self, article: Article) -> bool:
        """Say whether nothing about `article` is new."""
        return article.text == self.text if self.is_further else article.content_hash == self.content_hash


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file that was read to its end, as it was then."""

    source: str
    size: int
    """In bytes."""
    modified: int | None
    """When it was last changed, in ns; None where it may have changed since without showing it."""
    digest: str
    """SHA-256 of its bytes."""

    def looks_like(self, stat: os.stat_result) -> bool:
        """Say whether the file need not be read to know that it is the same."""
        return (self.size, self.modified) == (stat.st_size, stat.st_mtime_ns)


class Sources:
    """Reads and writes what one catalog knows of sources. Each method is one transaction."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    # Of articles

    def known(self, source: str) -> Known | None:
        """Return what is stored under `source`."""
        with self._catalog.begin() as connection:
            found = connection.execute(_KNOWN, {"source": source}).one_or_none()
            return Known(found[0], found[1], found[2], is_further=bool(found[3])) if found else None

    def identified(self, article: Article) -> Article:
        """Return the article with the id that is its source's; one of its own where another source took its id."""
        wanted = article.id
        with self._catalog.begin() as connection:
            stored = connection.scalar(_OF_SOURCE, {"source": article.source})
            number = 2
            while stored is None and connection.scalar(_OF_ID, {"wanted": wanted}):
                wanted = sha256(f"{article.source}\n{number}".encode()).hexdigest()[:16]
                number += 1
        return article.known_as(stored or wanted)

    def twin(self, article: Article) -> str | None:
        """Return the id of the article that has the same text under another source.

        Where both tell their author or their day and differ, and of short texts where the titles differ, they are two.
        """
        same = select(articles.c.id).where(
            func.length(articles.c.text) == len(article.text),
            # Of a bare `text = ?` SQLite takes the length, and then reads all articles instead of the index on it.
            func.coalesce(articles.c.text, "") == article.text,
            articles.c.source != article.source,
            *_agree(articles.c.author, article.author),
            *_agree(articles.c.published, article.published),
            *([articles.c.title == article.title] if len(article.text) < _SHORT else []),
        )
        with self._catalog.begin() as connection:
            return connection.scalar(same.order_by(articles.c.added).limit(1))

    def add_copy(self, source: str, article_id: str) -> None:
        """Note that `source` holds the text of that article too."""
        with self._catalog.begin() as connection:
            connection.execute(delete(further).where(further.c.source == source))
            connection.execute(insert(further).values(source=source, article_id=article_id, added=_now()))

    def let_go(self, source: str) -> str | None:
        """Forget that `source` holds what it held; return the id of the article that is left without any source.

        Where the text has further sources, the first of them takes its place.
        """
        with self._catalog.begin() as connection:
            connection.execute(delete(further).where(further.c.source == source))
            article_id = connection.scalar(select(articles.c.id).where(articles.c.source == source))
            if article_id is None:
                return None
            others = select(further.c.source).where(further.c.article_id == article_id)
            heir = connection.scalar(others.order_by(further.c.added, further.c.source).limit(1))
            if heir is None:
                return str(article_id)
            connection.execute(delete(further).where(further.c.source == heir))
            connection.execute(update(articles).where(articles.c.id == article_id).values(source=heir))
            return None

    def within(self, folder: str) -> list[str]:
        """Return the sources in a folder."""
        with self._catalog.begin() as connection:
            return [
                source
                for table in (articles, further)
                for source in connection.scalars(select(table.c.source).where(_starts(table, _inside(folder))))
            ]

    def move(self, old: str, new: str, held: Iterable[str]) -> set[str]:
        """Say that the file at `old`, which `held` these sources, is now at `new`; return what they are called now.

        Its articles keep their ids.
        """
        now = {source: new + source.removeprefix(old) for source in held}
        with self._catalog.begin() as connection:
            for source, called in now.items():
                for table in (articles, further):
                    connection.execute(update(table).where(table.c.source == source).values(source=called))
            connection.execute(delete(files).where(files.c.source == new))
            connection.execute(update(files).where(files.c.source == old).values(source=new))
        return set(now.values())

    # Of files

    def files_within(self, folder: str) -> dict[str, FileRead]:
        """Return by source what is known of the files in a folder."""
        query = select(files).where(_starts(files, _inside(folder)))
        with self._catalog.begin() as connection:
            return {row.source: FileRead(**row._mapping) for row in connection.execute(query)}

    def note(self, read: Iterable[FileRead]) -> None:
        """Remember files as they were read."""
        with self._catalog.begin() as connection:
            for file in read:
                connection.execute(delete(files).where(files.c.source == file.source))
                values = {name: getattr(file, name) for name in FileRead.__slots__}
                connection.execute(insert(files).values(**values))

    def forget_files(self, sources: Iterable[str]) -> None:
        """Forget how files were: the next time, they are read again."""
        with self._catalog.begin() as connection:
            for source in sources:
                connection.execute(delete(files).where(files.c.source == source))

    # Of places that are followed

    def followed(self) -> dict[str, datetime]:
        """Return the folders and addresses that are followed, each with the time (UTC) of its last sync."""
        with self._catalog.begin() as connection:
            rows = connection.execute(select(followed).order_by(followed.c.place))
            return {row.place: row.synced for row in rows}

    def follow(self, place: str) -> None:
        """Remember that the library matches a place now."""
        with self._catalog.begin() as connection:
            connection.execute(delete(followed).where(followed.c.place == place))
            connection.execute(insert(followed).values(place=place, synced=_now()))

    def unfollow(self, place: str) -> bool:
        """Forget a place; say whether it was followed."""
        with self._catalog.begin() as connection:
            return bool(connection.execute(delete(followed).where(followed.c.place == place)).rowcount)


_COLUMNS = (articles.c.id, articles.c.content_hash, articles.c.text)
_KNOWN = union_all(
    select(*_COLUMNS, false()).where(articles.c.source == bindparam("source")),
    select(*_COLUMNS, true())
    .join(further, further.c.article_id == articles.c.id)
    .where(further.c.source == bindparam("source")),
)
_OF_SOURCE = select(articles.c.id).where(articles.c.source == bindparam("source"))
_OF_ID = select(articles.c.id).where(articles.c.id == bindparam("wanted"))


def _agree(column: ColumnElement[object], value: object) -> Iterator[ColumnElement[bool]]:
    if value is not None:
        yield or_(column.is_(None), column == value)


def _starts(table: Table, start: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = func.substr(table.c.source, 1, len(start)) == start
    return found


def _inside(folder: str) -> str:
    return folder.rstrip(os.sep) + os.sep


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def further_sources_of(connection: Connection, article_ids: Sequence[str] | None = None) -> dict[str, list[str]]:
    """Return by article the further sources of its text, in the order in which they came."""
    query = select(further.c.article_id, further.c.source).order_by(further.c.added, further.c.source)
    if article_ids is not None:
        query = query.where(further.c.article_id.in_(article_ids))
    found: dict[str, list[str]] = {}
    for article_id, source in connection.execute(query):
        found.setdefault(article_id, []).append(source)
    return found


def forget_sources(connection: Connection, article_id: str) -> None:
    """Forget the further sources of an article that is removed, and how its files were: a sync brings it back."""
    main = connection.scalars(select(articles.c.source).where(articles.c.id == article_id)).all()
    gone = [*main, *further_sources_of(connection, [article_id]).get(article_id, ())]
    connection.execute(delete(further).where(further.c.article_id == article_id))
    held_by = {source[:at] for source in gone for at in (len(source), *_hashes(source))}
    connection.execute(delete(files).where(files.c.source.in_(held_by)))


def _hashes(source: str) -> Iterator[int]:
    """Yield where a file's name can end in the name of what it held: "box.mbox" of "box.mbox#7"."""
    return (at for at, letter in enumerate(source) if letter == "#")
