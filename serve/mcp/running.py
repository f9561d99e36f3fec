"""Runs the server: on standard input and output for one client, or over HTTP on this machine."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable

import anyio
import uvicorn
from mcp.server.mcpserver import MCPServer
from starlette.types import ASGIApp

from rag.answering.chain import AnswerChain
from rag.errors import FootnoteError
from rag.index.library import Library, open_default
from rag.settings import Settings
from serve.access import Allowed, RequireToken, nobody, of, only
from serve.bounds import LONGEST_BODY, Bounds
from serve.connections import Connection
from serve.mcp.server import build
from serve.watching import logs

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"
PATH = "/mcp"
_SECONDS_TO_CLOSE = 2


def run(settings: Settings, *, port: int | None = None, allowed: Allowed | None = None) -> None:
    """Serve the library of `settings` until the client goes: on standard input and output, or over HTTP at `port`.

    Over HTTP a request needs a token that is `allowed`: if not given otherwise, one of the library, or that of the
    settings; where there is none at all, one is made now and told on standard error. Raises `FootnoteError` where the
    port is taken.
    """
    logs.start(settings)
    with contextlib.ExitStack() as opened:
        with contextlib.redirect_stdout(sys.stderr):  # on standard output the client expects the protocol alone
            library = opened.enter_context(open_default(settings))
        chain = AnswerChain(library)
        chain.observers.append(logs.AnswerLog(in_full=settings.log_questions))
        server = build(chain, window=settings.window_url)
        if port is None:
            anyio.run(_on_pipes, server, library)
        else:
            _over_http(server, port, lambda: allowed or _allowed(library, settings))


def application(server: MCPServer[None], allowed: Allowed) -> ASGIApp:
    """Return the server as an ASGI application at ``/mcp``, for this machine and with a token that is `allowed`."""
    served = server.streamable_http_app(streamable_http_path=PATH, host=HOST)
    return Bounds(RequireToken(served, allowed=allowed), largest_mb=LONGEST_BODY // 1_000_000)


async def _on_pipes(server: MCPServer[None], library: Library) -> None:
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_end_when_told_to, library)
            await server.run_stdio_async()
            tasks.cancel_scope.cancel()
    except* BrokenPipeError:
        _log.info("The client went before it had its answer.")


async def _end_when_told_to(library: Library) -> None:
    """End the process at a signal: the thread that waits for the next line of a client cannot be ended otherwise."""
    if sys.platform == "win32":
        return  # signals do not reach an event loop there
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for number in signals:
            library.close()
            os._exit(128 + number)


def _allowed(library: Library, settings: Settings) -> Allowed:
    token = settings.mcp_token.get_secret_value()
    if not token and all(known.revoked for known in library.tokens.list()):
        token = secrets.token_urlsafe(24)
        print(f"Each request needs the header “Authorization: Bearer {token}”", file=sys.stderr, flush=True)
    given, kept = only(token) if token else nobody, of(library)
    return lambda sent: given(sent) or kept(sent)


def _over_http(server: MCPServer[None], port: int, allowed: Callable[[], Allowed]) -> None:
    listener = _listen(port)
    address = f"http://{HOST}:{listener.getsockname()[1]}{PATH}"
    print(f"Footnote speaks MCP at {address}", file=sys.stderr, flush=True)
    config = uvicorn.Config(
        application(server, allowed()),
        http=Connection,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_SECONDS_TO_CLOSE,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listen(port: int) -> socket.socket:
    """Return a socket that listens at `port`. Clients are told of one, so no other is taken instead."""
    try:
        return socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        raise FootnoteError(
            f"Footnote cannot listen on {HOST} at port {port}: {os.strerror(error.errno or 0)}. Name another with "
            "--port."
        ) from error
