"""Conversations, kept in the catalog: each answer as it was given, with its own sources.

A turn refers to no article, so that it stays as it is when an article is changed or removed. To keep one takes a short
transaction and not the writer's lock of the library: it does not wait while articles are added.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, exists, insert, or_, select, true, update
from sqlalchemy import literal as _literal

from rag.errors import ConversationNotFound, FootnoteError
from rag.index.kept import Conversation, ConversationInfo, Hit, Turn
from rag.index.said import excerpt, searched, words
from rag.index.schema import conversations as _conversations
from rag.index.schema import owned_conversations as _owned
from rag.index.schema import turns as _turns
from rag.text import clean_text, folded, one_line, shorten
from rag.types import Answer

__all__ = ["Conversation", "ConversationInfo", "Conversations", "Hit", "Turn"]

Owner = Callable[[], str]
"""Returns the id of the account whose conversations are meant. Raises `NotSignedIn` where there is none."""

KEPT_DELETED = timedelta(days=7)
"""How long a deleted conversation can be brought back."""
_KEPT_EMPTY = timedelta(days=1)
"""How long one is kept in which nothing was asked."""
_TITLE = 80

_log = logging.getLogger(__name__)


class Database(Protocol):
    """Where conversations are kept: the catalog."""

    @property
    def refusal(self) -> FootnoteError | None:
        """Why nothing can be written; None where it can."""

    def begin(self) -> AbstractContextManager[Connection]:
        """Return a transaction."""


class Conversations:
    """The conversations of one library. Each method is one transaction.

    Those that take an id raise `ConversationNotFound` where there is none of it, those that change something what
    `Catalog.refusal` says where nothing can be written.

    With an `owner` there are none but that account's, and those that are begun are its own.
    """

    def __init__(self, catalog: Database, owner: Owner | None = None) -> None:
        self._catalog = catalog
        self._owner = owner

    def of_owner(self) -> Conversations:
        """Return the conversations of whoever is the owner now, also when somebody else is later."""
        if self._owner is None:
            return self
        account_id = self._owner()
        return Conversations(self._catalog, lambda: account_id)

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
            if self._owner is not None:
                owned = {"conversation_id": conversation_id, "account_id": self._owner()}
                connection.execute(insert(_owned).values(**owned))
        return conversation_id

    def append(self, conversation_id: str, answer: Answer, *, literal: bool = False) -> int:
        """Keep an answer, with its question and sources, as the conversation's last turn; return its ordinal."""
        stored = _stored(answer, literal)
        with self._writing() as connection:
            # Writing first takes the lock, so that no other turn can get the same place.
            self._change(connection, conversation_id, turns=_conversations.c.turns + 1, updated=_now())
            row = connection.execute(_one(conversation_id)).one()
            connection.execute(
                insert(_turns).values(
                    conversation_id=conversation_id,
                    ordinal=row.turns - 1,
                    asked=_now(),
                    searched=searched(answer),
                    answer=stored,
                )
            )
            self._entitle_by(connection, row, answer)
        return int(row.turns) - 1

    def replace(self, conversation_id: str, ordinal: int, answer: Answer, *, literal: bool = False) -> None:
        """Keep an answer in the place of the turn at `ordinal`: one that has grown, or was given anew."""
        values = {"searched": searched(answer), "answer": _stored(answer, literal), "asked": _now()}
        at = and_(_turns.c.conversation_id == conversation_id, _turns.c.ordinal == ordinal)
        with self._writing() as connection:
            self._change(connection, conversation_id, updated=_now())
            row = connection.execute(_one(conversation_id)).one()
            if row.title == _title(_question(connection.scalar(select(_turns.c.answer).where(at)))):
                self._entitle(connection, conversation_id, "", fixed=False)  # it is called by what was asked
            connection.execute(update(_turns).where(at).values(**values))
            self._entitle_by(connection, connection.execute(_one(conversation_id)).one(), answer)

    def fork(self, conversation_id: str, before: int) -> str:
        """Begin a conversation with the turns of another that stand before the ordinal `before`; return its id."""
        info, forked = self.info(conversation_id), self.begin()
        names = ("ordinal", "asked", "searched", "answer")
        copied = select(_literal(forked), *(_turns.c[name] for name in names)).where(
            _turns.c.conversation_id == conversation_id, _turns.c.ordinal < before
        )
        with self._writing() as connection:
            connection.execute(insert(_turns).from_select(["conversation_id", *names], copied))
            self._change(connection, forked, turns=before)
            if before:
                self._entitle(connection, forked, info.title, fixed=True)
        return forked

    def list(self, *, search: str = "") -> Sequence[ConversationInfo]:
        """Return the conversations, the latest first; only those in which every word of `search` stands somewhere."""
        query = self._listed().order_by(_conversations.c.updated.desc(), _conversations.c.id)
        for word in words(search):
            of_it = _turns.c.conversation_id == _conversations.c.id
            said = exists().where(and_(of_it, _turns.c.searched.contains(word, autoescape=True)))
            query = query.where(or_(_conversations.c.searched.contains(word, autoescape=True), said))
        with self._catalog.begin() as connection:
            return [_info(row) for row in connection.execute(query)]

    def search(self, search: str, limit: int = 20) -> Sequence[Hit]:
        """Return the turns with all words of `search` in question, answer or titles of sources, the latest first.

        Case and accents make no difference, and a part of a word is found too.
        """
        wanted = words(search)
        if not wanted:
            return []
        query = (
            select(_conversations, _turns.c.ordinal, _turns.c.answer)
            .join(_turns, _turns.c.conversation_id == _conversations.c.id)
            .where(_conversations.c.deleted.is_(None), self._mine())
            .where(and_(*(_turns.c.searched.contains(word, autoescape=True) for word in wanted)))
            .order_by(_turns.c.asked.desc(), _turns.c.ordinal.desc())
            .limit(limit)
        )
        with self._catalog.begin() as connection:
            rows = connection.execute(query).all()
        return [Hit(_info(row), row.ordinal, _question(row.answer), excerpt(row.answer, wanted)) for row in rows]

    def get(self, conversation_id: str) -> Conversation:
        """Return a conversation whole. The first characters of its id are enough where no other begins with them."""
        with self._catalog.begin() as connection:
            begins = _conversations.c.id.startswith(conversation_id.strip().lower(), autoescape=True)
            found = connection.execute(self._listed(empty=True).where(begins).limit(2)).all() if conversation_id else []
            if len(found) != 1:
                raise _no_such(conversation_id, several=bool(found))
            rows = connection.execute(self._said_in(found[0].id).order_by(_turns.c.ordinal)).all()
        return Conversation(_info(found[0]), tuple(map(_turn, rows)))

    def info(self, conversation_id: str) -> ConversationInfo:
        """Return what a list shows of one conversation, by its whole id."""
        with self._catalog.begin() as connection:
            row = connection.execute(
                self._listed(empty=True).where(_conversations.c.id == conversation_id)
            ).one_or_none()
        if row is None:
            raise _no_such(conversation_id)
        return _info(row)

    def turns(self, conversation_id: str, *, before: int | None = None, limit: int | None = None) -> Sequence[Turn]:
        """Return the last `limit` turns of a conversation, or of those before the ordinal `before`, oldest first."""
        query = self._said_in(conversation_id).order_by(_turns.c.ordinal.desc()).limit(limit)
        if before is not None:
            query = query.where(_turns.c.ordinal < before)
        with self._catalog.begin() as connection:
            return [_turn(row) for row in reversed(connection.execute(query).all())]

    def turn(self, conversation_id: str, ordinal: int) -> Turn:
        """Return one turn. Raises `ConversationNotFound` where there is none."""
        with self._catalog.begin() as connection:
            row = connection.execute(self._said_in(conversation_id).where(_turns.c.ordinal == ordinal)).one_or_none()
        if row is None:
            raise _no_such(conversation_id)
        return _turn(row)

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title, which later questions leave as it is. Raises `ValueError` for none."""
        title = one_line(clean_text(title))
        if not title:
            raise ValueError("A conversation needs a title: give it one of a word or more.")
        with self._writing() as connection:
            self._entitle(connection, conversation_id, title, fixed=True)

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation. For `KEPT_DELETED` it can be brought back by `restore`; then it is gone."""
        with self._writing() as connection:
            _purge(connection)
            self._change(connection, conversation_id, deleted=_now())

    def restore(self, conversation_id: str) -> None:
        """Undo `delete`."""
        with self._writing() as connection:
            self._change(connection, conversation_id, deleted=None, also_deleted=True)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._catalog.refusal:
            raise self._catalog.refusal
        with self._catalog.begin() as connection:
            yield connection

    def _mine(self) -> ColumnElement[bool]:
        """Return the condition that a conversation is the owner's."""
        if self._owner is None:
            return true()
        owned = select(_owned.c.conversation_id).where(_owned.c.account_id == self._owner())
        return _conversations.c.id.in_(owned)

    def _change(
        self, connection: Connection, conversation_id: str, *, also_deleted: bool = False, **values: Any
    ) -> None:
        wanted = and_(_conversations.c.id == conversation_id, self._mine())
        if not also_deleted:
            wanted = and_(wanted, _conversations.c.deleted.is_(None))
        if not connection.execute(update(_conversations).where(wanted).values(**values)).rowcount:
            raise _no_such(conversation_id)

    def _entitle_by(self, connection: Connection, row: Row[Any], answer: Answer) -> None:
        """Give a conversation its title by an answer: "hello" is a title until something is looked up."""
        looked_up = answer.found or bool(answer.passages)
        if not row.titled and (looked_up or not row.title):
            self._entitle(connection, row.id, _title(answer.question), fixed=looked_up)

    def _entitle(self, connection: Connection, conversation_id: str, title: str, *, fixed: bool) -> None:
        self._change(connection, conversation_id, title=title, titled=fixed, searched=folded(title))

    def _said_in(self, conversation_id: str) -> Select[Any]:
        """Return the turns of a conversation that is not deleted."""
        kept = exists().where(_conversations.c.id == conversation_id, _conversations.c.deleted.is_(None), self._mine())
        return select(_turns).where(_turns.c.conversation_id == conversation_id, kept)

    def _listed(self, *, empty: bool = False) -> Select[Any]:
        query = select(_conversations).where(_conversations.c.deleted.is_(None), self._mine())
        return query if empty else query.where(_conversations.c.turns > 0)


