"""What an answer tells beside its sentences: what it comes down to, who agrees, who says otherwise, as of when."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import VisitWindow, Window, scripted
from playwright.sync_api import expect
from told_window import ARTICLES, CHILD, EVERYTHING, OPEN, ROW, SHUT, WAITING


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window whose answers are made by hand."""
    with scripted("told_window.py", ARTICLES, tmp_path_factory.mktemp("told")) as window:
        yield window


def test_an_answer_tells_what_it_comes_down_to_and_who_says_so(visit: VisitWindow, told: Window) -> None:
    visited = visit(told)
    page = visited.page
    visited.ask(EVERYTHING)
    words = page.locator("#log .words")
    expect(words.locator(".verdict")).to_have_text("Yes.")
    expect(words.locator(".short")).to_have_text("12 March 2024")
    expect(words.locator(".context")).to_contain_text(f"For context: {SHUT}")
    expect(words.locator(".sentence:not(.context)")).to_contain_text(OPEN)
    expect(words.locator(".agreeing")).to_have_text(["2 articles say this"])
    expect(page.locator("#log .support")).to_have_text("Well supported As of 22 November 2025")
    otherwise = page.locator("#log .otherwise")
    expect(otherwise.get_by_role("heading", name="Other articles say otherwise")).to_be_visible()
    expect(otherwise.locator("p")).to_have_text([f"On 2 February 2024: {WAITING}4"])
    expect(words).not_to_contain_text(WAITING)
    otherwise.locator(".number").click()
    expect(page.locator("#reader mark")).to_have_text(WAITING)


def test_what_is_aside_is_seen_to_be_aside(visit: VisitWindow, told: Window) -> None:
    visited = visit(told)
    page = visited.page
    visited.ask(EVERYTHING)

    def style(part: str, name: str) -> str:
        return page.locator(f"#log {part}").first.evaluate(f"part => getComputedStyle(part).{name}")

    assert int(style(".short", "fontWeight")) > int(style(".words", "fontWeight"))
    assert style(".short", "backgroundColor") != style(".words", "backgroundColor")
    assert style(".context", "color") != style(".words", "color")
    page.emulate_media(forced_colors="active")
    assert style(".short", "textDecorationLine") == "underline"
    assert style(".context", "fontStyle") == "italic"


def test_a_row_of_a_table_is_shown_by_its_cells_and_so_is_its_header(visit: VisitWindow, told: Window) -> None:
    visited = visit(told)
    page = visited.page
    visited.ask(ROW)
    expect(page.locator("#log .words")).to_have_text(f"{CHILD}12")
    quotes = page.locator("#log .card blockquote")
    expect(quotes.nth(0).locator(".cell")).to_have_text(["Child, 5 to 15", "£3.20", "£5.60", "£26.00"])
    expect(quotes.nth(1).locator(".cell")).to_have_text(["Ticket", "Single", "Day return", "Book of ten singles"])
    assert "|" not in page.locator("#log").inner_text()
    page.locator("#log .card").nth(1).click()
    expect(page.locator("#reader th mark")).to_have_text(["Ticket", "Single", "Day return", "Book of ten singles"])
    assert "|" not in page.locator("#reader").inner_text()
