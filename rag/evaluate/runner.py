"""Asks the questions and keeps what came of each."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

from rag.answering.chain import AnswerChain
from rag.errors import UnusableQuestions
from rag.evaluate.accepted import holds, is_source
from rag.evaluate.evaluation import DEPTH, Evaluation, Row
from rag.evaluate.questions import Question, fingerprint
from rag.filters import EVERY_ARTICLE, Filters
from rag.index.library import Library, open_default
from rag.settings import Settings
from rag.text import one_line
from rag.types import Answer, Copy, Passage

_WARMING_UP = "Is this the first question?"


def evaluate(
    questions: Iterable[Question],
    *,
    library: Library | None = None,
    settings: Settings | None = None,
    filters: Filters = EVERY_ARTICLE,
) -> Evaluation:
    """Ask `questions` of `library`, of the default library where none is given, and measure what comes back.

    Only the articles that `filters` admit are asked. Raises `UnusableQuestions` where there is no question, or no
    article to ask. Where a terminal is watched, a bar shows how far it is.
    """
    asked = list(questions)
    if library is None:
        with open_default(settings) as opened:
            return evaluate(asked, library=opened, settings=settings, filters=filters)
    if not asked:
        raise UnusableQuestions("There is no question to ask. Give at least one.")
    if not library.chunk_count():
        raise UnusableQuestions(f"The library {library.name} has no articles. Add some with `footnote add FOLDER`.")
    within = library.select(filters)
    if within and not within.articles:
        raise UnusableQuestions(f"The library {library.name} has no articles {filters}. Take a filter away.")
    rows = tuple(_rows(asked, library, settings or library.settings, filters))
    return Evaluation(rows, fingerprint(asked), tuple(_notes(asked, library, filters)))


def _rows(questions: Sequence[Question], library: Library, settings: Settings, filters: Filters) -> Iterator[Row]:
    from tqdm import tqdm

    chain = AnswerChain(library, settings=settings)
    # What a refused question would have been answered says whether its confidence was deserved.
    unrefusing = AnswerChain(
        library, settings=settings.model_copy(update={"min_confidence": 0.0, "chat_model": "", "chat_base_url": ""})
    )
    chain.extractive.invoke(_WARMING_UP)  # the models are loaded before anything is timed
    for question in tqdm(questions, unit="question", leave=False, disable=not sys.stderr.isatty()):
        asked = {"question": question.question, "filters": question.filters or filters}
        answer = chain.invoke(asked)
        whole = answer if answer.found or not question.answers else unrefusing.invoke(asked)
        yield Row(
            question=question,
            found=answer.found,
            confidence=answer.confidence,
            quoted=any(
                _is_of(question, c.source, (*c.also_in, *c.versions)) and holds(c.quote, question.answers)
                for c in whole.citations
            ),
            short=_short(answer),
            quotes=tuple(one_line(citation.quote) for citation in answer.citations),
            rank=_rank(question, _ranking(answer, library)) if question.answers else None,
            milliseconds=answer.timings.get("total"),
        )


def _short(answer: Answer) -> str:
    if not answer.found:
        return ""
    return str(getattr(answer, "short", "") or answer.sentences[0].text)


def _ranking(answer: Answer, library: Library) -> list[Passage]:
    """Return the passages that were looked at, then the ones that the search puts next."""
    looked_at = {passage.chunk.id for passage in answer.passages}
    further = []
    if len(looked_at) < DEPTH:
        further = library.search(answer.standalone_question, DEPTH, filters=answer.filters)
    return [*answer.passages, *(passage for passage in further if passage.chunk.id not in looked_at)][:DEPTH]


def _rank(question: Question, passages: Sequence[Passage]) -> int | None:
    ranks = (
        rank
        for rank, passage in enumerate(passages, start=1)
        if _is_of(question, passage.source, passage.copies) and holds(passage.text, question.answers)
    )
    return next(ranks, None)


def _is_of(question: Question, source: str, copies: Sequence[Copy]) -> bool:
    """Say whether that source, or one of its near copies for which it answers, is the one that a question names."""
    return any(is_source(question.source, named) for named in (source, *(copy.source for copy in copies)))


def _notes(questions: Sequence[Question], library: Library, filters: Filters) -> Iterator[str]:
    if filters:
        yield f"Only articles {filters} were asked. Compare it with what was measured on the same articles."
    if any(question.made for question in questions):
        yield (
            "These questions were made from the articles' own sentences by patterns: rough, and easier to find than "
            "what people ask. Use them to compare one run with another. Questions of your own say more."
        )
    elif not any(question.answers for question in questions):
        yield 'No question has "answers", so all of them count as ones that the articles do not answer.'
    sources = [info.source for info in library.articles()]
    named = dict.fromkeys(question.source for question in questions if question.answers)
    missing = [name for name in named if not any(is_source(name, source) for source in sources)]
    if missing:
        shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        yield f"The library has no article from {shown}; `footnote list --json` shows the sources."
