"""The address of a PostgreSQL database, as `FOOTNOTE_CATALOG_URL` gives it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from rag.errors import InvalidSetting

_PORT = 5432
_SCHEMES = {"postgresql", "postgres", "postgresql+pg8000"}
_EXAMPLE = "FOOTNOTE_CATALOG_URL=postgresql://user:password@host:5432/database"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is, and who opens it."""

    host: str
    port: int
    database: str
    user: str
    password: str | None
    tls: ssl.SSLContext | bool | None
    """As pg8000 takes it; None encrypts where the server does."""

    def __str__(self) -> str:
        """Without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{host}:{self.port}/{self.database}"


def parse_address(url: str) -> Address:
    """Take the URL of a database apart. Raises `InvalidSetting`, which never repeats the password."""
    try:
        parts = make_url(url)
        port = parts.port or _PORT
    except (ArgumentError, ValueError) as error:
        raise InvalidSetting(f"FOOTNOTE_CATALOG_URL is no URL. Write it like this: {_EXAMPLE}") from error
    if parts.drivername not in _SCHEMES or not (parts.host and parts.database and parts.username):
        raise InvalidSetting(f"FOOTNOTE_CATALOG_URL has to name a PostgreSQL server, a user and a database: {_EXAMPLE}")
    given = {name: value for name, value in parts.query.items() if isinstance(value, str)}
    if len(given) < len(parts.query):
        raise InvalidSetting("FOOTNOTE_CATALOG_URL has an option that is given twice.")
    mode, authority = given.pop("sslmode", "prefer"), given.pop("sslrootcert", None)
    if given:
        raise InvalidSetting(
            f"FOOTNOTE_CATALOG_URL takes the options sslmode and sslrootcert, not {', '.join(sorted(given))}."
        )
    return Address(parts.host, port, parts.database, parts.username, parts.password, _tls(mode, authority))


def _tls(mode: str, authority: str | None) -> ssl.SSLContext | bool | None:
    """Return what PostgreSQL's own clients mean by `sslmode`."""
    if mode == "disable":
        return False
    if mode == "prefer":
        return None
    if mode not in ("require", "verify-full"):
        raise InvalidSetting(
            f"FOOTNOTE_CATALOG_URL says sslmode={mode}: it can be disable, prefer, require or verify-full."
        )
    if authority and not Path(authority).is_file():
        raise InvalidSetting(f"FOOTNOTE_CATALOG_URL names the file {authority} as sslrootcert, and there is none.")
    context = ssl.create_default_context(cafile=authority)
    if mode == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
