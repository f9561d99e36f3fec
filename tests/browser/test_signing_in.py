"""Signing in and what follows, in the window: one walk on a desktop and on a phone, each page against axe-core too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ARTICLES, Window, chat, opened
from playwright.sync_api import Browser, Page, expect
from test_accessibility import Looks, looking  # noqa: F401 - the fixture

from rag import Library, Settings
from rag.index.accounts.accounts import Accounts

PASSWORD, ANOTHER = "seven grey herons", "eight white herons"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Window]:
    folder = tmp_path / "library"
    with Library(folder) as library:
        library.add_articles(ARTICLES)
        accounts = Accounts(library.catalog, Settings())
        accounts.make("Ann Sedge", PASSWORD, role="admin")
        accounts.make("Rea", PASSWORD)
    with opened(*chat(folder), auth="true") as window:
        yield window


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def ask(page: Page, question: str) -> None:
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#log .words")).to_be_visible()
    expect(page.locator("#ask")).to_be_visible()


def test_a_reader_and_an_admin_each_see_their_own(
    chromium: Browser,
    served: Window,
    looking: list[Looks],  # noqa: F811
) -> None:
    desktop = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = desktop.new_page()
    looking.append(looks := Looks(page))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(served.address)
    expect(page).to_have_title("Sign in · Footnote")
    assert all("/login" in url or "/assets/footnote/" in url or url == f"{served.address}/" for url in asked)
    looks.look("signing in")
    sign_in(page, "Rea", ANOTHER)
    expect(page.get_by_role("alert")).to_have_text("The name or the password is not right.")
    expect(page.get_by_label("Password")).to_be_focused()
    sign_in(page, "Rea")

    # A reader asks, and has no buttons for what a reader may not do.
    expect(page.locator("#account summary")).to_contain_text("Rea")
    ask(page, "When did the Ropewalk Bridge reopen?")
    page.get_by_role("tab", name="Library").click()
    expect(page.locator("#list .shelf")).to_be_visible()
    expect(page.locator("#add")).to_be_hidden()
    expect(page.locator("#list [data-remove]")).to_have_count(0)
    page.get_by_role("tab", name="Settings").click()
    expect(page.get_by_text("What leaves this machine")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    page.locator("#account summary").click()
    expect(page.get_by_role("link", name="Accounts")).to_have_count(0)
    looks.look("the menu of one's account", schemes=("light",))
    page.get_by_role("link", name="Password").click()
    for label, password in (("that you have now", PASSWORD), ("New password", ANOTHER), ("again", ANOTHER)):
        page.get_by_label(label, exact=label == "New password").fill(password)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status")).to_contain_text("You have another password.")
    looks.look("one's own page", schemes=("dark",))

    # The admin on a phone: another conversation, other pages.
    phone = chromium.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    other = phone.new_page()
    looking.append(admins := Looks(other))
    other.goto(f"{served.address}/accounts")
    sign_in(other, "Ann Sedge")
    expect(other.get_by_role("heading", name="Accounts", exact=True)).to_be_visible()
    other.get_by_label("Name").fill("Ed")
    other.get_by_label("Role", exact=True).select_option("editor")
    other.get_by_role("button", name="Make the account").click()
    expect(other.get_by_role("status")).to_contain_text("Ed can sign in.")
    made = other.get_by_label("Password", exact=True).input_value()
    admins.look("the admin's page")
    other.get_by_role("link", name="Audit log").click()
    expect(other.get_by_role("cell", name="password changed")).to_be_visible()
    admins.look("the audit log", schemes=("dark",))
    other.set_viewport_size({"width": 390, "height": 800})
    other.goto(served.address)
    expect(other.locator("#account .initial")).to_have_text("A")
    ask(other, "Who is the captain of the ferry to Skail?")
    other.get_by_role("button", name="Conversations").click()
    expect(other.locator("#conversations .list li")).to_have_count(1)
    expect(other.locator("#conversations .list")).to_contain_text("captain")
    other.get_by_role("button", name="Close the list of conversations").click()

    # Signed out elsewhere, a page that is open goes to where one signs in, and back.
    page.goto(served.address)
    expect(page.locator("#conversations .list li")).to_have_count(1)
    expect(page.locator("#conversations .list")).to_contain_text("Ropewalk")
    other.goto(f"{served.address}/accounts")
    other.get_by_role("button", name="Sign out everywhere: Rea").click()
    page.get_by_role("tab", name="Library").click()
    expect(page).to_have_title("Sign in · Footnote")
    sign_in(page, "Ed", made)
    page.get_by_role("tab", name="Library").click()
    expect(page.locator("#add")).to_be_visible()
    page.locator("#account summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title("Sign in · Footnote")
    page.go_back()
    expect(page).to_have_title("Sign in · Footnote")
    for context in (desktop, phone):
        context.close()
