"""Lines of the log: each is one line, and holds no words of questions unless a setting says so."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from rag import Settings
from rag.answering.observing import Ended
from serve.watching import logs


def _raise_and_log() -> None:
    try:
        raise ValueError("the question was: where is\nthe gold?")
    except ValueError:
        logging.getLogger("ui.chat").exception("It could not be answered.")


def test_an_errors_words_are_logged_only_where_that_is_set(
    logged: Callable[[], list[str]],
) -> None:
    logs.start(Settings(log="json"))
    _raise_and_log()
    (line,) = logged()
    assert json.loads(line)["error"] == "ValueError"
    assert "_raise_and_log" in json.loads(line)["at"][-1]
    assert "gold" not in line
    logs.start(Settings(log="json", log_questions=True))
    _raise_and_log()
    assert "the gold?" in json.loads(logged()[-1])["said"]


def test_text_is_one_line_too_whatever_it_holds(logged: Callable[[], list[str]]) -> None:
    logs.start(Settings(log="text"))
    logs.line(logs.requests, "request", route="/a\nb", status=200, nothing=None)
    (line,) = logged()
    assert line.endswith("info request logger=footnote.requests route=/a\\nb status=200")


def test_the_words_of_a_question_are_logged_where_that_is_set(logged: Callable[[], list[str]]) -> None:
    logs.start(Settings(log="json"))
    ended = Ended("not_found", "Where is the gold?", 0.25)
    logs.AnswerLog().ended(ended)
    logs.AnswerLog(in_full=True).ended(ended)
    without, full = map(json.loads, logged())
    assert "question" not in without
    assert full["question"] == "Where is the gold?"
    assert (without["outcome"], without["seconds"]) == ("not_found", 0.25)


def test_nothing_but_what_is_wrong_is_logged_unless_a_setting_asks(logged: Callable[[], list[str]]) -> None:
    logs.start(Settings())
    logs.line(logs.requests, "request")
    assert logged() == []
    logs.start(Settings(log_level="info"))
    logs.line(logs.requests, "request")
    logging.getLogger("httpx").info("GET http://chat.example")
    assert len(logged()) == 1


def test_what_others_log_is_cut_to_what_cannot_hold_a_question(logged: Callable[[], list[str]]) -> None:
    logs.start(Settings(log="JSON", log_level="Info"))
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: ValueError('where is the gold?')")
    logging.getLogger("some.library").warning("Cannot read %s", "where is the gold?")
    logging.getLogger("rag.answering").info("It was not put in full: %s", ValueError("where is the gold?"))
    said = [json.loads(line)["event"] for line in logged()]
    assert said == ["Task exception was never retrieved", "Cannot read %s", "It was not put in full: ValueError"]
