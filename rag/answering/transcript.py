"""A conversation as a Markdown document, its footnotes numbered through."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from rag.index.conversations import Conversation, Turn
from rag.text import clean_text, one_line
from rag.types import Answer, Citation, markdown_escape


def transcript(conversation: Conversation) -> str:
    """Return a conversation as Markdown: title and dates, each question with its answer, each quote with its source.

    Text from articles, questions and models is escaped, so that it is shown as it stands.
    """
    info = conversation.info
    count = "1 question" if info.turns == 1 else f"{info.turns} questions"
    lines = [f"# {_plain(info.title)}", "", f"{count}, {_time(info.started)} to {_time(info.updated)} UTC."]
    numbered = 0
    for turn in conversation.turns:
        lines += ["", *_turn(turn, first=numbered + 1)]
        numbered += len(turn.answer.citations)
    return clean_text("\n".join(lines)) + "\n"  # a source, such as the name of a file, may hold anything


def _turn(turn: Turn, first: int) -> list[str]:
    answer = numbered_from(first, turn.answer)
    asked = [f"*{_time(turn.asked)} UTC*"]
    if answer.standalone_question != answer.question:
        asked.append(f"*understood as: {_plain(answer.standalone_question)}*")
    if answer.filters:
        asked.append(f"*asked of articles {_plain(str(answer.filters))}*")
    return [f"## {_plain(answer.question) or '…'}", "", " · ".join(asked), "", answer.to_markdown().rstrip()]


def numbered_from(first: int, answer: Answer) -> Answer:
    """Return `answer` with its citations numbered from `first`, in the order that they have."""
    numbers = {citation.number: number for number, citation in enumerate(answer.citations, start=first)}
    return replace(
        answer,
        sentences=tuple(replace(s, citations=tuple(numbers[n] for n in s.citations)) for s in answer.sentences),
        citations=tuple(Citation.from_dict({**c.to_dict(), "number": numbers[c.number]}) for c in answer.citations),
    )


def _plain(text: str) -> str:
    return markdown_escape(one_line(clean_text(text)))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
