"""Conversations that are kept: listed, opened by their addresses, changed, exported, and long ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from conftest import ARTICLES, VisitWindow, Window, chat, opened, until
from playwright.sync_api import Page, expect

from rag import Answer, Citation, Library, Sentence
from ui.conversation import SHOWN_AT_ONCE

WHEN = "When did the Ropewalk Bridge reopen?"
COST = "What did the repairs to the Ropewalk Bridge cost?"
FERRY = "How many passengers does the new ferry carry?"
LONG = 3_000


def _listed(page: Page) -> list[str]:
    return page.locator("#conversations li > a").all_inner_texts()


def _does(page: Page, title: str, what: str) -> None:
    row = page.locator("#conversations li").filter(has=page.get_by_role("link", name=title, exact=True)).first
    row.hover()
    row.locator(".more").click()
    page.locator("#conversation-menu").get_by_text(what, exact=True).click()


def test_conversations_are_found_renamed_deleted_and_brought_back(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    visited.ask(WHEN)
    expect(page.locator("#conversations section").first.get_by_role("heading", name="Today")).to_be_visible()
    page.get_by_role("link", name="New conversation").click()
    expect(page.locator("#question textarea")).to_be_focused()
    expect(page.locator("#log .turn")).to_have_count(0)
    visited.ask(FERRY)
    expect(page).to_have_title(f"{FERRY} – Footnote")
    assert _listed(page)[:2] == [FERRY, WHEN]

    _does(page, FERRY, "Rename")
    page.get_by_role("textbox", name="Title of the conversation").fill("  The <b>ferry</b> ")
    page.keyboard.press("Enter")
    expect(page.locator("#conversations [aria-current]")).to_have_text("The <b>ferry</b>")
    expect(page).to_have_title("The <b>ferry</b> – Footnote")

    page.get_by_role("searchbox", name="Search the conversations").fill("THE <B>FÉRRY 140 passeng")
    expect(page.locator("#conversations li")).to_have_count(1)
    page.get_by_role("searchbox", name="Search the conversations").fill("no such word")
    expect(page.locator("#conversations .quiet")).to_have_text("No conversation has “no such word” in it.")
    page.get_by_role("searchbox", name="Search the conversations").fill("")
    expect(page.get_by_role("link", name=WHEN).first).to_be_visible()

    _does(page, "The <b>ferry</b>", "Delete")
    expect(page.locator("#conversations .told")).to_contain_text("Deleted “The <b>ferry</b>”")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    expect(page.locator("#log .turn")).to_have_count(0)
    assert "The <b>ferry</b>" not in _listed(page)
    assert page.url == f"{window.address}/"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#log .question")).to_have_text(FERRY)
    expect(page.locator("#conversations [aria-current]")).to_be_focused()
    expect(page.locator("#conversations [aria-current]")).to_have_text("The <b>ferry</b>")
    assert "/conversation/" in page.url


def test_a_link_to_a_conversation_works_after_a_restart(visit: VisitWindow, filled: Path) -> None:
    """C56: an old conversation keeps its own sources. Back and forward go between conversations."""
    with opened(*chat(filled)) as window:
        visited = visit(window)
        visited.ask(WHEN)
        path = visited.page.url.removeprefix(window.address)
        visited.leave()
    with opened(*chat(filled)) as window:
        visited = visit(window)
        page = visited.page
        page.goto(window.address + path)
        expect(page.locator("#log .question")).to_have_text(WHEN)
        expect(page.locator("#log .card .place").first).to_have_text("Ropewalk Bridge reopens")
        visited.ask("and who cut the ribbon?")
        expect(page.locator("#log .turn").last).to_contain_text("Mayor Ann Sedge")
        page.get_by_role("link", name="New conversation").click()
        expect(page.locator("#welcome h2")).to_be_visible()
        page.go_back()
        expect(page.locator("#log .turn")).to_have_count(2)
        assert page.url == window.address + path
        page.go_forward()
        expect(page.locator("#log .turn")).to_have_count(0)
        page.goto(f"{window.address}/conversation/none")
        expect(page.locator("#hint")).to_contain_text("was deleted")
        visited.leave()


def test_a_question_is_asked_again_and_in_other_words(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    visited.ask(WHEN)
    page.evaluate("document.querySelector('#log .turn').dataset.old = true")
    visited.ask("Thanks")
    expect(page.locator("#log [role=log] .turn")).to_have_count(1)  # the turn under way is all that is sent
    expect(page.locator("#log .turn[data-old]")).to_have_count(1)  # and what stands before it is not touched
    page.evaluate("delete document.querySelector('#log .turn').dataset.old")
    last = page.locator("#log .turn").last
    last.get_by_role("button", name="Edit question").click()
    box = page.get_by_role("textbox", name="Your question, to be asked again")
    expect(box).to_be_focused()
    expect(box).to_have_value("Thanks")
    box.press("Escape")
    expect(last.get_by_role("button", name="Edit question")).to_be_focused()
    last.get_by_role("button", name="Edit question").click()
    box.fill(COST)
    box.press("Enter")
    expect(last.locator(".words")).to_contain_text("£2.3 million")
    expect(page.locator("#log .question")).to_have_text([WHEN, COST])
    address = page.url

    page.evaluate("document.querySelector('#log [role=log] .turn:last-child .words').dataset.old = true")
    last.get_by_role("button", name="Ask again").press("Enter")
    expect(page.locator("#log [data-old]")).to_have_count(0)
    expect(page.locator("#ask")).to_be_visible()
    expect(last.locator(".words")).to_contain_text("£2.3 million")
    expect(page.locator("#log .turn")).to_have_count(2)
    expect(page.locator("#question textarea")).to_be_focused()

    # What follows an earlier question stays as it was said, and the conversation goes on in a fork.
    page.locator("#log .turn").first.get_by_role("button", name="Edit question").click()
    box.fill(FERRY)
    page.get_by_role("button", name="Ask", exact=True).first.click()
    expect(page.locator("#log .question")).to_have_text([FERRY])
    expect(page.locator("#log .words")).to_contain_text("140")
    assert page.url != address
    page.go_back()
    expect(page.locator("#log .question")).to_have_text([WHEN, COST])


def test_a_conversation_is_exported_printed_and_copied(visit: VisitWindow, window: Window, tmp_path: Path) -> None:
    visited = visit(window)
    page = visited.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visited.ask(WHEN)
    visited.ask(FERRY)
    page.locator("#log .turn").first.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "12 March 2024" in copied
    assert "[1] Ropewalk Bridge reopens, 2024-03-13: “" in copied

    for kind, ending in (("Markdown", ".md"), ("HTML", ".html")):
        with page.expect_download() as download:
            _does(page, WHEN, f"Export as {kind}")
        assert download.value.suggested_filename == f"When did the Ropewalk Bridge reopen{ending}"
        text = Path(download.value.path()).read_text("utf-8")
        assert "140 passengers" in text
        assert "bridge.txt" in text

    page.context.add_init_script("window.print = () => { window.printed = true; }")
    with page.context.expect_page() as printed:
        _does(page, WHEN, "Print, or save as PDF")
    until(printed.value, "() => window.printed")
    printed.value.pdf(path=tmp_path / "conversation.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "conversation.pdf")
    words = " ".join(" ".join(p.get_textpage().get_text_range() for p in document).split())
    assert "Ropewalk Bridge reopens, 13 March 2024: “The Ropewalk Bridge reopened on 12 March 2024" in words
    assert "Sources" in words
    assert "A ferry for Skail, 1 April 2025, ferry.md (footnote" in words
    assert "1 / " in words


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Window, str]]:
    """A window with a conversation of 3,000 questions, and its id."""
    folder = tmp_path_factory.mktemp("long") / "library"
    bridge = ARTICLES[0]
    citation = Citation(bridge, number=1, start=0, end=49)
    sentences = (Sentence(citation.quote, (1,)),)
    with Library(folder) as library:
        library.add_articles([bridge])
        known = library.conversations.begin()
        for number in range(LONG):
            library.conversations.append(known, Answer(f"Question {number}?", True, 0.9, sentences, (citation,)))
    with opened(*chat(folder)) as window:
        yield window, known


def test_of_a_long_conversation_the_last_part_is_shown_and_earlier_ones_on_demand(
    visit: VisitWindow, long: tuple[Window, str]
) -> None:
    """C59: 3,000 turns."""
    window, known = long
    visited = visit(window)
    page = visited.page
    page.goto(f"{window.address}/conversation/{known}")
    turns = page.locator(".turn")
    expect(turns).to_have_count(SHOWN_AT_ONCE)
    expect(page.locator("#log .question").last).to_be_in_viewport()
    first = page.locator("#log .question").first
    page.get_by_role("button", name="Show earlier questions").scroll_into_view_if_needed()
    before = first.bounding_box()
    page.get_by_role("button", name="Show earlier questions").click()
    expect(turns).to_have_count(2 * SHOWN_AT_ONCE)
    after = first.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 60  # what is read stays in its place
    visited.ask(WHEN)
    asked = page.locator(".question").all_inner_texts()
    assert asked == [*(f"Question {n}?" for n in range(LONG - 2 * SHOWN_AT_ONCE, LONG)), WHEN]
    page.locator("#earlier .number").first.click()
    expect(page.locator("#reader mark")).to_be_in_viewport()
    page.keyboard.press("Escape")

    page.get_by_role("searchbox", name="Search the conversations").fill(f"Question {LONG - 99}")
    page.locator("#conversations .hit").click()
    sought = page.locator(".question", has_text=f"Question {LONG - 99}?")
    expect(sought).to_be_focused()
    expect(sought).to_be_in_viewport()
    page.goto(f"{window.address}/conversation/{known}#turn-{LONG - 50}")
    page.reload()  # the same page but for its end would not be loaded anew
    expect(page.locator(".question", has_text=f"Question {LONG - 50}?")).to_be_focused()
