"""Questions made from the library's own sentences, for a person who has not written any yet.

A question that the articles do not answer is one that they do, with a name or a number swapped for another that
stands in none of them: the negatives of SQuAD 2.0 (Rajpurkar, Jia and Liang, "Know what you don't know", ACL 2018).
English only, and rough: the words are the article's own.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.errors import UnusableQuestions
from rag.evaluate.patterns import DAYS, MONTHS, TITLES, Candidate, candidates
from rag.evaluate.questions import Question
from rag.filters import EVERY_ARTICLE, Filters
from rag.index.library import Library
from rag.ingest import sentence_spans
from rag.text import one_line
from rag.types import Article

MADE = 60
"""Questions that are made where no number is given."""

_OF_AN_ARTICLE = 4
_TRIES = 20
_INVENTED = (
    "Marrowby Quillstead Oxenholt Trevalgan Hesketton Varnley Brackwith Dunferth Pellingsea Stowmere Arkendale "
    "Tolvaddon Wexcombe Harrowmoor Lindisholme Cranmouth"
).split()
_NAME = re.compile(rf"(?<= )(?!(?:{MONTHS}|{DAYS}|{TITLES})\b)[A-Z][a-z]{{2,}}\b")
_NUMBER = re.compile(r"(?<=[ £$€])\d[\d,]*(?![\w%]|[.,]\d)")


def made_questions(
    library: Library, *, count: int = MADE, seed: int = 0, filters: Filters = EVERY_ARTICLE
) -> list[Question]:
    """Return up to `count` questions on the articles that `filters` admit, one in four of which they do not answer.

    The same articles and the same seed give the same questions. Raises `UnusableQuestions` where no sentence
    fits a pattern.
    """
    drawn = random.Random(seed)
    answerable = _answerable(library, drawn, count - count // 4, filters)
    if not answerable:
        raise UnusableQuestions(
            f"No question can be made from the articles {f'{filters}, ' if filters else ''}in {library.name}: that "
            "takes English sentences with dates, numbers or names. Write some of your own and give their file: "
            "`footnote evaluate questions.jsonl`."
        )
    wanted = min(count // 4, -(-len(answerable) // 3))
    return [*answerable, *_unanswerable(answerable, library, drawn, wanted)]


def _answerable(library: Library, drawn: random.Random, count: int, filters: Filters) -> list[Question]:
    """Return up to `count` questions, a few on each article, the articles in an order that is drawn."""
    ids = sorted(info.id for info in library.articles(filters))
    drawn.shuffle(ids)
    made: dict[str, Question] = {}
    for article_id in ids:
        if len(made) >= count:
            break
        article = library.article(article_id)
        for found in _varied(list(_candidates(article)), drawn)[:_OF_AN_ARTICLE]:
            made.setdefault(found.question, Question(found.question, (found.answer,), article.source, made=True))
    return list(made.values())[:count]


def _candidates(article: Article) -> Iterator[Candidate]:
    if article.language not in (None, "en"):
        return
    for start, end in sentence_spans(article.text, article.language):
        yield from candidates(one_line(article.text[start:end]), article.text)


def _varied(found: list[Candidate], drawn: random.Random) -> list[Candidate]:
    """Return `found` in an order that is drawn, one of each kind before a second of any."""
    drawn.shuffle(found)
    seen: Counter[str] = Counter()
    places = []
    for candidate in found:
        places.append(seen[candidate.kind])
        seen[candidate.kind] += 1
    return [candidate for _, candidate in sorted(zip(places, found, strict=True), key=lambda pair: pair[0])]


def _unanswerable(answerable: Sequence[Question], library: Library, drawn: random.Random, count: int) -> list[Question]:
    invented = [name for name, there in zip(_INVENTED, library.chunks_with(_INVENTED), strict=True) if not there]
    made: list[Question] = []
    for question in drawn.sample(answerable, len(answerable)):
        if len(made) == count:
            break
        swapped = _with_another_name(question.question, invented, drawn)
        swapped = swapped or _with_another_number(question.question, library, drawn)
        if swapped:
            made.append(replace(question, question=swapped, answers=(), source=""))
    return made


def _with_another_name(question: str, invented: Sequence[str], drawn: random.Random) -> str:
    name = _NAME.search(question)
    if not name or not invented:
        return ""
    return question[: name.start()] + drawn.choice(invented) + question[name.end() :]


def _with_another_number(question: str, library: Library, drawn: random.Random) -> str:
    number = _NUMBER.search(question)
    if not number:
        return ""
    value = int(number[0].replace(",", ""))
    for _ in range(_TRIES):
        other = value + drawn.randint(1, max(9, value // 50))
        written = f"{other:,}" if "," in number[0] else str(other)
        if library.chunks_with([written]) == [0]:
            return question[: number.start()] + written + question[number.end() :]
    return ""
