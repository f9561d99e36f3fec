"""Pages by their addresses: fetched safely, within limits, with a plain word where that fails.

Nothing is sent but the request itself: no cookies, no referrer, no credentials. What Footnote is stands in the user
agent. A page that a person names is fetched as their browser would; what is fetched of its own accord asks
`rag.ingest.robots` first.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpcore2

from rag import __version__
from rag.errors import UnreadableSource
from rag.ingest.addresses import refusal
from rag.ingest.connection import Deadline, Network, Pinned, checked_addresses, trusted
from rag.ingest.content import as_utf8, guessed_type, kind_of, unpacked
from rag.ingest.media_types import SUPPORTED
from rag.ingest.urls import Url, parse_url

USER_AGENT = f"Footnote/{__version__} (+reads articles that a person names)"

_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "text/html, application/xhtml+xml, text/markdown, text/plain;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "close",
}
_REDIRECTS = (301, 302, 303, 307, 308)
_SAVE_IT = "Save it from your browser, and add the file."
_CONTROLS = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fetch may take."""

    max_bytes: int = 20_000_000
    """Bytes of a page, as it comes and as it unpacks. The head of an answer has 100 KB at most in any case."""
    max_ratio: int = 200
    """How many times larger a page of more than a megabyte may unpack."""
    max_redirects: int = 5
    connect_s: float = 10
    """Seconds until a connection is made."""
    read_s: float = 20
    """Seconds of silence."""
    total_s: float = 60
    """Seconds for everything, from the name to the last byte, redirects included."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address led to."""

    data: bytes
    """Unpacked; in UTF-8 with a byte order mark where the server named another encoding."""
    media_type: str
    url: str
    """Where it was found in the end, without fragment and tracking parameters: the source of its article."""
    name: str
    """What would be its file name. May be empty."""


class Unfetched(UnreadableSource):
    """A server answered with something else than a page."""

    def __init__(self, text: str, *, status: int) -> None:
        super().__init__(text)
        self.status = status
        """The status of its answer."""


def fetch(
    url: str,
    *,
    limits: Limits | None = None,
    private: bool = False,
    media_types: Container[str] | None = None,
    network: Network | None = None,
) -> Fetched:
    """Fetch the page at `url`.

    `private` lets `url` lead to this machine or a private network; a public page that redirects there is refused
    all the same. Of other kinds than `media_types` nothing is fetched. Raises UnreadableSource with a sentence that
    says what is wrong and what to do.
    """
    limits = limits or Limits()
    journey = _Journey(limits, private, media_types, network or Network())
    try:
        return journey.follow(parse_url(url))
    except Unfetched as error:
        raise Unfetched(f"{url}: {error}", status=error.status) from error
    except UnreadableSource as error:
        raise UnreadableSource(f"{url}: {error}") from error


