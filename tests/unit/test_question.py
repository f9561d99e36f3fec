"""What a question asks for: the kind of thing, the form of the answer, its parts and what its words weigh."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.question import Question, parts
from rag.index.terms import content_words


def asked(text: str) -> Question:
    return Question.of(text, dict.fromkeys(content_words(text), 1), chunks=100)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("When did she join?", "time"),
        ("In what year did she join?", "time"),
        ("How long ago did she join?", "time"),
        ("How much did the boat cost?", "money"),
        ("What was the ticket price?", "money"),
        ("How much did it cost when it opened?", "money"),
        ("How many people did she save?", "number"),
        ("How many people came when it closed?", "number"),
        ("Who joined the lifeboat?", "name"),
        ("Who set the price of bread?", "name"),
        ("Where can I pay the fee?", "name"),
        ("Which town is it in?", "name"),
        ("Why did she stop?", ""),
    ],
)
def test_a_question_says_what_kind_of_thing_it_asks_for(text: str, kind: str) -> None:
    assert asked(text).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "Which tools do I use?",
        "What tools do I use?",
        "which towns have a ferry?",
        "Which people joined?",
        "What hours is it open?",
        "List all members",
        "Please list the tools",
        "Name every bridge in town",
        "Who were the mayors?",
        "What are the opening hours?",
        "Give me all the names",
    ],
)
def test_a_question_for_several_things_asks_for_a_list(text: str) -> None:
    """C68: "which tools do I use?" wants all of them."""
    assert asked(text).form == "list"


@pytest.mark.parametrize(
    "text",
    [
        "Which bus goes there?",
        "Which bus is it?",
        "Which of the boats is the fastest?",
        "What kinds of fish live there?",
        "What makes it rise?",
        "What causes rust?",
        "What goes in the soup?",
        "What does it cost?",
        "What was the fee?",
        "When did it open?",
        "How many boats are there?",
        "How late is it open?",
    ],
)
def test_a_question_for_one_thing_asks_for_a_fact(text: str) -> None:
    assert asked(text).form == "fact"


@pytest.mark.parametrize("text", ["Is it safe for dogs?", "Does the ferry run on Sundays?", "Can I bring a dog?"])
def test_a_question_that_starts_with_its_verb_asks_whether(text: str) -> None:
    assert asked(text).form == "whether"


@pytest.mark.parametrize("text", ["How does it work?", "Why did it close?", "Tell me about it", "What happened?"])
def test_how_and_why_ask_to_be_told(text: str) -> None:
    assert asked(text).form == "explain"


def test_rare_words_weigh_more_than_common_ones() -> None:
    found = Question.of("harbour turbine", {"harbour": 90, "turbine": 1}, chunks=100)
    assert found.weights["turbin"] == 1.0
    assert found.weights["harbour"] < 0.5


def test_names_and_numbers_of_a_question_are_known_and_its_first_word_is_none() -> None:
    found = asked("Harbour boats of Hester Quill in 1987: how many?")
    assert found.names == {"hester", "quill", "1987"}
    assert found.numbers == {"1987"}


def test_the_letter_of_plan_a_is_a_name() -> None:
    assert asked("What is the fee of plan A?").names == {"a"}
    assert asked("What is a fee?").names == frozenset()


def test_the_share_of_a_text_is_the_weight_of_the_words_that_it_has() -> None:
    found = asked("harbour turbine")
    assert found.share({"harbour"}) == pytest.approx(0.5)
    assert found.share({"harbour", "turbin", "else"}) == 1.0
    assert found.share(set()) == 0.0


@pytest.mark.parametrize(
    ("text", "two"),
    [
        ("When did it open and what did it cost?", ["When did it open?", "What did it cost?"]),
        ("When and where was she born?", ["When was she born?", "Where was she born?"]),
        ("Who built it? When did it open?", ["Who built it?", "When did it open?"]),
        ("What is the fee, and when is it due?", ["What is the fee?", "When is it due?"]),
        ("Is it open and what does it cost?", ["Is it open?", "What does it cost?"]),
        ("When did it open and who paid for it?", ["When did it open?", "Who paid for it?"]),
        ("At what time does it leave and who sails it?", ["At what time does it leave?", "Who sails it?"]),
    ],
)
def test_two_questions_at_once_are_taken_apart(text: str, two: list[str]) -> None:
    assert parts(text) == two


@pytest.mark.parametrize(
    "text",
    [
        "What is the fee for A and for B?",
        "What is bread and butter pudding?",
        "Did he say how it works and when it opens?",
        "What is the difference between what he said and what she said?",
        "Do they know how and when to sail?",
        "Which bus or which train goes there?",
        "What is it and why?",
    ],
)
def test_one_question_stays_whole(text: str) -> None:
    assert parts(text) == [text]


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_a_question(one: str, other: str) -> None:
    text = f"{one} and what {other}?"
    found = asked(text)
    assert all(0 < weight <= 1 for weight in found.weights.values())
    assert 1 <= len(parts(text)) <= 2
