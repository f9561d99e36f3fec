"""Numbers, dates and times are compared to the digit, however they are written."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.checking.days import Day
from rag.answering.checking.figures import Figure, agreement, figures
from rag.answering.numbers import value_of

PUBLISHED = date(2024, 3, 7)
"""A Thursday."""


def only(text: str, published: date | None = None) -> Figure:
    (figure,) = figures(text, published)
    return figure


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,200 boats", "1.2 thousand boats"),
        ("1,200 boats", "twelve hundred boats"),
        ("1,200 boats", "one thousand two hundred boats"),
        ("1,200 boats", "1 200 boats"),
        ("5 %", "5 per cent"),
        ("5%", "five percent"),
        ("$3m", "3 million dollars"),
        ("$3m", "US$3,000,000"),
        ("£2.5bn", "two and a half billion pounds"),
        ("€40", "40 euros"),
        ("50p", "50 pence"),
        ("half a million people", "500,000 people"),
        ("two-thirds of them", "two thirds"),
        ("250 km", "250 kilometres"),
        ("1.5 km", "1,500 metres"),
        ("2 hours", "120 minutes"),
        ("a dozen boats", "12 boats"),
        ("3 March 2024", "2024-03-03"),
        ("March 3rd, 2024", "the 3rd of March 2024"),
        ("March 3rd", "3 March"),
        ("the 19th century", "the nineteenth century"),
        ("6.40 p.m.", "18:40"),
        ("7.30", "7:30 a.m."),
        ("noon", "12:00"),
        ("the 21st boat", "the twenty-first boat"),
        ("1945", "nineteen forty-five"),
        ("−3 degrees", "-3 degrees"),
        ("a 34-year-old joiner", "Jamal Idris, 34, a joiner"),
        ("he is seven years old", "aged 7"),
    ],
)
def test_one_figure_written_in_two_ways_is_one(one: str, other: str) -> None:
    assert agreement(only(one), only(other)) >= 0.6
    assert agreement(only(other), only(one)) >= 0.6


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("6 %", "5 %"),
        ("$3m", "£3m"),
        ("$3m", "$3bn"),
        ("3 km", "3 miles"),
        ("1,200", "1,201"),
        ("3 March 2024", "3 May 2024"),
        ("3 March 2024", "4 March 2024"),
        ("3 March 2024", "3 March 2023"),
        ("March 2024", "March 2023"),
        ("6.40 p.m.", "6.40 a.m."),
        ("the 19th century", "the 18th century"),
        ("third", "three"),
        ("2 hours", "2 minutes"),
        ("in 2019", "in 2018"),
    ],
)
def test_two_figures_are_never_taken_for_one(one: str, other: str) -> None:
    """Decision 12 of the design: quotes match to the digit, 6 % is not 5 %."""
    assert agreement(only(one), only(other)) == 0
    assert agreement(only(other), only(one)) == 0


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("last Tuesday", "5 March 2024"),
        ("on Tuesday", "5 March 2024"),
        ("yesterday", "6 March 2024"),
        ("tomorrow", "8 March 2024"),
        ("next Monday", "11 March 2024"),
    ],
)
def test_a_day_named_from_the_day_of_the_article_is_that_day(told: str, meant: str) -> None:
    assert agreement(only(meant), only(told, PUBLISHED)) == 1
    assert agreement(only("3 May 2024"), only(told, PUBLISHED)) == 0


def test_a_year_that_only_the_day_of_the_article_tells_counts_nearly_in_full() -> None:
    assert agreement(only("3 March 2024"), only("3 March"), PUBLISHED) > 0.8
    assert agreement(only("3 March 2023"), only("3 March"), PUBLISHED) < 0.5


def test_part_of_a_date_is_borne_out_by_the_whole_and_the_whole_only_half_by_a_part() -> None:
    assert agreement(only("in 2024"), only("3 March 2024")) == 1
    assert agreement(only("3 March 2024"), only("in March 2024")) == 0.5


def test_about_lets_a_number_be_rounded_and_nothing_else_does() -> None:
    assert agreement(only("about 1,200 people"), only("1,198 people")) > 0
    assert agreement(only("over 1,000 people"), only("1,198 people")) > 0
    assert agreement(only("1,200 people"), only("1,198 people")) == 0
    assert agreement(only("over 1,200 people"), only("1,198 people")) == 0


@pytest.mark.parametrize("text", ["Covid-19", "the B52", "plan A4", "no one", "one of them", "first of all"])
def test_names_with_digits_and_words_that_count_nothing_are_no_figures(text: str) -> None:
    assert figures(text) == []


def test_both_days_of_25_and_26_december_are_dates() -> None:
    assert [figure.days for figure in figures("no ferry on 25 and 26 December")] == [
        (Day(month=12, day=25),),
        (Day(month=12, day=26),),
    ]


def test_figures_stand_where_they_say() -> None:
    text = "On 3 March 2024 some 1,200 boats paid $3m, 5 % more than in the 1990s, before 6.40 p.m."
    found = figures(text)
    assert len(found) == 6
    assert all(text[figure.start : figure.end] == figure.text for figure in found)


@given(st.integers(min_value=0, max_value=999_999))
def test_a_number_is_the_same_in_words_with_commas_and_bare(number: int) -> None:
    assert value_of(in_words(number)) == number
    written = only(f"It has {number:,} seats")
    assert agreement(written, only(f"It has {number} seats")) == 1


@given(st.integers(min_value=2, max_value=9_999_999), st.integers(min_value=2, max_value=9_999_999))
def test_numbers_agree_only_where_they_are_equal(one: int, other: int) -> None:
    agreed = agreement(only(f"It has {one:,} seats"), only(f"It has {other:,} seats"))
    assert (agreed > 0) == (one == other)


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2199, 12, 31)))
def test_a_day_is_the_same_in_every_way_of_writing_it(day: date) -> None:
    ways = [
        f"{day.day} {day:%B} {day.year}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day.year}-{day.month:02}-{day.day:02}",
        f"{day:%B} {day.day}th, {day.year}",
    ]
    for way in ways:
        assert only(f"It opened on {way}.").days == (Day(day.year, day.month, day.day),)


@given(st.text(max_size=80))
def test_whatever_is_read_figures_never_overlap(text: str) -> None:
    found = sorted(figures(text, PUBLISHED), key=lambda figure: figure.start)
    assert all(a.end <= b.start for a, b in pairwise(found))


def in_words(number: int) -> str:
    """Write a number in words, as the English do."""
    ones = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen"
    ).split()
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    if number >= 1000:
        rest = number % 1000
        tail = f" {'and ' if rest < 100 else ''}{in_words(rest)}" if rest else ""
        return f"{in_words(number // 1000)} thousand{tail}"
    if number >= 100:
        rest = number % 100
        return f"{ones[number // 100]} hundred" + (f" and {in_words(rest)}" if rest else "")
    if number >= 20:
        return tens[number // 10 - 2] + (f"-{ones[number % 10]}" if number % 10 else "")
    return ones[number]
