"""The window at 390 by 844."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from conftest import ARTICLES, VisitWindow, Window, chat, opened, scripted
from playwright.sync_api import Page, expect
from told_window import ARTICLES as TOLD
from told_window import DELAYED, EVERYTHING

from rag import Article, Library


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
    expect(page.locator("#list tbody tr").first).to_be_visible()
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
    # Asked in other words, it goes on in a fork; the older one is renamed, exported, deleted and brought back.
    visited.ask("Thanks")
    page.locator("#log .turn").first.get_by_role("button", name="Edit question").click()
    page.get_by_role("textbox", name="Your question, to be asked again").fill("What does the ferry to Skail carry?")
    page.get_by_role("button", name="Ask", exact=True).first.click()
    expect(page.locator("#log .words")).to_contain_text("140 passengers")
    opener.click()
    more = drawer.locator("li .more").nth(1)
    more.click()
    page.locator("#conversation-menu").get_by_text("Rename", exact=True).click()
    page.get_by_role("textbox", name="Title of the conversation").fill("Old bridge")
    page.keyboard.press("Enter")
    expect(drawer.get_by_role("link", name="Old bridge")).to_be_visible()
    more = drawer.locator("li").filter(has=page.get_by_role("link", name="Old bridge")).locator(".more")
    more.click()
    with page.expect_download() as download:
        page.locator("#conversation-menu").get_by_text("Export as Markdown", exact=True).click()
    assert download.value.suggested_filename == "Old bridge.md"
    more.click()
    page.locator("#conversation-menu").get_by_text("Delete", exact=True).click()
    expect(drawer.get_by_role("link", name="Old bridge")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(drawer.get_by_role("link", name="Old bridge")).to_be_visible()
    assert _sideways(page) <= 0


def test_on_a_phone_footnotes_are_gone_through_and_their_dates_are_seen(visit: VisitWindow, tmp_path: Path) -> None:
    with scripted("told_window.py", TOLD, tmp_path) as window:
        visited = visit(window, width=390, height=844)
        page = visited.page
        visited.ask(EVERYTHING)
        page.locator("#log .words .number").first.click()
        expect(page.locator("#reader mark")).to_be_in_viewport()
        page.get_by_role("button", name="Next footnote").click()
        page.get_by_role("button", name="Next footnote").click()
        expect(page.locator("#reader h1")).to_have_text("Lorries are back on Ropewalk")
        expect(page.locator("#reader mark")).to_be_in_viewport()
        page.get_by_role("button", name="Close the article").click()
        page.get_by_role("button", name="Well supported").click()
        expect(page.get_by_role("tooltip")).to_contain_text("about 9 are right")
        times = page.get_by_role("figure", name="When the sources are from")
        expect(times.get_by_role("link")).to_have_text(["4", "1, 2", "3"])
        times.get_by_role("link", name="2 February 2024").click()
        expect(page.locator("#reader h1")).to_have_text(DELAYED.title)
        page.get_by_role("button", name="Close the article").click()
        times.locator("summary").click()
        expect(times.get_by_role("row")).to_have_count(4)
        assert _sideways(page) <= 0
        visited.leave()


def test_on_a_phone_the_library_is_added_to_looked_through_and_drawn(visit: VisitWindow, tmp_path: Path) -> None:
    days = [
        Article(title=f"Day {n}", text=f"It was day {n}.", source=f"{n}.md", published=date(2024, 1, n)) for n in (1, 2)
    ]
    with Library(tmp_path / "library") as library:
        library.add_articles([*ARTICLES, *days])
    with opened(*chat(tmp_path / "library")) as window:
        visited = visit(window, width=390, height=844)
        page = visited.page
        visited.go("Library")
        count, reader = page.locator("#list .count"), page.locator("#reader")
        page.locator("summary", has_text="Paste text").click()
        page.get_by_label("Text", exact=True).fill("The weir was mended in spring.")
        page.get_by_role("button", name="Add text").click()
        expect(page.locator("#report .totals")).to_have_text("1 added")
        page.get_by_role("searchbox").fill("day")
        expect(count).to_contain_text("2 of 7 articles")
        page.get_by_role("link", name="Day 2").click()
        reader.locator("summary", has_text="Change details").click()
        reader.get_by_label("Title").fill("The second day")
        reader.get_by_role("button", name="Save").click()
        expect(reader).to_contain_text("Saved.")
        page.get_by_role("button", name="Close the article").click()
        page.get_by_role("checkbox", name="Select The second day").check()
        page.get_by_role("button", name="Remove 1 selected").click()
        expect(count).to_contain_text("1 of 6 articles")
        page.locator("#shelf-notice").get_by_role("button", name="Undo").click()
        expect(count).to_contain_text("2 of 7 articles")
        page.get_by_role("searchbox").fill("")
        page.locator("#shelf .filter summary").click()
        page.get_by_role("checkbox", name="Arabic").check()
        expect(count).to_contain_text("1 of 7 articles")
        page.get_by_role("button", name="Show all").click()
        page.get_by_role("radio", name="Over time").check()
        page.get_by_role("button", name="April 2025: 1 article").click()
        expect(page.locator("#list .place")).to_have_text("A ferry for Skail")
        page.get_by_role("button", name="Show all").click()
        page.get_by_role("radio", name="Map").check()
        expect(page.locator("[data-points] canvas")).to_be_visible()
        page.locator(".map summary").click()
        page.locator(".map table").get_by_role("link").first.click()
        expect(reader.locator("h1")).to_be_visible()
        assert _sideways(page) <= 0
        visited.leave()
