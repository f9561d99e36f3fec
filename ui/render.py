"""What the window shows, as HTML: turns, articles, the library."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import pairwise
from urllib.parse import quote, urlencode

from rag.errors import ArticleNotFound
from rag.filters import EVERY_ARTICLE, Filters
from rag.index.catalog import ArticleInfo
from rag.index.library import Library
from rag.text import clean_text, one_line, shorten
from rag.types import Answer, Article, Citation, Copy, Held, Passage, Role, Sentence, Standing
from ui.choices import Choices, chips_of
from ui.conversation import NEAREST, Turn, is_remark
from ui.templating import render as _render

LISTED = 200
"""Articles that a list shows at most; the search box narrows it."""

_AROUND = 90
"""Characters of the article shown on each side of a quote."""
_SHOWN_QUESTION = 600
_NEAR = 220
"""Characters that are shown of a passage that is near."""
_TABLE = re.compile(r"\|.*\|(?:\n\|.*\|)+")
_SHOWN = re.compile(r"[^\s|]")


@dataclass(frozen=True, slots=True)
class Card:
    """A citation as it is shown: the quote in its surroundings and a link to it."""

    number: int
    article_id: str
    title: str
    published: date | None
    page: int | None
    before: str
    quote: str
    after: str
    cells: tuple[str, ...]
    """Of a quote that is a row of a table."""
    href: str
    missing: bool
    """The article is gone from the library, or these words are gone from the article."""
    elsewhere: tuple[tuple[str, tuple[tuple[Copy, str], ...]], ...] = ()
    """What is said of its article's near copies, and these with their addresses."""


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


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of an article's paragraph or cell that is wholly marked, or wholly not, and wholly on one page."""

    text: str
    marked: bool
    page: int | None = None
    """The page, from 1, that begins with it, where one does."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of an article, or a table: one of the two."""

    pieces: tuple[Piece, ...] = ()
    rows: tuple[tuple[tuple[Piece, ...], ...], ...] = ()
    """Of a table: its rows, of which the first is the header, of cells."""


def turn(turn: Turn, library: Library) -> str:
    """Render a question and its answer, whole or still growing."""
    answer = turn.answer
    holdings = answer.holdings if answer else None
    nearest = answer.passages[:NEAREST] if answer else ()
    cards = {c.number: _card(c, library) for c in answer.citations} if answer else {}
    lines = _lines(answer, cards) if answer else []
    return _render(
        "turn.html",
        turn=turn,
        question=_limited(turn.question),
        answer=answer,
        understood=_understood(turn, library.settings.max_question_length),
        said=[line for line in lines if line.role != "otherwise"],
        otherwise=[line for line in lines if line.role == "otherwise"],
        cards=cards.values(),
        support=_support(answer.confidence) if answer else "",
        likelihood=_likelihood(answer) if answer else "",
        written=_written(answer) if answer else "",
        remark=answer is not None and is_remark(answer),
        held=[(held, _held_link(held)) for held in holdings.articles] if holdings else [],
        scope=_scope(answer) if answer and turn.done else "",
        rated=library.feedback.of(answer) if answer and turn.done and _can_be_judged(answer) else None,
        nearest=[(passage, passage_link(passage), *_near(passage)) for passage in nearest],
    )


def welcome(questions: Sequence[str], *, articles: int, asked: int) -> str:
    """Render what an empty conversation shows: questions to try, or how to add the first articles.

    Of the library's `articles` so many are `asked`.
    """
    return _render("welcome.html", questions=questions, articles=articles, asked=asked)


def hint(text: str) -> str:
    """Render a word beneath the box to ask in."""
    return _render("hint.html", text=text)


def keys() -> str:
    """Render the hint at the keys that the window takes."""
    return _render("keys.html")


def filters(
    filters: Filters,
    choices: Choices,
    *,
    dates: Mapping[str, str],
    total: int,
    asked: int,
    number: int = 0,
    problem: str = "",
    titles: Mapping[str, str] | None = None,
) -> str:
    """Render which articles are asked, `asked` of `total`, and what can be chosen, the `dates` as they were typed.

    `number` is that of the choice to which this is the reply; `titles` are those of articles that are named by id.
    """
    return _render(
        "filters.html",
        chips=chips_of(filters, titles or {}),
        articles=filters.articles,
        offered=[(json.dumps(scope.to_dict()), str(scope)) for scope in choices.scopes] if not filters else [],
        choices=choices,
        dates=dates,
        total=total,
        asked=asked,
        number=number,
        problem=problem,
    )


def shelf(articles: Sequence[ArticleInfo], *, total: int, query: str) -> str:
    """Render the list of articles that `query` left of the library's `total`."""
    shown = [(info, link(info.id)) for info in articles[:LISTED]]
    return _render("shelf.html", shown=shown, found=len(articles), total=total, query=query)


def progress(done: int, total: int, source: str) -> str:
    """Render how far the adding of files has come."""
    return _render("progress.html", done=done, total=total, source=source)


