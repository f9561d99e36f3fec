"""Filters by themselves: what can be given, how it is said, and that JSON keeps it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Filters
from rag.errors import InvalidFilter


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025-01", date(2025, 1, 1), date(2025, 1, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023/2", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024-3-9", date(2024, 3, 9), date(2024, 3, 9)),
        (" 2024.12.31 ", date(2024, 12, 31), date(2024, 12, 31)),
        (date(2024, 5, 6), date(2024, 5, 6), date(2024, 5, 6)),
        (datetime(2024, 5, 6, 23, 59), date(2024, 5, 6), date(2024, 5, 6)),
    ],
)
def test_a_part_of_a_date_is_its_first_day_for_since_and_its_last_for_until(
    written: str | date, first: date, last: date
) -> None:
    assert (Filters(since=written).since, Filters(until=written).until) == (first, last)


@pytest.mark.parametrize(
    "written",
    ["03/04/2024", "2024-13", "2024-13-01", "2024-02-30", "0000", "24", "2024-01/02", "9 März", "", "  ", 2025, True],
)
def test_what_is_no_date_or_could_mean_two_is_refused_with_what_to_write(written: object) -> None:
    """C32: nothing ambiguous is guessed at."""
    for field in ("since", "until"):
        with pytest.raises(InvalidFilter, match=rf"^{field}: .* Write a year, a month or a day: 2025, 2025-03"):
            Filters(**{field: written})


def test_a_last_day_before_the_first_is_refused_and_one_day_is_not() -> None:
    with pytest.raises(InvalidFilter, match="of 2025-04-01 or later and of 2025-03-31 or earlier"):
        Filters(since="2025-04", until="2025-03")
    assert Filters(since="2025-03-31", until="2025-03-31")


@pytest.mark.parametrize("field", ["sources", "tags", "languages", "articles"])
@pytest.mark.parametrize("empty", ["", " ", ["sport", ""], [None], [3]])
def test_an_empty_value_is_refused_rather_than_taken_for_every_article(field: str, empty: object) -> None:
    with pytest.raises(InvalidFilter, match="to filter by"):
        Filters(**{field: empty})


def test_one_value_may_stand_by_itself_and_each_counts_once() -> None:
    assert Filters(tags="sport") == Filters(tags=["sport", " sport "]) == Filters(tags=("sport",))
    assert hash(Filters(tags="sport")) == hash(Filters(tags=["sport"]))


def test_filters_that_filter_nothing_are_false_and_filters_cannot_be_changed() -> None:
    assert not Filters()
    assert not Filters(tags=[])
    assert all(map(bool, [Filters(since="2025"), Filters(until="2025"), Filters(articles="a")]))
    with pytest.raises(FrozenInstanceError):
        Filters().tags = ("sport",)  # type: ignore[misc]
    assert replace(Filters(tags="a"), since="2025") == Filters(tags="a", since="2025")


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(), ""),
        (Filters(since="2025-01", tags="sport"), "since January 2025, tagged sport"),
        (Filters(since="2025-01-02", until="2025-03"), "since 2 January 2025, until 31 March 2025"),
        (Filters(tags=["sport", "water"], languages=["en", "de-AT"]), "tagged sport or water, in English or German"),
        (Filters(languages="tlh", sources="/notes"), "in tlh, from “/notes”"),
        (Filters(articles=["a1", "b2"]), "that were chosen"),
    ],
)
def test_filters_are_said_in_words(filters: Filters, words: str) -> None:
    assert str(filters) == words


def test_each_value_has_words_of_its_own() -> None:
    filters = Filters(until="2025-03", tags=["sport", "water"], languages="de", sources="a", articles="b2")
    assert filters.each() == [
        ("until", "2025-03-31", "until 31 March 2025"),
        ("tags", "sport", "tagged sport"),
        ("tags", "water", "tagged water"),
        ("languages", "de", "in German"),
        ("sources", "a", "from “a”"),
        ("articles", "b2", "with the id b2"),
    ]


def test_each_value_can_be_taken_away() -> None:
    filters = Filters(since="2025", until="2026", sources=["a", "b"], tags="t", languages="en", articles="i")
    for field, value, _ in filters.each():
        assert len(filters.without(field, value).each()) == len(filters.each()) - 1
    for field, value, _ in filters.each():
        filters = filters.without(field, value)
    assert filters == Filters()
    assert filters.without("tags", "unknown") == filters.without("since", "2025-01-01") == Filters()


def test_what_is_no_filter_is_named() -> None:
    with pytest.raises(InvalidFilter, match="cannot be filtered by tag, but by since, until, sources, tags"):
        Filters.of({"tag": "sport"})
    with pytest.raises(InvalidFilter, match="not 'sport'"):
        Filters.of("sport")  # type: ignore[arg-type]
    assert Filters.of(None) == Filters.of({}) == Filters()


_values = st.lists(st.text(min_size=1).filter(str.strip), max_size=3)


@given(st.dates(), st.dates(), _values, _values, _values, _values)
def test_json_keeps_filters(
    one: date, other: date, sources: list[str], tags: list[str], languages: list[str], articles: list[str]
) -> None:
    filters = Filters(
        since=min(one, other),
        until=max(one, other),
        sources=sources,
        tags=tags,
        languages=languages,
        articles=articles,
    )
    assert Filters.of(filters.to_dict()) == filters