@dataclass(slots=True)
class _Journey:
    """One fetch on its way through redirects."""

    limits: Limits
    private: bool
    media_types: Container[str] | None
    network: Network
    deadline: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = Deadline(self.limits.total_s)

    def follow(self, url: Url) -> Fetched:
        seen: list[str] = []
        while True:
            found = self._ask(url) if not seen else self._ask_there(url)
            if isinstance(found, Fetched):
                return found
            seen.append(str(url))
            url = found
            if len(seen) > self.limits.max_redirects or str(url) in seen:
                raise UnreadableSource(
                    f"it leads from one address to the next without end, now to {url}. It may need cookies. {_SAVE_IT}"
                )

    def _ask_there(self, url: Url) -> Fetched | Url:
        try:
            return self._ask(url)
        except Unfetched as error:
            raise Unfetched(f"it leads to {url}: {error}", status=error.status) from error
        except UnreadableSource as error:
            raise UnreadableSource(f"it leads to {url}: {error}") from error

    def _ask(self, url: Url) -> Fetched | Url:
        """Send one request; return the page, or where the server says that it is."""
        with self._told(url):
            addresses = checked_addresses(url, self.network, self.deadline, private=self.private)
            # Who starts on the open internet is not led inside.
            self.private = self.private and any(map(refusal, addresses))
            backend = Pinned(addresses, self.network, self.deadline, self.limits.read_s)
            context = trusted() if url.scheme == "https" else None
            address = httpcore2.URL(
                scheme=url.scheme.encode(), host=url.host.encode(), port=url.port, target=url.target.encode()
            )
            with (
                httpcore2.ConnectionPool(ssl_context=context, network_backend=backend, max_connections=1) as pool,
                pool.stream(
                    "GET",
                    address,
                    headers=[("Host", url.netloc), *_HEADERS.items()],
                    extensions={"timeout": {"connect": self.limits.connect_s}},
                ) as answer,
            ):
                return self._read(url, answer)

    def _read(self, url: Url, answer: httpcore2.Response) -> Fetched | Url:
        headers: dict[str, str] = {}
        for name, value in answer.headers:
            given = headers.get(key := name.decode("latin-1").lower())
            headers[key] = f"{given}, {value.decode('latin-1')}" if given else value.decode("latin-1")
        if answer.status in _REDIRECTS:
            return _redirected(url, headers.get("location", ""))
        if answer.status != 200:
            raise Unfetched(_word_for(answer.status), status=answer.status)
        kind = kind_of(headers.get("content-type", ""), url)
        if kind.media_type and self.media_types is not None and kind.media_type not in self.media_types:
            raise UnreadableSource(f"it is {kind.media_type}, which Footnote does not read. Supported: {SUPPORTED}.")
        packed = self._body(answer, headers.get("content-length", ""))
        data = unpacked(packed, headers, max_bytes=self.limits.max_bytes, max_ratio=self.limits.max_ratio)
        media_type = kind.media_type or guessed_type(data)
        if media_type.startswith("text/"):
            data = as_utf8(data, kind.charset)
        return Fetched(data, media_type, url.source, url.name)

    def _body(self, answer: httpcore2.Response, length: str) -> bytes:
        if length.isdecimal() and int(length[:20]) > self.limits.max_bytes:
            raise self._too_large()
        body = bytearray()
        for part in answer.iter_stream():
            body += part
            if len(body) > self.limits.max_bytes:
                raise self._too_large()
        return bytes(body)

    def _too_large(self) -> UnreadableSource:
        return UnreadableSource(
            f"it is larger than {self.limits.max_bytes / 1e6:g} MB, which is no article. "
            "Save the part that you need as a file."
        )

    @contextmanager
    def _told(self, url: Url) -> Iterator[None]:
        """Say in a person's words what the system or the server did wrong."""
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise UnreadableSource(
                f"{url.host} does not prove who it is ({error.verify_message}), so what it sends is not read. Check "
                "the address and this machine's clock; for an authority of your own, set SSL_CERT_FILE to its "
                "certificate."
            ) from error
        except ssl.SSLError as error:
            raise UnreadableSource(
                f"no secure connection to {url.host} comes about ({error.reason or error}). {_SAVE_IT}"
            ) from error
        except TimeoutError as error:
            raise UnreadableSource(
                f"{url.host} is too slow: {self.limits.connect_s:g} s to connect, {self.limits.read_s:g} s of silence "
                f"and {self.limits.total_s:g} s in all are waited. Try again later."
            ) from error
        except OSError as error:
            raise UnreadableSource(
                f"{url.host} cannot be reached ({error.strerror or type(error).__name__}). Check the address, and that "
                "this machine is connected; proxies are not used."
            ) from error
        except httpcore2.ProtocolError as error:
            raise UnreadableSource(
                f"{_fault(error)} Try again later, or save it from your browser and add the file."
            ) from error


def _redirected(url: Url, location: str) -> Url:
    if not location:
        raise UnreadableSource(f"it is said to be elsewhere, but not where. {_SAVE_IT}")
    with suppress(UnicodeDecodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return url.joined(location)
    except (UnreadableSource, ValueError) as error:
        shown = _CONTROLS.sub("?", location)[:100]
        raise UnreadableSource(f"it leads to {shown}, which is not followed: {error}") from error


def _word_for(status: int) -> str:
    match status:
        case 401 | 407:
            return f"it needs a login ({status}). {_SAVE_IT}"
        case 402 | 403 | 451:
            return f"the site does not let Footnote read it ({status}). {_SAVE_IT}"
        case 404 | 410:
            return f"there is no such page ({status}). Check the address."
        case 429:
            return "the site was asked too often (429). Try again later."
        case _ if status >= 500:
            return f"the site has a fault of its own ({status}). Try again later."
        case _ if status >= 400:
            return f"the site does not answer as asked ({status}). {_SAVE_IT}"
        case _:
            return f"the site sent no page ({status}). {_SAVE_IT}"


def _fault(error: httpcore2.ProtocolError) -> str:
    if "too long" in str(error):
        return "the head of the site's answer is larger than 100 KB."
    if "without sending" in str(error):
        return "the site broke off in the middle."
    return f"the site's answer is not proper HTTP ({_CONTROLS.sub('?', str(error))[:120]})."
