"""A server on loopback that answers with whatever bytes a test says, and an internet in which it has public names."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address

from rag.ingest.addresses import Address
from rag.ingest.connection import Network, system_connect

Talk = Callable[[socket.socket], None]
"""Says something on a connection, until it is done or the other side hangs up."""

PUBLIC = ip_address("93.184.216.34")
PUBLIC_TOO = ip_address("93.184.216.35")


def reply(
    body: bytes = b"", *, status: str = "200 OK", kind: str = "text/html", length: int | None = None, **headers: str
) -> bytes:
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def moved(location: str, status: str = "302 Found") -> bytes:
    """The bytes of a redirect."""
    return reply(status=status, Location=location)


def talk(*parts: bytes, pause: float = 0.0, times: int = 1, end: bytes = b"") -> Talk:
    """Say `parts` so many times, with pauses, then `end`."""

    def speak(connection: socket.socket) -> None:
        for _ in range(times):
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
        connection.sendall(end)

    return speak


def page(text: str, title: str = "The roof") -> bytes:
    """The bytes of a small page."""
    return (
        f"<!doctype html><html><head><title>{title}</title></head><body><nav>Menu</nav>"
        f"<article><h1>{title}</h1><p>{text}</p></article></body></html>"
    ).encode()


class Server:
    """Answers GET requests by their target, and remembers the heads of the requests."""

    def __init__(self, host: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, bytes | Talk] = {}
        self.hello: bytes | Talk = reply(status="400 Bad Request")
        """What is said to who begins with TLS, where it is not spoken here."""
        self.heads: list[str] = []
        self.names: list[str | None] = []
        """The names asked for by TLS (SNI)."""
        if context:
            context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                connection = self.request
                connection.settimeout(20)
                with suppress(OSError):
                    if context:
                        connection = context.wrap_socket(connection, server_side=True)
                    outer._answer(connection)
                    connection.close()

        class Listener(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        self._listener = Listener((host, 0), Handler)
        self.port: int = self._listener.server_address[1]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True)

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (part := connection.recv(4096)):
                return
            head += part
            if head[:1] == b"\x16":  # a hello of TLS
                _say(connection, self.hello)
                return
        self.heads.append(head.decode("latin-1"))
        _say(connection, self.answers.get(head.split()[1].decode("latin-1"), reply(status="404 Not Found")))

    @contextmanager
    def serving(self) -> Iterator[Server]:
        self._thread.start()
        try:
            yield self
        finally:
            self._listener.shutdown()
            self._listener.server_close()


def _say(connection: socket.socket, answer: bytes | Talk) -> None:
    if isinstance(answer, bytes):
        connection.sendall(answer)
    else:
        answer(connection)


class Internet:
    """Names with public addresses; all of these lead to one server on loopback. Nothing else is there."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.names: dict[str, list[list[Address]]] = {"news.example": [[PUBLIC]], "other.example": [[PUBLIC_TOO]]}
        """What a name resolves to, the first time and then; the last answer stays."""
        self.resolved: list[str] = []
        self.connected: list[str] = []
        self.network = Network(self._resolve, self._connect)

    def _resolve(self, name: str) -> list[Address]:
        self.resolved.append(name)
        if name not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answers = self.names[name]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _connect(self, address: Address, port: int, timeout: float) -> socket.socket:
        self.connected.append(str(address))
        if address not in (PUBLIC, PUBLIC_TOO):
            raise ConnectionRefusedError(111, "Connection refused")
        return system_connect(ip_address("127.0.0.1"), self._server.port, timeout)
