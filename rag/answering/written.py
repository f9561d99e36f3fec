"""From what a chat model wrote, and how that was checked, to an answer; what was quoted stands by."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.answering.citing import Footnotes
from rag.answering.notes import not_found
from rag.answering.quoting import Quoted
from rag.answering.writing.writer import Checked, Draft
from rag.index.library import Library
from rag.settings import Settings
from rag.types import Answer, Passage, Sentence, Usage

QUOTED_INSTEAD = "extractive instead of "
"""Begins `Answer.models["answerer"]` where a chat model was named and the answer is quoted all the same."""

_PLACES = 3
"""Places that a sentence is cited to at most."""
_SURE = 0.5
"""Confidence in what was quoted from which it is shown although the chat model finds no answer."""
_AGREED = 0.3
"""Of the doubt in what was quoted, the share that goes where the model, by itself, rests on the same words."""
_DIFFERED = 0.8
"""What is left of the confidence where it rests on others."""
_REFUSED = 0.5
"""What is left of it where the model finds no answer."""


@dataclass(frozen=True, slots=True)
class Writing:
    """Makes answers of what one chat model writes to one question."""

    quoted: Quoted
    passages: Sequence[Passage]
    """What the model was shown."""
    name: str
    library: Library
    settings: Settings
    answers: Callable[[str], bool]
    """Says whether a sentence answers the question, which supported ones need not."""

    def partial(self, draft: Draft) -> Answer | None:
        """Return the answer as far as it is written; None as long as there is nothing to show."""
        if not self._holds(draft.sentences):
            return None
        return self._answer(draft, Usage(), note="", otherwise=False)  # the model may still say it

    def whole(self, draft: Draft, usage: Usage, *, stopped: bool = False) -> Answer:
        """Return the answer in the end: what was written, else what was quoted, else that nothing answers."""
        if self._holds(draft.sentences):
            remarks = [f"{self.name} adds: “{remark}”" for remark in draft.remarks]
            why = "Stopped before the answer was whole." if stopped else draft.problem
            return self._answer(draft, usage, note=" ".join(filter(None, [why, *remarks, *self.quoted.remarks])))
        dropped = () if not self.settings.check else tuple(c.text for c in draft.sentences if not c.is_supported)
        if stopped or draft.problem:
            return replace(self.instead("Stopped." if stopped else draft.problem, usage), dropped=dropped)
        if draft.refuses:
            return self._refused(usage)
        if draft.sentences and all(checked.is_supported for checked in draft.sentences):
            return self._silent(usage)  # true, and beside the point
        why = f"Nothing that {self.name} wrote stands in your articles." if dropped else f"{self.name} wrote nothing."
        return replace(self.instead(why, usage), dropped=dropped)

    def instead(self, why: str, usage: Usage | None = None) -> Answer:
        """Return what is quoted, and say why it is not written."""
        answer = self.quoted.answer
        then = "The answer is quoted from your articles instead." if answer.found else ""
        return replace(
            answer,
            note=" ".join(filter(None, [answer.note, why, then])),
            models={**answer.models, "answerer": f"{QUOTED_INSTEAD}{self.name}"},
            usage=usage,
            timings=self._timings(),
        )

    def _holds(self, sentences: Sequence[Checked]) -> bool:
        """Say whether something of what was written can stand as an answer."""
        return bool(self._to_the_point(sentences))

    def _to_the_point(self, sentences: Sequence[Checked]) -> list[Checked]:
        """Return the supported sentences that are shown, as many as were asked for: those that answer, each with the
        one before and after it.

        A small model copies on where it should stop. What is chosen stays chosen when further sentences come.
        """
        supported = [checked for checked in sentences if checked.is_supported]
        if not self.settings.check:
            return supported
        most = self.settings.max_listed if self.quoted.listing else self.settings.max_sentences
        chosen: list[Checked] = []
        before: list[Checked] = []
        follows = False
        for checked in supported:
            room = most - len(chosen)
            if not room:
                break
            if self._helps(checked):
                chosen += [*before[: room - 1], checked]
                before, follows = [], True
            elif follows:
                chosen.append(checked)
                follows = False
            else:
                before = [checked]
        return chosen

    def _helps(self, checked: Checked) -> bool:
        """Say whether a sentence answers.

        It does where the reader sees an answer in it, or where it rests on what the reader quotes and says its short
        answer. Where the reader found none in the articles, it must be more than weakly supported.
        """
        read = self.quoted.answer
        if not read.found:
            return checked.support.standing != "weak" and self.answers(checked.text)
        said = not read.short or bool(_place_of(read.short, checked.text))
        return (said and self._rests_on_the_quoted(checked)) or self.answers(checked.text)

    def _rests_on_the_quoted(self, checked: Checked) -> bool:
        return any(
            self.passages[place.passage].article_id == citation.article_id
            and place.start < citation.end
            and citation.start < place.end
            for place in checked.support.places
            for citation in self.quoted.answer.citations
        )

    def _answer(self, draft: Draft, usage: Usage, *, note: str, otherwise: bool = True) -> Answer:
        footnotes = Footnotes(self.library)
        chosen = self._to_the_point(draft.sentences)
        aside = [checked for checked in draft.sentences if checked.is_supported and checked not in chosen]
        shown = [checked for checked in draft.sentences if checked not in aside]
        sentences = [s for s in (self._sentence(checked, footnotes) for checked in shown) if s]
        sentences += self._otherwise(footnotes) if otherwise else []
        unsupported = [checked.text for checked in draft.sentences if not checked.is_supported]
        answer = self.quoted.answer
        return replace(
            answer,
            found=True,
            confidence=self._confidence(chosen),
            sentences=self._with_short(sentences),
            citations=footnotes.cited(sentences),
            note=note,
            verdict="",
            instead=(),
            models={**answer.models, "answerer": self.name},
            dropped=tuple(unsupported) if self.settings.check else (),
            aside=tuple(checked.text for checked in aside),
            usage=usage,
            timings=self._timings(),
        )

    def _sentence(self, checked: Checked, footnotes: Footnotes) -> Sentence | None:
        chance = checked.support.chance if self.settings.check else None
        if not checked.is_supported:
            shown = self.settings.show_unsupported or not self.settings.check
            return Sentence(checked.text, (), standing="unsupported", support=chance) if shown else None
        numbers = [
            footnotes.number(self.passages[place.passage], (place.start, place.end), checked.text)
            for place in checked.support.places[:_PLACES]
        ]
        return Sentence(checked.text, tuple(dict.fromkeys(numbers)), standing=checked.support.standing, support=chance)

    def _otherwise(self, footnotes: Footnotes) -> list[Sentence]:
        """Return what other articles say otherwise, as it was quoted, if the model does not say it."""
        answer = self.quoted.answer
        known = {citation.number: citation for citation in answer.citations}
        passages = {passage.article_id: passage for passage in answer.passages}
        said = footnotes.places()
        added = []
        for sentence in (s for s in answer.sentences if s.role == "otherwise"):
            cited = [known[number] for number in sentence.citations]
            if any((c.article_id, c.start, c.end) in said for c in cited):
                continue
            numbers = [
                footnotes.number(passages[c.article_id], (c.start, c.end), sentence.text)
                for c in cited
                if c.article_id in passages
            ]
            if numbers:
                added.append(replace(sentence, citations=tuple(numbers)))
        return added

    def _with_short(self, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
        """Mark the short answer that the reader found, where it is written too."""
        short = self.quoted.answer.short
        marked = list(sentences)
        for number, sentence in enumerate(sentences):
            place = short and _place_of(short, sentence.text)
            if place and sentence.role == "answer" and sentence.citations:
                marked[number] = replace(sentence, short=place.span())
                break
        return tuple(marked)

    def _confidence(self, supported: Sequence[Checked]) -> float:
        """Return how likely the answer is right: that the reader's is, by whether it is the same, and is supported.

        The shares are set, not fitted.
        """
        read = self.quoted.answer
        same = any(map(self._rests_on_the_quoted, supported))
        confidence = read.confidence + _AGREED * (1 - read.confidence) if same else _DIFFERED * read.confidence
        if not self.settings.check:
            return min(confidence, read.confidence)
        return confidence * sum(checked.support.chance for checked in supported) / len(supported)

    def _refused(self, usage: Usage) -> Answer:
        """Return what comes of it where the model finds no answer: the reader has to be the surer."""
        answer = self.quoted.answer
        if not answer.found:
            return self._silent(usage)
        if answer.confidence >= _SURE:
            quoted = self.instead(f"{self.name} found no answer in them.", usage)
            return replace(quoted, confidence=answer.confidence * _REFUSED)
        return replace(
            self._silent(usage),
            found=False,
            confidence=answer.confidence * _REFUSED,
            sentences=(),
            citations=(),
            verdict="",
            note=" ".join([not_found(answer.standalone_question, self.quoted.within), *self.quoted.remarks]),
        )

    def _silent(self, usage: Usage) -> Answer:
        answer = self.quoted.answer
        models = {**answer.models, "answerer": self.name}
        return replace(answer, models=models, usage=usage, timings=self._timings())

    def _timings(self) -> dict[str, float]:
        total = (time.perf_counter() - self.quoted.started) * 1000
        before = self.quoted.answer.timings
        return {**before, "write": total - before.get("total", 0.0), "total": total}


def _place_of(short: str, text: str) -> re.Match[str] | None:
    return re.search(rf"(?<!\w){re.escape(short)}(?!\w)", text)
