"""What is kept of a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rag.types import Answer


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
    ordinal: int = 0
    """Its place in the conversation, from 0."""
    literal: bool = False
    """Asked as it is written: it leans on nothing that was said before."""


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
