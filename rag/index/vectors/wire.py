"""Lines of signed JSON between two processes of one library.

A line is an HMAC-SHA256 in hexadecimal, a space and JSON. Each side signs over a number that the other has just
drawn, so that a line counts once and only between those two who can read the owner's secret.
"""

from __future__ import annotations

import hmac
import json
import secrets
from typing import Any, Protocol

HERE = "127.0.0.1"
"""The one address that is listened on and connected to."""
LONGEST_LINE = 16 * 2**20
"""Bytes of one line that are read."""


class Lines(Protocol):
    """What lines are read from."""

    def readline(self, size: int | None = ..., /) -> bytes:
        """Return a line with its end, at most `size` bytes of it."""


class NotSigned(Exception):
    """A line is not from somebody who knows the secret, is cut off or too long."""


def draw() -> str:
    """Return a number that was never used before, in hexadecimal."""
    return secrets.token_hex(16)


def plain(value: Any) -> bytes:
    """Return the line that says `value`, without a signature."""
    return json.dumps(value).encode() + b"\n"


def signed(value: Any, *, secret: str, drawn: str) -> bytes:
    """Return the line that says `value`; `drawn` is the number that the reader drew."""
    said = json.dumps(value).encode()
    return _signature(said, secret, drawn) + b" " + said + b"\n"


def read_plain(lines: Lines) -> Any:
    """Read a line of JSON without a signature. Raises `NotSigned`."""
    return _json(_line(lines))


def read_signed(lines: Lines, *, secret: str, drawn: str) -> Any:
    """Read a line that says something. Raises `NotSigned`, also where the other side has gone."""
    signature, _, said = _line(lines).partition(b" ")
    if not hmac.compare_digest(signature, _signature(said, secret, drawn)):
        raise NotSigned("A line is not signed with the library's secret.")
    return _json(said)


def _line(lines: Lines) -> bytes:
    line = lines.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise NotSigned("A line is cut off or too long.")
    return line[:-1]


def _json(said: bytes) -> Any:
    try:
        return json.loads(said)
    except ValueError as error:
        raise NotSigned("A line is not JSON.") from error


def _signature(said: bytes, secret: str, drawn: str) -> bytes:
    return hmac.new(secret.encode(), drawn.encode() + said, "sha256").hexdigest().encode()
