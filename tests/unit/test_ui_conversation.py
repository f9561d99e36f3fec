"""What the browser remembers of a conversation."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rag import Answer, Article, Citation, Sentence
from ui.conversation import (
    HISTORY,
    KEPT_CHARACTERS,
    KEPT_QUESTION,
    KEPT_TURNS,
    Turn,
    finished,
    history,
    recall,
    remember,
)


def _turn(question: str, text: str = "It is high at noon.") -> Turn:
    article = Article(title="Tides", text=text, source="tides.txt")
    citation = Citation(article, number=1, start=0, end=len(article.text), sentence=text)
    answer = Answer(question, True, 0.9, sentences=(Sentence(text, (1,)),), citations=(citation,))
    return Turn(question, answer, done=True)


def test_turns_come_back_as_they_were() -> None:
    turns = [
        _turn("When?"),
        Turn("Why?", problem="The library is busy.", done=True),
        replace(_turn("And when?"), literal=True),
        Turn("How?"),
    ]
    assert recall(json.loads(json.dumps(remember(turns)))) == turns


def test_a_turn_of_an_earlier_version_comes_back() -> None:
    (kept,) = remember([_turn("When?")])
    del kept["literal"]
    assert recall([kept]) == [_turn("When?")]


def test_a_question_leans_on_the_last_answers_and_on_no_courtesy() -> None:
    thanks = Turn("Thanks", Answer("Thanks", False, 0.0, note="You are welcome."), done=True)
    failed = Turn("Why?", problem="The library is busy.", done=True)
    turns = [_turn(f"Question {n}?") for n in range(HISTORY + 2)]
    asked = [answer.question for answer in history([*turns, failed, thanks])]
    assert asked == [turn.question for turn in turns[2:]]
    assert history([thanks]) == []


def test_only_the_newest_turns_are_kept() -> None:
    turns = [_turn(f"Question {n}?") for n in range(KEPT_TURNS + 5)]
    kept = recall(remember(turns))
    assert [turn.question for turn in kept] == [turn.question for turn in turns[5:]]


def test_what_is_kept_has_a_size() -> None:
    turns = [_turn(f"Question {n}?", "word " * 10_000 + "end.") for n in range(20)]
    kept = remember(turns)
    assert len(json.dumps(kept)) <= KEPT_CHARACTERS + 100
    assert 0 < len(kept) < 20
    assert kept[-1]["question"] == "Question 19?"


def test_a_pasted_page_is_not_kept_whole() -> None:
    (kept,) = recall(remember([_turn("x" * 50_000)]))
    assert len(kept.question) == KEPT_QUESTION
    assert kept.answer is not None
    assert len(kept.answer.question) == KEPT_QUESTION


@pytest.mark.parametrize(
    "broken",
    [None, "text", {}, [1], [{}], [{"question": "Q", "answer": {"found": True}, "problem": "", "done": True}]],
)
def test_what_cannot_be_read_is_left_out(broken: object) -> None:
    assert recall(broken) == []


def test_a_turn_under_way_is_closed_with_a_reason_and_a_closed_one_left_alone() -> None:
    assert finished([Turn("When?")], "Stopped.") == [Turn("When?", problem="Stopped.", done=True)]
    assert finished([_turn("When?")], "Stopped.") == [_turn("When?")]
    assert finished([], "Stopped.") == []
