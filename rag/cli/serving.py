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
    serve.add_argument("--auth", action="store_true", default=None, help="ask for accounts (or set FOOTNOTE_AUTH)")
    serve.add_argument("--workers", type=int, default=1, metavar="N", help="processes that serve, behind nginx")
    serve.add_argument("--worker-port", type=int, help=argparse.SUPPRESS)  # of one of these processes
    serve.add_argument("--root-path", metavar="PATH", help="the path below which a proxy has it, such as /footnote")


def _serve(options: argparse.Namespace) -> int:
    from importlib.metadata import entry_points

    settings = settings_of(options)
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
    from rag.index.accounts.required import require_admin, require_auth
    from rag.index.library import open_default

    require_auth(settings)
    require_admin(settings)
    open_default(settings).close()  # made once, and what is wrong is told once
    given = [each for each in sys.argv[1:] if each]
    command = [sys.executable, "-m", "rag.cli", *given, "--workers", "1", "--worker-port"]

    def told(address: str) -> None:
        print(f"Footnote is open at {address}", flush=True)
        print(f"{count} workers serve it. {FOR_PROGRAMS.format(address=address)}", flush=True)

    run_workers(count, command, settings.host, settings.port, told)
    return DONE
