"""A question and its answer, whole or still growing, as HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from rag.filters import EVERY_ARTICLE, Filters
from rag.index.library import Library
from rag.text import clean_text, one_line
from rag.types import Answer, Role, Sentence, Standing
from rag.types.wording import support
from ui.conversation import NEAREST, Turn, is_remark
from ui.rendering.quotes import Card, card, held_link, near, passage_link
from ui.rendering.templating import render
from ui.rendering.timeline import timeline

_SHOWN_QUESTION = 600


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of an answer as it is shown."""

    before: str
    short: str
    """The short answer; the words before and after it stand beside it."""
    after: str
    role: Role
    cards: tuple[Card, ...]
    standing: Standing = "quoted"
    remark: str = ""
    """What has to be said of how it stands to the articles."""
    disputed: int = 0
    """How many articles say otherwise."""

    @property
    def is_row(self) -> bool:
        """Say whether it is a row of a table, which ends in no full stop."""
        return any(card.cells for card in self.cards)

    @property
    def articles(self) -> int:
        """How many articles say it."""
        return len({card.article_id for card in self.cards})

    @property
    def published(self) -> date | None:
        """The day of the first of its articles that has one."""
        return next((card.published for card in self.cards if card.published), None)


def turn(turn: Turn, library: Library) -> str:
    """Render a question and its answer, whole or still growing."""
    answer = turn.answer
    holdings = answer.holdings if answer else None
    nearest = answer.passages[:NEAREST] if answer else ()
    cards = {c.number: card(c, library) for c in answer.citations} if answer else {}
    lines = _lines(answer, cards) if answer else []
    return render(
        "turn.html",
        turn=turn,
        question=_limited(turn.question),
        answer=answer,
        understood=_understood(turn, library.settings.max_question_length),
        said=[line for line in lines if line.role != "otherwise"],
        otherwise=[line for line in lines if line.role == "otherwise"],
        cards=cards.values(),
        support=support(answer.confidence) if answer else "",
        likelihood=_likelihood(answer) if answer else "",
        written=_written(answer) if answer else "",
        remark=answer is not None and is_remark(answer),
        held=[(held, held_link(held)) for held in holdings.articles] if holdings else [],
        timeline=timeline(answer) if answer and turn.done else None,
        scope=_scope(answer) if answer and turn.done else "",
        rated=library.feedback.of(answer) if answer and turn.done and turn.is_kept and _can_be_judged(answer) else None,
        nearest=[(passage, passage_link(passage), *near(passage)) for passage in nearest],
    )


def _scope(answer: Answer) -> str:
    """Return the filters that ask just the articles of an answer, as JSON; "" where that would be no narrower."""
    wanted = answer.holdings.scope if answer.holdings else EVERY_ARTICLE
    if not answer.holdings and answer.citations:
        wanted = Filters(articles=[citation.article_id for citation in answer.citations])
    return json.dumps(wanted.to_dict()) if wanted and wanted != answer.filters else ""


def _can_be_judged(answer: Answer) -> bool:
    """Say whether it is an answer from the articles, or that they do not answer."""
    return bool(answer.sentences or answer.passages)


def _understood(turn: Turn, longest: int) -> str:
    """Return how a question was understood; "" where it was taken as it is written.

    Of a question longer than `longest` only a part is searched for, which is no other understanding of it.
    """
    if not turn.answer or turn.literal or len(turn.question) > longest:
        return ""
    understood = turn.answer.standalone_question
    return understood if _words_of(understood) != _words_of(turn.question) else ""


def _words_of(question: str) -> str:
    return one_line(clean_text(question)).casefold().rstrip(" ?!.…")


def _likelihood(answer: Answer) -> str:
    """Return in words how often an answer of this confidence is right. Of written ones it is not fitted."""
    tenths = min(max(round(answer.confidence * 10), 1), 9)
    of = "As a rough estimate, of" if answer.written_by else "Of"
    return f"{of} 10 answers as well supported as this one, about {tenths} {'is' if tenths == 1 else 'are'} right."


def _written(answer: Answer) -> str:
    """Return who wrote an answer, and for how many tokens; "" where no chat model was asked."""
    name = answer.written_by
    if not name:
        return ""
    usage = answer.usage
    tokens = f", {usage.input_tokens + usage.output_tokens:,} tokens" if usage and usage.calls else ""
    price = f", ${usage.price:.4f}" if usage and usage.price is not None else ""
    return f"Written by {name}{tokens}{price}"


def _lines(answer: Answer, cards: Mapping[int, Card]) -> list[Line]:
    """Return the sentences of an answer, with how many articles say otherwise at the one that they say it of."""
    lines = [_line(sentence, cards) for sentence in answer.sentences]
    others = {card.article_id for line in lines if line.role == "otherwise" for card in line.cards}
    of = next((line for line in lines if line.role == "answer" and line.short), None)
    of = of or next((line for line in lines if line.role == "answer"), None)
    return [replace(line, disputed=len(others)) if line is of else line for line in lines]


def _line(sentence: Sentence, cards: Mapping[int, Card]) -> Line:
    text = sentence.text
    start, end = sentence.short or (0, 0)
    return Line(
        before=text[:start],
        short=text[start:end],
        after=text[end:],
        role=sentence.role,
        cards=tuple(cards[number] for number in sentence.citations),
        standing=sentence.standing,
        remark=sentence.remark,
    )


def _limited(question: str) -> str:
    return question if len(question) <= _SHOWN_QUESTION else question[: _SHOWN_QUESTION - 1] + "…"
