"""What goes over the wire: each shape once, with its units. Offsets count characters of an article's text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rag.answering.chain import LONGEST_QUESTION
from rag.errors import InvalidFilter
from rag.filters import Filters
from rag.types import Answer
from serve.problems import Refused


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("there is a character NUL in it")
    return text


Time = Annotated[datetime, AfterValidator(lambda time: time.replace(tzinfo=UTC))]
"""The library's times are in UTC and do not say so."""
Text = Annotated[str, AfterValidator(_without_nul)]
Day = Annotated[str, Field(description="A year, a month or a day: 2025, 2025-03 or 2025-03-31.", max_length=20)]
Span = Annotated[list[int], Field(description="Where it begins and ends, in characters.", min_length=2, max_length=2)]


class CopyBody(BaseModel):
    """An article that is one text with another, or a further source of the same."""

    article_id: str
    title: str
    source: str
    published: date | None = None


class CitationBody(BaseModel):
    """A footnote: the exact words of one article."""

    number: int = Field(ge=1)
    article_id: str
    title: str
    source: str
    published: date | None = None
    page: int | None = Field(default=None, description="The page, from 1, where the article has pages.")
    quote: str = Field(description="The words of the article from `start` to `end`.")
    start: int = Field(ge=0, description="In characters, from 0.")
    end: int = Field(ge=0)
    sentence: str = ""
    also_in: list[CopyBody] = []
    versions: list[CopyBody] = []


class SentenceBody(BaseModel):
    """A sentence of an answer, and the numbers of the footnotes that it rests on."""

    text: str
    citations: list[int]
    short: Span | None = Field(default=None, description="Where in `text` the short answer stands.")
    role: Literal["answer", "context", "otherwise"] = "answer"
    standing: Literal["quoted", "supported", "weak", "unsupported"] = "quoted"
    support: float | None = Field(default=None, ge=0, le=1, description="The chance that what is cited says so.")


class PassageBody(BaseModel):
    """A run of whole sentences of an article, that came up for a question."""

    chunk_id: str
    article_id: str
    ordinal: int = Field(description="Place among the article's chunks, from 0.")
    start: int = Field(description="In characters, from 0.")
    end: int
    text: str
    title: str
    source: str
    published: date | None = None
    author: str | None = None
    page: int | None = None
    scores: dict[str, float] = Field(
        default={}, description="By stage: `dense` (cosine, -1 to 1), `lexical` (BM25), `fused` (reciprocal ranks)."
    )
    sentence: Span | None = None
    copies: list[CopyBody] = []
    superseded: list[Span] = []


class FiltersBody(BaseModel):
    """Which articles are asked. Several values of one field mean any of them, several fields all."""

    model_config = ConfigDict(extra="forbid")

    since: Day | None = None
    until: Day | None = None
    sources: list[Text] = Field(default=[], max_length=1000, description="Sources, or what they begin with.")
    tags: list[Text] = Field(default=[], max_length=1000)
    languages: list[Text] = Field(default=[], max_length=1000, description='Codes such as "en".')
    articles: list[Text] = Field(default=[], max_length=1000, description="Ids of articles.")

    def filters(self) -> Filters:
        """Return them as the library takes them. Raises `InvalidFilter`."""
        return Filters.of(self.model_dump(exclude_none=True))


class UsageBody(BaseModel):
    """What a chat model was asked and gave."""

    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0
    price: float | None = Field(default=None, description="US dollars, where the model's prices are known.")


class AnswerBody(BaseModel):
    """What came of a question: sentences with footnotes, or a plain word that the articles do not answer."""

    question: str
    standalone_question: str
    text: str = ""
    found: bool
    confidence: float = Field(ge=0, le=1, description="The share of answers of this strength that are right.")
    note: str
    verdict: Literal["", "yes", "no"] = ""
    sentences: list[SentenceBody]
    citations: list[CitationBody]
    passages: list[PassageBody]
    models: dict[str, str] = Field(description="The models used, by role.")
    filters: dict[str, Any] = {}
    timings: dict[str, float] = Field(description="Milliseconds by stage.")
    dropped: list[str] = []
    aside: list[str] = []
    usage: UsageBody | None = None
    holdings: dict[str, Any] | None = Field(default=None, description="Of a question about the library: what it holds.")
    instead: list[str] = []
    wider: bool = False

    def answer(self) -> Answer:
        """Bring the answer back. Raises `Refused` where it is none that this API gave."""
        try:
            return Answer.from_dict(self.model_dump(mode="json"))
        except (KeyError, TypeError, ValueError, AttributeError, InvalidFilter) as error:
            raise Refused(422, f"An answer in `history` is not as this API gave it: {error}") from error


