"""The window at 390 by 844."""

from __future__ import annotations

from conftest import VisitWindow, Window
from playwright.sync_api import Page, expect


def _sideways(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def test_on_a_phone_the_article_covers_the_chat_and_gives_it_back(visit: VisitWindow, window: Window) -> None:
    visited = visit(window, width=390, height=844)
    page = visited.page
    assert _sideways(page) <= 0
    visited.ask("When did the Ropewalk Bridge reopen?")
    assert _sideways(page) <= 0
    number = page.locator("#log .number").first
    opener = number.get_attribute("href")
    number.click()
    expect(page.locator("#reader mark")).to_be_in_viewport()
    assert page.locator("#reader").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert page.evaluate("document.querySelector('gradio-app').inert")
    page.get_by_role("button", name="Close the article").click()
    expect(page.locator("#reader")).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('href')") == opener
    visited.ask("Which chess champion lives in Reykjavik?")
    assert _sideways(page) <= 0
    visited.go("Library")
    expect(page.locator("#list li").first).to_be_visible()
    assert _sideways(page) <= 0


def test_a_long_word_does_not_widen_a_phone(visit: VisitWindow, window: Window) -> None:
    visited = visit(window, width=390, height=844)
    visited.ask("W" * 900)
    assert _sideways(visited.page) <= 0


def test_on_a_phone_the_conversations_are_a_drawer(visit: VisitWindow, window: Window) -> None:
    visited = visit(window, width=390, height=844)
    page = visited.page
    visited.ask("When did the Ropewalk Bridge reopen?")
    opener = page.get_by_role("button", name="Conversations", exact=True)
    drawer = page.get_by_role("navigation", name="Conversations")
    expect(drawer).to_be_hidden()
    opener.click()
    expect(page.get_by_role("searchbox", name="Search the conversations")).to_be_focused()
    expect(drawer).to_be_visible()
    assert _sideways(page) <= 0
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    page.get_by_role("link", name="New conversation").click()
    expect(page.locator("#welcome h2")).to_be_visible()
    expect(drawer).to_be_hidden()
    opener.click()
    drawer.locator("li > a").first.click()
    expect(page.locator("#log .turn")).to_have_count(1)
    expect(drawer).to_be_hidden()
