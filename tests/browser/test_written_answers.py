"""Answers that a chat model writes: they grow, are checked, and end when nobody waits for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chat_server import ChatServer, Fails, Hangs, Says
from conftest import ARTICLES, VisitWindow, Window, chat, opened
from playwright.sync_api import expect

from rag import Library

WHEN = "When did the Ropewalk Bridge reopen?"
WRITTEN = (
    "The Ropewalk Bridge reopened on 12 March 2024 after eleven months of repairs. [1] "
    "The repairs to the bridge cost £2.3 million. [1] The Queen of Norway opened it with a golden axe. [1]"
)


@pytest.fixture(scope="module")
def model() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.fixture(scope="module")
def writing(model: ChatServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window whose answers a chat model writes."""
    folder = tmp_path_factory.mktemp("writing") / "library"
    with Library(folder) as library:
        library.add_articles(ARTICLES)
    with opened(*chat(folder), chat_model="small", chat_base_url=model.url, reading_ms="600000") as window:
        yield window


def test_what_a_chat_model_writes_opens_the_words_that_say_so(
    visit: VisitWindow, writing: Window, model: ChatServer
) -> None:
    model.next(Says(WRITTEN))
    visited = visit(writing)
    page = visited.page
    visited.ask(WHEN)
    answer = page.locator("#log .answer")
    expect(answer.locator(".sentence").first).to_contain_text("reopened on 12 March 2024")
    expect(answer.locator(".written")).to_contain_text("Written by small")
    expect(answer.locator(".words")).not_to_contain_text("Norway")
    answer.get_by_text("1 sentence was left out, because no article supports it.").click()
    expect(answer.locator(".dropped li")).to_contain_text("golden axe")
    answer.locator(".number").first.click()
    expect(page.locator("#reader mark").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    page.locator("#log .how summary").click()
    expect(page.locator("#log .came-up")).to_contain_text("Writing and checking")
    model.next(Fails(500))
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator("#log .note")).to_contain_text("quoted from your articles instead")
    expect(page.locator("#log .turn")).to_have_count(1)


def test_stop_ends_the_models_work_and_keeps_what_it_said(
    visit: VisitWindow, writing: Window, model: ChatServer
) -> None:
    model.left.clear()
    model.next(Says(WRITTEN, pause=0.25))
    page = visit(writing).page
    page.locator("#question textarea").fill(WHEN)
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#log .number").first).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#log .note")).to_contain_text("Stopped")
    assert model.left.wait(10)
    page.reload()
    expect(page.locator("#log .note")).to_contain_text("Stopped")
    expect(page.locator("#log .words")).to_contain_text("12 March 2024")


def test_a_closed_tab_ends_the_models_work_before_its_first_word(
    visit: VisitWindow, writing: Window, model: ChatServer
) -> None:
    model.left.clear()
    model.waiting.clear()
    model.next(Hangs())
    page = visit(writing).page
    page.locator("#question textarea").fill(WHEN)
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#log .waiting")).to_be_visible()
    assert model.waiting.wait(20)
    address = page.url
    assert "/conversation/" in address
    page.goto("about:blank")
    assert model.left.wait(20)
    page.goto(address)
    expect(page.locator("#log .question")).to_have_text(WHEN)
    expect(page.locator("#log .turn")).to_contain_text("interrupted")
