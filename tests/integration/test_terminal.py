"""What a conversation on a terminal prints: sentence by sentence, wrapped, and no command of an article's."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag import Answer, Article, Citation, Filters, Library, Passage, Sentence, Settings
from rag.answering.chain import growing
from rag.cli.terminal.chat import TerminalChat
from rag.cli.terminal.screen import Flow, Screen, Style, cells, visible
from rag.errors import LibraryBusy
from rag.types import Chunk

FERRY = Article(
    title="Ferry \x1b[31mred",
    text="The pier is old.\n\nIt leaves at nine. It has a bar.\n\n" + "The sea is wide and deep. " * 60,
    source="notes/\x1b]0;owned\x07ferry\u202e.txt",
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Lines:
    """A keyboard on which these lines are typed; Ctrl-C where an exception stands."""

    is_terminal = False

    def __init__(self, *lines: str | BaseException) -> None:
        self._lines = iter(lines)

    def read(self) -> str | None:
        line = next(self._lines, None)
        if isinstance(line, BaseException):
            raise line
        return line

    def remember(self, *_: object) -> None: ...


class Scripted:
    """A chain that gives these answers, and remembers what it was asked."""

    def __init__(self, library: Library, *answers: Answer | BaseException) -> None:
        self.library, self.settings = library, library.settings
        self.asked: list[dict[str, Any]] = []
        self._answers = iter(answers)

    def stream(self, asked: dict[str, Any]) -> Iterator[Answer]:
        self.asked.append(asked)
        answer = next(self._answers)
        if isinstance(answer, BaseException):
            raise answer
        yield from growing(answer)


def ferry(question: str = "When?", **more: Any) -> Answer:
    spans = [(18, 36), (37, 50)]
    citations = tuple(Citation(FERRY, number=n, start=a, end=b) for n, (a, b) in enumerate(spans, start=1))
    return Answer(question, True, 0.9, tuple(Sentence(c.quote, (c.number,)) for c in citations), citations, **more)


def nothing() -> Answer:
    passages = (Passage(Chunk(FERRY, start=18, end=50), title=FERRY.title, source=FERRY.source, sentence=(37, 50)),)
    return Answer("Who?", False, 0.1, note="Your articles do not answer.", passages=passages)


@pytest.fixture
def harbour(tmp_path: Path, cheap_embedder: None) -> Iterator[Library]:
    with Library(tmp_path / "l") as library:
        library.add_articles([FERRY])
        yield library


def chat(chain: Scripted, *lines: str | BaseException, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    TerminalChat(chain, Screen(out), Lines(*lines)).run()  # type: ignore[arg-type]
    return out.getvalue()


def test_an_answer_comes_with_its_sources_and_is_leant_on(harbour: Library) -> None:
    chain = Scripted(harbour, ferry(), ferry("And why?", standalone_question="Why at nine?", note="It is old."))
    out = chat(chain, "When?", "", "And why?")
    assert out.startswith("It leaves at nine. [1] It has a bar. [2]\n\n[1] Ferry [31mred\n[2] Ferry [31mred\n")
    assert "Understood as: Why at nine?\n" in out
    assert "It is old.\n" in out
    assert [answer.question for answer in chain.asked[1]["history"]] == ["When?"]


def test_nothing_of_an_article_is_a_command_to_the_terminal(harbour: Library) -> None:
    """C53, on a terminal: titles and sources are characters, with styles and without."""
    for out in (io.StringIO(), Terminal()):
        chain = Scripted(harbour, ferry(), nothing(), ferry("\x1b[2Jx"))
        told = chat(chain, "When?", "/sources", "/open 1", "Who?", "/sources", "/open 1 all", "x", "/list", out=out)
        for command in ("\x1b[31m", "\x1b]", "\x07", "\u202e", "\x1b[2J"):
            assert command not in told
        assert "]0;ownedferry" in told


def test_an_article_opens_with_the_exact_words_marked(harbour: Library) -> None:
    out = chat(Scripted(harbour, ferry()), "When?", "/open 2", "/open 3", "/open", "/open 2 all")
    assert "It leaves at nine. >>> It has a bar. <<<\n" in out
    assert "The pier is old.\n\nIt leaves" in out
    assert "has no source 3" in out
    assert "Name a source by its number" in out
    assert out.count("The sea is wide and deep.") > 60


def test_what_was_quoted_is_shown_when_the_article_has_changed_or_gone(harbour: Library) -> None:
    """C56: the source of an answer stays."""
    chain = Scripted(harbour, ferry())
    harbour.add_articles([replace(FERRY, text="New. It has a bar.")])
    out = chat(chain, "When?", "/open 1", "/open 2")
    assert "The article was changed since. The words that were quoted:\n“It leaves at nine.”" in out
    assert "New. >>> It has a bar. <<<" in out
    harbour.remove(FERRY.id)
    out = chat(Scripted(harbour, ferry()), "When?", "/open 1")
    assert "no longer in the library. The words that were quoted:\n“It leaves at nine.”" in out


def test_near_passages_are_shown_as_such_and_open(harbour: Library) -> None:
    """C64: nearest passages are no answer."""
    out = chat(Scripted(harbour, nothing()), "Who?", "/open 1")
    assert "Your articles do not answer.\n\nClosest passages, which do not answer:\n1. Ferry" in out
    assert ">>> It has a bar. <<<" in out


def test_a_conversation_is_kept_and_resumed_with_all_that_was_said(harbour: Library) -> None:
    chat(Scripted(harbour, ferry("When?"), nothing()), "When?", "Who?")
    (kept,) = harbour.conversations.list()
    chain = Scripted(harbour, ferry("And then?"), ferry("Else?"))
    out = chat(chain, f"/resume {kept.id[:6]}", "/sources", "And then?", "/list THEN", "/new", "Else?", "/resume zz")
    assert out.startswith("When?\n> Who?\nYour articles do not answer.\n")
    assert [answer.question for answer in chain.asked[0]["history"]] == ["When?", "Who?"]
    assert harbour.conversations.get(kept.id).info.turns == 3
    assert chain.asked[1]["history"] == []
    assert len(harbour.conversations.list()) == 2
    assert "No conversation has the id 'zz'" in out


def test_a_conversation_is_written_to_a_new_file_only(harbour: Library, tmp_path: Path) -> None:
    out = chat(Scripted(harbour, ferry()), "/export a.md", "When?", "/export 'a b.md'", '/export "a b.md"', "/export")
    assert "nothing to write" in out
    assert "a b.md is there already" in out
    assert "Name a file" in out
    text = (tmp_path / "a b.md").read_text("utf-8")
    assert "[^2]: Ferry \\[31mred: “It has a bar.”" in text
    assert "\x1b" not in text


def test_filters_are_set_shown_and_cleared(harbour: Library) -> None:
    chain = Scripted(harbour, ferry(), ferry())
    out = chat(
        chain,
        "/filters since=2025 tag=sport tag='open sea'",
        "When?",
        "/filters none",
        "When?",
        "/filters tag",
        "/filters since=03/04/2024",
        "/filters x=1",
    )
    assert chain.asked[0]["filters"] == Filters(since="2025", tags=["sport", "open sea"])
    assert not chain.asked[1]["filters"]
    assert "Asked are articles since January 2025, tagged sport or open sea.\nThere are none of these.\n" in out
    assert "Every article is asked." in out
    assert out.count("Write filters as in") == 2
    assert "'03/04/2024' is not a date" in out


def test_ctrl_c_stops_an_answer_or_a_line_and_not_the_program(harbour: Library) -> None:
    chain = Scripted(harbour, KeyboardInterrupt(), ferry())
    out = chat(chain, "Slow?", KeyboardInterrupt(), "When?", "/quit", "Never?")
    assert "Stopped.\n" in out
    assert "Ctrl-D or /quit ends." in out
    assert "It has a bar. [2]" in out
    assert len(chain.asked) == 2
    assert harbour.conversations.list()[0].turns == 1


def test_what_cannot_be_answered_or_kept_is_said_and_the_conversation_goes_on(
    harbour: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = Scripted(harbour, LibraryBusy("It is busy."), ferry(), ferry())
    monkeypatch.setattr(harbour.catalog, "refusal", LibraryBusy("Nothing can be written."))
    out = chat(chain, "When?", "When?", "When?", "/nonsense")
    assert "It is busy." in out
    assert out.count("This conversation is not kept from here on. Nothing can be written.") == 1
    assert out.count("It has a bar. [2]") == 2
    assert "There is no command /nonsense." in out


def test_nothing_is_kept_where_the_settings_say_so(harbour: Library) -> None:
    chain = Scripted(harbour, ferry())
    chain.settings = Settings(keep_conversations=False)
    chat(chain, "When?")
    assert harbour.conversations.list() == []


def test_what_a_model_wrote_without_support_is_told(harbour: Library) -> None:
    weak = replace(ferry(dropped=("It flies.",)), models={"answerer": "openai:small"})
    weak = replace(weak, sentences=(weak.sentences[0], replace(weak.sentences[1], standing="weak", support=0.5)))
    out = chat(Scripted(harbour, weak), "When?")
    assert "It has a bar. [2] (weakly supported)" in out
    assert "Written by openai:small" in out
    assert "left out" in out


def test_lines_are_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Screen, "width", 20)
    out = io.StringIO()
    flow = Flow(Screen(out), indent=2)
    flow.write(("Twelve letters and 漢字漢字漢字漢字漢字漢字 then https://example.org/long/address", Style.PLAIN))
    flow.write(("é\u0301", Style.BOLD), (". x", Style.PLAIN))
    flow.end()
    lines = out.getvalue().splitlines()
    assert all(cells(line) <= 20 and line.startswith("  ") for line in lines)
    assert "".join(line.strip() for line in lines).startswith("Twelve letters and漢字漢字漢字")


@pytest.mark.parametrize(
    ("name", "value", "styled"), [("NO_COLOR", "1", False), ("TERM", "dumb", False), ("A", "", True)]
)
def test_styles_are_left_out_where_they_are_not_wanted(
    name: str, value: str, styled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)
    out = Terminal()
    Screen(out).line("word and", Style.BOLD)
    assert out.getvalue() == ("\x1b[1mword and\x1b[0m\n" if styled else "word and\n")


def test_control_characters_are_not_visible() -> None:
    assert visible("a\x1b[31mb\x9bc\x00\u2066d\re\nf\tg") == "a[31mbcde\nf\tg"
