"""Questions to try, kept with the article that was found to answer them; none where it was looked at in vain.

They hold as long as the article is as it was.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from rag.index.catalog import Catalog, listed
from rag.index.schema import articles as _articles
from rag.index.schema import suggestions as _suggestions


class Suggestions:
    """The questions to try of one library."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, article_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the questions by article, of those that were looked at since they last changed."""
        query = (
            select(_suggestions.c.article_id, _suggestions.c.questions)
            .join(_articles, _articles.c.id == _suggestions.c.article_id)
            .where(_suggestions.c.content_hash == _articles.c.content_hash)
            .where(_suggestions.c.article_id.in_(listed(json.dumps(list(article_ids)))))
        )
        with self._catalog.begin() as connection:
            return {row.article_id: tuple(row.questions) for row in connection.execute(query)}

    def keep(self, article_id: str, content_hash: str, questions: Sequence[str]) -> None:
        """Keep the questions that an article of that content answers; nothing where nothing can be written."""
        if self._catalog.refusal:
            return
        values = {"article_id": article_id, "content_hash": content_hash, "questions": list(questions)}
        with self._catalog.begin() as connection:
            connection.execute(delete(_suggestions).where(_suggestions.c.article_id == article_id))
            connection.execute(insert(_suggestions).values(**values))
