"""The five things that pass between the parts: Article, Chunk, Passage, Citation, Answer.

All are frozen, and the rules that make a footnote true hold from the moment an object is made:
a Chunk and a Citation are cut out of an Article, so their text cannot be anything but
``article.text[start:end]``.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Literal, Self, TypeVar, get_args

from rag.filters import EVERY_ARTICLE, Filters
from rag.text import clean_pages, clean_text, one_line, shorten


@dataclass(frozen=True, slots=True)
class Article:
    """One article. ``Article(title=..., text=..., source=...)`` is enough to make one."""

    title: str
    text: str
    """Normalised when the article is made (`rag.text.clean_text`); every offset counts its characters."""
    source: str
    """Where it came from: a path, a URL or any name of one's own. Names the article: one source, one article."""
    published: date | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    """An ISO 639-1 code such as "en", where known."""
    media_type: str = "text/plain"
    pages: tuple[int, ...] = ()
    """Where in `text` each page begins, of what has pages; given as offsets in the text before it is normalised."""
    id: str = ""
    """Follows from the source where none is given: 16 hexadecimal digits."""
    content_hash: str = field(init=False, default="")
    """SHA-256 of everything that is stored but the id and the source."""

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise ValueError("An article needs a source: a path, a URL or a name of your own.")
        text, pages = clean_pages(self.text, self.pages)
        _set(self, "text", text)
        _set(self, "pages", pages)
        if not self.text:
            raise ValueError(f"The article {self.source!r} has no text.")
        _set(self, "title", one_line(clean_text(self.title)) or "Untitled")
        _set(self, "tags", tuple(self.tags))
        if isinstance(self.published, datetime):
            _set(self, "published", self.published.date())
        _set(self, "id", self.id or sha256(self.source.encode()).hexdigest()[:16])
        parts = [self.title, self.text, str(self.published), self.author, self.language, *self.tags]
        if self.pages:
            parts.append(json.dumps(self.pages))
        _set(self, "content_hash", sha256(json.dumps(parts).encode()).hexdigest())

    @classmethod
    def restored(cls, **stored: Any) -> Self:
        """Bring back an article from all of its fields as they were stored, without normalising them again."""
        return _rebuilt(cls, **stored)

    def known_as(self, article_id: str) -> Self:
        """Return the same article with another id."""
        if article_id == self.id:
            return self
        fields = {name: getattr(self, name) for name in self.__slots__}
        return _rebuilt(type(self), **{**fields, "id": article_id})

    def page_at(self, offset: int) -> int | None:
        """Return the page, from 1, on which the character at `offset` stands, where there are pages."""
        return bisect_right(self.pages, offset) or None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of one article, cut out as ``Chunk(article, start=..., end=...)``."""

    article: InitVar[Article]
    start: int
    end: int
    ordinal: int = 0
    """Place among the article's chunks, from 0."""
    article_id: str = field(init=False)
    text: str = field(init=False)
    """Always ``article.text[start:end]``."""
    id: str = field(init=False)
    """Made from the article's id and content, so that the same chunk has the same id every time."""

    def __post_init__(self, article: Article) -> None:
        _set(self, "text", _cut(article, self.start, self.end))
        _set(self, "article_id", article.id)
        key = f"{article.id}:{article.content_hash}:{self.start}:{self.end}"
        _set(self, "id", sha256(key.encode()).hexdigest()[:24])


