"""An API that OpenAI's clients know: a chat model that answers from the articles, with links to the exact words."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, unquote

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from rag.answering.chain import AnswerChain
from rag.chat_models.tokens import estimated_tokens
from rag.errors import ArticleNotFound, FootnoteError
from rag.index.library import Library
from rag.index.tokens import Tokens
from rag.links import check, link
from rag.text import one_line, shorten
from rag.types import Answer, Citation, Sentence
from rag.types.wording import label, markdown_escape
from serve import problems
from serve.api.guarding import guarded
from serve.api.models import Text
from serve.api.routes import ERRORS, EVENT, READ
from serve.api.streaming import answered, growing
from serve.problems import Refused

MODEL = "footnote"
_LINK = re.compile(r"\]\((?:https?://[^\s/)]+)?/article/(?P<id>[^\s?)/]+)\?(?P<query>[^\s#)]+)(?:#quoted)?\)")
_MOST_LINKS = 50
_MARK = re.compile(r"\[\^(\d+)\]")
_log = logging.getLogger(__name__)


class Part(BaseModel):
    """A part of a message; only texts are read."""

    model_config = ConfigDict(extra="allow")

    type: str = "text"
    text: Text = ""


class Message(BaseModel):
    """What somebody said."""

    model_config = ConfigDict(extra="allow")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | list[Part] | None = None

    @property
    def said(self) -> str:
        """The text of it."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    """How a stream ends."""

    include_usage: bool = False


class Completion(BaseModel):
    """What a client asks for. What else a chat model takes (temperature, tools) changes nothing here."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"model": MODEL, "messages": [{"role": "user", "content": "When does the ferry leave?"}]}]
        },
    )

    model: str = MODEL
    messages: list[Message] = Field(min_length=1, max_length=1000, description="The last one is the question.")
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Annotated[int, Field(ge=1, le=1)] | None = None


class OpenAIProblem(BaseModel):
    """What went wrong, as OpenAI's clients know it."""

    message: str
    type: str
    param: str | None
    code: str


class OpenAIRefusal(BaseModel):
    """The body of every reply that is an error."""

    error: OpenAIProblem


class Models(BaseModel):
    """The models that can be asked: one."""

    object: Literal["list"] = "list"
    data: list[dict[str, Any]]


def routes(library: Library, chain: AnswerChain, tokens: Tokens) -> APIRouter:
    """Return the routes under ``/v1``, each of which asks for a token as those of the API do."""
    errors = {status: {**said, "model": OpenAIRefusal} for status, said in ERRORS.items()}
    kind = guarded(tokens, reply=problems.openai_reply)
    router = APIRouter(prefix="/v1", route_class=kind, responses=errors, tags=["openai"])

    @router.get("/models", openapi_extra=READ)
    def models() -> Models:
        """List the models."""
        return Models(data=[{"id": MODEL, "object": "model", "created": 0, "owned_by": "footnote"}])

    @router.post(
        "/chat/completions",
        response_model=dict[str, Any],
        responses={200: {"content": {"text/event-stream": {"schema": EVENT}}}},
        openapi_extra=READ,
    )
    async def complete(body: Completion, request: Request) -> Response:
        """Answer the last message of the user; those before it are what it may lean on."""
        question, history = await run_in_threadpool(_asked, library, body.messages)
        asked = {"question": question, "history": history}
        completion = _Completion(body, str(request.base_url).rstrip("/"))
        if body.stream:
            chunks = _chunks(chain, asked, completion)
            return StreamingResponse(chunks, media_type="text/event-stream", headers=problems.FRESH)
        return JSONResponse(completion.whole(await answered(chain, asked, request)), headers=problems.FRESH)

    return router