def report(groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> str:
    """Render what came of the files added: each group a label and its (name, remark) pairs."""
    return _render("report.html", groups=[group for group in groups if group[1]])


def article(article: Article, span: tuple[int, int] | None, *, changed: bool, page: bool) -> str:
    """Render an article with `span` marked, as a page of its own or as a part for the panel.

    `changed` says that the words once quoted no longer stand where they stood.
    """
    return _render(
        "article_page.html" if page else "article.html",
        article=article,
        blocks=_blocks(article.text, span or (0, 0), article.pages),
        changed=changed,
    )


def no_article(*, page: bool) -> str:
    """Render the word that an article is no longer in the library."""
    return _render("no_article_page.html" if page else "no_article.html")


def link(article_id: str, start: int | None = None, end: int | None = None, text: str = "") -> str:
    """Return the address of an article, or of the words `text` at ``start:end`` of it.

    The address carries a few digits of the words' hash, so that it marks nothing rather than other
    words once the article has changed.
    """
    path = f"/article/{quote(article_id, safe='')}"
    if start is None or end is None:
        return path
    return f"{path}?{urlencode({'start': start, 'end': end, 'check': check(text)})}#quoted"


def passage_link(passage: Passage) -> str:
    """Return the address of a passage's likeliest words in its article."""
    start, end = passage.sentence or (passage.chunk.start, passage.chunk.end)
    return link(passage.article_id, start, end, passage.likeliest)


def check(text: str) -> str:
    """Return the digits that stand for `text` in an address."""
    return sha256(text.encode()).hexdigest()[:8]


def _held_link(held: Held) -> str:
    return link(held.article_id, held.start, held.end, held.quote) if held.quote else link(held.article_id)


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


def _support(confidence: float) -> str:
    if confidence >= 0.75:
        return "Well supported"
    return "Likely; check the source" if confidence >= 0.5 else "Uncertain; check the source"


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


def _card(citation: Citation, library: Library) -> Card:
    start, end = citation.start, citation.end
    text = _text(library, citation.article_id)
    missing = text[start:end] != citation.quote
    return Card(
        number=citation.number,
        article_id=citation.article_id,
        title=citation.title,
        published=citation.published,
        page=citation.page,
        before="" if missing else _before(text, start),
        quote=citation.quote,
        after="" if missing else _after(text, end),
        cells=_cells(citation.quote),
        href=link(citation.article_id, start, end, citation.quote),
        missing=missing,
        elsewhere=tuple(
            (words, tuple((copy, link(copy.article_id)) for copy in found))
            for words, found in (("Also in", citation.also_in), ("Not word for word in", citation.versions))
            if found
        ),
    )


def _cells(quote: str) -> tuple[str, ...]:
    """Return what stands in the cells of a row of a table, ``| Child | £3.20 |``; nothing of other quotes."""
    if not quote.startswith("|"):
        return ()
    return tuple(cell for cell in map(one_line, quote.split("|")) if cell)


def _text(library: Library, article_id: str) -> str:
    """Return the text of an article, or none at all where it is gone."""
    try:
        return library.article(article_id).text
    except ArticleNotFound:
        return ""


def _before(text: str, start: int) -> str:
    """Return what leads up to `start` in its own paragraph."""
    near = text[max(0, start - _AROUND) : start]
    if "\n\n" in near or start <= _AROUND:
        return near.rpartition("\n\n")[2]
    return "… " + near.partition(" ")[2]


def _after(text: str, end: int) -> str:
    """Return what follows `end` in its own paragraph."""
    near = text[end : end + _AROUND]
    if "\n\n" in near or end + _AROUND >= len(text):
        return near.partition("\n\n")[0]
    return near.rpartition(" ")[0] + " …"


def _near(passage: Passage) -> tuple[str, str]:
    """Return what is shown of a passage that is near: words that lead up to its likeliest sentence, and that."""
    if not passage.sentence:
        return "", shorten(passage.text, _NEAR)
    if cells := _cells(passage.likeliest):
        return "", shorten("; ".join(cells), _NEAR)
    return _before(passage.text, passage.sentence[0] - passage.chunk.start), shorten(passage.likeliest, _NEAR)


def _limited(question: str) -> str:
    return question if len(question) <= _SHOWN_QUESTION else question[: _SHOWN_QUESTION - 1] + "…"


def _blocks(text: str, span: tuple[int, int], pages: Sequence[int]) -> list[Block]:
    """Cut `text` at empty lines, tables into cells, and all of it at the borders of `span` and of `pages`."""
    begins = _begins(text, pages)
    blocks = []
    for found in re.finditer(r"[^\n]+(?:\n[^\n]+)*", text):
        first, last = found.span()
        if _TABLE.fullmatch(found[0]):
            lines = [line.span() for line in re.compile(r"[^\n]+").finditer(text, first, last)]
            blocks.append(Block(rows=tuple(_row(text, line, span, begins) for line in lines)))
        else:
            blocks.append(Block(pieces=_pieces(text, (first, last), span, begins)))
    return blocks


def _begins(text: str, pages: Sequence[int]) -> dict[int, int]:
    """Return the pages by where their first letter is shown. Of pages without any, the next one is named."""
    shown = ((_SHOWN.search(text, start), page) for page, start in enumerate(pages, start=1))
    return {letter.start(): page for letter, page in shown if letter}


def _row(
    text: str, line: tuple[int, int], span: tuple[int, int], begins: Mapping[int, int]
) -> tuple[tuple[Piece, ...], ...]:
    cells = re.compile(r"(?<=\|) *([^|\n]*?) *(?=\|)").finditer(text, *line)
    return tuple(_pieces(text, cell.span(1), span, begins) for cell in cells)


def _pieces(text: str, part: tuple[int, int], span: tuple[int, int], begins: Mapping[int, int]) -> tuple[Piece, ...]:
    """Cut a part of `text` at the borders of `span` and where a page begins."""
    (first, last), (start, end) = part, span
    borders = sorted({first, last, *(at for at in (start, end, *begins) if first < at < last)})
    return tuple(Piece(text[a:b], start <= a < end, begins.get(a)) for a, b in pairwise(borders))