@dataclass(frozen=True, slots=True)
class Copy:
    """An article that is one text with another, in its own wording: a story taken over by a second paper, an update.

    Or a further source of the very same text: then with the same id.
    """

    article_id: str
    title: str
    source: str
    published: date | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` brings the copy back."""
        return {
            "article_id": self.article_id,
            "title": self.title,
            "source": self.source,
            "published": _iso(self.published),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave."""
        return cls(data["article_id"], data["title"], data["source"], _date(data["published"]))


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that came up for a question, with its article's particulars and the score of each stage."""

    chunk: Chunk
    title: str
    source: str
    published: date | None = None
    author: str | None = None
    page: int | None = None
    """The page, from 1, on which the chunk begins, where the article has pages."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """By stage: ``dense`` (cosine, -1 to 1), ``lexical`` (BM25, higher is better), ``fused``.
    A stage in which the chunk did not come up is missing."""
    sentence: tuple[int, int] | None = None
    """Of a passage that was read: where in the article its sentence stands that is likeliest to answer."""
    copies: tuple[Copy, ...] = ()
    """The copies of its article among the articles asked, which are no accounts of their own."""
    superseded: tuple[tuple[int, int], ...] = ()
    """Where in the article sentences stand that a near copy which answers before it has too, or has corrected."""

    def __post_init__(self) -> None:
        _set(self, "scores", dict(self.scores))
        _set(self, "copies", tuple(self.copies))
        _set(self, "superseded", tuple((start, end) for start, end in self.superseded))
        if self.sentence is not None:
            start, end = self.sentence
            _set(self, "sentence", (start, end))
            if not self.chunk.start <= start < end <= self.chunk.end:
                raise ValueError(f"No sentence of the chunk can stand at {start}:{end}.")

    @property
    def text(self) -> str:
        """The chunk's words."""
        return self.chunk.text

    @property
    def likeliest(self) -> str:
        """The words of `sentence`; those of the whole chunk where it was not read."""
        start, end = self.sentence or (self.chunk.start, self.chunk.end)
        return self.text[start - self.chunk.start : end - self.chunk.start]

    @property
    def article_id(self) -> str:
        """The id of the article that the chunk is cut out of."""
        return self.chunk.article_id

    @property
    def account(self) -> str:
        """What is one for an article and its near copies, and another for all others."""
        return min([self.article_id, *(copy.article_id for copy in self.copies)])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` brings the passage back."""
        return {
            "chunk_id": self.chunk.id,
            "article_id": self.article_id,
            "ordinal": self.chunk.ordinal,
            "start": self.chunk.start,
            "end": self.chunk.end,
            "text": self.text,
            "title": self.title,
            "source": self.source,
            "published": _iso(self.published),
            "author": self.author,
            "page": self.page,
            "scores": dict(self.scores),
            "sentence": list(self.sentence) if self.sentence else None,
            "copies": [copy.to_dict() for copy in self.copies],
            "superseded": [list(span) for span in self.superseded],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave. Raises `ValueError` where a text does not fill its place."""
        chunk = _rebuilt(
            Chunk,
            id=data["chunk_id"],
            article_id=data["article_id"],
            ordinal=data["ordinal"],
            start=data["start"],
            end=data["end"],
            text=data["text"],
        )
        _check_length(chunk.text, chunk.start, chunk.end)
        return cls(
            chunk=chunk,
            title=data["title"],
            source=data["source"],
            published=_date(data["published"]),
            author=data["author"],
            page=data.get("page"),
            scores=data["scores"],
            sentence=data.get("sentence"),
            copies=_copies(data.get("copies")),
            superseded=data.get("superseded") or (),
        )


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered footnote: exact words of one article, cut out as ``Citation(article, number=..., ...)``."""

    article: InitVar[Article]
    number: int
    start: int
    end: int
    sentence: str = ""
    """The sentence of the answer that the quote supports."""
    also_in: tuple[Copy, ...] = ()
    """Copies of the article in which the quote stands too, word for word."""
    versions: tuple[Copy, ...] = ()
    """Near copies of the article in which it does not."""
    article_id: str = field(init=False)
    title: str = field(init=False)
    source: str = field(init=False)
    published: date | None = field(init=False)
    page: int | None = field(init=False)
    """The page, from 1, on which the quote begins, where the article has pages."""
    quote: str = field(init=False)
    """Always ``article.text[start:end]``."""

    def __post_init__(self, article: Article) -> None:
        if self.number < 1:
            raise ValueError(f"Citations are numbered from 1, not {self.number}.")
        _set(self, "quote", _cut(article, self.start, self.end))
        _set(self, "also_in", tuple(self.also_in))
        _set(self, "versions", tuple(self.versions))
        _set(self, "article_id", article.id)
        _set(self, "title", article.title)
        _set(self, "source", article.source)
        _set(self, "published", article.published)
        _set(self, "page", article.page_at(self.start))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` brings the citation back."""
        return {
            "number": self.number,
            "article_id": self.article_id,
            "title": self.title,
            "source": self.source,
            "published": _iso(self.published),
            "page": self.page,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "sentence": self.sentence,
            "also_in": [copy.to_dict() for copy in self.also_in],
            "versions": [copy.to_dict() for copy in self.versions],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave. Raises `ValueError` where a quote does not fill its place."""
        kept = {"page": None, **data, "published": _date(data["published"])}
        copies = {name: _copies(data.get(name)) for name in ("also_in", "versions")}
        citation = _rebuilt(cls, **{**kept, **copies})
        _check_length(citation.quote, citation.start, citation.end)
        return citation


Role = Literal["answer", "context", "otherwise"]
"""What a sentence is there for: to answer, to say what the one after it is about, or to say otherwise."""

Standing = Literal["quoted", "supported", "weak", "unsupported"]
"""How a sentence stands to the articles: in their words, or a model's and supported by them, weakly, or not at all."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and the numbers of the citations that it rests on.

    Further numbers are those of other articles that say the same.
    """

    text: str
    citations: tuple[int, ...]
    short: tuple[int, int] | None = None
    """Where the short answer stands in `text`, such as the date in a sentence that tells when."""
    role: Role = "answer"
    standing: Standing = "quoted"
    support: float | None = None
    """Of what a chat model wrote: the chance, from 0 to 1, that what is cited says so."""

    def __post_init__(self) -> None:
        _set(self, "citations", tuple(self.citations))
        if self.short is not None:
            start, end = self.short
            _set(self, "short", (start, end))
            if not 0 <= start < end <= len(self.text):
                raise ValueError(f"No short answer can stand at {start}:{end} of {self.text!r}.")
        if self.role not in get_args(Role):
            raise ValueError(f"A sentence is one of {', '.join(get_args(Role))}, not {self.role!r}.")
        if self.standing not in get_args(Standing):
            raise ValueError(f"A sentence is {', '.join(get_args(Standing))}, not {self.standing!r}.")
        if self.support is not None and not 0 <= self.support <= 1:
            raise ValueError(f"support must lie in [0, 1], not {self.support}.")

    @property
    def remark(self) -> str:
        """What has to be said of how it stands to the articles; "" where it is sound."""
        if self.standing == "unsupported":
            return "no article says this"
        if self.standing == "weak":
            return "not checked" if self.support is None else "weakly supported"
        return ""

    def __str__(self) -> str:
        remark = f" ({self.remark})" if self.remark else ""
        return self.text + "".join(f" [{number}]" for number in self.citations) + remark

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` brings the sentence back."""
        short = list(self.short) if self.short else None
        return {
            "text": self.text,
            "citations": list(self.citations),
            "short": short,
            "role": self.role,
            "standing": self.standing,
            "support": self.support,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` gave."""
        return cls(
            data["text"],
            data["citations"],
            data.get("short"),
            data.get("role", "answer"),
            data.get("standing", "quoted"),
            data.get("support"),
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """What a chat model was asked and gave for an answer."""

    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0
    price: float | None = None
    """US dollars, where the model's prices are known."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; ``Usage(**values)`` brings them back."""
        return {name: getattr(self, name) for name in self.__slots__}


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
    usage: Usage | None = None
    """What the chat model was asked and gave, where there is one."""

    def __post_init__(self) -> None:
        _set(self, "sentences", tuple(self.sentences))
        _set(self, "citations", tuple(self.citations))
        _set(self, "dropped", tuple(self.dropped))
        _set(self, "passages", tuple(self.passages))
        _set(self, "standalone_question", self.standalone_question or self.question)
        _set(self, "models", dict(self.models))
        _set(self, "timings", dict(self.timings))
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence must lie in [0, 1], not {self.confidence}.")
        if self.found != bool(self.sentences):
            raise ValueError("An answer is found when, and only when, it has sentences.")
        known = {citation.number for citation in self.citations}
        named = {number for sentence in self.sentences for number in sentence.citations}
        if named != known or any(bool(s.citations) == (s.standing == "unsupported") for s in self.sentences):
            raise ValueError("Every sentence needs a citation, and every citation a sentence.")

    @property
    def text(self) -> str:
        """The sentences with their ``[1]`` marks, or the note when nothing was found."""
        if not self.found:
            return self.note
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
        return "" if not self.found or answerer.startswith("extractive") else answerer

    @property
    def left_out(self) -> str:
        """How many sentences of a chat model were left out; "" where none were."""
        shown = {sentence.text for sentence in self.sentences}
        count = sum(text not in shown for text in self.dropped)
        if not count:
            return ""
        which = "1 sentence was" if count == 1 else f"{count} sentences were"
        return f"{which} left out, because no article supports {'it' if count == 1 else 'them'}."

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
        if self.found and self.note:
            lines += ["", self.note]
        if self.written_by:
            lines += ["", self.writing()]
        if self.citations:
            lines.append("")
        for citation in self.citations:
            lines.append(f"[{citation.number}] {_label(citation)}: “{one_line(citation.quote)}”")
            lines += [f"    {words}" for words in _elsewhere(citation)]
        if not self.found and self.passages:
            lines += ["", "Nearest passages (not an answer):"]
            lines += [f"- {_label(passage)}: {shorten(passage.likeliest, 160)}" for passage in self.passages[:3]]
        return "\n".join(lines)

    def to_markdown(self) -> str:
        """Return the answer as Markdown with footnotes; text from articles is escaped."""
        if not self.found:
            lines = [markdown_escape(self.note)]
            if self.passages:
                lines += ["", "Nearest passages (not an answer):", ""]
                lines += [f"- {markdown_escape(_label(p))}" for p in self.passages[:3]]
            return "\n".join(lines)
        marked = [self._introduced(s, _markdown(s)) for s in self.sentences]
        lines = [" ".join([*self._verdict(), *marked]), ""]
        if self.note:
            lines += [markdown_escape(self.note), ""]
        if self.written_by:
            lines += [markdown_escape(self.writing()), ""]
        for c in self.citations:
            quote = markdown_escape(one_line(c.quote))
            elsewhere = "".join(f"; {markdown_escape(words)}" for words in _elsewhere(c))
            label, source = markdown_escape(_label(c)), one_line(c.source).translate(_MARKDOWN)
            lines.append(f"[^{c.number}]: {label}: “{quote}” ({source}){elsewhere}")
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
            "usage": self.usage.to_dict() if self.usage else None,
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
            usage=Usage(**data["usage"]) if data.get("usage") else None,
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Bring back what `to_json` gave."""
        return cls.from_dict(json.loads(text))


_T = TypeVar("_T")


def long_date(day: date) -> str:
    """Return a day as people write it: "4 March 2024"."""
    return f"{day.day} {day:%B %Y}"


def _markdown(sentence: Sentence) -> str:
    """Escape a sentence, its short answer in bold, its numbers as footnotes."""
    text = sentence.text
    start, end = sentence.short or (0, 0)
    parts = [markdown_escape(part) for part in (text[:start], text[start:end], text[end:])]
    marked = f"{parts[0]}**{parts[1]}**{parts[2]}" if sentence.short else parts[2]
    if sentence.standing == "unsupported":
        marked = f"~~{marked}~~"
    remark = f" *({sentence.remark})*" if sentence.remark else ""
    return marked + "".join(f"[^{number}]" for number in sentence.citations) + remark


_MARKDOWN = str.maketrans({c: "\\" + c for c in "\\`*_{}[]<>#|~$&"})
_BLOCK = re.compile(r"^([ \t]*)([-+=])(?=[-+=\s]|$)|^([ \t]*\d{1,9})([.)])(?=\s|$)", re.M)
"""What begins a list or underlines a heading, at the beginning of a line."""
_ADDRESS = re.compile(r":(?=//)|(?<=\bwww)\.", re.IGNORECASE)
"""What GitHub and others take bare addresses by, to make links of them."""


def markdown_escape(text: str) -> str:
    """Return `text` so that Markdown shows it as it stands, HTML tags and addresses included."""
    return _BLOCK.sub(r"\1\3\\\2\4", _ADDRESS.sub(r"\\\g<0>", text.translate(_MARKDOWN)))


def _label(item: Citation | Passage) -> str:
    particulars = [item.title, _iso(item.published), f"p. {item.page}" if item.page else None]
    return ", ".join(filter(None, particulars))


def _elsewhere(citation: Citation) -> Iterator[str]:
    """Yield in words which near copies of its article have the quote too, and which have not."""
    for words, found in (("also in", citation.also_in), ("not word for word in", citation.versions)):
        if found:
            yield f"{words}: {'; '.join(map(_named, found))}"


def _named(copy: Copy) -> str:
    return ", ".join(filter(None, [copy.title, _iso(copy.published), copy.source]))


def _copies(stored: Sequence[Mapping[str, Any]] | None) -> tuple[Copy, ...]:
    return tuple(Copy.from_dict(copy) for copy in stored or ())


def _set(item: object, name: str, value: object) -> None:
    object.__setattr__(item, name, value)


def _cut(article: Article, start: int, end: int) -> str:
    if not 0 <= start < end <= len(article.text):
        raise ValueError(f"No text at {start}:{end} in {article.source!r}, which has {len(article.text)} characters.")
    return article.text[start:end]


def _rebuilt(kind: type[_T], **values: Any) -> _T:
    item = object.__new__(kind)
    for name, value in values.items():
        _set(item, name, value)
    return item


def _check_length(text: str, start: int, end: int) -> None:
    if start < 0 or len(text) != end - start:
        raise ValueError(f"A text of {len(text)} characters cannot stand at {start}:{end}.")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
