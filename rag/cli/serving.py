"""The command that lets other programs ask: serve."""

from __future__ import annotations

import argparse

from rag.cli.command import DONE, Commands, settings_of
from rag.errors import FootnoteError


def add_commands(commands: Commands) -> None:
    """Add serve."""
    serve = commands.add("serve", _serve, "let other programs ask, over HTTP, with tokens", json=False)
    serve.add_argument("--host", help="the address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=int, help="the port (default 7860, or the next free one)")
    serve.add_argument("--root-path", metavar="PATH", help="the path below which a proxy has it, such as /footnote")


def _serve(options: argparse.Namespace) -> int:
    from importlib.metadata import entry_points

    from rag.leaving import is_loopback

    settings = settings_of(options)
    if not is_loopback(settings.host):
        raise FootnoteError(
            f"`footnote serve` listens on this machine only, not on {settings.host}: there are no accounts yet, so "
            "whoever reached it from elsewhere would see the whole window. Leave out --host, or give 127.0.0.1, and "
            "reach it from elsewhere through SSH: `ssh -L 7860:127.0.0.1:7860 THIS-MACHINE`."
        )
    # The window's application: footnotes lead to its pages.
    (window,) = entry_points(group="footnote.windows", name="chat")
    window.load()(settings, open_browser=False, to_programs=True)
    return DONE
