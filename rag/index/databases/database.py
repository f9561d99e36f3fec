"""What a catalog asks of its database where SQL alone does not say it for both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypedDict

from sqlalchemy import ColumnElement, Connection, Engine

from rag.errors import FootnoteError


class TextRow(TypedDict):
    """A chunk as the full text reads it."""

    row: int
    title: str
    body: str


class FullText(Protocol):
    """The words of all chunks, and which chunks fit a query best.

    A query is one of FTS5's, of the kind that `rag.index.search` makes: quoted strings, joined by OR. A string of
    several words is a phrase. `within` is a list of article ids as JSON.
    """

    def insert(self, connection: Connection, rows: Sequence[TextRow]) -> None:
        """Take in chunks."""

    def delete(self, connection: Connection, rows: Sequence[TextRow]) -> None:
        """Take out chunks; the words are those that were taken in."""

    def clear(self, connection: Connection) -> None:
        """Take out everything."""

    def faults(self, connection: Connection) -> int:
        """Return how many chunks are missing, and how many are held too many."""

    def matching(
        self, connection: Connection, query: str, limit: int, *, title_weight: float, within: str | None
    ) -> list[tuple[str, float]]:
        """Return ids and BM25 scores, best first, of the chunks that match, `within` those articles."""

    def count_matching(self, connection: Connection, queries: Sequence[str], within: str | None) -> list[int]:
        """Return how many chunks match each query."""

    def vocabulary(self, connection: Connection, shortest: int, longest: int) -> dict[str, int]:
        """Return the stems that have so many letters, each with the number of chunks it stands in."""

    def articles_matching(
        self, connection: Connection, queries: Sequence[str], article_ids: Sequence[str]
    ) -> list[frozenset[str]]:
        """Return for each query the ids of those of the articles that have a chunk which matches."""


class Database(Protocol):
    """Where a catalog is. Nothing is opened before `connect`."""

    library: str
    """What a person calls the library: its folder or its address, without a password."""
    catalog: str
    """What a person calls the catalog."""

    @property
    def full_text(self) -> FullText:
        """The full text of the chunks."""

    def refusal(self) -> FootnoteError | None:
        """Return why nothing can be changed; None where it can."""

    def connect(self, *, writable: bool) -> Engine:
        """Return what connects to the database, whose errors say what they mean."""

    def version(self, connection: Connection) -> int:
        """Return the version of the schema; 0 where there is none yet."""

    def make_current(self, connection: Connection, version: int) -> None:
        """Bring the schema from `version` to today's, or make it. All of it is one transaction."""

    def folded(self, words: ColumnElement[str]) -> ColumnElement[str]:
        """Return the words without case and accents, as `rag.text.folded` has them."""

    def snapshot(self, connection: Connection) -> None:
        """Let all that `connection` reads from here on be as it is at one moment."""

    def now(self, connection: Connection) -> float:
        """Return what time it is, in seconds: the same for all who have it open, on whatever machines."""

    def damage(self, connection: Connection) -> list[str]:
        """Return what the database finds wrong with itself, in its words."""

    def rebuild_indexes(self, connection: Connection) -> None:
        """Make the database's own indexes anew, which stand beside the rows and can differ from them."""
