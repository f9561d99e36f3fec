"""The command that lets other programs ask: serve."""

from __future__ import annotations

import argparse

from rag.cli.command import DONE, Commands, settings_of


def add_commands(commands: Commands) -> None:
    """Add serve."""
    serve = commands.add("serve", _serve, "let other programs ask, over HTTP, with tokens", json=False)
    serve.add_argument("--host", help="the address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=int, help="the port (default 7860, or the next free one)")
    serve.add_argument("--auth", action="store_true", default=None, help="ask for accounts (or set FOOTNOTE_AUTH)")


def _serve(options: argparse.Namespace) -> int:
    from importlib.metadata import entry_points

    settings = settings_of(options)
    # The window's application: footnotes lead to its pages.
    (window,) = entry_points(group="footnote.windows", name="chat")
    window.load()(settings, open_browser=False, to_programs=True)
    return DONE
