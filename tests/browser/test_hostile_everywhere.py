"""Text that means harm, in every view of the window and in every export (C53, C73).

Nothing of it runs, becomes an element, or asks another machine for anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import Window, chat, opened, until
from hostile import ARTICLES, DOOR, HARM, OUTSIDE, kept
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page, expect

from rag import Library

# Notes what the text could have turned into, however briefly it is there, and what the browser had to refuse.
_WATCH = """
window.seen = [];
document.addEventListener("securitypolicyviolation", (event) => seen.push(`refused ${event.blockedURI}`));
new MutationObserver(() => {
  const harm = "img, iframe, object, embed, base ~ base, meta[http-equiv=refresh], [onerror], [onload], [onfocus]," +
    "a[href^='javascript'], [href*='evil.example/'][rel=stylesheet], form[action*='evil.example'], svg:not([viewBox])";
  for (const part of document.querySelectorAll(harm)) seen.push(part.outerHTML.slice(0, 200));
}).observe(document, { childList: true, subtree: true, attributes: true });
"""


@dataclass
class Looked:
    """A page that is looked at, and all that its browser asked for."""

    page: Page
    asked: list[str] = field(default_factory=list)

    def finds_nothing(self, where: str) -> None:
        assert self.page.evaluate("[window.ran ?? null, window.seen ?? []]") == [None, []], where


@contextmanager
def looking(chromium: Browser) -> Iterator[Looked]:
    """Look at pages. Whatever is asked for in the end was of this machine."""
    context = chromium.new_context(accept_downloads=True, permissions=["clipboard-read", "clipboard-write"])
    context.add_init_script(_WATCH)
    looked = Looked(context.new_page())
    context.on("request", lambda request: looked.asked.append(request.url))
    looked.page.on("dialog", lambda dialog: looked.asked.append(f"dialog {dialog.message}"))
    yield looked
    looked.finds_nothing("at the end")
    context.close()
    here = ("http://127.0.0.1:", "data:", "blob:", "file:///tmp/", "about:")
    assert [address for address in looked.asked if not address.startswith(here)] == []


@pytest.fixture(scope="module")
def harmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a library in which all means harm, and the id of its conversation."""
    folder = tmp_path_factory.mktemp("harm") / "library"
    with Library(folder) as library:
        library.add_articles(ARTICLES)
        return folder, kept(library.conversations).info.id


@pytest.fixture(scope="module")
def window(harmed: tuple[Path, str]) -> Iterator[Window]:
    with opened(*chat(harmed[0])) as window:
        yield window


def test_no_view_of_the_window_makes_anything_of_it(
    chromium: Browser, window: Window, harmed: tuple[Path, str], tmp_path: Path
) -> None:
    with looking(chromium) as looked:
        page = looked.page
        page.goto(f"{window.address}/conversation/{harmed[1]}")
        expect(page.locator("#log .turn")).to_have_count(3)
        expect(page.locator("#log .question").first).to_contain_text(HARM.split('"')[0])
        _read(looked)
        _go_on(looked)
        _list(looked)
        _add(looked, tmp_path)
        _set(looked)


def _read(looked: Looked) -> None:
    """Footnotes, hovering, how it came up, the article beside and as a page, its details."""
    page = looked.page
    for details in page.locator("#log details summary").all():
        details.click()
    page.locator("#log .number").first.hover()
    expect(page.locator("#peek")).to_contain_text("Door <img")
    page.locator("#log .sure").first.click()
    looked.finds_nothing("the answers")
    page.locator("#log .number").first.click()
    expect(page.locator("#reader h1")).to_contain_text("Door <img src=x")
    page.locator("#reader details summary").click()
    page.locator("#reader [name=title]").fill(f"Gate {HARM}"[:300])
    page.locator("#reader [name=tags]").fill(f"{HARM[:50]}, =1+1")
    page.locator("#reader [name=author]").fill('"><b>Ann</b>')
    page.locator("#reader [name=language]").fill('"><b>')
    page.locator("#reader details button.primary").click()
    expect(page.locator("#reader .problem")).to_be_visible()
    page.locator("#reader [name=language]").fill("en")
    page.locator("#reader details button.primary").click()
    expect(page.locator("#reader h1")).to_contain_text("Gate <img")
    expect(page.locator("#reader details q").first).to_have_text(DOOR.title.strip())
    looked.finds_nothing("the article beside the conversation")
    with page.context.expect_page() as popup:
        page.locator("#reader-bar a").click()
    expect(popup.value.locator("h1")).to_contain_text("Gate <img")
    assert popup.value.evaluate("[window.ran ?? null, window.seen, document.title.startsWith('Gate <img')]") == [
        None,
        [],
        True,
    ]
    popup.value.close()
    page.locator("#reader-close").click()


