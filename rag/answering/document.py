"""A conversation as an HTML document of its own: footnotes numbered through, and the sources that they are from.

It needs nothing beside it, prints well, and holds no script but one that is asked for. Templates escape every value,
and the document tells browsers, as a second wall, to run nothing else and to ask nobody for anything.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from rag.answering.transcript import numbered_from
from rag.index.conversations import Conversation
from rag.text import clean_text, one_line
from rag.types import Answer, Sentence, long_date
from rag.types.wording import elsewhere

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class Source:
    """An article that is quoted, and the footnotes that quote it."""

    title: str
    source: str
    published: date | None
    numbers: list[int] = field(default_factory=list)

    @property
    def href(self) -> str:
        """Its address, where it is a page; "" where it is a file."""
        return self.source if self.source.startswith(("http://", "https://")) else ""


def document(conversation: Conversation, *, script: str = "") -> str:
    """Return a conversation as HTML, with the address of a `script` that is run when it is opened, if one is named."""
    from markupsafe import Markup

    said, numbered = [], 0
    for turn in conversation.turns:
        said.append((turn, numbered_from(numbered + 1, turn.answer)))
        numbered += len(turn.answer.citations)
    return (
        _templates()
        .get_template("document.html")
        .render(
            info=conversation.info,
            said=said,
            sources=_sources(answer for _, answer in said),
            script=script,
            style=Markup(_style()),
            style_hash=Markup(style_hash()),
        )
    )


def style_hash() -> str:
    """Return what allows the document's style sheet in a content security policy."""
    return f"'sha256-{b64encode(sha256(_style().encode()).digest()).decode()}'"


def fragment(answer: Answer) -> str:
    """Return an answer with its footnotes as HTML, to be pasted into a document."""
    return str(_templates().get_template("answer.html").module.answered(answer))  # type: ignore[attr-defined]


def _sources(answers: Iterable[Answer]) -> list[Source]:
    """Return the articles that are quoted, in the order of their first footnotes."""
    found: dict[str, Source] = {}
    for citation in (citation for answer in answers for citation in answer.citations):
        new = Source(citation.title, citation.source, citation.published)
        found.setdefault(citation.article_id, new).numbers.append(citation.number)
    return list(found.values())


def _parts(sentence: Sentence) -> tuple[str, str, str]:
    """Return the words before the short answer, the short answer, and the words after it."""
    start, end = sentence.short or (0, 0)
    return sentence.text[:start], sentence.text[start:end], sentence.text[end:]


def _time(moment: datetime) -> str:
    return f"{long_date(moment.date())}, {moment:%H:%M} UTC"


@lru_cache(maxsize=1)
def _style() -> str:
    environment = _templates()
    assert environment.loader is not None
    return environment.loader.get_source(environment, "document.css")[0]


@lru_cache(maxsize=1)
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("rag.answering"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # A source, such as the name of a file, may hold anything.
        finalize=lambda value: clean_text(value) if type(value) is str else value,
    )
    templates.filters.update(
        long_date=long_date, time=_time, parts=_parts, elsewhere=lambda c: list(elsewhere(c)), one_line=one_line
    )
    return templates
