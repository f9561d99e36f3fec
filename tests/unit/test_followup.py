"""Follow-up questions made to stand alone, without a library."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieve.followup import FollowUp, Turn, second_part, standalone

BRIDGE = Turn(
    "When did the Ropewalk Bridge reopen?", "4 May 2025", "The Ropewalk Bridge reopened on 4 May 2025, to a brass band."
)
BAKERY = Turn("Who runs the bakery in Ulm?", "Hanna Voss", "Hanna Voss runs the bakery in Ulm.")
BUILDER = Turn("Who built the pier?", "Tallow Marine", "Tallow Marine built the pier.")
LIFEBOAT = Turn("What did the lifeboat cost in 2023?", "£2 million", "The lifeboat cost £2 million.")
PLAN = Turn("What is the fee of plan A?", "£10", "The fee of plan A is £10 a month.")
PROMPTS = [
    "and when?",
    "what about Busan?",
    "who said that?",
    "yes",
    "for B?",
    "and her?",
    "how many of them?",
    "(",
    "2024?",
]


def alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.casefold(), other.casefold()).ratio()


def after(turn: Turn, question: str) -> FollowUp:
    return standalone(question, [turn], alike)


def meant(turn: Turn, question: str) -> str:
    return after(turn, question).questions[0]


@pytest.mark.parametrize(
    "question", ["and for B?", "And for B", "what about B?", "and B?", "and for plan B?", "how about plan B?", "B?"]
)
def test_another_name_takes_the_place_of_the_one_asked_about(question: str) -> None:
    """C61: the fee of plan A, then "and for B?"."""
    assert meant(PLAN, question) == "What is the fee of plan B?"


@pytest.mark.parametrize(
    ("turn", "question", "full"),
    [
        (BRIDGE, "what about the Mill Bridge?", "When did the Mill Bridge reopen?"),
        (BAKERY, "and in Busan?", "Who runs the bakery in Busan?"),
        (LIFEBOAT, "and the tractor?", "What did the tractor cost in 2023?"),
        (Turn("How much does a ticket cost for adults?"), "for children?", "How much does a ticket cost for children?"),
        (Turn("When does the ferry leave on Saturdays?"), "and on Sundays?", "When does the ferry leave on Sundays?"),
        (Turn("When did Hester Quill retire?"), "and Anna Lee?", "When did Anna Lee retire?"),
    ],
)
def test_a_thing_takes_the_place_of_the_thing_of_its_kind(turn: Turn, question: str, full: str) -> None:
    assert meant(turn, question) == full


def test_what_has_no_counterpart_is_added() -> None:
    assert meant(Turn("When does the ferry leave?"), "and on Sundays?") == "When does the ferry leave on Sundays?"


def test_a_question_that_can_be_meant_in_two_ways_is_asked_in_both() -> None:
    assert after(LIFEBOAT, "for children?").questions == (
        "What did the lifeboat cost in 2023 for children?",
        "What did the children cost in 2023?",
    )


@pytest.mark.parametrize(
    ("question", "full"),
    [
        ("and in 2024?", "What did the lifeboat cost in 2024?"),
        ("2024?", "What did the lifeboat cost in 2024?"),
        ("what about 2024?", "What did the lifeboat cost in 2024?"),
        ("and before 2020?", "What did the lifeboat cost before 2020?"),
        ("and as of March 2022?", "What did the lifeboat cost as of March 2022?"),
        ("and now?", "What did the lifeboat cost now?"),
        ("and last year?", "What did the lifeboat cost last year?"),
    ],
)
def test_another_time_takes_the_place_of_the_time(question: str, full: str) -> None:
    assert meant(LIFEBOAT, question) == full


@pytest.mark.parametrize(
    ("turn", "question", "full"),
    [
        (BRIDGE, "why?", "Why did the Ropewalk Bridge reopen?"),
        (BRIDGE, "And where exactly?", "Where did the Ropewalk Bridge reopen?"),
        (BRIDGE, "ok, and how?", "How did the Ropewalk Bridge reopen?"),
        (BRIDGE, "when did that happen?", "When did the Ropewalk Bridge reopen?"),
        (Turn("Why was the pier closed?"), "and how long did that take?", "How long was the pier closed?"),
        (Turn("How much did the pier cost?"), "and when?", "When did the pier cost?"),
        (Turn("How many boats were sold?"), "when?", "When were boats sold?"),
        (Turn("How many boats were sold?"), "how many exactly?", "How many boats were sold?"),
        (Turn("What year was it opened?"), "why?", "Why was it opened?"),
        (BUILDER, "and when?", "When Tallow Marine built the pier?"),
        (
            Turn("Which club won the cup?", "Harbour Rovers"),
            "against whom?",
            "Against whom Harbour Rovers won the cup?",
        ),
    ],
)
def test_a_bare_question_word_asks_the_last_question_anew(turn: Turn, question: str, full: str) -> None:
    """C62: "why?" goes on with the topic."""
    assert meant(turn, question) == full


@pytest.mark.parametrize(
    ("turn", "question", "full"),
    [
        (BRIDGE, "how much did it cost?", "How much did the Ropewalk Bridge cost?"),
        (BRIDGE, "Is it safe?", "Is the Ropewalk Bridge safe?"),
        (BRIDGE, "When did this bridge open?", "When did the Ropewalk Bridge open?"),
        (BRIDGE, "and who paid for the bridge?", "Who paid for the Ropewalk Bridge?"),
        (BRIDGE, "When will they close it again?", "When will they close the Ropewalk Bridge again?"),
        (BRIDGE, "Who is the man that sold it?", "Who is the man that sold the Ropewalk Bridge?"),
        (BAKERY, "When did she buy it?", "When did Hanna Voss buy the bakery in Ulm?"),
        (BAKERY, "what is her phone number?", "What is Hanna Voss's phone number?"),
        (BAKERY, "and her sister?", "What is Hanna Voss's sister?"),
        (BAKERY, "Who is that?", "Who is Hanna Voss?"),
        (BUILDER, "where are they from?", "Where are Tallow Marine from?"),
        (PLAN, "when is it due?", "When is the fee of plan A due?"),
        (Turn("Which ship did Anna Lee command?"), "and where is she now?", "Where is Anna Lee now?"),
    ],
)
def test_a_pronoun_stands_for_what_was_spoken_of(turn: Turn, question: str, full: str) -> None:
    assert meant(turn, question) == full


def test_the_words_as_they_were_asked_stay_a_second_meaning_of_a_pronoun() -> None:
    assert after(BRIDGE, "how long is it?").questions[1] == "how long is it?"


def test_a_pronoun_and_nothing_else_has_no_meaning_of_its_own() -> None:
    assert after(BAKERY, "did she?").questions == ("Did Hanna Voss?",)


def test_who_said_that_asks_for_the_words_that_were_quoted() -> None:
    asked = meant(BRIDGE, "Who said that?")
    assert asked == "Who said: “The Ropewalk Bridge reopened on 4 May 2025, to a brass band.”?"


@pytest.mark.parametrize("question", ["And who paid?", "is there a café?"])
def test_a_question_without_a_subject_is_given_the_last_one(question: str) -> None:
    assert "(the Ropewalk Bridge)" in meant(BRIDGE, question)


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "How many people work at the harbour?",
        "What do Under-18s pay for a Rovers season ticket?",
        "Where is Mill Hall?",
    ],
)
def test_a_question_of_its_own_stays_as_it_is(question: str) -> None:
    assert after(BRIDGE, question) == FollowUp((question,))


@pytest.mark.parametrize("question", ["yes", "Yes, please!", "go on", "tell me more", "what else?", "Continue."])
def test_yes_asks_for_more_on_the_last_question(question: str) -> None:
    """C62: an offer that is accepted goes on with the topic."""
    assert after(BRIDGE, question) == FollowUp((BRIDGE.question,), more=True)


@pytest.mark.parametrize(
    "words",
    ["thanks", "Thank you very much!", "Great, thanks.", "thanks, that is all", "ok", "hello", "Hi there!", "no"],
)
def test_a_courtesy_is_answered_and_asks_nothing(words: str) -> None:
    """C62: "thanks" searches nothing."""
    assert after(BRIDGE, words).courtesy
    assert standalone(words, [], alike).courtesy


@pytest.mark.parametrize(
    ("words", "full"),
    [
        ("Thanks, and when?", "When did the Ropewalk Bridge reopen?"),
        ("Thank you. How long is it?", "How long is the Ropewalk Bridge?"),
        ("Great, what did it cost?", "What did the Ropewalk Bridge cost?"),
        ("thanks and why", "Why did the Ropewalk Bridge reopen?"),
    ],
)
def test_a_question_after_a_courtesy_is_asked(words: str, full: str) -> None:
    found = after(BRIDGE, words)
    assert (found.courtesy, found.questions[0]) == ("", full)


@pytest.mark.parametrize(
    "question", ["Hi-fi shops?", "Thanksgiving?", "Good bread in Ulm?", "Hello, when does it sail?"]
)
def test_a_question_that_only_begins_like_a_courtesy_is_one(question: str) -> None:
    assert not standalone(question, [], alike).courtesy


@pytest.mark.parametrize("between", ["thanks", "ok", "???", "hello"])
def test_a_turn_that_asked_nothing_is_passed_over(between: str) -> None:
    assert standalone("and why?", [BRIDGE, Turn(between)], alike).questions == ("Why did the Ropewalk Bridge reopen?",)


@pytest.mark.parametrize("question", ["yes", "Why?", "more", "and when?", "go on"])
def test_what_only_goes_on_is_not_searched_for_where_nothing_was_asked_before(question: str) -> None:
    """C62: "yes" and "why?" lean on a turn before them."""
    assert standalone(question, [], alike).courtesy.startswith("There is no question before this one")


@pytest.mark.parametrize("question", ["how are you?", "ok, great!", "gracias", "well done", "hmm", "good night"])
def test_small_talk_is_replied_to(question: str) -> None:
    """C62: nothing is asked."""
    assert standalone(question, [], alike).courtesy


@pytest.mark.parametrize("question", ["what about it?", "When did it open?"])
def test_with_nothing_before_it_a_question_stays_as_it_is(question: str) -> None:
    assert standalone(question, [], alike) == FollowUp((question,))


@pytest.mark.parametrize(
    ("first", "second", "full"),
    [
        ("When did the bridge open?", "What did it cost?", "What did the bridge cost?"),
        ("When did the bridge open?", "How much was paid?", "How much was paid (the bridge)?"),
        ("When did the bridge open?", "Where is Mill Hall?", "Where is Mill Hall?"),
    ],
)
def test_the_second_of_two_questions_takes_its_subject_from_the_first(first: str, second: str, full: str) -> None:
    assert second_part(second, first, alike) == full


texts = st.one_of(st.text(max_size=60), st.sampled_from(PROMPTS))


@given(question=texts, last=texts, short=st.text(max_size=20), said=st.text(max_size=40))
def test_whatever_is_asked_after_whatever_something_is_meant(question: str, last: str, short: str, said: str) -> None:
    found = standalone(question, [Turn(last, short, said)], alike)
    assert found.questions
    assert all(isinstance(text, str) for text in found.questions)


@given(texts, texts)
def test_any_second_part_can_be_completed(second: str, first: str) -> None:
    assert isinstance(second_part(second, first, alike), str)
