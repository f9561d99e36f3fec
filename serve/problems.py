"""Errors as programs get them: a type, and a sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from rag import errors
from rag.errors import FootnoteError

_STATUS: dict[type[FootnoteError], int] = {
    errors.ArticleNotFound: 404,
    errors.InvalidFilter: 422,
    errors.InvalidMetadata: 422,
    errors.InvalidSetting: 422,
    errors.UnreadableSource: 422,
    errors.DiskFull: 507,
}
_BY_STATUS = {401: "token_refused", 403: "token_refused", 404: "not_found", 405: "method_not_allowed"}
_BY_STATUS |= {413: "too_large", 415: "unsupported_media_type", 422: "invalid_request"}
UNEXPECTED = "Something went wrong on the server; its log says what. Asking again may help."
FRESH = {"Cache-Control": "no-store"}
"""Headers of a reply that nobody is to keep."""


Reply = Callable[..., JSONResponse]
"""Words an error: `reply` or `openai_reply`."""


class Problem(BaseModel):
    """What went wrong."""

    type: str = Field(description="What kind of error it is, in lower case, such as `article_not_found`.")
    message: str = Field(description="A sentence for a person, which says what to do.")


class Refusal(BaseModel):
    """The body of every reply that is an error."""

    error: Problem


class Refused(HTTPException):
    """A request that is refused, with the type of the error."""

    def __init__(self, status: int, message: str, type: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, message, dict(headers or {}))
        self.type = type or _BY_STATUS.get(status, "invalid_request")


def status_of(error: FootnoteError) -> int:
    """Return the status that an error has: what is asked for wrongly, or what cannot be done just now."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 503)


def type_of(error: FootnoteError) -> str:
    """Return the name of an error's class as a type: "article_not_found"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()


def reply(status: int, type: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error as this API words it."""
    return JSONResponse({"error": {"type": type, "message": message}}, status, headers={**FRESH, **(headers or {})})


def openai_reply(status: int, type: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error as OpenAI's clients know it."""
    status = 400 if status == 422 else status
    return JSONResponse(openai_error(status, type, message), status, headers={**FRESH, **(headers or {})})


def reply_for(path: str) -> Reply | None:
    """Return how errors are worded for programs that ask at a path; None where people do."""
    if path.startswith("/v1/"):
        return openai_reply
    return reply if path.startswith("/api/") else None


def openai_error(status: int, type: str, message: str) -> dict[str, Any]:
    """Return the body of an error as OpenAI's clients know it."""
    kind = {401: "authentication_error", 403: "permission_error"}.get(status, "invalid_request_error")
    kind = "server_error" if status >= 500 else kind
    return {"error": {"message": message, "type": kind, "param": None, "code": type}}


def in_words(problems: Sequence[Any]) -> str:
    """Say what pydantic found wrong with a request, field by field, without what was sent."""
    said = []
    for problem in problems[:5]:
        place = ".".join(str(part) for part in problem["loc"] if part not in ("body", "query", "path"))
        said.append(f"{place}: {problem['msg']}" if place else str(problem["msg"]))
    return f"The request cannot be used: {'; '.join(said)}. /api/openapi.json says what is asked for."
