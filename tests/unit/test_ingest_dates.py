"""Dates: the clear ones become days, the others stay unknown."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.dates import parse_date

DAY = date(2024, 3, 9)


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-09",
        "2024-3-9",
        "2024/03/09",
        "2024-03-09T23:30:00Z",
        "2024-03-09 06:05:00.123+01:00",
        "9 March 2024",
        "9th of March, 2024",
        "9 Mar. 2024",
        "09-Mar-2024",
        "March 9, 2024",
        "Mar 9th 2024",
        "Saturday, March 9, 2024",
        "Sat, 09 Mar 2024 06:05:00 GMT",
        "9 March 2024, 10.15 a.m.",
        "9 March 2024 at 10:15 BST",
        "  9  March\n2024 ",
        "9 März 2024",
        "9. März 2024",
        "9 mars 2024",
        "9 de marzo de 2024",
        "9 марта 2024",
        "9.3.2024",
        DAY,
        datetime(2024, 3, 9, 23, 59, tzinfo=timezone(timedelta(hours=9))),
    ],
)
def test_a_clear_date_is_read(written: object) -> None:
    """C32: however it is written."""
    assert parse_date(written) == DAY


@pytest.mark.parametrize(("written", "day"), [("25/12/2024", 25), ("12/25/2024", 25), ("12/12/2024", 12)])
def test_numbers_that_can_mean_one_day_only_are_read(written: str, day: int) -> None:
    assert parse_date(written) == date(2024, 12, day)


@pytest.mark.parametrize(
    "written",
    [
        "03/04/2024",
        "03-04-2024",
        "2024-13-01",
        "2024-02-30",
        "31 April 2024",
        "0000-01-01",
        "yesterday",
        "2 days ago",
        "next Friday",
        "March 2024",
        "9 March",
        "2024",
        "20240309",
        2024,
        1710000000,
        3.9,
        True,
        None,
        "",
        "{{date}}",
        ["2024-03-09"],
        "12 wombats 2024",
        "9 March 24",
        "x" * 10_000,
    ],
)
def test_what_could_mean_several_days_or_none_is_unknown(written: object) -> None:
    """C32: ambiguous, impossible, relative or incomplete."""
    assert parse_date(written) is None


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2199, 12, 31)))
def test_every_day_written_in_english_comes_back(day: date) -> None:
    month = calendar.month_name[day.month]
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day.day} {month} {day.year}") == day
    assert parse_date(f"{month[:3]} {day.day}, {day.year}") == day


@given(st.text(max_size=40))
def test_no_text_crashes_the_reading_of_dates(text: str) -> None:
    parse_date(text)
