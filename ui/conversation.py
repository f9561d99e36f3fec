"""A conversation as the window shows it: its turns out of the catalog, and the one that is being answered.

A question is kept as soon as it is put down, with the word that its answer was interrupted; each sentence takes
the place of that. So whatever ends an answer in the middle, what was said is there, and says so.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass, replace
from hashlib import sha256
from html import escape
from queue import SimpleQueue

from rag.errors import ConversationNotFound, DiskFull, FootnoteError
from rag.index import conversations as kept
from rag.index.conversations import Conversations
from rag.index.library import Library
from rag.index.unkept import unkept
from rag.settings import Settings
from rag.types import Answer
from serve.accounts import acting

SHOWN_AT_ONCE = 20
"""Turns that are shown when a conversation is opened, and that are added when earlier ones are asked for."""
NEAREST = 3
"""Passages that are shown when nothing was found."""
HISTORY = 6
"""Answers that go with a question, for it to lean on."""
INTERRUPTED = "This answer was interrupted. Ask again to get it whole."
STOPPED = "Stopped."
SHOWN_ONLY = "This answer is shown, but not kept."

_LOOKED_BACK = 20
"""Turns among which these are looked for: between a question and its follow-up may stand a "thanks"."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what has come of it so far."""

    question: str
    answer: Answer | None = None
    done: bool = False
    literal: bool = False
    """Asked as it is written: it leans on nothing that was said before."""
    conversation: str = ""
    """The id of its conversation."""
    ordinal: int = 0
    """Its place there, from 0."""
    is_kept: bool = True
    """Whether it is in the catalog. Where the disk is full it is shown, until the next question takes its place."""

    @classmethod
    def of(cls, turn: kept.Turn, conversation: str) -> Turn:
        """Return a turn that is kept as it is shown."""
        answer = turn.answer
        return cls(answer.question, answer, True, turn.literal, conversation, turn.ordinal)


@dataclass(frozen=True, slots=True)
class Shown:
    """Which conversation the page shows, and from which turn on. The page carries it, so it outlives a restart."""

    id: str = ""
    """Empty before anything was asked."""
    title: str = ""
    first: int = 0
    state: str = ""
    """Of what the page shows of it, when it was sent: as long as it is the same, nothing need be sent again."""

    @classmethod
    def of(cls, value: object) -> Shown:
        """Read what a page sent."""
        known = value if isinstance(value, dict) else {}
        first = known.get("first")
        id_, title, state = (str(known.get(name) or "") for name in ("id", "title", "state"))
        return cls(id_, title, first if isinstance(first, int) else 0, state)

    def to_dict(self) -> dict[str, str | int]:
        """Return it as the page carries it. The title, which a person typed, is also escaped for an attribute."""
        known: dict[str, str | int] = {"id": self.id, "title": self.title, "first": self.first, "state": self.state}
        return known | {"escaped": escape(self.title)}


class UnderWay:
    """A question that is being answered. What is said of it is kept step by step; whoever ends it first, ends it."""

    def __init__(
        self, store: Conversations, turn: Turn, replaced: Turn | None = None, unkept: DiskFull | None = None
    ) -> None:
        """Answer `turn`. It takes the place of the turn `replaced` once there is something to replace it with.

        `unkept` says why nothing can be kept of it.
        """
        self.cancelled = threading.Event()
        """Ends the work of a chat model, also while its first word is waited for."""
        self.reverted = False
        """Whether nothing came of it, and what was to be replaced is still there."""
        self._store = store
        self._turn = turn
        self._replaced = replaced
        self._ended = False
        self._unkept = unkept
        self._lock = threading.Lock()

    @property
    def turn(self) -> Turn:
        """The turn as it stands."""
        return self._turn

    def grow(self, answer: Answer) -> bool:
        """Take an answer that has grown. Return whether it is still wanted."""
        with self._lock:
            if not self._ended:
                self._turn = replace(self._turn, answer=answer)
                self._keep(noted(answer, INTERRUPTED))
            return not self._ended

    def end(self, note: str = "") -> Turn:
        """End it with what was said, and with a `note` where that is not all; return the turn."""
        with self._lock:
            self.cancelled.set()
            if not self._ended:
                self._ended = True
                if self._replaced and self._turn.answer is None:
                    self._turn, self.reverted = self._replaced, True
                    return self._turn
                answer = noted(self._turn.answer or unanswered(self._turn.question), note)
                self._keep(answer)
                if self._unkept:
                    answer = noted(answer, f"{SHOWN_ONLY} {self._unkept}")
                self._turn = replace(self._turn, answer=answer, done=True, is_kept=not self._unkept)
            return self._turn

    def _keep(self, answer: Answer) -> None:
        turn = self._turn
        if not turn.is_kept:
            return
        try:
            self._store.replace(turn.conversation, turn.ordinal, answer, literal=turn.literal)
            self._unkept = None
        except FootnoteError as error:  # deleted meanwhile, or the disk is full: the answer is shown all the same
            self._unkept = error if isinstance(error, DiskFull) else None
            _log.warning("An answer is not kept: %s", error)


