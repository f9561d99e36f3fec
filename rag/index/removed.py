"""Articles that a person removed. They are kept apart for some days, as they were, so that they can be put back.

Nothing else looks here: what is removed is in no list, no search and no count.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, insert, select

from rag.index.embeddings import Vectors
from rag.index.schema import articles, chunks, edits, facts
from rag.index.schema import removed as _removed
from rag.index.sources import further_sources_of
from rag.types import Article, Chunk
from rag.types.frozen import day_of, iso

KEPT = timedelta(days=7)
"""How long what was removed can be put back."""
_UNCHANGED = ("id", "title", "text", "source", "author", "tags", "language", "media_type", "pages", "content_hash")
"""Fields of an article that JSON holds as they are."""


@dataclass(frozen=True, slots=True)
class Removed:
    """An article that was removed, as a list names it."""

    article_id: str
    title: str
    source: str
    published: date | None
    removed: datetime
    """In UTC."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A removed article whole."""

    article: Article
    spans: tuple[tuple[int, int], ...]
    """Where its chunks stand."""
    vectors: Vectors
    """[chunks, dimension]"""
    embedder: str
    """Fingerprint of the model that made them."""
    further_sources: tuple[str, ...]
    edits: dict[str, Any] | None
    """The row of `edits`."""
    added: datetime

    @property
    def chunks(self) -> list[Chunk]:
        """The chunks into which it was cut."""
        return [Chunk(self.article, start=start, end=end, ordinal=n) for n, (start, end) in enumerate(self.spans)]


def keep(connection: Connection, article_id: str) -> None:
    """Keep an article that is about to be removed, and let go of those that were removed long ago."""
    connection.execute(delete(_removed).where(_removed.c.removed < _now() - KEPT))
    row = connection.execute(select(articles).where(articles.c.id == article_id)).one_or_none()
    if row is None:
        return
    own = select(chunks).where(chunks.c.article_id == article_id).order_by(chunks.c.ordinal)
    cut = connection.execute(own).all()
    said = connection.execute(select(edits).where(edits.c.article_id == article_id)).one_or_none()
    packed = {
        **{name: getattr(row, name) for name in _UNCHANGED},
        "published": iso(row.published),
        "spans": [(c.start, c.end) for c in cut],
        "further": further_sources_of(connection, [article_id]).get(article_id, []),
        "edits": dict(said._mapping) if said else None,
        "added": row.added.isoformat(),
    }
    connection.execute(delete(_removed).where(_removed.c.article_id == article_id))
    connection.execute(
        insert(_removed).values(
            article_id=article_id,
            removed=_now(),
            title=row.title,
            source=row.source,
            published=row.published,
            embedder=connection.scalar(select(facts.c.value).where(facts.c.name == "embedder_fingerprint")),
            packed=zlib.compress(json.dumps(packed).encode()),
            vectors=b"".join(c.vector for c in cut),
        )
    )


def listed(connection: Connection) -> list[Removed]:
    """Return what can be put back, the latest first."""
    columns = [_removed.c[name] for name in Removed.__slots__]
    query = select(*columns).where(_removed.c.removed >= _now() - KEPT)
    rows = connection.execute(query.order_by(_removed.c.removed.desc(), _removed.c.title))
    return [Removed(**row._mapping) for row in rows]


def kept(connection: Connection, article_id: str) -> Kept | None:
    """Return a removed article whole; None where it is not, or no longer, kept."""
    row = connection.execute(select(_removed).where(_removed.c.article_id == article_id)).one_or_none()
    if row is None:
        return None
    packed = json.loads(zlib.decompress(row.packed))
    fields = {name: packed[name] for name in _UNCHANGED}
    for name in ("tags", "pages"):
        fields[name] = tuple(fields[name] or ())
    return Kept(
        article=Article.restored(**fields, published=day_of(packed["published"])),
        spans=tuple((start, end) for start, end in packed["spans"]),
        vectors=np.frombuffer(row.vectors, dtype="<f4").reshape(len(packed["spans"]), -1),
        embedder=row.embedder or "",
        further_sources=tuple(packed["further"]),
        edits=packed["edits"],
        added=datetime.fromisoformat(packed["added"]),
    )


def forget(connection: Connection, article_ids: Iterable[str]) -> None:
    """Keep these no longer."""
    for article_id in article_ids:
        connection.execute(delete(_removed).where(_removed.c.article_id == article_id))


def put_back(connection: Connection, was: Kept, article: Article) -> None:
    """Give an article that is stored again, `article`, what else it had: its day of adding, what a person said."""
    connection.execute(articles.update().where(articles.c.id == article.id).values(added=was.added))
    if was.edits:
        connection.execute(delete(edits).where(edits.c.article_id == article.id))
        connection.execute(insert(edits).values(**{**was.edits, "article_id": article.id}))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
