"""What time a question asks about, and which articles can tell of it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.retrieve.scope import TimeScope, is_time, without_time

YEAR_2023 = (date(2023, 1, 1), date(2023, 12, 31))
MARCH_2024 = (date(2024, 3, 1), date(2024, 3, 31))


@pytest.mark.parametrize(
    ("question", "scope"),
    [
        ("What was the fee as of March 2024?", TimeScope("as_of", *MARCH_2024)),
        ("What was the fee as at 31 December 2023?", TimeScope("as_of", date(2023, 12, 31), date(2023, 12, 31))),
        ("How many had come by the end of 2023?", TimeScope("as_of", *YEAR_2023)),
        ("What was the fee until mid-2023?", TimeScope("as_of", *YEAR_2023)),
        ("What was the fee before 2023?", TimeScope("before", *YEAR_2023)),
        ("What was the fee before the 2023 change?", TimeScope("before", *YEAR_2023)),
        ("What was it before the flood in March 2024?", TimeScope("before", *MARCH_2024)),
        ("Who was mayor before 2024-03-02?", TimeScope("before", date(2024, 3, 2), date(2024, 3, 2))),
        ("What has changed since 2023?", TimeScope("since", *YEAR_2023)),
        ("What changed after March 2024?", TimeScope("since", *MARCH_2024)),
        ("What was the fee in 2023?", TimeScope("in", *YEAR_2023)),
        ("What was the fee in late 2023?", TimeScope("in", *YEAR_2023)),
        ("What was spent in 2023-24?", TimeScope("in", *YEAR_2023)),
        ("What was the 2023 fee?", TimeScope("in", *YEAR_2023)),
        ("What was the fee in Mar. 2024?", TimeScope("in", *MARCH_2024)),
        ("What happened on March 4, 2024?", TimeScope("in", date(2024, 3, 4), date(2024, 3, 4))),
        ("What happened on the 4th of March 2024?", TimeScope("in", date(2024, 3, 4), date(2024, 3, 4))),
        ("What happened in December 2023?", TimeScope("in", date(2023, 12, 1), date(2023, 12, 31))),
        ("How many came between 2020 and 2022?", TimeScope("in", date(2020, 1, 1), date(2022, 12, 31))),
        ("What was built from 2020 to 2022?", TimeScope("in", date(2020, 1, 1), date(2022, 12, 31))),
        ("How many came between 2022 and 2020?", TimeScope()),
        ("What is the fee now?", TimeScope("latest")),
        ("What is the latest fee?", TimeScope("latest")),
        ("Who is the current mayor?", TimeScope("latest")),
        ("What is the fee?", TimeScope()),
        ("How many of the 1990s houses are left?", TimeScope()),
        ("What happened on 30 February 2023?", TimeScope()),
    ],
)
def test_a_question_says_what_time_it_asks_about(question: str, scope: TimeScope) -> None:
    assert TimeScope.of(question) == scope


@pytest.mark.parametrize(
    ("question", "admitted", "not_admitted"),
    [
        ("as of March 2024", date(2024, 3, 31), date(2024, 4, 1)),
        ("before March 2024", date(2024, 2, 29), date(2024, 3, 1)),
        ("since March 2024", date(2024, 3, 1), date(2024, 2, 29)),
    ],
)
def test_an_article_of_another_time_is_not_admitted(question: str, admitted: date, not_admitted: date) -> None:
    assert TimeScope.of(question).admits(admitted)
    assert not TimeScope.of(question).admits(not_admitted)


@pytest.mark.parametrize("question", ["as of March 2024", "before 2024", "since 2024", "in 2024", "now", "the fee"])
def test_an_article_without_a_day_can_tell_of_any_time(question: str) -> None:
    assert TimeScope.of(question).admits(None)


@pytest.mark.parametrize(
    ("published", "text", "named"),
    [
        (date(2023, 5, 1), "The fee is £3.", True),
        (date(2024, 5, 1), "In 2023 the fee was £3.", True),
        (None, "The 2023 fee was £3.", True),
        (date(2024, 5, 1), "The fee is £3.", False),
        (None, "The fee is £3.", False),
        (date(2024, 5, 1), "It weighs 12023 kg.", False),
    ],
)
def test_what_was_in_a_year_is_told_by_its_articles_or_its_name(published: date | None, text: str, named: bool) -> None:
    assert TimeScope.of("What was the fee in 2023?").names(published, text) is named


@pytest.mark.parametrize(("text", "named"), [("In 2021 it rained.", True), ("In 2023 it rained.", False)])
def test_any_year_of_a_stretch_tells_of_it(text: str, named: bool) -> None:
    assert TimeScope.of("What happened between 2020 and 2022?").names(None, text) is named


def test_where_no_year_is_asked_about_any_text_will_do() -> None:
    assert TimeScope.of("What is the fee?").names(None, "The fee is £3.")


@pytest.mark.parametrize(
    "phrase", ["now", "in 2024", "before 2020", "as of March 2022", "last year", "the year before"]
)
def test_a_phrase_that_only_says_when_is_a_time(phrase: str) -> None:
    assert is_time(phrase)


@pytest.mark.parametrize("phrase", ["2024", "the 2024 fee", "Busan", "for children", "the news", ""])
def test_a_phrase_that_says_something_else_is_none(phrase: str) -> None:
    assert not is_time(phrase)


@pytest.mark.parametrize(
    ("question", "bare"),
    [
        ("What did it cost in 2023", "What did it cost"),
        ("In March 2024, what did it cost", "what did it cost"),
        ("What is the current fee of plan A", "What is the fee of plan A"),
        ("What was the 2023 fee", "What was the fee"),
        ("What was spent in 2023-24 on parks", "What was spent on parks"),
        ("What did it cost", "What did it cost"),
    ],
)
def test_a_question_is_the_same_less_its_time(question: str, bare: str) -> None:
    assert without_time(question) == bare


@given(st.text(), st.dates())
@example("as of 31 February 2024", date(2024, 1, 1))
@example("before 0 March 2024", date(2024, 1, 1))
@example("in 2024-13-41", date(2024, 1, 1))
@example("as of ٣١ march ٢٠٢٤ and 2٠24", date(2024, 1, 1))
def test_any_question_has_a_scope(question: str, published: date) -> None:
    scope = TimeScope.of(question)
    assert scope.admits(published) in (True, False)
    assert scope.names(published, question) in (True, False)


@given(
    st.sampled_from(["as of", "before", "since", "in"]),
    st.dates(min_value=date(1500, 1, 1), max_value=date(2099, 12, 31)),
)
def test_a_day_that_is_named_is_read(word: str, day: date) -> None:
    scope = TimeScope.of(f"What was the fee {word} {day.day} {day:%B} {day.year:04d}?")
    assert (scope.first, scope.last) == (day, day)
