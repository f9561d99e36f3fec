"""Whether articles that a filter leaves out answer what the others do not. For the person who set the filter only.

The chain itself never says a word of articles that are filtered out: a filter may be a boundary, as in a tool that an
agent is given. Who asks at the window or on the command line has set it, and can take it away.
"""

from __future__ import annotations

from dataclasses import replace

from rag.answering.chain import AnswerChain
from rag.filters import EVERY_ARTICLE
from rag.types import Answer


def widened(chain: AnswerChain, answer: Answer) -> Answer:
    """Return `answer` with a word on the articles that its filters leave out, where nothing was found in the others."""
    asked = bool(answer.passages) or answer.note.startswith("You have no articles")
    if answer.found or not answer.filters or not asked:
        return answer
    total = chain.library.catalog.counts()[0]
    left_out = total - len(chain.library.catalog.select(answer.filters).articles)
    if not left_out:
        return answer
    question = answer.standalone_question
    beyond = chain.extractive.invoke({"question": question, "filters": EVERY_ARTICLE})
    which = "1 article is" if left_out == 1 else f"{left_out:,} articles are"
    says = "Without the filter there is an answer." if beyond.found else "Without the filter there is none either."
    return replace(answer, note=f"{answer.note} {which} left out by the filter. {says}", wider=beyond.found)
