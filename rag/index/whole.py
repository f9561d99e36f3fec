"""What is asked of the whole catalog at once: whether it is sound, and the full text made anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select

from rag.index import copies
from rag.index.catalog import Catalog, article_of, portions
from rag.index.databases.database import TextRow
from rag.index.schema import articles, chunks
from rag.index.vectors.index import Steps
from rag.types import Article, Chunk


def damage(catalog: Catalog) -> tuple[str, ...]:
    """Return what the database finds wrong with itself, and chunks without an article."""
    with catalog.begin() as connection:
        return tuple(catalog.database.damage(connection))


def rebuild_indexes(catalog: Catalog) -> None:
    """Make the database's own indexes anew, which stand beside the rows and can differ from them."""
    with catalog.begin() as connection:
        catalog.database.rebuild_indexes(connection)


def misplaced(catalog: Catalog, steps: Steps) -> int:
    """Return how many chunks are not the words at their place in their article."""
    wrong = done = 0
    with catalog.begin() as connection:
        catalog.database.snapshot(connection)
        total = connection.scalar(select(func.count()).select_from(articles)) or 0
        for ids in portions(connection):
            stored = connection.execute(select(articles).where(articles.c.id.in_(ids)))
            whole = {row.id: article_of(row) for row in stored}
            for row in connection.execute(select(chunks).where(chunks.c.article_id.in_(ids))):
                wrong += not _stands(row, whole[row.article_id])
            done += len(ids)
            steps(done, total)
    return wrong


def full_text_faults(catalog: Catalog) -> int:
    """Return how many chunks the full text lacks, and how many it holds too many."""
    with catalog.begin() as connection:
        return catalog.database.full_text.faults(connection)


def rebuild_full_text(catalog: Catalog, steps: Steps) -> None:
    """Make the full text anew from the articles, in one transaction."""
    done = 0
    with catalog.begin() as connection:
        catalog.database.full_text.clear(connection)
        total = connection.scalar(select(func.count()).select_from(chunks)) or 0
        for ids in portions(connection):
            query = select(articles.c.id, articles.c.title, articles.c.text).where(articles.c.id.in_(ids))
            stored = {row.id: row for row in connection.execute(query)}
            rows: list[TextRow] = [
                {"row": c.row, "title": stored[c.article_id].title, "body": stored[c.article_id].text[c.start : c.end]}
                for c in connection.execute(select(chunks).where(chunks.c.article_id.in_(ids)))
            ]
            catalog.database.full_text.insert(connection, rows)
            done += len(rows)
            steps(done, total)


def note_copies(catalog: Catalog, steps: Steps | None = None, *, at_most: int | None = None) -> None:
    """Look for near copies among the articles that an older Footnote stored, one transaction an article."""
    with catalog.begin() as connection:
        waiting = copies.unsigned(connection, at_most)
    for done, article_id in enumerate(waiting, start=1):
        with catalog.begin() as connection:
            row = connection.execute(select(articles).where(articles.c.id == article_id)).one_or_none()
            if row:
                copies.note(connection, article_of(row))
        if steps:
            steps(done, len(waiting))


def _stands(row: Row[Any], article: Article) -> bool:
    try:
        return Chunk(article, start=row.start, end=row.end).id == str(row.id)
    except ValueError:
        return False
