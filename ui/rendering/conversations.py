"""The list of conversations, the earlier turns of one, and how an answer came up, as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from rag.index.conversations import ConversationInfo, Hit
from rag.types import Answer, Passage, long_date
from ui.conversation import Shown
from ui.rendering.quotes import passage_link
from ui.rendering.templating import render

if TYPE_CHECKING:
    from ui.side import Done

LISTED = 200
"""Conversations that the list shows at most; its search finds the others."""

_STAGES = {"dense": ("Meaning", 2), "lexical": ("Words", 1), "fused": ("Both", 2), "reader": ("Read", 1)}
"""The scores of a passage: what they are called and how many digits they are shown with."""
_TIMED = {"retrieve": "Searching", "answer": "Reading", "write": "Writing and checking", "total": "All of it"}


def side(*, kept: bool) -> str:
    """Render what stands around the list, with the place of the list in it."""
    return render("side.html", kept=kept)


def conversations(
    found: Sequence[ConversationInfo],
    hits: Mapping[str, Hit],
    *,
    current: str,
    words: str,
    done: Done,
    reopens: bool,
) -> str:
    """Render the conversations by day, the one with the id `current` marked, below what was `done` with one.

    `hits` are by conversation the turns in which `words` stand, at which it opens then.
    """
    days = groupby(found[:LISTED], lambda info: _day(info.updated))
    return render(
        "conversations.html",
        days=[(_named(day), list(infos)) for day, infos in days],
        hits=hits,
        more=max(0, len(found) - LISTED),
        current=current,
        words=words,
        done=done,
        reopens=reopens,
    )


def earlier(shown: Shown) -> str:
    """Render the button that brings the turns before the first one `shown`, where there are any."""
    return render("earlier.html", shown=shown)


def no_conversation() -> str:
    """Render the page that says that a conversation is no longer kept."""
    return render("no_conversation.html")


def how(answer: Answer) -> str:
    """Render how an answer came up: what was looked at, by which scores, and how long it took."""
    quoted = {(c.article_id, c.start) for c in answer.citations}
    rows = [
        (passage, passage_link(passage), [_score(passage, stage) for stage in _STAGES], _holds(passage, quoted))
        for passage in answer.passages
    ]
    timings = [(words, _time(answer.timings[stage])) for stage, words in _TIMED.items() if answer.timings.get(stage)]
    return render(
        "how.html",
        answer=answer,
        rows=rows,
        stages=[name for name, _ in _STAGES.values()],
        timings=timings,
        models=[(role, name) for role, name in answer.models.items() if name],
    )


def _score(passage: Passage, stage: str) -> str:
    score = passage.scores.get(stage)
    return "" if score is None else f"{score:.{_STAGES[stage][1]}f}"


def _holds(passage: Passage, quoted: set[tuple[str, int]]) -> bool:
    chunk = passage.chunk
    return any(article == passage.article_id and chunk.start <= start < chunk.end for article, start in quoted)


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _day(moment: datetime) -> date:
    """Return the day of a moment in UTC, where this machine is."""
    return moment.replace(tzinfo=UTC).astimezone().date()


def _named(day: date) -> str:
    today = datetime.now().astimezone().date()
    return {today: "Today", today - timedelta(days=1): "Yesterday"}.get(day) or long_date(day)
