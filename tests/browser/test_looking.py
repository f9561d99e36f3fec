"""Reading without leaving the answer: a look at a quote, from one footnote to the next, and how an answer came up."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from conftest import VisitWindow, Window, scripted
from playwright.sync_api import Page, expect
from told_window import ARTICLES, EVERYTHING, OPEN, SHUT, WAITING

WHEN = "When did the Ropewalk Bridge reopen?"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window whose answers are made by hand."""
    with scripted("told_window.py", ARTICLES, tmp_path_factory.mktemp("told")) as window:
        yield window


def _focused(page: Page) -> str:
    return page.evaluate("document.activeElement.textContent")


def test_a_number_shows_its_quote_before_it_is_opened(visit: VisitWindow, told: Window) -> None:
    visited = visit(told)
    page = visited.page
    visited.ask(EVERYTHING)
    peek = page.get_by_role("tooltip")
    numbers = page.locator("#log .words .number")
    numbers.nth(1).hover()
    expect(peek.locator("mark")).to_have_text(OPEN)
    expect(peek).to_contain_text("Ropewalk Bridge reopens")
    expect(peek).to_contain_text("13 March 2024")
    expect(peek).to_contain_text("2 articles say this")
    peek.hover()
    page.wait_for_timeout(300)
    expect(peek).to_be_visible()
    page.locator("#masthead").hover()
    expect(peek).to_be_hidden()

    numbers.first.focus()
    page.keyboard.press("ArrowRight")
    assert _focused(page) == "2"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert _focused(page) == "1"
    expect(peek.locator("mark")).to_have_text(SHUT)
    expect(numbers.first).to_have_accessible_description(re.compile(f"Ropewalk Bridge reopens.*{SHUT}"))
    page.keyboard.press("Escape")
    expect(peek).to_be_hidden()
    assert _focused(page) == "1"


def test_arrows_go_from_one_footnote_to_the_next_in_the_open_article(visit: VisitWindow, told: Window) -> None:
    visited = visit(told)
    page = visited.page
    visited.ask(EVERYTHING)
    page.locator("#log .number").first.press("Enter")
    mark = page.locator("#reader mark")
    expect(mark).to_have_text(SHUT)
    steps = page.get_by_role("group", name="Footnotes of this answer")
    expect(steps).to_contain_text("1 of 4")
    expect(steps.get_by_role("button", name="Previous footnote")).to_be_disabled()
    page.keyboard.press("ArrowRight")
    expect(mark).to_have_text(OPEN)
    steps.get_by_role("button", name="Next footnote").click()
    expect(page.locator("#reader h1")).to_have_text("Lorries are back on Ropewalk")
    page.keyboard.press("ArrowRight")
    expect(mark).to_have_text(WAITING)
    expect(steps.get_by_role("button", name="Next footnote")).to_be_disabled()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(steps).to_contain_text("3 of 4")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    assert _focused(page) == "3"


def test_who_says_otherwise_and_how_sure_it_is_are_told_in_words(visit: VisitWindow, told: Window) -> None:
    visited = visit(told)
    page = visited.page
    visited.ask(EVERYTHING)
    path = page.url
    page.get_by_role("link", name="1 article says otherwise").click()
    expect(page.get_by_role("heading", name="Other articles say otherwise")).to_be_in_viewport()
    assert page.url == f"{path}#otherwise-0"
    expect(page.locator("#log .turn")).to_have_count(1)
    page.get_by_role("button", name="Well supported").click()
    expect(page.get_by_role("tooltip")).to_have_text("Of 10 answers as well supported as this one, about 9 are right.")
    page.get_by_role("button", name="Keys").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("tooltip")).to_contain_text("go to the footnote before and after")


@pytest.mark.parametrize("width", [1280, 390])
def test_how_an_answer_came_up_is_folded_and_stays_unfolded(visit: VisitWindow, window: Window, width: int) -> None:
    visited = visit(window, width=width)
    page = visited.page
    visited.ask(WHEN)
    shown = page.locator("#log .came-up")
    expect(shown).to_have_count(0)
    page.get_by_text("How this came up").click()
    expect(shown.get_by_role("columnheader")).to_have_text(["Passage", "Meaning", "Words", "Both", "Read", "Quoted"])
    expect(shown).to_contain_text("Searching")
    expect(shown.get_by_role("row").filter(has_text="yes").first).to_contain_text("Ropewalk Bridge reopens")
    visited.ask("How many passengers does the new ferry carry?")
    expect(shown).to_have_count(1)
    expect(shown).to_be_attached()
    shown.get_by_role("link", name="Ropewalk Bridge reopens").first.click()
    expect(page.locator("#reader mark").first).to_be_in_viewport()
