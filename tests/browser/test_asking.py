"""Asking well: the library itself, what was meant, which articles; and what a person thinks of an answer."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from conftest import ARTICLES, VisitWindow, Window, chat, opened
from playwright.sync_api import expect

from rag import Library

WHEN = "When did the Ropewalk Bridge reopen?"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window whose settings may be changed."""
    folder = tmp_path_factory.mktemp("asking") / "library"
    with Library(folder) as library:
        library.add_articles(ARTICLES)
    # Which the tests as a whole set so that busy machines change no answer; here it would fix the field.
    before = os.environ.pop("FOOTNOTE_READING_MS", None)
    with opened(*chat(folder)) as window:
        yield window
    if before:
        os.environ["FOOTNOTE_READING_MS"] = before


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_library_is_asked_about_itself_and_its_articles_open(
    visit: VisitWindow, window: Window, width: int, scheme: str
) -> None:
    visited = visit(window, width=width, scheme=scheme)
    page = visited.page
    visited.ask("Which articles mention the bridge?")
    expect(page.locator("#log .holdings .words")).to_have_text("1 of your 4 articles mentions “bridge”.")
    page.get_by_role("link", name="Ropewalk Bridge reopens").click()
    expect(page.locator("#reader mark").first).to_be_in_viewport()
    assert "Ropewalk Bridge" in page.locator("#reader mark").first.inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Ask only these articles").click()
    expect(page.locator("#filters .chip")).to_have_text("In “Ropewalk Bridge reopens”")
    visited.ask("How many passengers does the ferry to Skail carry?")
    expect(page.locator("#log .absent").last).to_contain_text("Without the filter there is an answer.")
    page.get_by_role("button", name="Ask all articles", exact=True).click()
    expect(page.locator("#log .turn")).to_have_count(3)
    expect(page.locator("#log .turn").last.locator(".words")).to_contain_text("140 passengers")
    expect(page.locator("#filters .opens")).to_have_text("All articles")


def test_a_misspelt_name_is_asked_as_it_was_meant_with_one_press(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    visited.ask("Who is Bridy Cail?")
    page.get_by_role("button", name="Who is Bridy Caul?").click()
    expect(page.locator("#log .turn")).to_have_count(2)
    expect(page.locator("#log .turn").last.locator(".question")).to_have_text("Who is Bridy Caul?")


@pytest.mark.parametrize("width", [1280, 390])
def test_what_is_thought_of_an_answer_is_kept(visit: VisitWindow, window: Window, width: int) -> None:
    visited = visit(window, width=width)
    page = visited.page
    visited.ask(WHEN)
    page.get_by_role("button", name="This answer is right").click()
    expect(page.locator("#log .judged")).to_have_text("Noted on this machine.")
    objection = page.get_by_role("button", name="This quote does not support it").first
    objection.focus()
    page.keyboard.press("Enter")
    expect(objection).to_have_attribute("aria-pressed", "true")
    visited.ask("Thanks")
    expect(objection).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("button", name="This answer is right")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="This answer is right").click()
    expect(page.get_by_role("button", name="This answer is right")).to_have_attribute("aria-pressed", "false")
    with Library(window.library) as library:
        (rated,) = library.feedback.all()
        assert (rated.answer.question, rated.verdict, rated.objections) == (WHEN, 0, (1,))
        library.feedback.object_to(rated.answer, 1, objects=False)


@pytest.mark.parametrize("width", [1280, 390])
def test_settings_are_changed_beside_their_fields_and_hold_after_a_reload(
    visit: VisitWindow, own: Window, width: int
) -> None:
    visited = visit(own, width=width)
    page = visited.page
    page.get_by_role("tab", name="Settings").click()
    expect(page.locator("#settings .leaving")).to_contain_text("Nothing.")
    passages = page.get_by_label("Passages read for an answer")
    passages.fill("0")
    passages.press("Enter")
    expect(page.locator("#passages-problem")).to_have_text("It has to be greater than or equal to 1.")
    expect(passages).to_be_focused()
    passages.fill("4")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#settings .said").first).to_have_text("Saved. It holds from the next question on.")
    page.get_by_role("button", name="Test the chat model").click()
    expect(page.locator("#settings .tried")).to_contain_text("No chat model is named.")
    page.get_by_label("Name of the program").fill("notes")
    page.get_by_label("Name of the program").press("Enter")
    token = page.get_by_label("New token")
    expect(token).to_be_focused()
    secret = token.input_value()
    with Library(own.library) as library:
        assert library.tokens.find(secret) is not None
    for theme, dark in (("Dark", True), ("Light", False)):
        page.get_by_role("radio", name=theme).check()
        assert page.evaluate("document.body.classList.contains('dark')") is dark
        page.get_by_role("radio", name="Dark").check()
    page.reload()
    page.get_by_role("tab", name="Settings").click()
    expect(page.get_by_label("Passages read for an answer")).to_have_value("4")
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()
    assert page.evaluate("document.body.classList.contains('dark')")
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke notes").click()
    expect(page.get_by_role("button", name="Revoke notes")).to_have_count(0)
