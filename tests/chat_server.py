"""A server that speaks as OpenAI's does, on this machine, and does what a test tells it to.

    with ChatServer() as server:
        server.next(Says("The ferry leaves at 6. [1]"), Fails(429, retry_after=0.1))

Each request takes the next act; the last one is done again for all that follow.
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from rag import Settings


@dataclass(frozen=True)
class Says:
    """Streams a text, some characters at a time."""

    text: str
    size: int = 7
    first: float = 0.0
    """Seconds before the first word."""
    pause: float = 0.0
    """Seconds between the pieces."""
    cut_after: int | None = None
    """Pieces after which the connection breaks."""
    finish: str = "stop"
    usage: tuple[int, int] | None = None


@dataclass(frozen=True)
class Fails:
    """Answers with an error."""

    status: int
    retry_after: float | None = None


@dataclass(frozen=True)
class Sends:
    """Answers with these bytes."""

    body: bytes
    kind: str = "text/event-stream"


@dataclass(frozen=True)
class Hangs:
    """Never answers."""


Act = Says | Fails | Sends | Hangs


class _Gone(Exception):
    """Whoever asked is there no more."""


class ChatServer:
    """The server, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        """The requests, oldest first."""
        self.keys: list[str] = []
        self.left = threading.Event()
        """Set when whoever asked closed the connection before all was said."""
        self.waiting = threading.Event()
        """Set when a request has come in and is being answered."""
        self.left_at = 0.0
        self._acts: list[Act] = [Says("The articles do not say.")]
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._http.shutdown()
        self._http.server_close()

    def next(self, *acts: Act) -> None:
        """Do these, one a request."""
        self._acts = list(acts)

    def settings(self, **values: Any) -> Settings:
        """Return settings that name this server and wait for nothing long."""
        quick = {
            "chat_model": "small",
            "chat_base_url": self.url,
            "chat_connect_timeout": 2,
            "chat_first_word_timeout": 20,
            "chat_timeout": 30,
            "reading_ms": 600_000,
        }
        return Settings(**{**quick, **values})

    @property
    def prompt(self) -> str:
        """All that the last request said."""
        return "\n".join(message["content"] for message in self.asked[-1]["messages"])

    def take(self, request: dict[str, Any], key: str) -> Act:
        with self._lock:
            self.asked.append(request)
            self.keys.append(key)
            self.waiting.set()
            return self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]

    def wait(self, connection: socket.socket, seconds: float) -> None:
        """Wait, unless whoever asked leaves meanwhile."""
        ends = time.monotonic() + seconds
        while not self._ending.is_set():
            readable, _, _ = select.select([connection], [], [], max(0.0, min(0.02, ends - time.monotonic())))
            if readable and not connection.recv(1, socket.MSG_PEEK):
                raise _Gone
            if time.monotonic() >= ends:
                return

    def gone(self) -> None:
        self.left_at = time.monotonic()
        self.left.set()


def _handler(server: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            request = json.loads(self.rfile.read(length) or b"{}")
            try:
                self._do(server.take(request, self.headers.get("authorization") or ""))
            except (_Gone, BrokenPipeError, ConnectionResetError):
                server.gone()
                self.close_connection = True

        def _do(self, act: Act) -> None:
            if isinstance(act, Hangs):
                server.wait(self.connection, 60)
            elif isinstance(act, Fails):
                more = {} if act.retry_after is None else {"retry-after": str(act.retry_after)}
                self._send(act.status, json.dumps({"error": {"message": "no"}}).encode(), "application/json", more)
            elif isinstance(act, Sends):
                self._send(200, act.body, act.kind, {})
            else:
                self._say(act)

        def _send(self, status: int, body: bytes, kind: str, more: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"content-type": kind, "content-length": str(len(body)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _say(self, act: Says) -> None:
            server.wait(self.connection, act.first)
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            pieces = [act.text[at : at + act.size] for at in range(0, len(act.text), act.size)]
            for number, piece in enumerate(pieces):
                if number == act.cut_after:
                    self.close_connection = True
                    return
                self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}}]})
                server.wait(self.connection, act.pause)
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": act.finish}]})
            if act.usage:
                put_in, given_out = act.usage
                usage = {"prompt_tokens": put_in, "completion_tokens": given_out, "total_tokens": put_in + given_out}
                self._event({"choices": [], "usage": usage})
            self._chunk(b"data: [DONE]\n\n")
            self._chunk(b"")

        def _event(self, values: dict[str, Any]) -> None:
            event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "small", **values}
            self._chunk(f"data: {json.dumps(event)}\n\n".encode())

        def _chunk(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

    return Handler
