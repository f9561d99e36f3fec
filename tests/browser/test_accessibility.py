"""Every page and state against axe-core's rules for WCAG 2.2 AA, its best practices included: no violation.

Each state is looked at on a desktop and on a phone, in the light theme and in the dark one, and fits at every width
from 320 to 2,560 pixels. The pages are walked through as a person would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLES, Visit, VisitWindow, Window, chat, emptied, expect_theme, opened, scripted
from playwright.sync_api import Page, expect
from told_window import ARTICLES as TOLD
from told_window import EVERYTHING, ROW

from rag import Article

NEWS = "The harbour was dredged again this year, and the town paid for all of it from the fees of the ferry. " * 4
NEAR = [Article(title=f"Harbour dredged {n}", text=f"{NEWS}So it was, {n}.", source=f"near/{n}.md") for n in (1, 2)]
DAYS = [Article(title=f"Day {n}", text=f"It was day {n}.", source=f"days/{n}.md") for n in range(60)]
WIDE = 1280
WIDTHS = (320, 360, 390, 640, 1024, 1920, 2560, WIDE)
"""In CSS pixels; 640 and 320 are what is left of 1280 at a zoom of 200 % and of 400 %."""
LOOKED_AT = (390, WIDE)
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
OF_COLOUR = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
"""What may differ from one theme to the other."""
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window whose answers hold everything that an answer can hold, over a library of everything."""
    articles = [*TOLD, *ARTICLES[1:], *NEAR, *DAYS]  # the two first ones have one source
    with scripted("told_window.py", articles, tmp_path_factory.mktemp("accessible")) as window:
        yield window


