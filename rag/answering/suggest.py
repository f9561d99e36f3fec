"""Questions that a library answers, for a reader who does not know yet what to ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rag.answering.chain import AnswerChain
from rag.filters import EVERY_ARTICLE, Filters
from rag.ingest import sentence_spans
from rag.text import one_line
from rag.types import Article

_NAME = r"(?P<name>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){1,2})"
_WORD = r"(?!(?:and|or|but|it|that|which|who|he|she|they|will|would|could|has|had|have|was|were|is|are)\b)[\w’'-]+"
_THING = rf"[Tt]he (?P<thing>{_WORD}(?: {_WORD}){{0,3}})"

# What a sentence tells, and the question that it answers.
_PATTERNS = tuple(
    (re.compile(pattern), question)
    for pattern, question in (
        (rf"^{_THING} (?:has |had |have )?cost (?:\w+ ){{0,2}}[£$€]", "How much did the {thing} cost?"),
        (rf"^{_THING} (?:opened|reopened) (?:\w+ ){{0,2}}(?:on|in|at) ", "When did the {thing} open?"),
        (rf"^{_THING} (?:closed|was shut|was closed) (?:\w+ ){{0,2}}(?:on|in|at) ", "When did the {thing} close?"),
        (rf"^{_THING} will (?:close|shut) (?:\w+ ){{0,2}}(?:on|in|at) ", "When will the {thing} close?"),
        (rf"^{_THING} leaves (?:\w+ ){{0,2}}at ", "When does the {thing} leave?"),
        (rf"^{_THING}(?:, [^,]+,)? (?:was|were) (?:shut|closed) (?:on|in) ", "When was the {thing} closed?"),
        (rf"{_NAME}, (?:\d\d, )?(?:the|an?|who|chair|head|director|manager|captain)\b", "Who is {name}?"),
        (rf"[,.!?][”\"’'] said {_NAME}\b", "What did {name} say?"),
    )
)
_ARTICLES_READ = 30
_TRIED_AN_ARTICLE = 3
_OF_A_KIND = 2
"""Suggestions that may begin alike."""


def suggested_questions(
    chain: AnswerChain,
    *,
    limit: int = 4,
    filters: Filters = EVERY_ARTICLE,
    wanted: Callable[[], bool] = lambda: True,
) -> list[str]:
    """Return up to `limit` questions, each on another article, that the chain answers from that article.

    The newest articles that `filters` admit are looked at first; the same library gives the same questions. Once they
    are `wanted` no longer, no further article is looked at.
    """
    found: list[str] = []
    for info in chain.library.articles(filters)[:_ARTICLES_READ]:
        if len(found) == limit or not wanted():
            break
        article = chain.library.article(info.id)
        tried = [question for question in dict.fromkeys(_questions(article)) if _adds_variety(question, found)]
        answered = (question for question in tried[:_TRIED_AN_ARTICLE] if _answers(chain, question, article, filters))
        found += [question for question in [next(answered, None)] if question]
    return found


def _questions(article: Article) -> Iterator[str]:
    """Yield questions that sentences of `article` answer, those of the first pattern first."""
    sentences = [one_line(article.text[start:end]) for start, end in sentence_spans(article.text)]
    for pattern, question in _PATTERNS:
        for match in filter(None, map(pattern.search, sentences)):
            yield question.format(**match.groupdict())


def _adds_variety(question: str, found: list[str]) -> bool:
    alike = sum(other.split()[:2] == question.split()[:2] for other in found)
    return question not in found and alike < _OF_A_KIND


def _answers(chain: AnswerChain, question: str, article: Article, filters: Filters) -> bool:
    answer = chain.extractive.invoke({"question": question, "filters": filters})
    return bool(answer.citations) and answer.citations[0].article_id == article.id
