"""The conversation itself: questions are answered, commands done, and each answer is kept."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from rag.answering.widening import widened
from rag.cli.filter_options import filters_of
from rag.cli.terminal.answers import Growing, open_source, show_sources
from rag.cli.terminal.keyboard import Keyboard
from rag.cli.terminal.screen import Screen, Style
from rag.errors import FootnoteError
from rag.filters import EVERY_ARTICLE, Filters
from rag.text import clean_text, one_line, shorten

if TYPE_CHECKING:
    from rag.answering.chain import AnswerChain
    from rag.types import Answer

_HISTORY = 12
"""Answers that go with a question, for it to lean on."""
_LISTED = 20
_REMEMBERED = 5
"""Conversations whose questions the arrow keys bring back."""
_FILTERS = ("since", "until", "tag", "source", "language", "article")


class TerminalChat:
    """A conversation between a person and a library. `run` ends with the input."""

    def __init__(self, chain: AnswerChain, screen: Screen, keyboard: Keyboard) -> None:
        self._chain, self._library = chain, chain.library
        self._screen, self._keyboard = screen, keyboard
        self._answers: list[Answer] = []
        self._conversation = ""
        """Its id; none before something is kept of it."""
        self._keeps = chain.settings.keep_conversations
        self._filters = EVERY_ARTICLE
        self._ended = False
        self._commands: dict[str, tuple[Callable[[str], None], str, str]] = {
            "sources": (self._sources, "", "the sources of the last answer, with their words"),
            "open": (self._open, "NUMBER [all]", "the article around the quoted words"),
            "new": (self._new, "", "begin a new conversation"),
            "list": (self._list, "[WORD]", "the conversations that are kept"),
            "resume": (self._resume, "ID", "go on with one of them"),
            "export": (self._export, "FILE", "write this conversation to a file, as HTML or Markdown"),
            "filters": (
                self._filter,
                "since=2025 tag=sport",
                f"ask only some articles ({', '.join(_FILTERS)}); “none” for all",
            ),
            "help": (self._help, "", "this list"),
            "quit": (self._quit, "", "end (or Ctrl-D)"),
        }

    def run(self) -> None:
        """Answer until the input ends."""
        if self._keyboard.is_terminal:
            self._keyboard.remember(self._earlier(), [f"/{name}" for name in self._commands])
            count = self._library.catalog.counts()[0]
            said = "1 article" if count == 1 else f"{count:,} articles"
            self._screen.line(f"{said} in {self._library.name}. /help lists the commands.", Style.DIM)
        while not self._ended:
            try:
                line = self._keyboard.read()
                if line is None:
                    break
                self._take(line.strip())
            except KeyboardInterrupt:
                self._screen.raw("\n")
                self._screen.line("Ctrl-D or /quit ends.", Style.DIM)
        if self._keyboard.is_terminal:
            if not self._ended:
                self._screen.raw("\n")
            if self._conversation:
                self._screen.line(f"Kept as {self._conversation}: /resume {self._conversation}", Style.DIM)

    def _take(self, line: str) -> None:
        if not line:
            return
        if not line.startswith("/"):
            self._ask(line)
            return
        name, _, rest = line[1:].partition(" ")
        command = self._commands.get(name.casefold())
        try:
            if command is None:
                raise FootnoteError(f"There is no command /{shorten(name, 40)}. /help lists them.")
            command[0](rest.strip())
        except FootnoteError as error:
            self._screen.line(str(error))

    def _ask(self, question: str) -> None:
        growing = Growing(self._screen)
        answer = None
        self._screen.wait("Looking …")
        asked = {"question": question, "history": self._answers[-_HISTORY:], "filters": self._filters}
        try:
            with closing(self._chain.stream(asked)) as partials:  # type: ignore[type-var]
                for answer in partials:
                    growing.show(answer)
            if answer:
                answer = widened(self._chain, answer)
                growing.show(answer)
        except KeyboardInterrupt:
            growing.stop()
            self._screen.line("Stopped.", Style.DIM)
            return
        except FootnoteError as error:
            growing.stop()
            self._screen.line(str(error))
            return
        if answer is None:
            return
        growing.end(answer)
        self._screen.line()
        self._answers.append(answer)
        self._keep(answer)

    def _keep(self, answer: Answer) -> None:
        if not self._keeps:
            return
        try:
            self._conversation = self._conversation or self._library.conversations.begin()
            self._library.conversations.append(self._conversation, answer)
        except FootnoteError as error:
            self._keeps = False
            self._screen.line(f"This conversation is not kept from here on. {error}", Style.DIM)

    def _sources(self, _rest: str) -> None:
        show_sources(self._last(), self._screen)

    def _open(self, rest: str) -> None:
        number, _, how = rest.partition(" ")
        answer = self._last()
        if number.isdecimal() and how.strip() in ("", "all"):
            if open_source(answer, int(number), self._library, self._screen, whole=bool(how.strip())):
                return
            raise FootnoteError(f"The last answer has no source {number}. /sources lists what it has.")
        raise FootnoteError("Name a source by its number: /open 1, or /open 1 all.")

    def _last(self) -> Answer:
        """Return the last answer that has something to open."""
        found = next((answer for answer in reversed(self._answers) if answer.found or answer.passages), None)
        if found is None:
            raise FootnoteError("There is no answer yet. Ask a question first.")
        return found

    def _new(self, _rest: str) -> None:
        self._answers, self._conversation = [], ""
        self._keeps = self._chain.settings.keep_conversations
        self._screen.line("A new conversation.", Style.DIM)

    def _list(self, rest: str) -> None:
        found = self._library.conversations.list(search=rest)
        for info in found[:_LISTED]:
            self._screen.line(f"{info.id}  {info.updated:%Y-%m-%d %H:%M}  {info.title}")
        if len(found) > _LISTED:
            self._screen.line(f"and {len(found) - _LISTED} more: `footnote conversations` lists all.", Style.DIM)
        if not found:
            self._screen.line("No conversation." if not rest else f"No conversation has {rest!r} in it.", Style.DIM)

    def _resume(self, rest: str) -> None:
        if not rest:
            raise FootnoteError("Name a conversation by its id: /resume ID. /list shows the ids.")
        conversation = self._library.conversations.get(rest)
        self._conversation, self._answers = conversation.info.id, list(conversation.answers)
        self._keeps = self._chain.settings.keep_conversations
        self._screen.line(conversation.info.title, Style.BOLD)
        if self._answers:
            last = self._answers[-1]
            self._screen.line(f"> {one_line(clean_text(last.question))}", Style.DIM)
            growing = Growing(self._screen)
            growing.show(last)
            growing.end(last)
            self._screen.line()

    def _export(self, rest: str) -> None:
        from rag.cli.conversations import write_new, written_for

        if not rest:
            raise FootnoteError("Name a file to write to: /export conversation.md")
        if not self._conversation:
            raise FootnoteError("Nothing is kept of this conversation yet, so there is nothing to write.")
        name = _words(rest)[0]
        path = write_new(name, written_for(self._library.conversations.get(self._conversation), name))
        self._screen.line(f"Written to {path}.", Style.DIM)

    def _filter(self, rest: str) -> None:
        if rest.casefold() == "none":
            self._filters = EVERY_ARTICLE
        elif rest:
            self._filters = self._filters_named(rest)
        self._screen.line(f"Asked are articles {self._filters}." if self._filters else "Every article is asked.")
        if self._filters and not self._library.catalog.select(self._filters).articles:
            self._screen.line("There are none of these.", Style.DIM)

    def _filters_named(self, rest: str) -> Filters:
        options = argparse.Namespace(since=None, until=None, tag=[], source=[], language=[], article=[])
        for item in _words(rest):
            name, _, value = item.partition("=")
            if name not in _FILTERS or not value:
                raise FootnoteError(f"Write filters as in /filters since=2025 tag=sport; there are {_FILTERS_NAMED}.")
            if name in ("since", "until"):
                setattr(options, name, value)
            else:
                getattr(options, name).append(value)
        return filters_of(options, self._library)

    def _help(self, _rest: str) -> None:
        for name, (_, takes, text) in self._commands.items():
            self._screen.line(f"/{name} {takes}".rstrip(), Style.BOLD)
            self._screen.line(text, indent=4)
        self._screen.line("Anything else is a question. Ctrl-C stops an answer.", Style.DIM)

    def _quit(self, _rest: str) -> None:
        self._ended = True

    def _earlier(self) -> list[str]:
        """Return the questions of the latest conversations, oldest first."""
        kept = self._library.conversations
        latest = [kept.get(info.id) for info in kept.list()[:_REMEMBERED]]
        return [one_line(clean_text(a.question)) for found in reversed(latest) for a in found.answers]


_FILTERS_NAMED = ", ".join(_FILTERS)


def _words(text: str) -> list[str]:
    """Return words as a shell takes them, or as they stand where a quotation mark has no other."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def converse(chain: AnswerChain) -> None:
    """Have a conversation over standard input and output."""
    screen = Screen(sys.stdout)
    TerminalChat(chain, screen, Keyboard(prompted=screen.is_terminal)).run()
