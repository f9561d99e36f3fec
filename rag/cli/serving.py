"""The command that lets other programs ask: serve."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rag.cli.command import DONE, Commands, settings_of
from rag.errors import FootnoteError
from rag.links import FOR_PROGRAMS

if TYPE_CHECKING:
    from rag.settings import Settings


def add_commands(commands: Commands) -> None:
    """Add serve."""
    serve = commands.add("serve", _serve, "let other programs ask, over HTTP, with tokens", json=False)
    serve.add_argument("--host", help="the address to listen on (default 127.0.0.1)")
    serve.add_argument("--port", type=int, help="the port (default 7860, or the next free one)")
    serve.add_argument("--workers", type=int, default=1, metavar="N", help="processes that serve, behind nginx")
    serve.add_argument("--worker-port", type=int, help=argparse.SUPPRESS)  # of one of these processes


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
    if options.workers < 1:
        raise FootnoteError("--workers takes a number from 1 on.")
    if options.workers > 1:
        return _serve_by_several(options.workers, settings)
    # The window's application: footnotes lead to its pages.
    (window,) = entry_points(group="footnote.windows", name="chat")
    window.load()(settings, open_browser=False, to_programs=True, worker_port=options.worker_port)
    return DONE


def _serve_by_several(count: int, settings: Settings) -> int:
    import sys

    from rag.cli.workers import run_workers
    from rag.index.library import open_default

    open_default(settings).close()  # made once, and what is wrong is told once
    given = [each for each in sys.argv[1:] if each]
    command = [sys.executable, "-m", "rag.cli", *given, "--workers", "1", "--worker-port"]

    def told(address: str) -> None:
        print(f"Footnote is open at {address}", flush=True)
        print(f"{count} workers serve it. {FOR_PROGRAMS.format(address=address)}", flush=True)

    run_workers(count, command, settings.host, settings.port, told)
    return DONE
