"""What people thought of answers, kept in the catalog: a thumb up or down, and quotes that do not support theirs.

The answer is kept as it was given, so that it stays clear what was judged when the articles have changed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, select

from rag.index.catalog import Catalog
from rag.index.conversations import Owner
from rag.index.schema import feedback as _feedback
from rag.types import Answer

Verdict = Literal[-1, 0, 1]
"""A thumb down, none, or up."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rated:
    """An answer, and what a person thought of it."""

    answer: Answer
    verdict: Verdict = 0
    objections: tuple[int, ...] = ()
    """Numbers of citations whose quotes, the person says, do not support what they stand behind."""
    given: datetime | None = None
    """In UTC; None where nothing was said."""


class Feedback:
    """The feedback on the answers of one library.

    What changes something raises what `Catalog.refusal` says where nothing can be written. With an `owner` each account
    has a say of its own.
    """

    def __init__(self, catalog: Catalog, owner: Owner | None = None) -> None:
        self._catalog = catalog
        self._owner = owner

    def rate(self, answer: Answer, verdict: Verdict) -> Rated:
        """Keep a thumb up or down, in place of one given before; 0 takes it back."""
        if verdict not in (-1, 0, 1):
            raise ValueError(f"A verdict is 1, -1, or 0 for none, not {verdict!r}.")
        return self._change(answer, verdict=verdict)

    def object_to(self, answer: Answer, number: int, *, objects: bool = True) -> Rated:
        """Keep that the quote of the citation with that `number` does not support its sentence; or take that back."""
        if number not in {citation.number for citation in answer.citations}:
            raise ValueError(f"The answer has no citation {number}.")
        return self._change(answer, number=number, objects=objects)

    def of(self, answer: Answer) -> Rated:
        """Return what is kept on an answer."""
        with self._catalog.begin() as connection:
            row = _row(connection, self._key(answer))
        return Rated(answer, row.verdict, tuple(row.objections), row.given) if row else Rated(answer)

    def all(self) -> Sequence[Rated]:
        """Return all that is kept, the latest first. Answers that cannot be read any more are left out."""
        with self._catalog.begin() as connection:
            rows = connection.execute(select(_feedback).order_by(_feedback.c.given.desc(), _feedback.c.key)).all()
        return [rated for row in rows if (rated := _rated(row))]

    def edition(self) -> tuple[object, ...]:
        """Return what is another after anything was judged, or was taken back."""
        with self._catalog.begin() as connection:
            return tuple(connection.execute(select(func.count(), func.max(_feedback.c.given))).one())

    def _key(self, answer: Answer) -> str:
        return key_of(answer, self._owner() if self._owner else "")

    def _change(
        self, answer: Answer, *, verdict: Verdict | None = None, number: int = 0, objects: bool = False
    ) -> Rated:
        if self._catalog.refusal:
            raise self._catalog.refusal
        key = self._key(answer)
        stored = json.loads(json.dumps(answer.to_dict()))
        with self._catalog.begin() as connection:
            # Writing first takes the lock, so that no other change comes between.
            row = connection.execute(delete(_feedback).where(_feedback.c.key == key).returning(_feedback)).one_or_none()
            kept: Verdict = row.verdict if row else 0
            numbers = set(row.objections if row else ())
            numbers = (numbers | {number} if objects else numbers - {number}) if number else numbers
            now = Rated(answer, kept if verdict is None else verdict, tuple(sorted(numbers)), _now())
            if now.verdict or now.objections:
                values = {"key": key, "given": now.given, "verdict": now.verdict, "answer": stored}
                connection.execute(_feedback.insert().values(**values, objections=list(now.objections)))
        return now


def key_of(answer: Answer, account_id: str = "") -> str:
    """Return what is the same for an answer that says the same to the same question, whenever it was given.

    What an account says of it has a key of its own.
    """
    said = [
        answer.question,
        answer.standalone_question,
        answer.filters.to_dict(),
        [sentence.text for sentence in answer.sentences] or answer.text,
        [[citation.article_id, citation.start, citation.quote] for citation in answer.citations],
    ]
    said += [account_id] if account_id else []
    return sha256(json.dumps(said).encode(errors="replace")).hexdigest()[:32]


def _row(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(_feedback).where(_feedback.c.key == key)).one_or_none()


def _rated(row: Row[Any]) -> Rated | None:
    try:
        return Rated(Answer.from_dict(row.answer), row.verdict, tuple(row.objections), row.given)
    except (KeyError, TypeError, ValueError, AttributeError):
        _log.warning("An answer that was judged cannot be read.", exc_info=True)
        return None


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
