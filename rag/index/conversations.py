"""Conversations, kept in the catalog: each answer as it was given, with its own sources.

A turn refers to no article, so that it stays as it is when an article is changed or removed. To keep one takes a short
transaction and not the writer's lock of the library: it does not wait while articles are added.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, exists, insert, or_, select, update

from rag.errors import ConversationNotFound
from rag.index.catalog import Catalog
from rag.index.schema import conversations as _conversations
from rag.index.schema import turns as _turns
from rag.text import clean_text, folded, one_line, shorten
from rag.types import Answer

KEPT_DELETED = timedelta(days=7)
"""How long a deleted conversation can be brought back."""
_KEPT_EMPTY = timedelta(days=1)
"""How long one is kept in which nothing was asked."""
_TITLE = 80
_EXCERPT = 160
_LONGEST_SEARCH = 20
"""Words of a search that are looked for."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """What a list of conversations shows."""

    id: str
    title: str
    """The first question that was looked up, until the conversation is renamed."""
    started: datetime
    """In UTC, as `updated`."""
    updated: datetime
    turns: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer."""

    asked: datetime
    """In UTC."""
    answer: Answer


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation whole."""

    info: ConversationInfo
    turns: tuple[Turn, ...]

    @property
    def answers(self) -> list[Answer]:
        """The answers, oldest first: the `history` of the next question."""
        return [turn.answer for turn in self.turns]


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn in which something that was searched for stands."""

    conversation: ConversationInfo
    ordinal: int
    """Place of the turn in its conversation, from 0."""
    question: str
    excerpt: str
    """The sentence of the answer that holds most of the words searched for, shortened; "" where none does."""


class Conversations:
    """The conversations of one library. Each method is one transaction.

    Those that take an id raise `ConversationNotFound` where there is none of it, those that change something what
    `Catalog.refusal` says where nothing can be written.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def begin(self) -> str:
        """Begin a conversation and return its id. It is listed once something was asked in it."""
        with self._writing() as connection:
            _purge(connection)
            now = _now()
            while True:
                conversation_id = secrets.token_hex(4)
                known = select(_conversations.c.id).where(_conversations.c.id == conversation_id)
                if connection.scalar(known) is None:
                    break
            values = {"id": conversation_id, "title": "", "titled": False, "searched": "", "started": now}
            connection.execute(insert(_conversations).values(**values, updated=now, turns=0, deleted=None))
        return conversation_id

    def append(self, conversation_id: str, answer: Answer) -> None:
        """Keep an answer, with its question and sources, as the conversation's last turn."""
        question = one_line(clean_text(answer.question))
        stored = json.loads(json.dumps(answer.to_dict()))  # fails before anything is written, if it does
        with self._writing() as connection:
            # Writing first takes the lock, so that no other turn can get the same place.
            _change(connection, conversation_id, turns=_conversations.c.turns + 1, updated=_now())
            row = connection.execute(_one(conversation_id)).one()
            connection.execute(
                insert(_turns).values(
                    conversation_id=conversation_id,
                    ordinal=row.turns - 1,
                    asked=_now(),
                    searched=_folded(_searched(answer)),
                    answer=stored,
                )
            )
            looked_up = answer.found or bool(answer.passages)
            if not row.title or (looked_up and not row.titled):  # "hello" is a title until something is looked up
                _entitle(connection, conversation_id, shorten(question, _TITLE) or "Untitled", fixed=looked_up)

    def list(self, *, search: str = "") -> Sequence[ConversationInfo]:
        """Return the conversations, the latest first; only those in which every word of `search` stands somewhere."""
        query = _listed().order_by(_conversations.c.updated.desc(), _conversations.c.id)
        for word in _words(search):
            of_it = _turns.c.conversation_id == _conversations.c.id
            said = exists().where(and_(of_it, _turns.c.searched.contains(word, autoescape=True)))
            query = query.where(or_(_conversations.c.searched.contains(word, autoescape=True), said))
        with self._catalog.begin() as connection:
            return [_info(row) for row in connection.execute(query)]

    def search(self, words: str, limit: int = 20) -> Sequence[Hit]:
        """Return the turns in which all of `words` stand, the latest first: in question, answer or titles of sources.

        Case and accents make no difference, and a part of a word is found too.
        """
        wanted = _words(words)
        if not wanted:
            return []
        query = (
            select(_conversations, _turns.c.ordinal, _turns.c.answer)
            .join(_turns, _turns.c.conversation_id == _conversations.c.id)
            .where(_conversations.c.deleted.is_(None))
            .where(and_(*(_turns.c.searched.contains(word, autoescape=True) for word in wanted)))
            .order_by(_turns.c.asked.desc(), _turns.c.ordinal.desc())
            .limit(limit)
        )
        with self._catalog.begin() as connection:
            rows = connection.execute(query).all()
        return [Hit(_info(row), row.ordinal, _question(row.answer), _excerpt(row.answer, wanted)) for row in rows]

    def get(self, conversation_id: str) -> Conversation:
        """Return a conversation whole. The first characters of its id are enough where no other begins with them."""
        with self._catalog.begin() as connection:
            begins = _conversations.c.id.startswith(conversation_id.strip().lower(), autoescape=True)
            found = connection.execute(_listed(empty=True).where(begins).limit(2)).all() if conversation_id else []
            if len(found) != 1:
                raise _no_such(conversation_id, several=bool(found))
            rows = connection.execute(
                select(_turns).where(_turns.c.conversation_id == found[0].id).order_by(_turns.c.ordinal)
            ).all()
        return Conversation(_info(found[0]), tuple(Turn(row.asked, _answer(row.answer)) for row in rows))

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title, which later questions leave as it is. Raises `ValueError` for none."""
        title = one_line(clean_text(title))
        if not title:
            raise ValueError("A conversation needs a title: give it one of a word or more.")
        with self._writing() as connection:
            _entitle(connection, conversation_id, title, fixed=True)

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation. For `KEPT_DELETED` it can be brought back by `restore`; then it is gone."""
        with self._writing() as connection:
            _purge(connection)
            _change(connection, conversation_id, deleted=_now())

    def restore(self, conversation_id: str) -> None:
        """Undo `delete`."""
        with self._writing() as connection:
            _change(connection, conversation_id, deleted=None, also_deleted=True)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._catalog.refusal:
            raise self._catalog.refusal
        with self._catalog.begin() as connection:
            yield connection


