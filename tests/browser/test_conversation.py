"""A conversation over time: kept, begun anew, stopped, and asked odd things."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import ARTICLES, VisitWindow, Window, scripted
from playwright.sync_api import Route, expect

WHEN = "When did the Ropewalk Bridge reopen?"


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window whose answers take a minute after each sentence, or fail."""
    with scripted("slow_window.py", ARTICLES, tmp_path_factory.mktemp("slow")) as window:
        yield window


def test_a_reload_keeps_the_conversation_and_its_footnotes(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    visited.ask(WHEN)
    before = page.locator("#log").inner_text()
    page.reload()
    expect(page.locator("#log .turn")).to_have_count(1)
    assert page.locator("#log").inner_text() == before
    page.locator("#log .number").first.click()
    expect(page.locator("#reader mark")).to_be_in_viewport()


def test_a_question_that_is_sooner_than_the_conversation_it_belongs_to_goes_on_with_it(
    visit: VisitWindow, window: Window
) -> None:
    visited = visit(window)
    page = visited.page
    visited.ask(WHEN)
    address = page.url
    held: list[Route] = []

    def hold(route: Route) -> None:
        if '"data":[],' in (route.request.post_data or ""):  # asks for what the page opens with
            held.append(route)
        else:
            route.continue_()

    page.route("**/queue/join*", hold)
    page.reload()
    page.locator("#question textarea").fill("How much was it?")
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#log .turn")).to_have_count(2)
    assert held
    for route in held:
        route.continue_()
    expect(page.locator("#log .waiting")).to_have_count(0)
    expect(page.locator("#ask")).to_be_visible()
    expect(page.locator("#log .turn")).to_have_count(2)
    expect(page.locator("#log .note")).to_have_count(0)  # nor was it stopped
    expect(page.locator("#log .turn").last).to_contain_text("How much was it?")
    assert page.url == address


def test_at_the_address_of_a_conversation_that_is_gone_another_begins(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    page.goto(f"{window.address}/conversation/0000abcd")
    expect(page.locator("#hint")).to_contain_text("was deleted")
    page.locator("#question textarea").fill(WHEN)
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#log .words")).to_contain_text("12 March 2024")


def test_a_new_conversation_starts_empty_and_stays_so(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    visited.ask(WHEN)
    page.get_by_role("link", name="New conversation").click()
    expect(page.locator("#log .turn")).to_have_count(0)
    expect(page.locator("#welcome h2")).to_be_visible()
    page.reload()
    expect(page.locator("#welcome h2")).to_be_visible()
    expect(page.locator("#log .turn")).to_have_count(0)


def test_a_new_conversation_is_one_also_after_a_reload_of_another(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    visited.ask(WHEN)
    address = page.url
    page.reload()
    expect(page.locator("#log .turn")).to_have_count(1)
    page.get_by_role("link", name="New conversation").click()
    expect(page.locator("#log .turn")).to_have_count(0)
    visited.ask("How many passengers does the new ferry carry?")
    expect(page.locator("#log .turn")).to_have_count(1)
    assert page.url != address


def test_an_example_question_is_asked_with_one_click(visit: VisitWindow, window: Window) -> None:
    page = visit(window).page
    example = page.locator("#welcome [data-ask]").first
    question = example.inner_text()
    example.click()
    expect(page.locator("#log .question")).to_have_text(question)
    expect(page.locator("#log .number").first).to_be_visible()


def test_stop_ends_the_answer_and_keeps_what_was_said(visit: VisitWindow, slow: Window) -> None:
    visited = visit(slow)
    page = visited.page
    page.locator("#question textarea").fill(WHEN)
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#log .number").first).to_be_visible()
    expect(page.locator("#ask")).to_be_hidden()
    page.locator("#question textarea").fill("break")
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#hint")).to_have_text("Still answering. Press Stop to ask something else.")
    said = page.locator("#log .words").inner_text()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#log .note")).to_have_text("Stopped.")
    expect(page.locator("#log .words")).to_have_text(said)
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(page.locator("#stop")).to_be_hidden()
    visited.ask("break")
    expect(page.locator("#log .turn")).to_have_count(2)


def test_an_error_becomes_a_sentence_in_the_conversation(visit: VisitWindow, slow: Window) -> None:
    visited = visit(slow)
    problems = visited.page.locator("#log .remark")
    visited.ask("busy")
    expect(problems.nth(0)).to_have_text("Another process is changing the library. Wait until it is done.")
    visited.ask("break")
    expect(problems.nth(1)).to_contain_text("Something went wrong")
    expect(visited.page.locator("#log")).not_to_contain_text("secret")


def test_a_reload_amid_an_answer_says_that_it_was_interrupted(visit: VisitWindow, slow: Window) -> None:
    page = visit(slow).page
    page.locator("#question textarea").fill(WHEN)
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#log .number").first).to_be_visible()
    said = page.locator("#log .words").inner_text()
    page.reload()
    expect(page.locator("#log .question")).to_have_text(WHEN)
    expect(page.locator("#log .note")).to_contain_text("interrupted")
    expect(page.locator("#log .words")).to_have_text(said)


@pytest.mark.parametrize("nothing", ["", "   ", "\u200b"])
def test_an_empty_question_gets_a_hint_and_no_turn(visit: VisitWindow, window: Window, nothing: str) -> None:
    """C58."""
    page = visit(window).page
    page.locator("#question textarea").fill(nothing)
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#hint")).to_have_text("Type a question, then press Enter.")
    expect(page.locator("#log .turn")).to_have_count(0)


def test_what_asks_nothing_gets_a_sentence_and_nothing_else(visit: VisitWindow, window: Window) -> None:
    """C58, C62."""
    visited = visit(window)
    for nothing, reply in (("???", "Please ask a question"), ("Thanks!", "You are welcome.")):
        visited.ask(nothing)
        turn = visited.page.locator("#log .turn").last
        expect(turn.locator(".remark")).to_contain_text(reply)
        expect(turn.locator(":is(.absent, .answer, .understood, h3)")).to_have_count(0)


def test_a_follow_up_is_understood_after_a_reload_and_can_be_asked_as_written(
    visit: VisitWindow, window: Window
) -> None:
    """C61."""
    visited = visit(window)
    page = visited.page
    visited.ask("Did the Ropewalk Bridge reopen?")
    visited.ask("Thank you")
    page.reload()
    expect(page.locator("#log .turn")).to_have_count(2)
    visited.ask("and when?")
    room = page.locator("#said .turn").evaluate_all("turns => turns.map(turn => getComputedStyle(turn).minHeight)")
    assert room == ["0px"] * 2  # only the last question has room to stand at the top
    turn = page.locator("#log .turn").last
    expect(turn.locator(".understood span")).to_have_text(f"Understood as: {WHEN}")
    expect(turn.locator(".words")).to_contain_text("12 March 2024")
    expect(page.locator("#log .turn").first.locator(".understood")).to_have_count(0)

    page.locator("#question textarea").fill("a thought half typed")
    page.get_by_role("button", name="Ask it as I wrote it: and when?").press("Enter")
    expect(page.locator("#log .turn")).to_have_count(4)
    expect(page.locator("#log .question").last).to_have_text("and when?")
    expect(page.locator("#log .turn").last.locator(".understood")).to_have_text("Asked as written")
    expect(page.locator("#log .waiting")).to_have_count(0)
    expect(page.locator("#question textarea")).to_be_focused()
    expect(page.locator("#question textarea")).to_have_value("a thought half typed")
    page.reload()
    expect(page.locator("#log .turn").last.locator(".understood")).to_have_text("Asked as written")


def test_a_very_long_question_is_answered_and_said_to_be_cut(visit: VisitWindow, window: Window) -> None:
    """C59: 50,000 characters."""
    visited = visit(window)
    page = visited.page
    visited.ask(WHEN + " Thank you, and so on." * 2300)
    expect(page.locator("#log .turn")).to_contain_text("were read")
    assert len(page.locator("#log .question").inner_text()) < 1000
    page.reload()
    expect(page.locator("#log .turn")).to_contain_text("were read")
