"""What a chat model may still take today: counted in the catalog, so that all processes count together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import text

from rag.errors import ChatModelUnavailable, FootnoteError
from rag.index.catalog import Catalog
from rag.index.schema import facts

_NAMED = "chat_tokens "
_ADD = text(
    "INSERT INTO facts (name, value) VALUES (:name, :text) ON CONFLICT (name) DO UPDATE SET "
    "value = CAST(CAST(facts.value AS BIGINT) + :tokens AS TEXT)"
)


class DailyBudget:
    """Counts the tokens of a day (UTC) over one library."""

    def __init__(
        self, catalog: Catalog, limit: int, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Allow `limit` tokens a day; 0 allows any number."""
        self._catalog = catalog
        self._limit = limit
        self._now = now
        self._lock = threading.Lock()
        self._uncounted: dict[str, int] = {}
        """By day: tokens of this process where the catalog cannot be written to."""

    def reserve(self, tokens: int) -> None:
        """Count `tokens` about to be used. Raises `ChatModelUnavailable` where the day has not as many left."""
        if not self._limit:
            return
        if self._add(tokens) > self._limit:
            self._add(-tokens)
            raise ChatModelUnavailable(
                f"The {self._limit:,} tokens of today (UTC) are used up. Tomorrow there are as many again; "
                "FOOTNOTE_CHAT_DAILY_TOKENS sets how many."
            )

    def correct(self, tokens: int) -> None:
        """Count `tokens` more, or less, than were reserved."""
        if self._limit and tokens:
            self._add(tokens)

    def spent(self) -> int:
        """Return the tokens of today."""
        name = self._name()
        return int(self._catalog.fact(name) or 0) + self._uncounted.get(name, 0)

    def _add(self, tokens: int) -> int:
        name = self._name()
        with self._lock:
            try:
                if self._catalog.refusal:
                    raise self._catalog.refusal
                with self._catalog.begin() as connection:
                    connection.execute(facts.delete().where(facts.c.name.startswith(_NAMED), facts.c.name != name))
                    connection.execute(_ADD, {"name": name, "text": str(tokens), "tokens": tokens})
            except FootnoteError:
                # Where nothing can be written, this process counts by itself.
                self._uncounted[name] = self._uncounted.get(name, 0) + tokens
        return self.spent()

    def _name(self) -> str:
        return f"{_NAMED}{self._now():%Y-%m-%d}"
