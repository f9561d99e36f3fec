"""Addresses of pages: taken apart once, by rules that leave nothing to a second reading."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeGuard
from urllib.parse import quote, unquote, urljoin, urlsplit

from rag.errors import UnreadableSource
from rag.ingest.addresses import Address, address_in

_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.I)
_PORTS = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_NAME = re.compile(r"(?!.{254})(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
_SAFE = "%/:=&?~#+!$,;'@()*[]"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LONGEST = 8_000
_DAY = re.compile(r"/(\d{4})/(\d{1,2})/(\d{1,2})/")
# What mail and advertising put behind the address of a page to know who came from where.
_TRACKING = re.compile(
    r"utm_\w+|mtm_\w+|pk_(?:campaign|kwd|source|medium)|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ttclid|"
    r"twclid|igshid|igsh|li_fat_id|mc_cid|mc_eid|mkt_tok|_hs\w+|hsctatracking|oly_\w+_id|vero_id|wickedid|s_cid|cmpid",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Url:
    """The address of a page, in the form in which it is asked for. Made by `parse_url`."""

    scheme: str
    host: str
    """A name in ASCII, or an IP address without brackets, as `ip_address` writes it."""
    port: int
    target: str
    """Path and query, in ASCII."""
    address: Address | None = None
    """Where the host is an address and not a name."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.target}"

    @property
    def netloc(self) -> str:
        """The host, and the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def path(self) -> str:
        """The path without the query."""
        return self.target.partition("?")[0]

    @property
    def source(self) -> str:
        """The name by which an article from here is known: without parameters that only track the reader."""
        path, _, query = self.target.partition("?")
        kept = [part for part in query.split("&") if not _TRACKING.fullmatch(part.partition("=")[0])]
        return f"{self.scheme}://{self.netloc}{path}" + (f"?{'&'.join(kept)}" if any(kept) else "")

    @property
    def name(self) -> str:
        """What would be the file's name: the last part of the path, after the day if the path has one."""
        last = unquote(self.path.rstrip("/").rpartition("/")[2])
        day = _DAY.search(self.path)
        return f"{day[1]}-{day[2]:0>2}-{day[3]:0>2}-{last}" if day and last else last

    def joined(self, location: str) -> Url:
        """Return the address that `location`, as a redirect gives it, means from here."""
        return parse_url(urljoin(str(self), location))


def is_url(given: object) -> TypeGuard[str]:
    """Say whether `given` is meant as the address of a page and not as a path."""
    return isinstance(given, str) and bool(_SCHEME.match(given))


def parse_url(given: str) -> Url:
    """Take an address apart.

    Raises UnreadableSource where it is not one of http or https, has a user name in it, or is not well formed.
    """
    given = given.strip()
    if len(given) > _LONGEST:
        raise UnreadableSource(f"the address has more than {_LONGEST:,} characters. Check that it was copied right.")
    if _FORBIDDEN.search(given):
        raise UnreadableSource("there are control characters in the address. Check that it was copied right.")
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError as error:
        raise _malformed() from error
    if parts.scheme not in _PORTS:
        raise UnreadableSource("only addresses with http:// or https:// are read from. Add a file by its path.")
    if "@" in parts.netloc:
        raise UnreadableSource(
            "there is a user name or password in the address. Leave it out; a page that needs one can be saved from "
            "your browser and added as a file."
        )
    port = _PORTS[parts.scheme] if port is None else port
    if port < 1024 and port not in _PORTS.values():
        raise UnreadableSource(f"port {port} is not one of pages. Only 80, 443 and those from 1024 on are used.")
    host, address = _host(parts.netloc.removesuffix(f":{parts.port}").removesuffix(":"))
    target = _encoded(parts.path or "/") + (f"?{_encoded(parts.query)}" if parts.query else "")
    return Url(parts.scheme, host, port, target, address)


def _host(given: str) -> tuple[str, Address | None]:
    host = given.lower()
    try:
        if not host.isascii():
            import idna

            host = idna.encode(host, uts46=True).decode("ascii")
        host = host.removesuffix(".")
        address = address_in(host)
    except ValueError as error:  # idna's own errors are ValueErrors too
        raise _malformed() from error
    if address:
        return str(address), address
    if not _NAME.fullmatch(host):
        raise _malformed()
    return host, None


def _encoded(text: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_SAFE)


def _malformed() -> UnreadableSource:
    return UnreadableSource("this is not the address of a page. Check that it was copied right.")
