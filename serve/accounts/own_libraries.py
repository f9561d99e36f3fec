"""Libraries of one account alone: each a folder below the shared one's, opened when its account first asks for it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from rag.answering.chain import AnswerChain
from rag.index.library import Library
from rag.settings import Settings
from serve.accounts import acting

Make = Callable[[Library, AnswerChain], FastAPI]
"""Returns the application over a library."""

KEPT_OPEN_S = 1800.0
"""Seconds after the last request for which a library stays open."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Open:
    library: Library
    chain: AnswerChain
    app: FastAPI
    lifespan: AbstractAsyncContextManager[Any]
    settings: Settings
    """Those of the shared library that it was last told of."""
    asked: int = 0
    """How many requests it is answering."""
    used: float = field(default_factory=time.monotonic)


class OwnLibraries:
    """The libraries of accounts beside the one that all `shared`. They answer by its settings and its models."""

    def __init__(self, shared: Library, chain: AnswerChain, make: Make) -> None:
        """`make` returns the application over a library, which is the window's but for settings and accounts."""
        self._shared, self._chain, self._make = shared, chain, make
        self._open: dict[str, _Open] = {}
        self._opening = asyncio.Lock()

    async def answer(self, account_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request from the library of an account."""
        opened = await self._opened(account_id)
        opened.asked += 1
        try:
            await opened.app(scope, receive, send)
        finally:
            opened.asked -= 1
            opened.used = time.monotonic()

    async def close(self, *, unused_for: float = -1.0) -> None:
        """Close those that are answering nothing and have not for so many seconds; by default all."""
        now = time.monotonic()
        for account_id, opened in list(self._open.items()):
            if unused_for < 0 or (not opened.asked and now - opened.used > unused_for):
                del self._open[account_id]
                await opened.lifespan.__aexit__(None, None, None)
                await run_in_threadpool(opened.library.close)

    async def _opened(self, account_id: str) -> _Open:
        if account_id not in self._open:
            async with self._opening:
                await self.close(unused_for=KEPT_OPEN_S)
                if account_id not in self._open:
                    opened = await run_in_threadpool(self._made, account_id)
                    await opened.lifespan.__aenter__()
                    self._open[account_id] = opened
        opened = self._open[account_id]
        if opened.settings is not self._chain.settings:
            opened.settings = self._chain.settings
            opened.library.settings = _of(opened.library, opened.settings)
            opened.chain.use(opened.library.settings)
        return opened

    def _made(self, account_id: str) -> _Open:
        folder = self._shared.home.own(account_id)
        settings = self._chain.settings
        library = Library(folder, settings=settings.model_copy(update={"library": folder}))
        library.settings = _of(library, settings)
        library.share_embedder(self._shared)
        library.belong_to(acting.owner)
        chain = AnswerChain(library, settings=library.settings)
        chain.observers += self._chain.observers
        app = self._make(library, chain)
        return _Open(library, chain, app, app.router.lifespan_context(app), settings)


def _of(library: Library, shared: Settings) -> Settings:
    """Return the shared library's settings for another one, which keeps the embedding model that it was built with."""
    built_with = library.catalog.fact("embedder_name") or shared.embedding_model
    nowhere_else = {"catalog_url": SecretStr(""), "chroma_url": SecretStr("")}
    return shared.model_copy(update={"library": library.folder, "embedding_model": built_with, **nowhere_else})
