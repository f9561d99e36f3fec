"""Accounts around the window: the gate, the pages, and whose conversations are meant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from rag.answering.chain import AnswerChain
from rag.index.accounts import passwords
from rag.index.accounts.accounts import Accounts
from rag.index.library import Library
from rag.settings import Settings
from serve.accounts import acting
from serve.accounts.cookie import Cookie
from serve.accounts.gate import Gate, Pages
from serve.accounts.own_libraries import Make, OwnLibraries
from ui.accounts import administering, signing_in


def mount(application: FastAPI, library: Library, chain: AnswerChain, settings: Settings, make: Make) -> Pages:
    """Add where one signs in and the admin's pages, and let nobody past who may not. Called before other middleware.

    `make` returns the window's application over a library that is one account's own.
    """
    accounts = Accounts(library.catalog, settings)
    cookie, pages, own = Cookie(library.name, settings.session_days), Pages(), OwnLibraries(library, chain, make)
    passwords.prepare()
    library.belong_to(acting.owner)
    application.include_router(signing_in.routes(accounts, cookie))
    application.include_router(administering.routes(accounts))
    application.add_middleware(Gate, accounts=accounts, cookie=cookie, tokens=library.tokens, pages=pages, own=own)
    application.router.lifespan_context = _closing(own, application.router.lifespan_context)
    return pages


def _closing(own: OwnLibraries, lifespan: Any) -> Any:
    @asynccontextmanager
    async def closing(app: FastAPI) -> AsyncIterator[Any]:
        async with lifespan(app) as state:
            yield state
        await own.close()

    return closing
