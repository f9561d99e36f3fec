"""The application as it is served, on a port of this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from rag import AnswerChain, Library, Settings
from rag.listening import listen
from serve.api.mounting import mount
from serve.bounds import Bounds
from serve.proxies import is_known
from ui.guard import Guard


def application(library: Library, chain: AnswerChain) -> FastAPI:
    """Return what programs speak to, guarded as the window is but without the window, which takes seconds to make."""
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    made.add_middleware(Bounds, largest_mb=library.settings.upload_mb)
    made.add_middleware(Guard, known=is_known(Settings()))
    mount(made, library, chain, library.tokens)
    return made


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve `app`, and yield its address."""
    listener = listen("127.0.0.1", 17_980)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
