"""The HTTP API: to ask, to search, and to see, add and remove articles."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.convertors import PathConvertor, register_url_convertor

from rag.answering.chain import AnswerChain
from rag.filters import Filters
from rag.index.library import Library
from rag.index.listing import Order, Wanted
from rag.index.report import AddReport, StoredArticle
from rag.index.tokens import Tokens
from rag.index.uploads import Uploads
from rag.types import Passage
from serve import problems
from serve.accounts import acting
from serve.api.adding import add_sent, steps_of
from serve.api.guarding import SCOPE, guarded
from serve.api.models import (
    Added,
    AnswerBody,
    ArticleBody,
    Articles,
    Begun,
    Day,
    Found,
    JobBody,
    NewArticle,
    QuestionBody,
    Removed,
    SearchBody,
    Text,
)
from serve.api.streaming import answered, events
from serve.bounds import MOST_FILES
from serve.problems import Refusal, Refused


class _Anything(PathConvertor):
    """The rest of an address, line breaks included: an article's id can be any text."""

    regex = "(?s:.*)"


register_url_convertor("anything", _Anything())

READ: dict[str, Any] = {SCOPE: "read"}
WRITE: dict[str, Any] = {SCOPE: "write"}

ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": description}
    for status, description in {
        400: "The body cannot be read",
        401: "No token, or none that is known",
        403: "The token does not allow this, or the request comes from a page of another site",
        404: "There is no such article",
        405: "Not done at this address",
        413: "Too much at once",
        415: "Neither JSON nor files",
        422: "Something sent cannot be used",
        500: "Something went wrong, and the log says what",
        503: "It cannot be done just now",
        507: "The disk is full",
    }.items()
}
EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["data"],
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "description": "JSON, on one line"}},
}
"""How an event of a stream looks."""
_EVENTS = "Server-sent events: `partial` answers, then `done` with the whole one; or `error`."
_ADDS = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {**NewArticle.model_json_schema(), "title": "NewArticle"},
                "examples": {
                    "text": {"value": {"title": "Ferry", "text": "The ferry leaves at nine.", "tags": ["harbour"]}},
                    "page": {"value": {"url": "https://example.org/ferry"}},
                },
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}}
                    },
                },
            },
        },
    }
}


