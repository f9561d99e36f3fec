"""What all commands share: their options, their exit codes, the library, JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.index.library import Library
    from rag.settings import Settings

DONE, NOT_ALL, FAILED = 0, 1, 2
"""Exit codes."""


class Commands:
    """Takes in the commands, each with the options that all have."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._shared = argparse.ArgumentParser(add_help=False)
        self._shared.add_argument(
            "--library", type=Path, metavar="FOLDER", help="the library's folder (or set FOOTNOTE_LIBRARY)"
        )
        self._printing = argparse.ArgumentParser(add_help=False, parents=[self._shared])
        self._printing.add_argument("--json", action="store_true", help="print JSON")
        self._commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(
        self, name: str, run: Callable[[argparse.Namespace], int], text: str, *, json: bool = True
    ) -> argparse.ArgumentParser:
        """Add a command that `run` does; `text` says what that is. With `json` it takes --json."""
        sub = self._commands.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            parents=[self._printing if json else self._shared],
        )
        sub.set_defaults(command=run)
        return sub


def open_library(options: argparse.Namespace) -> Library:
    """Return the library that the options name."""
    from rag.index.library import Library

    return Library(settings=settings_of(options))


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings, with what the options name instead."""
    from rag.settings import Settings

    given = {name: getattr(options, name, None) for name in ("library", "host", "port", "auth", "root_path")}
    given = {name: value for name, value in given.items() if value is not None}
    if "library" in given:  # a folder that is named is meant, whatever servers the environment names
        given |= {"catalog_url": "", "chroma_url": ""}
    return Settings(**given)


def piped() -> str:
    """Return what comes through a pipe; nothing from a terminal."""
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    return sys.stdin.buffer.read().decode("utf-8", errors="replace")


def say(*lines: object) -> None:
    """Print lines, without the characters in them that a terminal would obey."""
    from rag.cli.terminal.screen import visible

    print(visible("\n".join(map(str, lines))))


def print_json(value: Any) -> None:
    """Print a value as JSON, in letters that the output has."""
    everything = (sys.stdout.encoding or "").replace("-", "").casefold() == "utf8"
    print(json.dumps(value, ensure_ascii=not everything, indent=2, default=str))
