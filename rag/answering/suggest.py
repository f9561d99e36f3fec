"""Questions to try, for a reader who does not know yet what to ask: each was asked, and its article answered it well.

What an article was found to answer is kept in the catalog, so that only new articles are looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rag.answering.chain import AnswerChain
from rag.answering.inviting import Invitation, invitations
from rag.filters import EVERY_ARTICLE, Filters
from rag.index.listing import Wanted
from rag.index.suggestions import Suggestions
from rag.ingest import sentence_spans
from rag.text import one_line
from rag.types import Answer, Article

_ARTICLES_SEEN = 400
_ARTICLES_READ = 30
"""Articles that are looked at anew at most; of what they answer the next time knows already."""
_TRIED_AN_ARTICLE = 3
_OF_AN_ARTICLE = 2
_OF_A_KIND = 2
"""Suggestions that may begin alike."""
_BARE_NOUN = re.compile(
    r"\bthe (?:whole |new |old )?[a-z’'-]+(?: (?:cost|take|[a-z]+ed|shut|open|close|begin|start|end|leave))?\?"
)
_CONFIDENT = 0.6
"""Confidence from which an answer is good enough to invite to it."""


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
    kept = Suggestions(chain.library.catalog)
    infos = chain.library.listing.page(Wanted(filters=filters), most=_ARTICLES_SEEN).articles
    known = kept.of([info.id for info in infos])
    found: list[str] = []
    read = 0
    for info in infos:
        if len(found) == limit or not wanted():
            break
        if info.id not in known:
            if read == _ARTICLES_READ:
                continue
            read += 1
            article = chain.library.article(info.id)
            known[info.id] = tuple(_answered(chain, article))
            kept.keep(article.id, article.content_hash, known[info.id])
        found += [question for question in known[info.id] if _names_it(question) and _adds_variety(question, found)][:1]
    vague = [question for info in infos for question in known.get(info.id, ()) if not _names_it(question)]
    for question in vague:
        found += [question] if len(found) < limit and _adds_variety(question, found) else []
    return found


def _answered(chain: AnswerChain, article: Article) -> Iterator[str]:
    """Yield questions that `article` was found to answer, when it was asked them among all articles."""
    tried: dict[str, Invitation] = {}
    for start, end in sentence_spans(article.text, article.language):
        for invitation in invitations(one_line(article.text[start:end]), start, end):
            tried.setdefault(invitation.question, invitation)
    answered = (
        invitation.question
        for invitation in list(tried.values())[:_TRIED_AN_ARTICLE]
        if _is_meant(chain.extractive.invoke(invitation.question), invitation, article)
    )
    for _, question in zip(range(_OF_AN_ARTICLE), answered, strict=False):
        yield question


def _is_meant(answer: Answer, invitation: Invitation, article: Article) -> bool:
    """Say whether an answer is confident and rests first of all on the sentence that the question was made of."""
    if not answer.citations or answer.confidence < _CONFIDENT:
        return False
    first = answer.citations[0]
    of_it = first.article_id == article.id and first.start < invitation.end and invitation.start < first.end
    return of_it and invitation.answer in one_line(first.quote)


def _names_it(question: str) -> bool:
    """Say whether a question stands by itself: "the sign" and "the work" are known only to who has read of them."""
    return not _BARE_NOUN.search(question)


def _adds_variety(question: str, found: list[str]) -> bool:
    alike = sum(other.split()[:2] == question.split()[:2] for other in found)
    return question not in found and alike < _OF_A_KIND