class _Completion:
    """Words answers as OpenAI's chat models do."""

    def __init__(self, asked: Completion, site: str) -> None:
        self.asked = asked
        self._site = site
        self._id = f"chatcmpl-{uuid.uuid4().hex}"
        self._created = int(time.time())

    def whole(self, answer: Answer) -> dict[str, Any]:
        content = self.content(answer)
        message = {"role": "assistant", "content": content, "refusal": None, "citations": self.citations(answer)}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self.usage(answer, content)}

    def chunk(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self._data({**self._head("chat.completion.chunk"), "choices": [choice], **more})

    def usage_chunk(self, usage: dict[str, int]) -> str:
        return self._data({**self._head("chat.completion.chunk"), "choices": [], "usage": usage})

    def sentences(self, answer: Answer) -> str:
        """Return the sentences so far as Markdown, each mark a link."""
        return self._linked(answer).partition("\n\n")[0] if answer.sentences else ""

    def content(self, answer: Answer) -> str:
        """Return all of the answer as Markdown: what is said, with links to the words, then the sources."""
        sources = [
            f"{c.number}. [{markdown_escape(label(c))}]({self._address(c)}): “{markdown_escape(_short(c))}”"
            for c in answer.citations
        ]
        return "\n".join([self._linked(answer), *(["", "Sources:", "", *sources] if sources else [])])

    def citations(self, answer: Answer) -> list[dict[str, Any]]:
        return [{**citation.to_dict(), "url": self._address(citation)} for citation in answer.citations]

    def usage(self, answer: Answer, content: str) -> dict[str, int]:
        """Return the tokens that a chat model used, else about what the texts would have taken."""
        put_in = sum(estimated_tokens(message.said) for message in self.asked.messages)
        given_out = estimated_tokens(content)
        if answer.usage:
            put_in, given_out = answer.usage.input_tokens, answer.usage.output_tokens
        return {"prompt_tokens": put_in, "completion_tokens": given_out, "total_tokens": put_in + given_out}

    def _linked(self, answer: Answer) -> str:
        """Return the answer as Markdown without its list of footnotes, each mark a link to the words."""
        addresses = {citation.number: self._address(citation) for citation in answer.citations}
        lines = answer.to_markdown().split("\n")
        text = "\n".join(lines[: len(lines) - len(answer.citations)]).rstrip()
        return _MARK.sub(lambda mark: f" [{mark[1]}]({addresses[int(mark[1])]})", text)

    def _address(self, citation: Citation) -> str:
        return self._site + "/" + link(citation.article_id, citation.start, citation.end, citation.quote)

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": self._created, "model": MODEL}

    def _data(self, body: dict[str, Any]) -> str:
        return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


async def _chunks(chain: AnswerChain, asked: dict[str, Any], completion: _Completion) -> AsyncIterator[str]:
    """Yield the answer as a stream of what was added to it, the citations at its end."""
    yield completion.chunk({"role": "assistant", "content": ""})
    sent, last = "", None
    try:
        async with aclosing(growing(chain, asked)) as answers:  # type: ignore[type-var]
            async for last in answers:
                so_far = completion.sentences(last)
                if so_far.startswith(sent) and so_far != sent:
                    yield completion.chunk({"content": so_far[len(sent) :]})
                    sent = so_far
        if last is None:
            return
        content = completion.content(last)
        # What was sent cannot be taken back: where it became other words, all of it is said again.
        yield completion.chunk({"content": content[len(sent) :] if content.startswith(sent) else f"\n\n{content}"})
        yield completion.chunk({}, "stop", citations=completion.citations(last))
        if completion.asked.stream_options and completion.asked.stream_options.include_usage:
            yield completion.usage_chunk(completion.usage(last, content))
        yield "data: [DONE]\n\n"
    except FootnoteError as error:
        body = problems.openai_error(problems.status_of(error), problems.type_of(error), str(error))
        yield f"data: {json.dumps(body)}\n\n"
    except Exception:  # noqa: BLE001 - as for every other reply
        _log.exception("An answer could not be finished.")
        yield f"data: {json.dumps(problems.openai_error(500, 'unexpected', problems.UNEXPECTED))}\n\n"


def _short(citation: Citation) -> str:
    return shorten(one_line(citation.quote), 300)


def _asked(library: Library, messages: Sequence[Message]) -> tuple[str, list[Answer]]:
    """Return the last question, and what was said before it. Raises `Refused` where there is none."""
    spoken = [message for message in messages if message.role in ("user", "assistant")]
    if not spoken or spoken[-1].role != "user" or not spoken[-1].said.strip():
        raise Refused(422, "The last message has to be a question of the role `user`, with text.")
    history: list[Answer] = []
    question = ""
    for message in spoken[:-1]:
        if message.role == "user":
            question = message.said
        elif question.strip():
            history.append(_said_before(library, question, message.said))
            question = ""
    return spoken[-1].said, history


def _said_before(library: Library, question: str, content: str) -> Answer:
    """Return an earlier answer as far as its links tell it: the words of the articles, not those of the message."""
    citations: dict[int, Citation] = {}
    places: set[tuple[str, int, int]] = set()
    for found in list(_LINK.finditer(content))[:_MOST_LINKS]:
        place = _place(found)
        if place is None or place[:3] in places:
            continue
        article_id, start, end, digits = place
        try:
            article = library.article(article_id)
        except ArticleNotFound:
            continue
        if 0 <= start < end <= len(article.text) and check(article.text[start:end]) == digits:
            places.add((article_id, start, end))
            number = len(citations) + 1
            citations[number] = Citation(article, number=number, start=start, end=end)
    sentences = tuple(Sentence(citation.quote, (number,)) for number, citation in citations.items())
    return Answer(
        question=question,
        found=bool(sentences),
        confidence=0.0,
        sentences=sentences,
        citations=tuple(citations.values()),
    )


def _place(found: re.Match[str]) -> tuple[str, int, int, str] | None:
    query = parse_qs(found["query"])
    try:
        start, end, digits = (query[name][0] for name in ("start", "end", "check"))
        return unquote(found["id"]), int(start[:12]), int(end[:12]), digits
    except (KeyError, ValueError):
        return None
