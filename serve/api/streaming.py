"""Answers while they grow, for as long as somebody waits for them."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Awaitable
from contextlib import aclosing
from typing import Any, TypeVar

from fastapi import Request

from rag.answering.chain import AnswerChain
from rag.errors import FootnoteError
from rag.types import Answer
from serve import problems

_SECONDS_BETWEEN_LOOKS = 0.2
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


async def growing(chain: AnswerChain, asked: dict[str, Any]) -> AsyncIterator[Answer]:
    """Yield the answer each time that it has grown. However this ends, the chain's work ends with it."""
    cancelled = threading.Event()
    try:
        async for answer in chain.astream(asked, cancelled=cancelled):
            yield answer
    finally:
        cancelled.set()


async def answered(chain: AnswerChain, asked: dict[str, Any], request: Request) -> Answer:
    """Return the answer. Where the client leaves, the chain's work ends, and `asyncio.CancelledError` is raised."""
    return await _while_wanted(chain.ainvoke(asked), request)


async def events(chain: AnswerChain, asked: dict[str, Any]) -> AsyncIterator[str]:
    """Yield server-sent events: `partial` answers, then one `done`; or an `error`."""
    last: Answer | None = None
    try:
        async with aclosing(growing(chain, asked)) as answers:  # type: ignore[type-var]
            async for last in answers:
                yield event("partial", last.to_dict())
        if last:
            yield event("done", last.to_dict())
    except FootnoteError as error:
        yield event("error", {"error": {"type": problems.type_of(error), "message": str(error)}})
    except Exception:  # noqa: BLE001 - as for every other reply
        _log.exception("An answer could not be finished.")
        yield event("error", {"error": {"type": "unexpected", "message": problems.UNEXPECTED}})


def event(name: str, data: dict[str, Any]) -> str:
    """Return one server-sent event; JSON has no line breaks of its own."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _while_wanted(work: Awaitable[_T], request: Request) -> _T:
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=_SECONDS_BETWEEN_LOOKS))[0]:
            if await request.is_disconnected():
                raise problems.Refused(499, "Whoever asked has left.", "left")
        return task.result()
    finally:
        task.cancel()
