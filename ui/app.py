"""The window: a page with a conversation and a library, served to this machine.

The application is FastAPI's, with Gradio mounted in it, so that the addresses of articles stand
beside the window and outlive it. Gradio is not imported here: other programs are answered before it is there.
"""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from rag.answering.chain import AnswerChain
from rag.errors import FootnoteError
from rag.index.accounts.accounts import Accounts
from rag.index.accounts.required import require_admin, require_auth
from rag.index.library import Library, open_default
from rag.index.tokens import Tokens
from rag.links import FOR_PROGRAMS
from rag.listening import listen
from rag.settings import Settings
from serve import access, proxies
from serve.accounts.gate import Pages
from serve.api.mounting import mount
from serve.bounds import Bounds
from serve.connections import Connection
from serve.watching import health, logs, metrics
from serve.watching.requests import Requests
from ui import article, conversations, judging
from ui.accounts import mounting
from ui.away import Away, told
from ui.conversation import store_of
from ui.guard import Guard
from ui.opening import Opening
from ui.refusals import add_refusals
from ui.settings_page import SettingsPage
from ui.shelf import actions, views

_STATIC = Path(__file__).parent / "static"
OWN = frozenset(
    (
        "account accounts api article assets config conversation favicon.ico gradio_api healthz library login logout "
        "metrics settings static theme.css v1"
    ).split()
)
"""What the addresses of the window begin with."""
_SECONDS_TO_CLOSE = 2


def open_window(
    settings: Settings, *, open_browser: bool, to_programs: bool = False, worker_port: int | None = None
) -> None:
    """Serve the window over the library of `settings` until Ctrl-C, and print its address.

    `to_programs`: it is there for other programs first, and their addresses are printed. With a `worker_port` it is one
    of several processes behind a proxy, which is what people see: it listens there on this machine, and prints nothing.

    The next free port is taken where the configured one is in use. Raises `FootnoteError` as `listen` does, and where
    others could reach it without an account.
    """
    require_auth(settings)
    logs.start(settings)
    require_admin(settings)
    with open_default(settings) as library:
        chain = AnswerChain(library, settings=settings)
        application = build(library, chain, settings, before_page=chain.prepare if to_programs else None)
        if not to_programs:
            application.state.page.made()  # a person comes for nothing else
        if worker_port is not None:
            serve(application, socket.create_server(("127.0.0.1", worker_port), backlog=128))
            return
        listener = listen(settings.host, settings.port)
        address = f"http://{settings.host}:{listener.getsockname()[1]}{proxies.root_of(settings)}"
        print(f"Footnote is open at {address}", flush=True)
        if to_programs:
            print(FOR_PROGRAMS.format(address=address), flush=True)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        serve(application, listener)


def build(
    library: Library, chain: AnswerChain, settings: Settings, *, before_page: Callable[[], object] | None = None
) -> FastAPI:
    """Return the window as an application: the page at ``/``, articles at ``/article/<id>``, all of it watched.

    The page is made in a thread once it is served, `before_page` being done there first; all else answers at once.
    """
    application = FastAPI(title="Footnote", docs_url=None, redoc_url=None, openapi_url=None)
    counted = metrics.Metrics(library)
    chain.observers += [counted, logs.AnswerLog(in_full=settings.log_questions)]
    known, root = proxies.is_known(settings), proxies.root_of(settings)
    proxies.refuse_ambiguous(root, OWN)
    pages: Pages | None = None

    def own(library: Library, chain: AnswerChain) -> FastAPI:
        """Return the window over a library that is one account's own."""
        made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        return _add_window(made, library, chain, library.settings, settings_page, pages, tokens=tokens)

    if settings.auth:
        pages = mounting.mount(application, library, chain, settings, own)
    add_refusals(application)
    application.add_middleware(Bounds, largest_mb=settings.upload_mb)
    application.add_middleware(Guard, known=known)
    application.add_middleware(Requests, counted=counted.request)  # around the guard, to see what it refuses
    application.add_middleware(Away, library=library)
    application.add_middleware(proxies.BehindProxies, trusted=settings.trusted_proxies, root=root, known=known)
    application.add_exception_handler(FootnoteError, told)
    application.include_router(health.routes(library, access.of(library)))
    application.include_router(metrics.routes(counted, access.of(library)))
    settings_page = SettingsPage(library, chain, Accounts(library.catalog, settings) if settings.auth else None)
    application.include_router(settings_page.routes())
    settings_page.follow_from_now_on()
    tokens = library.tokens
    return _add_window(
        application, library, chain, settings, settings_page, pages, tokens=tokens, before_page=before_page
    )


def _add_window(
    application: FastAPI,
    library: Library,
    chain: AnswerChain,
    settings: Settings,
    settings_page: SettingsPage,
    pages: Pages | None,
    *,
    tokens: Tokens,
    before_page: Callable[[], object] | None = None,
) -> FastAPI:
    """Add all that is about one library; return the application."""
    local = proxies.seen_here_only(settings) and not settings.auth  # a proxy on this machine may stand before it
    store = store_of(library, settings)
    application.include_router(article.routes(library))
    application.include_router(conversations.routes(library, store))
    application.include_router(views.routes(library))
    application.include_router(actions.routes(library, local=local))
    application.include_router(judging.routes(library, store))
    if library.catalog.refusal is None:
        library.worker.start()  # what another process left undone goes on
    mount(application, library, chain, tokens)
    application.mount("/assets/footnote", StaticFiles(directory=_STATIC))

    @application.get("/favicon.ico")
    def icon() -> FileResponse:
        return FileResponse(_STATIC / "icon.svg")

    def page() -> FastAPI:
        from ui.page import page_of  # with Gradio, which takes longer than all else

        return page_of(library, chain, store, settings_page, settings, local=local, pages=pages)

    application.state.page = Opening(application, page, before=before_page)
    application.mount("/", application.state.page)
    return application


def serve(application: FastAPI, listener: socket.socket) -> None:
    """Serve `application` on a listening socket until Ctrl-C."""
    config = uvicorn.Config(
        application,
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # `BehindProxies` heeds them
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_CLOSE,
    )
    uvicorn.Server(config).run(sockets=[listener])
