"""The command that opens a conversation: chat."""

from __future__ import annotations

import argparse

from rag.cli.command import DONE, Commands, settings_of


def add_commands(commands: Commands) -> None:
    """Add chat."""
    chat = commands.add("chat", _chat, "open the chat window in the browser, or chat on the terminal", json=False)
    chat.add_argument("--terminal", action="store_true", help="chat here, on the terminal or through a pipe")
    chat.add_argument("--host", help="the address to listen on (default 127.0.0.1)")
    chat.add_argument("--port", type=int, help="the port (default 7860, or the next free one)")
    chat.add_argument("--auth", action="store_true", default=None, help="ask for accounts (or set FOOTNOTE_AUTH)")
    chat.add_argument("--root-path", metavar="PATH", help="the path below which a proxy has it, such as /footnote")
    chat.add_argument("--no-open", dest="open", action="store_false", help="do not open a browser")


def _chat(options: argparse.Namespace) -> int:
    if options.terminal:
        return _on_terminal(options)
    from importlib.metadata import entry_points

    # The window is a part of its own that builds on this one; it is found by name, not imported.
    (window,) = entry_points(group="footnote.windows", name="chat")
    window.load()(settings_of(options), open_browser=options.open)
    return DONE


def _on_terminal(options: argparse.Namespace) -> int:
    from rag.answering.chain import AnswerChain
    from rag.cli.terminal.chat import converse
    from rag.index.library import open_default

    with open_default(settings_of(options)) as library:
        converse(AnswerChain(library))
    return DONE
