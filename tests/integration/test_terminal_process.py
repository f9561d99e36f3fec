"""`footnote chat --terminal` as a program: at a real terminal, with its keys, and through a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag import Article, Library

pytestmark = [pytest.mark.folder, pytest.mark.usefixtures("_heeds_signals")]

_SECONDS = 25
"""Without anything shown, after which a test has failed."""

# An answer to a question with "slowly" in it stays unfinished after its first sentence, until it is stopped.
CHAT = """
import sys, time
from rag.answering.chain import AnswerChain
from rag.cli import main
whole = AnswerChain.stream
def stream(self, asked, *more, **named):
    for partial in whole(self, asked, *more, **named):
        yield partial
        time.sleep(600 if "slowly" in asked["question"] else 0)
AnswerChain.stream = stream
sys.exit(main(["chat", "--terminal", f"--library={sys.argv[1]}"]))
"""


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("harbour")
    with Library(folder) as library:
        library.add_articles(
            [
                Article(
                    title="Ferry to Skail",
                    text="The last ferry to Skail leaves South Quay at 6.40 p.m. every day of the week.",
                    source="\x1b]0;owned\x07\x1b[31mferry.txt",
                ),
                Article(title="Bakery", text="The bakery sells bread on Mondays.", source="bakery.txt"),
            ]
        )
    return folder


class Terminal:
    """A program at a terminal of its own, 60 columns wide."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._keys, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))

        def take_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [sys.executable, "-c", CHAT, str(folder)],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            preexec_fn=take_terminal,
            env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm", **environment},
        )
        os.close(inside)
        self.seen = ""

    def types(self, keys: str) -> None:
        os.write(self._keys, keys.encode())

    def until(self, text: str) -> str:
        """Return what is shown up to and with `text`, from where was read before."""
        while text not in self.seen:
            try:
                told, _, _ = select.select([self._keys], [], [], _SECONDS)
                part = os.read(self._keys, 4096) if told else b""
            except OSError:  # the program has ended
                part = b""
            assert part, f"{text!r} never came after: {self.seen}"
            self.seen += part.decode()
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def interrupts(self, until: str) -> None:
        """Press Ctrl-C until `until` is shown: one that comes just before readline waits, it notes at the next key."""
        for _ in range(30):
            self.types("\x03")
            if select.select([self._keys], [], [], 2)[0]:
                break
        self.until(until)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._keys)


@contextmanager
def at_terminal(folder: Path, **environment: str) -> Iterator[Terminal]:
    started = Terminal(folder, **environment)
    try:
        yield started
    finally:
        started.close()


def test_a_conversation_at_a_terminal(harbour: Path) -> None:
    with at_terminal(harbour) as terminal:
        assert "2 articles in" in terminal.until("> ")
        terminal.types("When does the last ferry to Skail leave?\n")
        answer = terminal.until("[1] Ferry to Skail")
        assert "\x1b[1m" in answer  # the short answer
        assert "leaves South Quay" in answer
        shown = answer.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")
        assert all(len(line) < 60 for line in shown.splitlines() if "ferry" in line and ">" not in line)
        terminal.types("/open 1\n")
        opened = terminal.until("\x1b[7m")
        assert "]0;owned[31mferry.txt" in opened
        assert "\x1b]" not in opened
        assert "\x1b[31m" not in opened
        terminal.until("week.")
        terminal.types("slowly, when does the last ferry to Skail leave?\n")
        terminal.until("6.40")
        terminal.types("\x03")
        terminal.until("Stopped.")
        terminal.until("> ")
        terminal.types("half a quest")
        terminal.until("half a quest")
        terminal.interrupts("Ctrl-D or /quit ends.")
        terminal.until("> ")
        terminal.types("\x1b[A\x1b[A\x1b[A\n")  # the question before, by the arrow key
        terminal.until("[1] Ferry to Skail")
        terminal.until("> ")  # before that, Ctrl-D ends nothing
        terminal.types("\x04")
        kept = terminal.until("Kept as ")
        assert "Traceback" not in kept
        assert terminal.process.wait() == 0
    with Library(harbour) as library:
        (info,) = library.conversations.list()
        assert (info.title, info.turns) == ("When does the last ferry to Skail leave?", 2)


def test_a_conversation_through_a_pipe_has_no_prompt_and_no_styles(harbour: Path) -> None:
    asked = "When does the last ferry to Skail leave?\n/open 1\n\n\xff\n/quit\nWhat does the bakery sell?\n"
    done = subprocess.run(
        [sys.executable, "-m", "rag.cli", "chat", "--terminal", f"--library={harbour}"],
        input=asked.encode("latin-1"),
        capture_output=True,
        check=False,
        env={**os.environ, "LC_ALL": "C", "TERM": "xterm"},
    )
    out = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert out.startswith("The last ferry to Skail leaves South Quay at 6.40 p.m. every day of the week. [1]\n\n[1] ")
    assert ">>> The last ferry" in out
    assert "\x1b" not in out
    assert "\n> " not in out
    assert "bread" not in out
