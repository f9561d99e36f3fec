"""The list of articles, its search, and adding more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ARTICLES, VisitWindow, Window, chat, emptied, opened
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window over a library whose last article was removed."""
    folder = emptied(tmp_path_factory.mktemp("empty") / "library")
    with opened(*chat(folder)) as window:
        yield window


def test_the_list_is_searched_by_title_author_and_source(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    visited.go("Library")
    search = page.locator("#search :is(input, textarea)")
    expect(page.locator("#list li")).to_have_count(len(ARTICLES))
    for words, title in (
        ("ropewalk", "Ropewalk Bridge reopens"),
        ("callum", "A ferry for Skail"),
        ("ferry.md", "A ferry for Skail"),
    ):
        search.fill(words)
        expect(page.locator("#list li")).to_have_count(1)
        expect(page.locator("#list .place")).to_have_text(title)
    expect(page.locator("#list li")).to_contain_text("1 April 2025")
    page.locator("#list .place").click()
    expect(page.locator("#reader h1")).to_have_text("A ferry for Skail")
    page.keyboard.press("Escape")
    search.fill("zebra")
    expect(page.locator("#list")).to_contain_text("No article's title, author or source has “zebra” in it.")


def test_files_that_are_dropped_are_reported_one_by_one_and_can_be_asked_about(
    visit: VisitWindow, empty: Window, tmp_path: Path
) -> None:
    visited = visit(empty)
    page = visited.page
    expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
    visited.ask("Who keeps the bees?")
    expect(page.locator("#log .turn")).to_contain_text("no articles")
    page.get_by_role("button", name="New conversation").click()
    page.get_by_role("button", name="Add articles").click()
    expect(page.locator("#list")).to_contain_text("No articles yet")

    good, bad, bare = tmp_path / "bees.md", tmp_path / "photo.xyz", tmp_path / "bare.txt"
    good.write_text("# Bees on the roof\n\nMarta Lindqvist keeps forty hives of bees on the library roof.\n", "utf-8")
    bad.write_bytes(b"\x00\x01\x02")
    bare.write_text("", "utf-8")
    chooser = page.locator("#drop input[type=file]")
    chooser.set_input_files([good, bad, bare])
    expect(page.locator("#report .totals")).to_have_text("1 added, 2 not added")
    for name in ("photo.xyz", "bare.txt"):
        expect(page.locator("#report .failed")).to_contain_text(name)
    expect(page.locator("#report")).not_to_contain_text(str(tmp_path))
    expect(page.locator("#list .place")).to_have_text("Bees on the roof")
    expect(page.locator("#list .source")).to_have_text("bees.md")

    chooser.set_input_files([good])
    expect(page.locator("#report .totals")).to_have_text("1 unchanged")
    good.write_text("# Bees on the roof\n\nMarta Lindqvist keeps sixty hives of bees on the library roof.\n", "utf-8")
    chooser.set_input_files([good])
    expect(page.locator("#report .totals")).to_have_text("1 updated")
    expect(page.locator("#list li")).to_have_count(1)

    visited.go("Ask")
    expect(page.locator("#welcome")).to_contain_text("your 1 article.")
    visited.ask("Who keeps hives of bees on the library roof?")
    expect(page.locator("#log .words")).to_contain_text("Marta Lindqvist keeps sixty hives")


def test_a_footnote_of_a_changed_article_marks_nothing_rather_than_other_words(
    visit: VisitWindow, window: Window, tmp_path: Path
) -> None:
    visited = visit(window)
    page = visited.page
    file = tmp_path / "kiosk.txt"
    file.write_text("The kiosk\n\nThe harbour kiosk sells 31 kinds of ice cream in summer.\n", "utf-8")
    visited.go("Library")
    page.locator("#drop input[type=file]").set_input_files([file])
    expect(page.locator("#report .totals")).to_have_text("1 added")
    visited.go("Ask")
    visited.ask("How many kinds of ice cream does the harbour kiosk sell?")
    quote = page.locator("#log .card mark").first.inner_text()
    assert "31 kinds" in quote

    visited.go("Library")
    file.write_text("The kiosk\n\nAn ice cream kiosk by the harbour was closed, and sells no kinds at all.\n", "utf-8")
    page.locator("#drop input[type=file]").set_input_files([file])
    expect(page.locator("#report .totals")).to_have_text("1 updated")
    visited.go("Ask")
    page.locator("#log .number").first.click()
    expect(page.locator("#reader .note")).to_contain_text("has changed")
    expect(page.locator("#reader mark")).to_have_count(0)
    page.reload()
    expect(page.locator("#log .card").first).to_contain_text(quote)
    expect(page.locator("#log .card .note").first).to_contain_text("no longer in your library")