def routes(library: Library, chain: AnswerChain, tokens: Tokens) -> APIRouter:
    """Return the routes of the API under ``/api``, each of which asks for a token."""
    router = APIRouter(prefix="/api", route_class=guarded(tokens), responses=ERRORS, tags=["articles"])
    uploads = Uploads()

    @router.post(
        "/answer",
        response_model=AnswerBody,
        responses={200: {"content": {"text/event-stream": {"schema": EVENT}}, "description": _EVENTS}},
        openapi_extra=READ,
    )
    async def answer(body: QuestionBody, request: Request) -> Response:
        """Answer a question from the articles, each sentence with the exact words that it rests on."""
        history = [each.answer() for each in body.history]
        asked = {"question": body.question, "history": history, "filters": body.filters.filters()}
        if body.stream or "text/event-stream" in request.headers.get("accept", ""):
            return StreamingResponse(events(chain, asked), media_type="text/event-stream", headers=problems.FRESH)
        return _fresh((await answered(chain, asked, request)).to_dict())

    @router.post("/search", response_model=Found, openapi_extra=READ)
    def search(body: SearchBody) -> Response:
        """Return the passages that fit a query best, with the score of each stage."""
        found: Sequence[Passage] = library.search(body.query, body.k, filters=body.filters.filters())
        return _fresh({"passages": [passage.to_dict() for passage in found]})

    @router.get("/articles", openapi_extra=READ)
    def articles(
        words: Annotated[Text, Query(max_length=300, description="Words of title, author or source.")] = "",
        since: Day | None = None,
        until: Day | None = None,
        source: Annotated[list[Text], Query(max_length=100)] = [],  # noqa: B006 - FastAPI copies it
        tag: Annotated[list[Text], Query(max_length=100)] = [],  # noqa: B006
        language: Annotated[list[Text], Query(max_length=100)] = [],  # noqa: B006
        article: Annotated[list[Text], Query(max_length=100)] = [],  # noqa: B006
        order: Order = "published",
        ascending: bool = False,
        first: Annotated[int, Query(ge=0, le=10**9, description="Place of the first, from 0.")] = 0,
        most: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 50,
    ) -> Articles:
        """List articles, part by part."""
        filters = Filters(since=since, until=until, sources=source, tags=tag, languages=language, articles=article)
        page = library.listing.page(Wanted(words, filters), order=order, ascending=ascending, first=first, most=most)
        infos = [{name: getattr(info, name) for name in info.__slots__} for info in page.articles]
        return Articles(
            articles=[info | {"further_sources": list(info["further_sources"])} for info in infos],  # type: ignore[misc]
            near_copies=sorted(page.near_copies),
            first=page.first,
            found=page.found,
            total=page.total,
        )

    @router.post(
        "/articles",
        response_model=Added,
        responses={202: {"model": Begun, "description": "It is being added: with `wait=false`."}},
        openapi_extra={**WRITE, **_ADDS},
    )
    async def add(
        request: Request, wait: Annotated[bool, Query(description="Whether to wait until all of it is added.")] = True
    ) -> Response:
        """Add a text or a page (JSON), or files (multipart). What fails beside others is in the report."""
        async with _sent(request) as sent:
            if not wait:
                return await run_in_threadpool(begun, sent)
            report = await run_in_threadpool(add_sent, library, uploads, sent)
        if report.failed and not any((report.added, report.updated, report.unchanged, report.copies)):
            said = "; ".join(f"{failure.source}: {failure.reason}" for failure in report.failed[:5])
            raise Refused(422, f"Nothing was added: {said}", "unreadable_source")
        acting.did("articles added", ", ".join(each.source for each in [*report.added, *report.updated]))
        return _fresh(_added(report).model_dump())

    def begun(sent: NewArticle | Sequence[Any]) -> Response:
        job = library.queue.begin("add", steps_of(library, sent))
        library.worker.start()
        address = f"/api/jobs/{job}"
        return JSONResponse({"job": job, "address": address}, 202, headers={**problems.FRESH, "Location": address})

    @router.get("/jobs/{job_id}", openapi_extra=WRITE)
    def job(job_id: str) -> JobBody:
        """Return how far it is to add what was sent with `wait=false`."""
        found = library.queue.find(job_id) if "\0" not in job_id else None
        if found is None:
            raise Refused(404, "There is no such job, or none any more.", "job_not_found")
        return JobBody(
            job=found.id,
            over=found.is_over,
            done=found.done,
            total=found.total,
            now=found.now,
            report=_added(found.report),
        )

    @router.get("/articles/{article_id:anything}", openapi_extra=READ)
    def article(
        article_id: str,
        start: Annotated[int, Query(ge=0, description="Where to begin, in characters from 0.")] = 0,
        end: Annotated[int | None, Query(ge=0, description="Where to end; by default at the end.")] = None,
    ) -> ArticleBody:
        """Return an article with its text, or with a part of it, such as the words of a footnote."""
        found = library.article(_known(article_id))
        end = len(found.text) if end is None else end
        if not start < end <= len(found.text):
            raise Refused(422, f"No text stands at {start}:{end}. The article has {len(found.text)} characters.")
        values = {name: getattr(found, name) for name in ArticleBody.model_fields if hasattr(found, name)}
        values |= {"tags": list(found.tags), "characters": len(found.text), "text": found.text[start:end]}
        return ArticleBody(**values, start=start, end=end)

    @router.delete("/articles/{article_id:anything}", openapi_extra=WRITE)
    def remove(article_id: str) -> Removed:
        """Remove an article. For a week it can be put back in the window."""
        library.remove(_known(article_id))
        acting.did("articles removed", article_id)
        return Removed(removed=article_id)

    return router


@asynccontextmanager
async def _sent(request: Request) -> AsyncIterator[NewArticle | Sequence[Any]]:
    """Give what a request brings: a text or a page, or files as long as they are needed."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind == "multipart/form-data":
        form = await request.form(max_files=MOST_FILES, max_fields=100)
        try:
            yield form.getlist("files")
        finally:
            await form.close()
    elif kind == "application/json":
        try:
            new = NewArticle.model_validate_json(await request.body())
        except ValidationError as error:
            raise Refused(422, problems.in_words(error.errors(include_url=False))) from error
        yield new
    else:
        raise Refused(415, "Send JSON with a text or a url, or files as multipart/form-data in fields `files`.")


def _known(article_id: str) -> str:
    if "\0" in article_id:
        raise Refused(404, "No article has such an id. `GET /api/articles` lists them.", "article_not_found")
    return article_id


def _fresh(body: Any) -> JSONResponse:
    return JSONResponse(body, headers=problems.FRESH)


def _added(report: AddReport) -> Added:
    def named(stored: Sequence[StoredArticle]) -> list[dict[str, str]]:
        return [{"id": each.article_id, "title": each.title, "source": each.source} for each in stored]

    told: Callable[[str], list[dict[str, str]]] = lambda name: [  # noqa: E731
        {"source": each.source, "reason": each.reason} for each in getattr(report, name)
    ]
    stored = {name: named(getattr(report, name)) for name in ("added", "updated", "unchanged", "copies")}
    return Added.model_validate({**stored, "failed": told("failed"), "skipped": told("skipped")})