def ahead(working: Executor, made: Callable[[], Iterator[Answer]]) -> Iterator[Answer]:
    """Have answers worked out from now on, before they are asked for; return them as they come, or what is raised.

    Nobody need take them. Whoever wants no more of them says so to what makes them.
    """
    came: SimpleQueue[Answer | BaseException | None] = SimpleQueue()

    def work() -> None:
        try:
            for answer in made():
                came.put(answer)
            came.put(None)
        except BaseException as error:  # noqa: BLE001 - it is raised where the answers are taken
            came.put(error)

    def taken() -> Iterator[Answer]:
        while (answer := came.get()) is not None:
            if isinstance(answer, BaseException):
                raise answer
            yield answer

    working.submit(copy_context().run, work)  # on behalf of whoever asked
    return taken()


def store_of(library: Library, settings: Settings) -> Conversations:
    """Return where the window keeps conversations: with the library, or nowhere."""
    keeps = settings.keep_conversations and library.catalog.refusal is None
    return library.conversations if keeps else unkept(acting.owner if settings.auth else None)


def unanswered(question: str, note: str = "") -> Answer:
    """Return the answer to a question of which nothing has come."""
    return Answer(question, found=False, confidence=0.0, note=note)


def noted(answer: Answer, note: str) -> Answer:
    """Return an answer with a further word to the reader."""
    return replace(answer, note=" ".join(filter(None, [answer.note, note]))) if note else answer


def put_down(store: Conversations, conversation: str, question: str, again: object, *, literal: bool) -> UnderWay:
    """Keep a question before it is answered: at the end, or in the place of the last one that is asked `again`.

    Where others follow it, what was said after it stays as it is, and the conversation goes on in a fork of it.
    On a full disk it is answered all the same, and not kept.
    """
    store = store.of_owner()  # it is kept also when an answer ends after whoever asked has left
    if isinstance(again, int) and conversation:
        if again == store.info(conversation).turns - 1:
            replaced = Turn.of(store.turn(conversation, again), conversation)
            turn = Turn(question, literal=literal, conversation=conversation, ordinal=again)
            return UnderWay(store, turn, replaced)
        conversation = store.fork(conversation, before=again)
    try:
        conversation = conversation or store.begin()
        ordinal = store.append(conversation, unanswered(question, INTERRUPTED), literal=literal)
    except DiskFull as full:
        ordinal = store.info(conversation).turns if conversation else 0
        return UnderWay(store, Turn(question, None, False, literal, conversation, ordinal, is_kept=False), unkept=full)
    return UnderWay(store, Turn(question, None, False, literal, conversation, ordinal))


def asked_before(store: Conversations, conversation: str, ordinal: int) -> dict[str, str | bool]:
    """Return how a question was asked, to ask it again."""
    try:
        turn = store.turn(conversation, ordinal)
    except ConversationNotFound:
        return {}
    return {"question": turn.answer.question, "literal": turn.literal}


def titled(store: Conversations, shown: Shown) -> Shown:
    """Return `shown` with the title that its conversation has now, unless it is gone meanwhile."""
    try:
        return replace(shown, title=store.info(shown.id).title) if shown.id else shown
    except ConversationNotFound:
        return shown


def history(store: Conversations, conversation: str, before: int) -> list[Answer]:
    """Return the answers that the turn at the ordinal `before` can lean on, oldest first."""
    turns: Sequence[kept.Turn] = store.turns(conversation, before=before, limit=_LOOKED_BACK) if conversation else []
    return [turn.answer for turn in turns if not is_remark(turn.answer)][-HISTORY:]


def is_remark(answer: Answer) -> bool:
    """Say whether nothing was looked for, and the note is all that there is to say."""
    return not answer.found and not answer.passages


def storage_key(library: str, part: str = "") -> str:
    """Return under what name the browser keeps a part of what is done with the library of that name.

    Two libraries that are shown at one address keep their own.
    """
    return f"footnote-{sha256(library.encode()).hexdigest()[:12]}{part and f'-{part}'}"
