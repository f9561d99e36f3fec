"""Where questions come from: a person's keyboard, with the questions before by the arrow keys, or a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

_PROMPT = "> "


class Keyboard:
    """Standard input, a line at a time."""

    def __init__(self, *, prompted: bool) -> None:
        """Read from a terminal with a prompt where there is one, and `prompted` says that a prompt can be seen."""
        self.is_terminal = sys.stdin is not None and sys.stdin.isatty()
        self._prompt = _PROMPT if self.is_terminal and prompted else ""

    def read(self) -> str | None:
        """Return the next line; None where there is none any more (Ctrl-D). Ctrl-C raises `KeyboardInterrupt`."""
        if sys.stdin is None:
            return None
        if self.is_terminal:
            try:
                return input(self._prompt)
            except EOFError:
                return None
        line = sys.stdin.buffer.readline()
        return line.decode("utf-8", errors="replace") if line else None

    def remember(self, questions: Iterable[str], commands: Sequence[str]) -> None:
        """Have the arrow keys bring back questions, and Tab complete commands, where Python has readline."""
        if not self.is_terminal:
            return
        try:
            import readline
        except ImportError:
            return
        for question in questions:
            readline.add_history(question)

        def complete(begun: str, number: int) -> str | None:
            fitting = [command for command in commands if command.startswith(begun)] if begun.startswith("/") else []
            return fitting[number] if number < len(fitting) else None

        readline.set_completer_delims(" ")
        readline.set_completer(complete)
        readline.parse_and_bind("tab: complete")
