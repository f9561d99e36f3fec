"""What comes of a question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Self

from rag.filters import EVERY_ARTICLE, Filters
from rag.text import one_line, shorten
from rag.types.frozen import set_field
from rag.types.holdings import Holdings
from rag.types.passages import Passage
from rag.types.sentences import Citation, Sentence, Usage
from rag.types.wording import elsewhere, footnote, in_markdown, label, long_date, markdown_escape


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question: sentences with footnotes, or a plain word that the articles do not answer."""

    question: str
    found: bool
    confidence: float
    """From 0 to 1: the share of answers of this strength that are right."""
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    """What was looked at, best first; when nothing was found, the nearest."""
    note: str = ""
    """A word to the reader: why there is no answer, or that the question was cut."""
    standalone_question: str = ""
    """The question as it was searched for: of a follow-up, with what it leaves to the turns before."""
    verdict: Literal["", "yes", "no"] = ""
    """Of a question that asks whether: what the first sentence says, where it plainly says so."""
    models: Mapping[str, str] = field(default_factory=dict)
    """The models used, by role, such as ``embedder``."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds by stage: ``retrieve``, ``answer``, ``total``."""
    filters: Filters = EVERY_ARTICLE
    """Which articles were asked."""
    dropped: tuple[str, ...] = ()
    """Sentences that a chat model wrote and nothing in the articles supports."""
    aside: tuple[str, ...] = ()
    """Sentences that it wrote and articles support, but that do not help to answer the question."""
    usage: Usage | None = None
    """What the chat model was asked and gave, where there is one."""
    holdings: Holdings | None = None
    """Of a question about the library itself: what it holds. Then there are no sentences."""
    wider: bool = False
    """Where nothing was found: whether articles that the filters leave out answer."""
    instead: tuple[str, ...] = ()
    """Where nothing was found: the question as it may have been meant, with a word spelt as the articles do."""

    def __post_init__(self) -> None:
        set_field(self, "sentences", tuple(self.sentences))
        set_field(self, "citations", tuple(self.citations))
        set_field(self, "dropped", tuple(self.dropped))
        set_field(self, "aside", tuple(self.aside))
        set_field(self, "passages", tuple(self.passages))
        set_field(self, "instead", tuple(self.instead))
        set_field(self, "standalone_question", self.standalone_question or self.question)
        set_field(self, "models", dict(self.models))
        set_field(self, "timings", dict(self.timings))
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence must lie in [0, 1], not {self.confidence}.")
        if self.found != bool(self.sentences or self.holdings):
            raise ValueError("An answer is found when, and only when, it has sentences or says what the library holds.")
        known = {citation.number for citation in self.citations}
        named = {number for sentence in self.sentences for number in sentence.citations}
        if named != known or any(bool(s.citations) == (s.standing == "unsupported") for s in self.sentences):
            raise ValueError("Every sentence needs a citation, and every citation a sentence.")

    @property
    def text(self) -> str:
        """The sentences with their ``[1]`` marks, or the note when nothing was found."""
        if not self.found:
            return self.note
        if self.holdings:
            return self.holdings.text
        return " ".join([*self._verdict(), *(self._introduced(sentence, str(sentence)) for sentence in self.sentences)])

    @property
    def short(self) -> str:
        """The short answer: the words in the first sentence that has any which answer by themselves, or ""."""
        marked = (s.text[s.short[0] : s.short[1]] for s in self.sentences if s.short and s.role == "answer")
        return next(marked, "")

    @property
    def written_by(self) -> str:
        """The chat model that wrote it; "" where it is quoted."""
        answerer = self.models.get("answerer", "")
        return "" if not self.sentences or answerer.startswith("extractive") else answerer

    @property
    def left_out(self) -> str:
        """How many sentences of a chat model were left out, and why; "" where none were."""
        shown = {sentence.text for sentence in self.sentences}
        unsupported = sum(text not in shown for text in self.dropped)
        why = []
        if unsupported:
            why.append(f"{_counted(unsupported)} because no article supports {'it' if unsupported == 1 else 'them'}.")
        if self.aside:
            does = "it does" if len(self.aside) == 1 else "they do"
            why.append(f"{_counted(len(self.aside))} because {does} not answer the question.")
        return " ".join(why)

    @property
    def as_of(self) -> date | None:
        """The day of the newest article that the answer rests on, where one has a day."""
        resting = {number for s in self.sentences if s.role == "answer" for number in s.citations}
        return max((c.published for c in self.citations if c.number in resting and c.published), default=None)

    def _verdict(self) -> list[str]:
        return [f"{self.verdict.capitalize()}."] if self.verdict else []

    def writing(self) -> str:
        """Say who wrote the answer, how that was checked, and what was left out."""
        checked = all(s.support is not None or s.standing in ("quoted", "supported") for s in self.sentences)
        how = "each sentence checked against the articles" if checked else "not checked"
        return " ".join(filter(None, [f"Written by {self.written_by}, {how}.", self.left_out]))

    def _introduced(self, sentence: Sentence, text: str) -> str:
        """Put before a sentence that says otherwise who says so."""
        if sentence.role != "otherwise":
            return text
        days = [c.published for c in self.citations if c.number in sentence.citations and c.published]
        return f"Otherwise, on {long_date(days[0])}: {text}" if days else f"Otherwise: {text}"

    def __str__(self) -> str:
        lines = [self.text]
        if self.holdings:
            lines += self.holdings.lines()
        lines += [f"Did you mean: {question}" for question in self.instead]
        if self.found and self.note:
            lines += ["", self.note]
        if self.written_by:
            lines += ["", self.writing()]
        if self.citations:
            lines.append("")
        for citation in self.citations:
            lines.append(f"[{citation.number}] {label(citation)}: “{one_line(citation.quote)}”")
            lines += [f"    {words}" for words in elsewhere(citation)]
        if not self.found and self.passages:
            lines += ["", "Closest passages, which do not answer:"]
            lines += [f"- {label(passage)}: {shorten(passage.likeliest, 160)}" for passage in self.passages[:3]]
        return "\n".join(lines)

    def to_markdown(self) -> str:
        """Return the answer as Markdown with footnotes; text from articles is escaped."""
        if not self.found:
            lines = [markdown_escape(self.note)]
            for question in self.instead:
                lines += ["", f"Did you mean: {markdown_escape(question)}"]
            if self.passages:
                lines += ["", "Closest passages, which do not answer:", ""]
                lines += [f"- {markdown_escape(label(p))}" for p in self.passages[:3]]
            return "\n".join(lines)
        if self.holdings:
            return "\n\n".join(filter(None, [self.holdings.to_markdown(), markdown_escape(self.note)]))
        marked = [self._introduced(s, in_markdown(s)) for s in self.sentences]
        lines = [" ".join([*self._verdict(), *marked]), ""]
        if self.note:
            lines += [markdown_escape(self.note), ""]
        if self.written_by:
            lines += [markdown_escape(self.writing()), ""]
        lines += map(footnote, self.citations)
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain values that JSON can hold; `from_dict` brings it back."""
        return {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "text": self.text,
            "found": self.found,
            "confidence": self.confidence,
            "note": self.note,
            "verdict": self.verdict,
            "sentences": [s.to_dict() for s in self.sentences],
            "citations": [c.to_dict() for c in self.citations],
            "passages": [p.to_dict() for p in self.passages],
            "models": dict(self.models),
            "filters": self.filters.to_dict(),
            "timings": dict(self.timings),
            "dropped": list(self.dropped),
            "aside": list(self.aside),
            "usage": self.usage.to_dict() if self.usage else None,
            "holdings": self.holdings.to_dict() if self.holdings else None,
            "instead": list(self.instead),
            "wider": self.wider,
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave. Raises `ValueError` where a rule of the types does not hold."""
        return cls(
            question=data["question"],
            standalone_question=data["standalone_question"],
            found=data["found"],
            confidence=data["confidence"],
            note=data["note"],
            verdict=data.get("verdict", ""),
            sentences=tuple(Sentence.from_dict(s) for s in data["sentences"]),
            citations=tuple(Citation.from_dict(c) for c in data["citations"]),
            passages=tuple(Passage.from_dict(p) for p in data["passages"]),
            models=data["models"],
            filters=Filters.of(data.get("filters")),
            timings=data["timings"],
            dropped=data.get("dropped") or (),
            aside=data.get("aside") or (),
            usage=Usage(**data["usage"]) if data.get("usage") else None,
            holdings=Holdings.from_dict(data["holdings"]) if data.get("holdings") else None,
            instead=data.get("instead") or (),
            wider=data.get("wider", False),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Bring back what `to_json` gave."""
        return cls.from_dict(json.loads(text))


def _counted(sentences: int) -> str:
    return f"{'1 sentence was' if sentences == 1 else f'{sentences} sentences were'} left out,"
