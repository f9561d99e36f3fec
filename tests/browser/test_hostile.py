"""Whatever an article or a question holds, it is shown as text (C53, C73)."""

from __future__ import annotations

import pytest
from conftest import HOSTILE_TEXT, HOSTILE_TITLE, VisitWindow, Window
from playwright.sync_api import Page, expect

# Notes every element that such text could turn into, however briefly it is there.
_WATCH = """
window.seen = [];
new MutationObserver(() => {
  for (const part of document.querySelectorAll(
    ":is(#log, #list, #report, #reader) " +
      ":is(img, style, script, iframe, b, i, em, strong:not([class]), code, details.x, [onerror])"
  )) window.seen.push(part.outerHTML);
}).observe(document, { childList: true, subtree: true });
"""


def _nothing_ran(page: Page) -> bool:
    return page.evaluate("window.ran === undefined && window.seen.length === 0")


def test_markup_in_an_article_stays_text_in_answer_card_and_article(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    page.evaluate(_WATCH)
    visited.ask("What did the lighthouse keeper paint on the lighthouse door?")
    expect(page.locator("#log .words")).to_contain_text("<style>*{display:none}</style>")
    number = page.locator("#log .number").first
    expect(number).to_have_accessible_name(f"Footnote 1: {HOSTILE_TITLE}")
    expect(page.locator("#log .card .place").first).to_have_text(HOSTILE_TITLE)
    number.click()
    expect(page.locator("#reader h1")).to_have_text(HOSTILE_TITLE)
    assert "\n\n".join(page.locator("#reader .paragraph").all_text_contents()) == HOSTILE_TEXT
    expect(page.locator("#reader a[href^='javascript']")).to_have_count(0)
    assert _nothing_ran(page)
    page.goto(page.locator("#reader-bar a").get_attribute("href") or "")
    expect(page.locator("h1")).to_have_text(HOSTILE_TITLE)
    assert page.evaluate("window.ran === undefined && document.images.length === 0")


@pytest.mark.parametrize(
    "question",
    [
        '<img src=x onerror="window.ran=1"><b>bold</b>',
        "</h2></section><script>window.ran=1</script> lighthouse",
        "*stars* _lines_ `ticks` $x^2$ # heading ![x](javascript:window.ran=1) lighthouse",
        "{{7*7}} ${7*7} `${window.ran=1}` &lt;i&gt; lighthouse",
        '" onmouseover="window.ran=1" data-x=" lighthouse',
    ],
)
def test_markup_in_a_question_stays_text(visit: VisitWindow, window: Window, question: str) -> None:
    visited = visit(window)
    page = visited.page
    page.evaluate(_WATCH)
    visited.ask(question)
    expect(page.locator("#log .question")).to_have_text(question)
    page.locator("#log .question").hover()
    assert _nothing_ran(page)
    page.reload()
    expect(page.locator("#log .question")).to_have_text(question)
    assert page.evaluate("window.ran === undefined")


def test_markup_in_the_list_and_its_search_stays_text(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    page.evaluate(_WATCH)
    visited.go("Library")
    expect(page.locator("#list").get_by_role("link", name=HOSTILE_TITLE)).to_be_visible()
    expect(page.locator("#list")).to_contain_text("hostile<b>.html")
    page.locator("#search input").fill("<img src=y onerror=window.ran=1>")
    expect(page.locator("#list")).to_contain_text("“<img src=y onerror=window.ran=1>”")
    assert _nothing_ran(page)


def test_the_browser_itself_refuses_handlers_and_other_hosts(visit: VisitWindow, window: Window) -> None:
    """The second wall: were markup ever to get through, it could neither run nor send anything."""
    visited = visit(window)
    page = visited.page
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=/favicon.ico onload=\"window.ran=1\">')")
    page.wait_for_function("[...document.images].at(-1).complete")
    sent = page.evaluate("fetch('https://example.org/', {mode: 'no-cors'}).then(() => 'sent', () => 'refused')")
    assert (page.evaluate("window.ran === undefined"), sent) == (True, "refused")
    refused = [text for text in visited.complaints if "Content Security Policy" in text]
    assert refused
    visited.complaints.clear()
    visited.requests[:] = [url for url in visited.requests if url != "https://example.org/"]
