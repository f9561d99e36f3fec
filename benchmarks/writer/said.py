"""What was said to a question, and what is right, wrong and supported in it."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from benchmarks.writer.asked import Asked
from benchmarks.writer.drafts import Drafts
from rag.answering.chain import AnswerChain
from rag.answering.written import QUOTED_INSTEAD
from rag.evaluate.accepted import holds
from rag.index.library import Library
from rag.text import one_line
from rag.types import Answer, Sentence


@dataclass(frozen=True, slots=True)
class Said:
    """A question and its answer in one way of answering."""

    asked: Asked
    answer: Answer
    draft: str
    """What the chat model wrote; "" where it was not asked."""
    first: float
    """Seconds until words were shown."""
    last: float
    """Seconds until the answer was whole."""
    exact: bool
    """Whether every footnote quotes its article exactly."""

    @property
    def shown(self) -> str:
        """The words of the answer, without its marks."""
        return " ".join(sentence.text for sentence in self.answer.sentences) if self.answer.found else ""

    def is_right(self) -> bool:
        """Say whether an accepted answer stands in what is shown, or what cannot be answered is refused."""
        return holds(self.shown, self.asked.answers) if self.asked.answers else not self.answer.found

    def is_wrong(self) -> bool:
        """Say whether something is shown as fact and no accepted answer is in it."""
        return self.answer.found and not self.is_right()

    def wrong_sentences(self) -> int:
        """Count the sentences of a wrong answer."""
        return len(self.answer.sentences) if self.is_wrong() else 0

    def judged(self) -> list[bool]:
        """Of each sentence that holds an accepted answer, say whether what it cites holds one too."""
        return [
            any(holds(quote, self.asked.answers) for quote in quotes(sentence, self.answer))
            for sentence in self.answer.sentences
            if self.answer.found and holds(sentence.text, self.asked.answers)
        ]

    def was_written(self) -> bool:
        """Say whether the sentences are the chat model's."""
        return self.answer.found and any(sentence.standing != "quoted" for sentence in self.answer.sentences)


def say(asked: Asked, chain: AnswerChain, drafts: Drafts) -> Said:
    """Ask, once more if the model had to write first: seconds are those of a kept draft and of all that is done to it.

    So a draft costs each way of answering the same, however busy the machine was while it was made.
    """
    made = drafts.made
    said = _say(asked, chain, drafts)
    return _say(asked, chain, drafts) if drafts.made > made else said


def quotes(sentence: Sentence, answer: Answer) -> list[str]:
    """Return what a sentence's footnotes quote."""
    known = {citation.number: citation.quote for citation in answer.citations}
    return [known[number] for number in sentence.citations]


def key(said: Said, sentence: Sentence) -> str:
    """Return what a sentence and its quotes are known by."""
    words = [said.asked.question, sentence.text, *quotes(sentence, said.answer)]
    return hashlib.sha256("\n".join(map(one_line, words)).encode()).hexdigest()[:16]


def failed(answer: Answer, draft: str) -> bool:
    """Say whether a model was to write, and did not; it is not asked where nothing can be answered."""
    return not draft and answer.models.get("answerer", "").startswith(QUOTED_INSTEAD)


def _say(asked: Asked, chain: AnswerChain, drafts: Drafts) -> Said:
    drafts.forget()
    started = time.perf_counter()
    first = None
    answer = Answer(question=asked.question, found=False, confidence=0.0)
    for answer in chain.stream(asked.question):
        if first is None and answer.found:
            first = time.perf_counter() - started
    last = time.perf_counter() - started
    used = list(drafts.used)
    waited = sum(draft.seconds for draft in used)
    first = last if first is None else first
    if used:
        written = answer.found and answer.sentences[0].standing != "quoted"
        # What is quoted instead is not known to be needed before all was written.
        first += used[0].seconds_to(len(answer.sentences[0].text)) if written else waited
    return Said(
        asked=asked,
        answer=answer,
        draft="\n".join(draft.text for draft in used),
        first=first,
        last=last + waited,
        exact=_is_exact(answer, chain.library),
    )


def _is_exact(answer: Answer, library: Library) -> bool:
    return all(library.article(c.article_id).text[c.start : c.end] == c.quote for c in answer.citations)