def _purge(connection: Connection) -> None:
    """Let go of what was deleted some days ago, and of conversations in which nothing was asked."""
    now = _now()
    gone = or_(
        _conversations.c.deleted < now - KEPT_DELETED,
        and_(_conversations.c.turns == 0, _conversations.c.updated < now - _KEPT_EMPTY),
    )
    connection.execute(delete(_conversations).where(gone))


def _change(connection: Connection, conversation_id: str, *, also_deleted: bool = False, **values: Any) -> None:
    wanted = _conversations.c.id == conversation_id
    if not also_deleted:
        wanted = and_(wanted, _conversations.c.deleted.is_(None))
    if not connection.execute(update(_conversations).where(wanted).values(**values)).rowcount:
        raise _no_such(conversation_id)


def _entitle(connection: Connection, conversation_id: str, title: str, *, fixed: bool) -> None:
    _change(connection, conversation_id, title=title, titled=fixed, searched=_folded(title))


def _one(conversation_id: str) -> Select[Any]:
    return select(_conversations).where(_conversations.c.id == conversation_id)


def _listed(*, empty: bool = False) -> Select[Any]:
    query = select(_conversations).where(_conversations.c.deleted.is_(None))
    return query if empty else query.where(_conversations.c.turns > 0)


def _info(row: Row[Any]) -> ConversationInfo:
    return ConversationInfo(row.id, row.title, row.started, row.updated, row.turns)


def _no_such(conversation_id: str, *, several: bool = False) -> ConversationNotFound:
    what = "Several conversations have ids that begin with" if several else "No conversation has the id"
    return ConversationNotFound(f"{what} {conversation_id!r}. `footnote conversations` shows the ids.")


def _answer(stored: Any) -> Answer:
    try:
        return Answer.from_dict(stored)
    except (KeyError, TypeError, ValueError, AttributeError):
        _log.warning("An answer that was kept cannot be read.", exc_info=True)
        note = "This answer was kept by another version of Footnote and cannot be read."
        return Answer(question=_question(stored), found=False, confidence=0.0, note=note)


def _question(stored: Any) -> str:
    return str(stored.get("question", "")) if isinstance(stored, dict) else ""


def _searched(answer: Answer) -> str:
    """Return what of an answer is searched: not what Footnote itself says in it."""
    said = [answer.question, answer.standalone_question, *(s.text for s in answer.sentences)]
    return "\n".join([*said, *(citation.title for citation in answer.citations)])


def _excerpt(stored: Any, wanted: Sequence[str]) -> str:
    """Return the sentence of an answer that holds most of the words."""
    sentences = [str(s.get("text", "")) for s in stored.get("sentences", [])] if isinstance(stored, dict) else []
    held = {text: sum(word in _folded(text) for word in wanted) for text in sentences}
    best = max(sentences, key=lambda text: held[text], default="")
    return shorten(best, _EXCERPT) if held.get(best) else ""


def _words(search: str) -> list[str]:
    return _folded(search).split()[:_LONGEST_SEARCH]


def _folded(text: str) -> str:
    return folded(clean_text(text))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