@dataclass
class Looks:
    """What axe-core found in each state of a page."""

    page: Page
    found: list[str] = field(default_factory=list)

    def look(self, state: str, schemes: Sequence[str] = ("light", "dark")) -> None:
        """Look at the page as it is, on a phone too, in both themes, and whether it fits at every width."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 844 if width < 760 else 800})
            self.page.evaluate("window.scrollTo(0, 0)")  # nothing is half beneath the bar
            beyond = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if beyond > 0:
                self.found.append(f"{state}: {beyond} pixels do not fit into {width}")
            for scheme in schemes if width in LOOKED_AT else ():
                self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                expect_theme(self.page, scheme)
                for violation in self._violations(RULES if scheme == schemes[0] else OF_COLOUR):
                    nodes = "; ".join(" ".join(node["html"].split())[:160] for node in violation["nodes"])
                    self.found.append(f"{state}, {width}, {scheme}: {violation['id']}: {violation['help']}: {nodes}")
        self.page.set_viewport_size({"width": WIDE, "height": 800})

    def _violations(self, rules: Any) -> list[Any]:
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.evaluate(AXE)
        found: list[Any] = self.page.evaluate("async (rules) => (await axe.run(document, rules)).violations", rules)
        return found


@pytest.fixture
def looking() -> Iterator[list[Looks]]:
    """Hold what is looked at; at the end nothing may have been found."""
    every: list[Looks] = []
    yield every
    found = [found for looks in every for found in looks.found]
    assert not found, "\n".join(found)


Begun = tuple[Visit, Page, Looks]


def _begun(visit: VisitWindow, window: Window, looking: list[Looks]) -> Begun:
    visited = visit(window, width=WIDE)
    looking.append(looks := Looks(visited.page))
    return visited, visited.page, looks


def test_asking_and_reading(visit: VisitWindow, full: Window, looking: list[Looks]) -> None:
    visited, page, looks = _begun(visit, full, looking)
    looks.look("nothing asked")
    page.locator("#filters .opens").click()
    expect(page.locator("#filters [name=since]")).to_be_visible()
    page.locator("#filters [name=since]").fill("2025-01-01")
    expect(page.locator("#filters .chip")).to_be_visible()
    looks.look("choosing articles")
    page.get_by_role("button", name="Reset: ask all articles").click()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#hint")).to_contain_text("Type a question")
    looks.look("an empty question")

    visited.ask(EVERYTHING)
    expect(page.locator("#log .timeline")).to_be_visible()
    looks.look("an answer")
    page.locator("#log .number").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tooltip")).to_be_visible()
    looks.look("a quote under the focus")
    page.locator("#log .timeline summary").click()
    page.get_by_role("button", name="This answer is right").click()
    page.get_by_role("button", name="This quote does not support it").first.click()
    looks.look("what is thought of it")
    page.locator("#log .number").nth(1).click()
    expect(page.locator("#reader mark")).to_be_visible()
    looks.look("an open article")
    page.locator("#reader summary", has_text="Change details").click()
    page.locator("#reader [name=published]").evaluate("field => { field.type = 'text'; field.value = 'soon' }")
    page.locator("#reader").get_by_role("button", name="Save").click()
    expect(page.locator("#reader .problem")).to_be_visible()
    visited.complaints.clear()  # the browser notes each refusal, this one and those below
    looks.look("details that are not taken")
    page.get_by_role("button", name="Close the article").click()
    page.get_by_role("button", name="Edit question").click()
    looks.look("editing a question")
    page.keyboard.press("Escape")

    visited.ask(ROW)
    visited.ask("Which chess champion lives in Reykjavik?")
    visited.ask("Which articles mention the bridge?")
    visited.ask("Who is Bridy Cail?")
    page.get_by_text("How this came up").last.click()
    expect(page.locator("#log .came-up")).to_be_visible()
    visited.ask("thanks")
    looks.look("all kinds of answers")


def test_conversations(visit: VisitWindow, full: Window, looking: list[Looks]) -> None:
    visited, page, looks = _begun(visit, full, looking)
    visited.ask(ROW)
    row = page.locator("#conversations li").first
    row.hover()
    row.locator(".more").click()
    expect(page.locator("#conversation-menu")).to_be_visible()
    looks.look("the menu of a conversation")
    page.locator("#conversation-menu").get_by_text("Rename", exact=True).click()
    looks.look("renaming")
    page.keyboard.press("Escape")
    page.get_by_role("searchbox", name="Search the conversations").fill("no such word")
    expect(page.locator("#conversations .quiet")).to_be_visible()
    looks.look("nothing found")
    page.get_by_role("searchbox", name="Search the conversations").fill("")
    expect(row).to_be_visible()
    address = page.url
    page.goto(f"{address}/export?to=print")
    looks.look("a conversation to print", ["light"])  # which is the colour of paper
    page.goto(address)
    expect(page.locator("#log .turn")).to_have_count(1)
    row.hover()
    row.locator(".more").click()
    page.locator("#conversation-menu").get_by_text("Delete", exact=True).click()
    expect(page.locator("#conversations .told")).to_be_visible()
    looks.look("one deleted")
    page.goto(f"{full.address}/conversation/none/export?to=print")
    looks.look("no such conversation")
    visited.complaints.clear()


def test_the_library(visit: VisitWindow, full: Window, looking: list[Looks], tmp_path: Path) -> None:
    visited, page, looks = _begun(visit, full, looking)
    visited.go("Library")
    expect(page.locator("#list tbody tr").first).to_be_visible()
    looks.look("the list")
    page.locator("#list tbody [type=checkbox]").first.check()
    for words in ("Paste text", "Folder or feed", "Filter", "Repair"):
        page.locator("#shelf summary", has_text=words).click()
    expect(page.locator("#shelf [name=since]")).to_be_visible()
    looks.look("everything unfolded")
    page.locator("#shelf [name=since]").fill("2025-01-01")
    expect(page.locator("#shelf .chip")).to_be_visible()
    looks.look("a filter")
    page.get_by_role("button", name="Show all").click()
    page.get_by_role("searchbox").fill("Harbour")  # what follows need not be said of each of sixty rows
    bad = tmp_path / "photo.xyz"
    bad.write_bytes(b"\x00\x01\x02")
    page.locator("#drop input[type=file]").set_input_files([bad])
    expect(page.locator("#report .failed")).to_be_visible()
    looks.look("what was not added")
    page.get_by_role("searchbox").fill("")
    for view, part in (("Duplicates", "#list .group"), ("Over time", "#list figure"), ("Map", "#list canvas")):
        page.get_by_role("radio", name=view).check()
        expect(page.locator(part).first).to_be_visible()
        for summary in page.locator("#shelf-results summary", has_text="As a table").all():
            summary.click()
        looks.look(view)
    page.get_by_role("radio", name="List").check()
    page.get_by_role("searchbox").fill("Day 33")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.locator("#list tbody [type=checkbox]").check()
    page.get_by_role("button", name="Remove 1 selected").click()
    expect(page.locator("#shelf-notice button")).to_be_visible()
    looks.look("an article removed")
    page.locator("#shelf-notice button").click()
    expect(page.locator("#list tbody tr")).to_have_count(1)


def test_an_empty_library(visit: VisitWindow, looking: list[Looks], tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(*chat(emptied(tmp_path_factory.mktemp("none") / "library"))) as window:
        visited, page, looks = _begun(visit, window, looking)
        looks.look("no articles, ask")
        visited.go("Library")
        expect(page.locator("#list")).to_contain_text("No articles yet")
        page.locator("#shelf summary", has_text="Removed lately").click()
        expect(page.locator("#list .group, #list [data-put-back]").first).to_be_visible()
        looks.look("no articles, library")
        visited.leave()


def test_settings(visit: VisitWindow, full: Window, looking: list[Looks]) -> None:
    visited, page, looks = _begun(visit, full, looking)
    visited.go("Settings")
    passages = page.get_by_label("Passages read for an answer")
    expect(passages).to_be_visible()
    looks.look("settings")
    passages.fill("0")
    passages.press("Enter")
    expect(page.locator("#passages-problem")).to_be_visible()
    looks.look("a setting that is not taken")
    page.get_by_role("button", name="Test the chat model").click()
    expect(page.locator("#settings .tried")).to_be_visible()
    looks.look("a test of the chat model")


def test_articles_as_pages(visit: VisitWindow, full: Window, looking: list[Looks]) -> None:
    visited, page, looks = _begun(visit, full, looking)
    visited.ask(EVERYTHING)
    href = page.locator("#log .number").first.get_attribute("href")
    page.goto(f"{full.address}{href}")
    looks.look("a quote as a page")
    page.goto(f"{full.address}/article/{ARTICLES[3].id}")
    looks.look("an article from right to left")
    page.goto(f"{full.address}/article/{TOLD[3].id}")
    looks.look("an article with a table")
    page.locator("summary").click()
    page.get_by_role("button", name="Remove from the library").click()
    looks.look("an article just removed")
    page.get_by_role("button").first.click()
    looks.look("an article put back")
    page.goto(f"{full.address}/article/none")
    looks.look("no such article")
    visited.complaints.clear()
