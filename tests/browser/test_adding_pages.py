"""Pages that are added by their addresses: a real site on this machine, fetched by the real window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from conftest import HOSTILE_TITLE, VisitWindow, Window, chat, emptied, opened
from playwright.sync_api import Page, expect

PAGES = {
    "/pier": "<title>The pier</title><h1>The pier</h1><p>The old pier was opened by Ida Marsh on a Sunday in 1888.</p>",
    "/slow": "<title>The mill</title><h1>The mill</h1><p>The mill by the weir grinds rye on Thursdays.</p>",
    "/hostile": f"<title>{HOSTILE_TITLE.replace('<', '&lt;')}</title><p>A lamp was lit in the lighthouse at dusk.</p>",
}


@dataclass(frozen=True)
class Site:
    """A site of a few pages, one of which comes only when it may."""

    address: str
    asked: list[str] = field(default_factory=list)
    slow: Event = field(default_factory=Event)


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            serving.asked.append(self.path)
            if self.path == "/slow":
                serving.slow.wait(30)
            body = PAGES.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Site(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield serving
        serving.slow.set()
        server.shutdown()


@pytest.fixture(scope="module")
def intranet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window over a library whose last article was removed, and whose person keeps an intranet."""
    folder = emptied(tmp_path_factory.mktemp("intranet") / "library")
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FOOTNOTE_ALLOW_PRIVATE_ADDRESSES", "true")
            window = stack.enter_context(opened(*chat(folder)))
        yield window


def paste(page: Page, *urls: str) -> None:
    """Paste addresses into the field and press Enter."""
    box = page.get_by_role("textbox", name="Address of a page")
    box.fill("\n".join(urls))
    box.press("Enter")


def test_a_page_is_added_by_its_address_and_answers(visit: VisitWindow, intranet: Window, site: Site) -> None:
    visited = visit(intranet)
    page = visited.page
    visited.go("Library")
    page.get_by_role("textbox", name="Address of a page").fill(f"{site.address}/pier#history")
    page.get_by_role("button", name="Add page").click()
    expect(page.locator("#report .totals")).to_have_text("1 added")
    expect(page.get_by_role("textbox", name="Address of a page")).to_have_value("")
    expect(page.locator("#list .place")).to_have_text("The pier")
    expect(page.locator("#list .source")).to_have_text(f"{site.address}/pier")
    assert site.asked == ["/pier"]
    visited.go("Ask")
    expect(page.locator("#welcome")).to_contain_text("your 1 article.")
    visited.ask("Who opened the old pier?")
    expect(page.locator("#log .words")).to_contain_text("opened by Ida Marsh on a Sunday in 1888")
    assert not any(url.startswith(site.address) for url in visited.requests)  # the browser itself asks no site


def test_what_cannot_be_added_comes_back_with_its_reason(visit: VisitWindow, intranet: Window, site: Site) -> None:
    visited = visit(intranet)
    page = visited.page
    visited.go("Library")
    paste(page, f"{site.address}/hostile", f"{site.address}/none", "example.org/pier", "/etc/passwd")
    expect(page.locator("#report .totals")).to_have_text("1 added, 3 not added")
    expect(page.locator("#report .failed li")).to_contain_text(
        ["there is no such page (404)", "begins with https://", "begins with https://"]
    )
    expect(page.get_by_role("textbox", name="Address of a page")).to_have_value(
        f"{site.address}/none example.org/pier /etc/passwd"
    )
    expect(page.locator("#list")).to_contain_text('"><b>Lighthouse</b>')
    assert page.evaluate("window.ran") is None


def test_a_page_is_named_while_it_is_on_its_way_and_what_is_typed_meanwhile_is_kept(
    visit: VisitWindow, intranet: Window, site: Site
) -> None:
    visited = visit(intranet)
    page = visited.page
    visited.go("Library")
    box = page.get_by_role("textbox", name="Address of a page")
    paste(page, f"{site.address}/slow", f"{site.address}/none")
    expect(page.locator("#report [role=status]")).to_contain_text(f"0 of 2: {site.address}/slow")
    expect(box).to_have_value("")
    box.fill(f"{site.address}/pier")
    site.slow.set()
    expect(page.locator("#report .totals")).to_have_text("1 added, 1 not added")
    expect(page.locator("#list")).to_contain_text("The mill")
    expect(box).to_have_value(f"{site.address}/pier")
    site.slow.clear()
    paste(page, f"{site.address}/slow")
    expect(page.locator("#report .adding")).to_be_visible()
    paste(page, f"{site.address}/none")
    site.slow.set()
    expect(page.locator("#report .failed li")).to_contain_text("there is no such page (404)")
    assert site.asked[-2:] == ["/slow", "/none"]


def test_this_machine_is_closed_by_default(visit: VisitWindow, window: Window, site: Site) -> None:
    """C35: refused with the reason, and not asked."""
    visited = visit(window)
    visited.go("Library")
    paste(visited.page, f"{site.address}/pier")
    expect(visited.page.locator("#report .failed li")).to_contain_text("this machine itself")
    expect(visited.page.locator("#report .failed li")).to_contain_text("FOOTNOTE_ALLOW_PRIVATE_ADDRESSES=true")
    assert site.asked == []


def test_the_field_and_its_button_fit_a_phone(visit: VisitWindow, window: Window) -> None:
    visited = visit(window, width=390, height=844)
    page = visited.page
    visited.go("Library")
    box = page.get_by_role("textbox", name="Address of a page")
    box.fill("http://127.0.0.1:9/" + "a" * 300)
    box.press("Enter")
    expect(page.locator("#report .totals")).to_have_text("1 not added")
    field_at, button_at = box.bounding_box(), page.get_by_role("button", name="Add page").bounding_box()
    assert field_at
    assert button_at
    assert field_at["x"] + field_at["width"] <= button_at["x"] < button_at["x"] + button_at["width"] <= 390
    assert field_at["width"] >= 150
    assert min(field_at["height"], button_at["height"]) >= 44
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