def _purge(connection: Connection) -> None:
    """Let go of what was deleted some days ago, and of conversations in which nothing was asked."""
    now = _now()
    gone = or_(
        _conversations.c.deleted < now - KEPT_DELETED,
        and_(_conversations.c.turns == 0, _conversations.c.updated < now - _KEPT_EMPTY),
    )
    connection.execute(delete(_conversations).where(gone))


def _title(question: str) -> str:
    return shorten(clean_text(question), _TITLE) or "Untitled"


def _one(conversation_id: str) -> Select[Any]:
    return select(_conversations).where(_conversations.c.id == conversation_id)


def _info(row: Row[Any]) -> ConversationInfo:
    return ConversationInfo(row.id, row.title, row.started, row.updated, row.turns)


def _no_such(conversation_id: str, *, several: bool = False) -> ConversationNotFound:
    what = "Several conversations have ids that begin with" if several else "No conversation has the id"
    return ConversationNotFound(f"{what} {conversation_id!r}. `footnote conversations` shows the ids.")


def _stored(answer: Answer, literal: bool) -> dict[str, Any]:
    """Return what is stored of a turn. Fails before anything is written, if it does."""
    values: dict[str, Any] = json.loads(json.dumps(answer.to_dict()))
    return {**values, "literal": True} if literal else values


def _turn(row: Row[Any]) -> Turn:
    literal = isinstance(row.answer, dict) and bool(row.answer.get("literal"))
    return Turn(row.asked, _answer(row.answer), row.ordinal, literal)


def _answer(stored: Any) -> Answer:
    try:
        return Answer.from_dict(stored)
    except (KeyError, TypeError, ValueError, AttributeError):
        _log.warning("An answer that was kept cannot be read.", exc_info=True)
        note = "This answer was kept by another version of Footnote and cannot be read."
        return Answer(question=_question(stored), found=False, confidence=0.0, note=note)


def _question(stored: Any) -> str:
    return str(stored.get("question", "")) if isinstance(stored, dict) else ""


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
