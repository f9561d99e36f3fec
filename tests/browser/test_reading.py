"""Ask, read, and open the very words."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from conftest import ARTICLES, VisitWindow, Window, chat, opened
from playwright.sync_api import expect

BRIDGE = ARTICLES[0]
WHEN = "When did the Ropewalk Bridge reopen?"


def test_a_number_opens_the_article_at_the_very_words(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    visited.ask(WHEN)
    number = page.locator("#log .number").first
    expect(number).to_have_text("1")
    expect(number).to_have_accessible_name("Footnote 1: Ropewalk Bridge reopens")
    expect(page.locator("#log .words")).to_contain_text("12 March 2024")
    span = {
        key: int(value[0])
        for key, value in parse_qs(urlsplit(number.get_attribute("href")).query).items()
        if key != "check"
    }
    quote = BRIDGE.text[span["start"] : span["end"]]

    number.click()

    marked = page.locator("#reader mark")
    expect(marked).to_be_in_viewport()
    assert "".join(marked.all_text_contents()) == quote
    assert page.locator("#log .card mark").first.text_content() == quote
    expect(page.locator("#reader h1")).to_have_text(BRIDGE.title)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{window.address}/{number.get_attribute('href')}"


def test_a_card_opens_the_article_at_its_words(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    visited.ask(WHEN)
    card = visited.page.locator("#log .card").first
    expect(card).to_contain_text("13 March 2024")
    card.click()
    expect(visited.page.locator("#reader mark")).to_be_in_viewport()
    expect(visited.page.locator("#reader mark")).to_have_text(card.locator("mark").text_content() or "")


def test_everything_can_be_done_from_the_keyboard(visit: VisitWindow, window: Window) -> None:
    """The focus moves into the article and comes back to the number that opened it."""
    visited = visit(window)
    page = visited.page
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type(WHEN)
    page.keyboard.press("Enter")
    expect(page.locator("#log .number").first).to_be_visible()
    expect(page.locator("#ask")).to_be_visible()
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.number')"):
            break
    number = page.locator("#log .number:focus")
    expect(number).to_have_css("outline-style", "solid")
    opener = number.get_attribute("href")

    page.keyboard.press("Enter")
    expect(page.locator("#reader mark")).to_be_focused()
    closing = page.get_by_role("button", name="Close the article")
    for _ in range(10):  # past the article's details
        page.keyboard.press("Shift+Tab")
        if closing.evaluate("(button) => button === document.activeElement"):
            break
    expect(closing).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('href')") == opener


def test_shift_enter_makes_a_new_line_and_enter_asks(visit: VisitWindow, window: Window) -> None:
    page = visit(window).page
    box = page.locator("#question textarea")
    box.fill("When did the Ropewalk")
    box.press("Shift+Enter")
    box.press_sequentially("Bridge reopen?")
    assert box.input_value() == "When did the Ropewalk\nBridge reopen?"
    expect(page.locator("#log .turn")).to_have_count(0)
    box.press("Enter")
    expect(page.locator("#log .turn")).to_have_count(1)


def test_not_in_your_articles_looks_different_and_has_no_footnotes(visit: VisitWindow, window: Window) -> None:
    """C64: nearest passages are shown as such, and no number suggests that they answer."""
    visited = visit(window)
    page = visited.page
    visited.ask("Which chess champion lives in Reykjavik?")
    absent = page.locator("#log .absent")
    expect(absent.get_by_role("heading", name="Not in your articles")).to_be_visible()
    expect(absent.get_by_role("heading", name="Closest passages, which do not answer")).to_be_visible()
    expect(page.locator("#log :is(.number, .card, .answer)")).to_have_count(0)
    absent.locator(".place").first.click()
    expect(page.locator("#reader mark").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    visited.ask(WHEN)
    colours = [
        page.locator(part).first.evaluate("part => getComputedStyle(part).backgroundColor")
        for part in ("#log .absent", "#log .answer")
    ]
    assert colours[0] != colours[1]


def test_each_answer_keeps_its_own_footnotes(visit: VisitWindow, window: Window) -> None:
    """C56: the sources of one question are not shown with another, before and after a reload."""
    visited = visit(window)
    page = visited.page
    visited.ask(WHEN)
    visited.ask("How many passengers does the new ferry carry?")

    def titles() -> list[str]:
        return [page.locator("#log .turn").nth(n).locator(".card .place").first.inner_text() for n in (0, 1)]

    assert titles() == ["Ropewalk Bridge reopens", "A ferry for Skail"]
    page.reload()
    expect(page.locator("#log .turn")).to_have_count(2)
    assert titles() == ["Ropewalk Bridge reopens", "A ferry for Skail"]


def test_a_right_to_left_article_is_set_from_the_right(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    visited.go("Library")
    visited.page.get_by_role("link", name="أخبار المرفأ").click()
    expect(visited.page.locator("#reader .paragraph").first).to_have_css("direction", "rtl")
    expect(visited.page.locator("#reader .article")).to_have_attribute("lang", "ar")


def test_a_link_to_a_quote_works_as_a_page_and_after_a_restart(visit: VisitWindow, filled: Path) -> None:
    with opened(*chat(filled)) as window:
        visited = visit(window)
        visited.ask(WHEN)
        link = visited.page.locator("#log .number").first.get_attribute("href")
        quote = visited.page.locator("#log .card mark").first.text_content()
        visited.leave()
    with opened(*chat(filled)) as window:
        page = visit(window).page
        page.goto(f"{window.address}/{link}")
        expect(page.locator("mark")).to_have_text(quote or "")
        expect(page.locator("mark")).to_be_in_viewport()
        assert page.title() == BRIDGE.title
