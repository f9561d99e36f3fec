"""The window's page takes a while to be made, most of it to import Gradio. What else is served does not wait for it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

_PROGRAMS_FIRST_S = 2.0
"""Seconds for which other programs have the processor to themselves, unless a person is there already."""
_making = threading.Lock()
"""Of all of them: Gradio keeps the page that is being made in one place."""
_log = logging.getLogger(__name__)


class Opening:
    """An ASGI application that is made in a thread, once the one around it has begun. Requests to it wait until then.

    Where the other's lifespan is not run, as in a test, the first request makes it.
    """

    def __init__(self, around: FastAPI, make: Callable[[], FastAPI], *, before: Callable[[], object] | None = None):
        """Stand in for what `make` returns, within `around`. `before` is done first, for other programs."""
        self._make, self._before = make, before
        self._made: FastAPI | None = None
        self._opened: Future[None] | None = None
        self._wanted = threading.Event()
        around.router.lifespan_context = self._within(around.router.lifespan_context)

    def made(self) -> FastAPI:
        """Return the application, and make it where that was not begun. Raises what `make` does."""
        with _making:
            if self._made is None:
                self._made = self._make()
            return self._made

    @property
    def routes(self) -> list[BaseRoute]:
        """Its routes."""
        return self.made().routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as soon as there is what answers it."""
        self._wanted.set()
        if self._opened is not None:
            await asyncio.shield(asyncio.wrap_future(self._opened))
        made = await run_in_threadpool(self.made) if self._made is None else self._made
        await made(scope, receive, send)

    def _prepared(self) -> FastAPI:
        if self._before is not None:
            self._before()
            self._wanted.wait(_PROGRAMS_FIRST_S)
        return self.made()

    def _within(self, lifespan: Any) -> Any:
        @asynccontextmanager
        async def opened(app: FastAPI) -> AsyncIterator[Any]:
            async with lifespan(app) as state:
                ends, self._opened = asyncio.Event(), Future()
                running = asyncio.create_task(self._run(self._opened, ends))
                try:
                    yield state
                finally:
                    ends.set()
                    self._wanted.set()
                    await running
                    self._opened = None

        return opened

    async def _run(self, opened: Future[None], ends: asyncio.Event) -> None:
        """Make it, and let it live from its beginning to its end, in one task."""
        try:
            made = await run_in_threadpool(self._prepared)
            async with made.router.lifespan_context(made):
                opened.set_result(None)
                await ends.wait()
        except Exception as error:  # noqa: BLE001 - who asks for the page is told; the log gets the trace
            _log.exception("The window's page could not be made.")
            if not opened.done():
                opened.set_exception(error)
