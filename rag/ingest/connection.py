"""The one place where a connection is opened: to an address that was checked, and to no other.

The name of a site is resolved once and every address of the answer is checked; the connection is made to one of
these very addresses, so an answer that changes in between (DNS rebinding) changes nothing. TLS still verifies the
name. Proxies that the environment names are not used: a proxy resolves the name anew, out of our sight.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import httpcore2

from rag.errors import UnreadableSource
from rag.ingest.addresses import Address, refusal
from rag.ingest.urls import Url

_TRIED_AT_MOST = 4
_SETTING = "FOOTNOTE_ALLOW_PRIVATE_ADDRESSES"


def system_addresses(name: str) -> list[Address]:
    """Return the addresses that the system's resolver gives for `name`. Raises OSError where it gives none."""
    answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(answer[4][0]) for answer in answers))


def system_connect(address: Address, port: int, timeout: float) -> socket.socket:
    """Return a TCP connection to `address`. Nothing is resolved. Raises OSError."""
    connection = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect((str(address), port))
    except BaseException:
        connection.close()
        raise
    return connection


@dataclass(frozen=True, slots=True)
class Network:
    """How names are resolved and connections made: by the system, unless a test says otherwise."""

    resolve: Callable[[str], Sequence[Address]] = system_addresses
    connect: Callable[[Address, int, float], socket.socket] = system_connect


class Deadline:
    """The end of the time that all of a fetch may take."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, at_most: float) -> float:
        """Return the seconds that are left, `at_most` so many. Raises TimeoutError where none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, at_most)


def checked_addresses(url: Url, network: Network, deadline: Deadline, *, private: bool) -> tuple[Address, ...]:
    """Return the addresses of the host of `url`, each of them one that may be read from.

    `private` opens this machine and private networks. Raises UnreadableSource where there is no such host, or
    where a single one of its addresses is refused, and TimeoutError where the answer does not come in time.
    """
    addresses = [url.address] if url.address else _resolved(url.host, network, deadline)
    for address in addresses:
        refused = refusal(address)
        if refused and not (private and refused.openable):
            leads = f"its address is {address}" if url.address else f"{url.host} leads to {address}"
            advice = (
                f"If it is a page of your own network, set {_SETTING}=true."
                if refused.openable
                else "No setting opens it. Check the address."
            )
            raise UnreadableSource(f"{leads}, which is {refused.kind}, and is not read from. {advice}")
    return tuple(addresses)


class Pinned(httpcore2.NetworkBackend):
    """Connects to the addresses given and nowhere else, whatever host it is asked for."""

    def __init__(self, addresses: Sequence[Address], network: Network, deadline: Deadline, read_s: float) -> None:
        self._addresses = addresses[:_TRIED_AT_MOST]
        self._network = network
        self._deadline = deadline
        self._read_s = read_s

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first of the addresses that takes the connection. Raises OSError where none does."""
        failure: OSError = ConnectionError("no address")
        for address in self._addresses:
            try:
                taken = self._network.connect(address, port, self._deadline.left(timeout or self._read_s))
            except OSError as error:
                failure = error
            else:
                return _TimedStream(taken, self._deadline, self._read_s)
        raise failure


class _TimedStream(httpcore2.NetworkStream):
    """A socket on which each wait, and all of them together, have an end.

    The system's errors are passed on as they are, to be told apart where a person is told of them.
    """

    def __init__(self, connection: socket.socket, deadline: Deadline, wait_s: float) -> None:
        self._socket = connection
        self._deadline = deadline
        self._wait_s = wait_s

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._wait()
        return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._wait()
        try:
            self._socket.sendall(buffer)
        except ConnectionError as error:  # the server may have answered before it hung up
            raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            self._wait()
            secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except BaseException:
            self.close()
            raise
        return _TimedStream(secured, self._deadline, self._wait_s)

    def get_extra_info(self, info: str) -> Any:
        return self._socket if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket) else None

    def _wait(self) -> None:
        self._socket.settimeout(self._deadline.left(self._wait_s))


def trusted() -> ssl.SSLContext:
    """Return what TLS is verified with: the authorities that the system trusts, and Mozilla's where it has none."""
    import certifi

    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        context.load_verify_locations(certifi.where())
    return context


def _resolved(name: str, network: Network, deadline: Deadline) -> Sequence[Address]:
    """Resolve in a thread of its own, since the system's resolver takes no timeout."""
    answers: queue.SimpleQueue[Sequence[Address] | Exception] = queue.SimpleQueue()

    def resolve() -> None:
        try:
            answers.put(network.resolve(name))
        except (OSError, ValueError) as error:
            answers.put(error)

    threading.Thread(target=resolve, name="footnote-resolver", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left(60))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception) or not answer:
        raise UnreadableSource(
            f"there is no site {name}. Check the address, and that this machine is connected."
        ) from (answer if isinstance(answer, Exception) else None)
    return answer
