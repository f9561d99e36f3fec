"""A socket to serve on."""

from __future__ import annotations

import errno
import socket

from rag.errors import FootnoteError

_PORTS_TRIED = 100


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` at `port`, or at the next free one.

    Raises `FootnoteError` where none of a hundred is free, or where the host cannot be listened on.
    """
    for number in range(port, min(port + _PORTS_TRIED, 65536)):
        try:
            return socket.create_server((host, number), backlog=128)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise FootnoteError(
                    f"Footnote cannot listen on {host} at port {number}: {error.strerror}. "
                    "Set FOOTNOTE_HOST and FOOTNOTE_PORT to others, such as 127.0.0.1 and 7860."
                ) from error
    raise FootnoteError(f"No port from {port} on is free on {host}. Set FOOTNOTE_PORT to another.")
