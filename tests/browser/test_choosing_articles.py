"""The row that says which articles are asked: chosen, shown, kept, removed, by mouse, by key and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from conftest import VisitWindow, Window, chat, opened
from playwright.sync_api import Locator, Page, Route, expect

from rag import Article, Library

ARTICLES = tuple(
    Article(
        title=f"Ferry fares {year}",
        text=f"A single ticket for the ferry to Skail costs £{fare}. Tickets are sold on board.",
        source=f"fares/{year}.md",
        published=date(year, 4, 1),
        tags=(f"year {year}", "ferry", "<b>bold</b>"),
        language=language,
    )
    for year, fare, language in ((2023, 3, "de"), (2025, 5, "en"))
)
FARE = "What does a single ticket for the ferry to Skail cost?"


@pytest.fixture(scope="module")
def fares(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window over the fares of two years."""
    folder: Path = tmp_path_factory.mktemp("fares") / "library"
    with Library(folder) as library:
        library.add_articles(ARTICLES)
    with opened(*chat(folder)) as window:
        yield window


def _box(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=name, include_hidden=True)


@pytest.mark.parametrize("late", ["at last", "never"])
def test_a_choice_holds_also_where_what_was_sent_before_it_arrives_late(
    visit: VisitWindow, fares: Window, late: str
) -> None:
    page = visit(fares).page
    held: list[Route] = []

    def delay(route: Route) -> None:
        if not held and '"filters":{}' in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/queue/join*", delay)
    page.locator("#filters .opens").click()  # asks for the choices there are
    _box(page, "year 2023").check()
    page.wait_for_timeout(500)
    if late == "at last":
        held[0].continue_()
    expect(page.locator("#filters .opens")).to_have_text("1 of 2 articles")
    page.wait_for_timeout(500)
    expect(page.locator("#filters .opens")).to_have_text("1 of 2 articles")
    expect(page.locator("#filters .chip")).to_be_visible()


def test_what_is_chosen_is_asked_shown_kept_and_removed(visit: VisitWindow, fares: Window) -> None:
    visited = visit(fares)
    page = visited.page
    row, opener = page.locator("#filters"), page.locator("#filters .opens")
    expect(opener).to_have_text("All articles")
    expect(_box(page, "year 2023")).to_be_hidden()
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    _box(page, "year 2023").check()
    expect(opener).to_have_text("1 of 2 articles")
    expect(page.locator("#welcome")).to_contain_text("1 of your 2 articles")
    visited.ask(FARE)
    expect(_box(page, "year 2023")).to_be_hidden()
    expect(page.locator("#log .answer")).to_contain_text("£3")
    expect(page.locator("#log .answer")).not_to_contain_text("£5")
    expect(page.locator("#log .support")).to_contain_text("Asked of articles tagged year 2023")
    page.reload()
    expect(row.get_by_role("button", name="Remove tagged year 2023")).to_be_visible()
    visited.ask("Who invented the telescope?")
    expect(page.locator("#log .absent")).to_contain_text("in articles tagged year 2023 (1 in all)")
    row.get_by_role("button", name="Remove tagged year 2023").click()
    expect(opener).to_have_text("All articles")
    expect(opener).to_be_focused()
    visited.ask(FARE)
    expect(page.locator("#log .turn").last).to_contain_text("£5")


def test_it_all_goes_by_key_and_a_wrong_pair_of_days_is_said_and_not_used(visit: VisitWindow, fares: Window) -> None:
    visited = visit(fares)
    page = visited.page
    opener = page.locator("#filters .opens")
    opener.press("Enter")
    since = page.locator("#filters [name=since]")
    since.focus()
    page.keyboard.type("04012025")
    expect(opener).to_have_text("1 of 2 articles")
    expect(since).to_have_value("2025-04-01")
    expect(since).to_be_focused()
    page.locator("#filters [name=until]").focus()
    page.keyboard.type("01012024")
    expect(page.locator("#filters .problem")).to_contain_text("Swap since and until")
    expect(page.locator("#filters [name=until]")).to_have_value("2024-01-01")
    expect(opener).to_have_text("1 of 2 articles")
    page.locator("#filters [name=until]").fill("")
    expect(page.locator("#filters .problem")).to_have_count(0)
    box = _box(page, "<b>bold</b>")
    box.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Remove tagged <b>bold</b>")).to_be_visible()
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(opener).to_be_focused()
    page.get_by_role("button", name="Reset: ask all articles").press("Enter")
    expect(opener).to_have_text("All articles")
    opener.press("Enter")
    expect(box).not_to_be_checked()
    expect(since).to_have_value("")


def test_on_a_phone_the_choices_fit(visit: VisitWindow, fares: Window) -> None:
    page = visit(fares, width=390, height=844).page
    page.locator("#filters .opens").click()
    for name in ("ferry", "English", "German", "fares"):
        _box(page, name).first.check()
    expect(page.locator("#filters .chip")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    expect(page.locator("#question textarea")).to_be_in_viewport()
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#filters .opens")).to_be_focused()
    expect(page.locator("#filters [name=since]")).to_be_hidden()