class QuestionBody(BaseModel):
    """A question, and what it leans on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "When does the ferry leave?", "filters": {"since": "2024"}}]}
    )

    question: Text = Field(min_length=1, max_length=LONGEST_QUESTION)
    history: list[AnswerBody] = Field(
        default=[], max_length=100, description="The answers before this question, oldest first."
    )
    filters: FiltersBody = Field(default_factory=FiltersBody)
    stream: bool = Field(default=False, description="Whether the answer comes as server-sent events while it grows.")


class SearchBody(BaseModel):
    """What to search for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "ferry timetable", "k": 5}]})

    query: Text = Field(min_length=1, max_length=LONGEST_QUESTION)
    k: int = Field(default=10, ge=1, le=100, description="How many passages come back at most.")
    filters: FiltersBody = Field(default_factory=FiltersBody)


class Found(BaseModel):
    """Passages, best first."""

    passages: list[PassageBody]


class DescriptionBody(BaseModel):
    """What is known of an article."""

    id: str
    title: str
    source: str
    published: date | None
    author: str | None
    tags: list[str]
    language: str | None
    media_type: str
    characters: int = Field(description="Of the whole text.")


class ArticleInfoBody(DescriptionBody):
    """An article without its text."""

    chunks: int
    added: Time
    updated: Time
    further_sources: list[str] = []


class Articles(BaseModel):
    """A part of a list of articles."""

    articles: list[ArticleInfoBody]
    near_copies: list[str] = Field(description="Ids of those that are near copies of others.")
    first: int = Field(description="Place of the first in the list, from 0.")
    found: int = Field(description="How many articles are in the list.")
    total: int = Field(description="How many the library has.")


class ArticleBody(DescriptionBody):
    """An article with its text, or with the part of it that was asked for."""

    start: int = Field(description="Where `text` begins in the article, in characters from 0.")
    end: int
    text: str


class NewArticle(BaseModel):
    """A text, or the address of a page, to add."""

    model_config = ConfigDict(extra="forbid")

    text: Text = Field(default="", max_length=8_000_000, description="The article's text, in characters.")
    title: Text = Field(default="", max_length=300, description="Without one the first line of the text is taken.")
    author: Text = Field(default="", max_length=300)
    published: str = Field(default="", max_length=10, description="A day, as 2025-03-31.")
    tags: list[Text] = Field(default=[], max_length=100)
    language: str = Field(default="", max_length=20)
    source: Text = Field(default="", max_length=2000, description="A name: a text under the same one takes its place.")
    url: Text = Field(default="", max_length=8000, description="The address of a page, in place of a text.")


class Named(BaseModel):
    """An article of a report."""

    id: str
    title: str
    source: str


class NotAdded(BaseModel):
    """What was not added, and why."""

    source: str
    reason: str


class Added(BaseModel):
    """What became of what was sent."""

    added: list[Named]
    updated: list[Named]
    unchanged: list[Named]
    copies: list[Named] = Field(description="Texts that are there under another source, with the id of that article.")
    failed: list[NotAdded]
    skipped: list[NotAdded]


class Begun(BaseModel):
    """What was sent is being added."""

    job: str = Field(description="Its id.")
    address: str = Field(description="Where to ask how far it is: `GET` of this address.")


class JobBody(BaseModel):
    """How far a job is, and what became of what is done of it."""

    job: str
    over: bool
    done: int = Field(description="How many files, texts or pages are done.")
    total: int = Field(description="Of how many.")
    now: str = Field(description="What is being done, or what it waits for.")
    report: Added


class Removed(BaseModel):
    """What was removed; for a week it can be put back in the window."""

    removed: str
