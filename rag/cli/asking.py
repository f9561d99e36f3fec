"""The command that asks: ask."""

from __future__ import annotations

import argparse

from rag.cli.command import DONE, NOT_ALL, Commands, piped, print_json, say, settings_of
from rag.cli.filter_options import add_filter_options, filters_of


def add_commands(commands: Commands) -> None:
    """Add ask."""
    ask = commands.add("ask", _ask, "answer a question, given here or through a pipe")
    ask.add_argument("question", nargs="*", help="the question; without one it is read from standard input")
    ask.add_argument("--markdown", action="store_true", help="print Markdown with footnotes")
    add_filter_options(ask)


def _ask(options: argparse.Namespace) -> int:
    from rag.answering.chain import AnswerChain
    from rag.answering.widening import widened
    from rag.index.library import open_default

    question = " ".join(options.question) or piped()
    with open_default(settings_of(options)) as library:
        chain = AnswerChain(library)
        asked = {"question": question, "filters": filters_of(options, library)}
        answer = widened(chain, chain.invoke(asked))
    if options.json:
        print_json(answer.to_dict())
    else:
        say(answer.to_markdown() if options.markdown else answer)
    return DONE if answer.found else NOT_ALL
