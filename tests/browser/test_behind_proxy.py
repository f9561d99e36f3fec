"""Behind a proxy that has the window below a path: all of it works, and nothing is asked for outside of the path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nginx
import pytest
from conftest import Window, chat, opened, until
from playwright.sync_api import Browser, Page, expect

NAME = "news.localhost"  # leads to this machine, and is no name that Footnote knows by itself


@pytest.fixture(scope="module")
def window(filled: Path) -> Iterator[Window]:
    with opened(*chat(filled), window_url=f"http://{NAME}/footnote") as window:
        yield window


@pytest.fixture(scope="module")
def proxy(window: Window, tmp_path_factory: pytest.TempPathFactory) -> Iterator[nginx.Proxy]:
    with nginx.before(window.address, tmp_path_factory.mktemp("nginx")) as proxy:
        yield proxy


@pytest.mark.parametrize("kind", ["strips", "leaves"])
def test_a_window_below_a_path_works_and_asks_for_nothing_outside_of_it(
    chromium: Browser, proxy: nginx.Proxy, kind: str
) -> None:
    site = f"http://{NAME}:{getattr(proxy, kind)}"
    page = chromium.new_context().new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith(f"{site}/footnote/") else wrong.append(sent.url))
    page.goto(f"{site}/footnote/")
    expect(page.locator("#welcome h2")).to_be_visible()

    _ask_and_read(page, site)
    _export(page)
    page.reload()
    expect(page.locator("#log .number").first).to_be_visible()
    page.locator("#conversations a[data-opens-conversation]").first.click()
    _look_at_the_library(page)
    page.get_by_role("tab", name="Settings").click()
    expect(page.locator("#settings")).to_contain_text("opened from other machines")

    page.goto(f"{site}/footnote/article/nothing")
    page.locator("header a").click()
    expect(page.locator("#welcome h2")).to_be_visible()
    assert page.url == f"{site}/footnote/"
    # Of the article that is not there; Gradio's client complains of what is cut short by leaving a page.
    known = ("404 (Not Found)", "AbortError", "Unexpected error Connection errored out")
    wrong = [each for each in wrong if not any(words in each for words in known)]
    page.context.close()
    assert wrong == []
    assert [address for address in proxy.asked() if not address.startswith("/footnote")] == []


def _ask_and_read(page: Page, site: str) -> None:
    page.locator("#question textarea").fill("When does the ferry to Skail leave?")
    page.locator("#question textarea").press("Enter")
    number = page.locator("#log .number").first
    number.click()
    expect(page.locator("#reader #quoted")).to_contain_text("7.15 every morning")
    assert page.url.startswith(f"{site}/footnote/conversation/")
    assert str(page.locator("#reader-bar a").get_attribute("href")).startswith(f"{site}/footnote/article/")
    with page.context.expect_page() as popup:
        page.locator("#reader-bar a").click()
    article = popup.value
    expect(article.locator("#quoted")).to_contain_text("7.15 every morning")
    assert article.evaluate("getComputedStyle(document.body).margin") == "0px"  # the style sheet is there
    article.locator("details summary").click()
    article.locator("[name=author]").fill("Callum Bright")
    article.get_by_role("button", name="Save").click()
    expect(article.get_by_role("status")).to_contain_text("Saved")
    article.close()
    page.locator("#reader-close").click()
    page.locator("#log details[data-how] summary").click()
    expect(page.locator("#log .how-text table").first).to_be_visible()
    page.locator("#log [data-rates='1']").click()
    expect(page.locator("#log .judged")).to_have_text(re.compile("Noted on this machine.|Taken back."))


def _export(page: Page) -> None:
    page.locator("#conversations [data-menu]").first.click()
    for kind, ending in (("markdown", ".md"), ("html", ".html")):
        with page.expect_download() as kept:
            page.locator(f"#conversation-menu [data-to={kind}]").click()
        assert kept.value.suggested_filename.endswith(ending)
        if not page.locator("#conversation-menu").is_visible():
            page.locator("#conversations [data-menu]").first.click()
    to_print = page.context.new_page()
    href = page.locator("#conversation-menu [data-to=print]").evaluate("link => link.href")
    to_print.add_init_script("window.print = () => { window.printed = true }")
    to_print.goto(href)
    until(to_print, "() => window.printed")
    assert to_print.evaluate("getComputedStyle(document.querySelector('q')).quotes") == "none"
    to_print.close()
    page.keyboard.press("Escape")


def _look_at_the_library(page: Page) -> None:
    page.get_by_role("tab", name="Library").click()
    expect(page.locator("#list .place").first).to_be_visible()
    for view in ("duplicates", "years", "map", "articles"):
        with page.expect_response(lambda reply: f"/footnote/library/{view}" in reply.url):  # noqa: B023
            page.locator(f"#shelf-form [name=view][value={view}]").check(force=True)
    with page.expect_response("**/footnote/library/articles?*words=ferry*"):
        page.locator("#search input").fill("ferry")
    page.locator("#drop input").set_input_files(
        {"name": "notes.md", "mimeType": "text/markdown", "buffer": b"# Notes\n\nThe pier is closed on Mondays."}
    )
    expect(page.locator("#report")).to_contain_text("Notes")
