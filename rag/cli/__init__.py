"""The command `footnote`: add, sync, watch, ask, list, show, remove, status, repair, backup,
restore, evaluate, chat, conversations, serve, account, audit, token, mcp.

Exit codes: 0 done (for `ask`: answered), 1 not all of it (a file failed; the articles do not answer; a metric is
worse than the baseline), 2 it could not be done, and standard error says why.
"""

from __future__ import annotations

import argparse
import gc
import io
import sys
from collections.abc import Sequence

from rag import __version__
from rag.cli import accounts, adding, articles, asking, care, chatting, conversations, evaluating, mcp, serving, tokens
from rag.cli.command import DONE, FAILED, Commands
from rag.cli.ending import closing_when_told_to_end
from rag.errors import FootnoteError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    gc.set_threshold(50_000)  # what is imported stays: to go through it again and again took a tenth of a start
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter gets "?", not a traceback
    try:
        with closing_when_told_to_end():
            return int(options.command(options))
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of a pipe (`footnote list | head`) has seen enough.
        sys.stdout = None
        return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footnote",
        description="Ask your own articles. Every sentence of an answer opens the exact words.",
        epilog="Exit codes: 0 done or answered; 1 a file failed, the articles do not answer, or a metric got "
        "worse; 2 an error.",
    )
    parser.add_argument("--version", action="version", version=f"footnote {__version__}")
    commands = Commands(parser)
    for group in (adding, asking, articles, care, evaluating, chatting, conversations, serving, accounts, tokens, mcp):
        group.add_commands(commands)
    return parser
