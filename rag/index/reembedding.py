"""Another embedding model: its vectors are gathered beside the old ones, which they replace in one step."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, text

from rag.index.catalog import Catalog, article_of, set_facts
from rag.index.databases.database import FullText, TextRow
from rag.index.embeddings import Embedder, Vectors
from rag.index.schema import articles, chunks, facts, new_chunks
from rag.index.vectors.index import Steps
from rag.types import Article, Chunk

_FOR_MODEL = "new_vectors_fingerprint"
_CHUNKS_A_BATCH = 256

# Articles that the new model has not read as they are now.
_MISSING = text(
    "SELECT id FROM articles WHERE id IN (SELECT article_id FROM chunks) AND NOT EXISTS (SELECT 1 FROM new_chunks "
    "WHERE article_id = articles.id AND content_hash = articles.content_hash) ORDER BY id"
)
_SAME = "n.article_id = chunks.article_id AND n.ordinal = chunks.ordinal AND n.start = chunks.start"
_CUT_ANEW = text(
    f"SELECT DISTINCT article_id FROM chunks WHERE NOT EXISTS (SELECT 1 FROM new_chunks n WHERE {_SAME} "
    'AND n."end" = chunks."end")'
)
_TAKE_VECTORS = text(f"UPDATE chunks SET vector = (SELECT n.vector FROM new_chunks n WHERE {_SAME})")


@dataclass(frozen=True, slots=True)
class Cut:
    """An article as a model reads it: its chunks, and what the model reads of each."""

    article: Article
    chunks: Sequence[Chunk]
    texts: Sequence[str]


def gather(catalog: Catalog, embedder: Embedder, cut: Callable[[Article, Sequence[Chunk]], Cut], steps: Steps) -> None:
    """Embed every article that the model has not read yet, some hundred chunks at a time.

    `cut` is given an article and the chunks that it has. What is there already was gathered before an interruption.
    """
    _begin(catalog, embedder.fingerprint)
    missing = _missing(catalog)
    total = catalog.counts()[0]
    done = total - len(missing)
    for batch in _batches(catalog, missing, cut):
        vectors = embedder.documents([words for each in batch for words in each.texts])
        _keep(catalog, batch, vectors)
        done += len(batch)
        steps(done, total)


def switch(catalog: Catalog, embedder: Embedder) -> None:
    """Put the gathered vectors in the place of the old ones, in one transaction. Only while nobody else writes."""
    with catalog.begin() as connection:
        if connection.execute(_MISSING).first():
            raise AssertionError("An article is not embedded yet.")
        for article_id in connection.scalars(_CUT_ANEW).all():
            _replace_chunks(connection, catalog.database.full_text, article_id)
        connection.execute(_TAKE_VECTORS)
        known = {
            "embedder_name": embedder.name,
            "embedder_fingerprint": embedder.fingerprint,
            "vectors": secrets.token_hex(8),  # Chroma's are out of date from here on
        }
        set_facts(connection, known)
        connection.execute(delete(new_chunks))
        connection.execute(delete(facts).where(facts.c.name == _FOR_MODEL))


def mismatch(built_with: str, wanted: str) -> str:
    """Return the words for a library that another model built than the one that is set."""
    if built_with == wanted:
        return (
            f"The embedding model {wanted!r} has other weights in this Footnote than in the one that built the "
            "library. Run `footnote repair --embed` once: it embeds all articles again. The library was not changed."
        )
    return (
        f"This library was built with the embedding model {built_with!r}; you asked for {wanted!r}. Run `footnote "
        "repair --embed` to embed all articles again with the second, or set FOOTNOTE_EMBEDDING_MODEL to the first. "
        "The library was not changed."
    )


def _begin(catalog: Catalog, fingerprint: str) -> None:
    if catalog.fact(_FOR_MODEL) != fingerprint:
        with catalog.begin() as connection:
            connection.execute(delete(new_chunks))
        catalog.set_facts(**{_FOR_MODEL: fingerprint})


def _missing(catalog: Catalog) -> list[str]:
    with catalog.begin() as connection:
        return list(connection.scalars(_MISSING))


def _batches(
    catalog: Catalog, article_ids: Sequence[str], cut: Callable[[Article, Sequence[Chunk]], Cut]
) -> Iterator[list[Cut]]:
    batch: list[Cut] = []
    for article_id in article_ids:
        article = catalog.article(article_id)
        if article is None:  # removed meanwhile
            continue
        batch.append(cut(article, catalog.chunks_of(article_id)))
        if sum(len(each.chunks) for each in batch) >= _CHUNKS_A_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _keep(catalog: Catalog, batch: Sequence[Cut], vectors: Vectors) -> None:
    rows = iter(vectors)
    values = [
        {
            "article_id": each.article.id,
            "ordinal": chunk.ordinal,
            "content_hash": each.article.content_hash,
            "start": chunk.start,
            "end": chunk.end,
            "vector": next(rows).astype("<f4").tobytes(),
        }
        for each in batch
        for chunk in each.chunks
    ]
    with catalog.begin() as connection:
        for each in batch:
            connection.execute(delete(new_chunks).where(new_chunks.c.article_id == each.article.id))
        connection.execute(insert(new_chunks), values)


def _replace_chunks(connection: Connection, full_text: FullText, article_id: str) -> None:
    """Put the chunks of an article that were cut anew in the place of the old ones, full text included."""
    article = article_of(connection.execute(select(articles).where(articles.c.id == article_id)).one())
    old = connection.execute(select(chunks).where(chunks.c.article_id == article_id)).all()
    texts: list[TextRow] = [{"row": c.row, "title": article.title, "body": article.text[c.start : c.end]} for c in old]
    full_text.delete(connection, texts)
    connection.execute(delete(chunks).where(chunks.c.article_id == article_id))
    first = (connection.scalar(select(func.max(chunks.c.row))) or 0) + 1
    query = select(new_chunks).where(new_chunks.c.article_id == article_id).order_by(new_chunks.c.ordinal)
    new = [
        (row, Chunk(article, start=row.start, end=row.end, ordinal=row.ordinal)) for row in connection.execute(query)
    ]
    values = [
        {
            "row": number,
            "id": chunk.id,
            "article_id": article_id,
            "ordinal": chunk.ordinal,
            "start": chunk.start,
            "end": chunk.end,
            "vector": row.vector,
        }
        for number, (row, chunk) in enumerate(new, start=first)
    ]
    connection.execute(insert(chunks), values)
    texts = [{"row": first + n, "title": article.title, "body": chunk.text} for n, (_, chunk) in enumerate(new)]
    full_text.insert(connection, texts)