def _go_on(looked: Looked) -> None:
    """A question, what is near, suggestions, the list of conversations, its search, names and undoing."""
    page = looked.page
    page.locator("#question textarea").fill(f"Who painted the lighthouse wall? {HARM}")
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#log .turn")).to_have_count(4)
    expect(page.locator("#log .waiting")).to_have_count(0)
    page.get_by_role("searchbox", name="Search the conversations").fill("<img src=x")
    expect(page.locator("#conversations .hit").first).to_be_visible()
    page.get_by_role("searchbox", name="Search the conversations").fill(f"nothing {HARM[:60]}")
    expect(page.locator("#conversations .quiet")).to_contain_text("<img src=x")
    page.get_by_role("searchbox", name="Search the conversations").fill("")
    page.locator("#conversations .more").first.click()
    page.locator("#conversation-menu [data-does=rename]").click()
    page.get_by_role("textbox", name="Title of the conversation").fill(f"Again {HARM}")
    page.keyboard.press("Enter")
    expect(page.locator("#conversations [aria-current]")).to_contain_text("Again <img")
    assert page.title().startswith("Again <img")
    page.locator("#conversations .more").first.click()
    page.locator("#conversation-menu [data-does=delete]").click()
    expect(page.locator("#conversations .told")).to_contain_text("Again <img")
    looked.finds_nothing("the list of conversations")
    expect(page.locator("#welcome h2")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#log .turn")).to_have_count(4)
    page.locator("#filters .opens").click()
    expect(page.locator("#choices fieldset").first).to_be_visible()
    page.locator("#choices input[name=tags]").first.check()
    expect(page.locator("#filters .chip")).to_be_visible()
    looked.finds_nothing("the filters")
    page.locator("#filters .resets").click()


def _list(looked: Looked) -> None:
    """The list, its search and filters, duplicates, years, the map and its points, what is removed and put back."""
    page = looked.page
    page.get_by_role("tab", name="Library").click()
    expect(page.locator("#list .place")).to_have_count(3)
    page.locator("#shelf .filter summary").click()
    expect(page.locator("#shelf .filter fieldset").first).to_be_visible()
    page.locator("#shelf .filter summary").click()
    for view in ("duplicates", "years", "map"):
        with page.expect_response(f"**/library/{view}?*"):
            page.locator(f"#shelf-form [value={view}]").check(force=True)
        looked.finds_nothing(view)
    canvas = page.locator("#shelf-results canvas")
    expect(canvas).to_be_visible()
    box = canvas.bounding_box()
    assert box
    for at in range(0, 41):
        page.mouse.move(box["x"] + box["width"] * at / 40, box["y"] + box["height"] * (at * 7 % 40) / 40)
    page.locator("#shelf-form [value=articles]").check(force=True)
    page.locator("#search input").fill(HARM[:200])
    expect(page.locator("#list")).to_contain_text(HARM[:40])
    with page.expect_response("**/library/articles?*"):
        page.locator("#search input").fill("")
    expect(page.locator("#list .place")).to_have_count(3)
    page.locator("#shelf-results tbody [type=checkbox]").first.check()
    page.locator("#shelf-results [data-remove]").click()
    page.locator("#shelf-notice button").click()
    expect(page.locator("#list .place")).to_have_count(3)
    looked.finds_nothing("the list of articles")


def _add(looked: Looked, folder: Path) -> None:
    """Names of files, pasted texts, addresses and folders, as jobs and errors tell of them."""
    page = looked.page
    named = "<img src=x onerror=window.ran=1>"
    page.locator("#drop input").set_input_files(
        [
            {"name": f"{named}.md", "mimeType": "text/markdown", "buffer": f"# {named}\n\nA gate. {HARM}".encode()},
            {"name": f"{named}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF broken"},
            {"name": "page.html", "mimeType": "text/html", "buffer": f"<title>{named}</title><p>{HARM}".encode()},
        ]
    )
    expect(page.locator("#report .failed")).to_contain_text(f"{named}.pdf")
    looked.finds_nothing("a report on files")
    page.locator("#url").fill(f"http://{named} javascript:window.ran=1 {OUTSIDE}:99999999/")
    page.get_by_role("button", name="Add page").click()
    expect(page.locator("#report .failed").last).to_contain_text("javascript:window.ran=1")
    page.get_by_text("Paste text").click()
    page.locator("form[data-add=text] [name=title]").fill(f"Pasted {HARM}"[:300])
    page.locator("form[data-add=text] [name=text]").fill(HARM)
    page.locator("form[data-add=text] button").click()
    expect(page.locator("#list")).to_contain_text("Pasted <img")
    page.get_by_text("Folder or feed", exact=True).click()
    hostile = folder / '"><b onclick=window.ran=1>'
    hostile.mkdir()
    (hostile / f"{named.replace('/', '')}.txt").write_text("The folder holds a text of its own.")
    page.locator("form[data-add=place] [name=place]").fill(str(hostile))
    page.locator("form[data-add=place] [name=follow]").check()
    page.locator("form[data-add=place] button").click()
    expect(page.locator("#shelf .ways .source").first).to_contain_text("<b onclick")
    page.get_by_role("button", name="Follow no longer").click()
    expect(page.locator("#shelf-notice")).to_contain_text("<b onclick")
    looked.finds_nothing("reports on jobs")


def _set(looked: Looked) -> None:
    """Settings that cannot be used, names of tokens."""
    page = looked.page
    page.get_by_role("tab", name="Settings").click()
    page.locator("#set-chat_model").fill(f'openai:{HARM[:80]}"><b>')
    page.locator("#set-chat_base_url").fill(f"http://{HARM[:60]}")
    page.locator("#settings [type=submit]").click()
    expect(page.locator("#settings .said")).to_contain_text("Saved")
    expect(page.locator("#settings")).to_contain_text("to the chat model at <img")
    page.locator("#token-name").fill(HARM[:90])
    page.locator("#settings [data-makes-token]").click()
    expect(page.locator("#settings .tokens bdi")).to_have_text(HARM[:90].strip())
    page.locator("#settings [data-revokes]").click()
    expect(page.locator("#settings .tokens")).to_have_count(0)
    looked.finds_nothing("the settings")


def test_no_export_makes_anything_of_it_wherever_it_is_opened(
    chromium: Browser, window: Window, harmed: tuple[Path, str], tmp_path: Path
) -> None:
    """Opened from the disk; Markdown as it is rendered with its HTML left in; what is copied, as it is pasted."""
    export = f"{window.address}/conversation/{harmed[1]}/export"
    with looking(chromium) as looked:
        page = looked.page
        get = page.context.request.get
        html, markdown = get(f"{export}?to=html"), get(f"{export}?to=markdown")
        assert html.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
        copied = get(f"{window.address}/conversation/{harmed[1]}/turn/0/copy").json()
        rendered = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown.text())
        assert HARM.split("<svg")[0] in _shown(rendered)
        for name, text, links in (
            ("kept.html", html.text(), {DOOR.source.strip()}),
            ("kept-md.html", rendered, set()),
            ("copied.html", copied["html"], set()),
        ):
            file = tmp_path / name
            file.write_text(f"<!doctype html><meta charset=utf-8>{text}" if name != "kept.html" else text)
            page.goto(file.as_uri())
            page.wait_for_load_state("networkidle")
            hrefs = page.eval_on_selector_all("a[href]", "all => all.map((one) => one.getAttribute('href'))")
            assert {href for href in hrefs if not href.startswith("#")} == links, name
            assert page.locator("body").inner_text().count("window.ran=1") > 3
            assert page.locator("body :is(script, style, link, button, input, meta, base, title)").count() == 0
            looked.finds_nothing(name)
        broken_in = HARM.replace("refresh", "none")  # of which no policy keeps a page
        # The second wall of the file itself: it lets nothing run that would have got in.
        (tmp_path / "broken-in.html").write_text(
            html.text().replace("</main>", f"{broken_in}<script>window.ran=1</script></main>")
        )
        page.goto((tmp_path / "broken-in.html").as_uri())
        assert page.evaluate("window.ran === undefined && window.seen.length > 0")
        page.goto("about:blank")
        looked.asked[:] = [address for address in looked.asked if not address.startswith(OUTSIDE)]
        _print(looked, f"{export}?to=print")


def _print(looked: Looked, address: str) -> None:
    page = looked.page
    page.add_init_script("window.print = () => { window.printed = true }")
    page.goto(address)
    until(page, "() => window.printed")
    expect(page.locator("h1")).to_contain_text("<img src=x onerror")
    assert len(page.pdf()) > 10_000
    looked.finds_nothing("the page that is printed")


def _shown(html: str) -> str:
    from html.parser import HTMLParser

    words: list[str] = []
    parser = HTMLParser()
    parser.handle_data = words.append  # type: ignore[method-assign]
    parser.feed(html)
    return "".join(words)
