"""What a person reads where something sent cannot be used: a sentence, in the place where the window's scripts look."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException

from serve.bounds import MOST_FILES
from serve.problems import FRESH, in_words

_UNREADABLE = f"What was sent cannot be read. At once, {MOST_FILES:,} files can be added."


def add_refusals(application: FastAPI) -> None:
    """Have the window's own addresses refuse in words. What is mounted words its own."""
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(HTTPException, _unreadable)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _refused(request, 422, in_words(error.errors()).partition(" /api/")[0])


def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = _UNREADABLE if error.status_code == 400 else str(error.detail)
    return _refused(request, error.status_code, said)


def _refused(request: Request, status: int, said: str) -> Response:
    if request.method == "GET":
        return PlainTextResponse(said, status, headers=FRESH)
    return JSONResponse({"problem": said}, status, headers=FRESH)
