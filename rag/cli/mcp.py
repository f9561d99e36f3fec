"""The command that serves models: mcp."""

from __future__ import annotations

import argparse

from rag.cli.command import DONE, Commands, settings_of
from rag.errors import FootnoteError

_PORT = 7861


def add_commands(commands: Commands) -> None:
    """Add mcp."""
    mcp = commands.add("mcp", _mcp, "serve the articles to models, by the Model Context Protocol", json=False)
    mcp.add_argument("--http", action="store_true", help="over HTTP on 127.0.0.1, rather than on standard input")
    mcp.add_argument(
        "--port",
        dest="http_port",
        metavar="PORT",
        type=int,
        default=_PORT,
        help=f"the port for --http (default {_PORT})",
    )
    mcp.add_argument(
        "--token", help="what clients send with --http (or set FOOTNOTE_MCP_TOKEN); else one is made and told"
    )
    mcp.add_argument("--window", metavar="URL", help="the window's address, so that quotes can be opened in it")


def _mcp(options: argparse.Namespace) -> int:
    from importlib.metadata import entry_points

    from pydantic import SecretStr

    settings = settings_of(options)
    given = {
        "mcp_token": SecretStr(options.token) if options.token else None,
        "window_url": options.window,
    }
    settings = settings.model_copy(update={name: value for name, value in given.items() if value})
    # A part of its own that builds on this one, as the window is; it is found by name, not imported.
    (server,) = entry_points(group="footnote.servers", name="mcp")
    try:
        run = server.load()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise FootnoteError("This needs the package mcp. Install it: pip install 'footnote[mcp]'") from error
    run(settings, port=options.http_port if options.http else None)
    return DONE
