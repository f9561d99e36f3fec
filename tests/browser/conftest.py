"""The real window, in a process of its own, and the real Chromium to look at it with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from servers import free_port

from rag import Article, Library

HOSTILE_TITLE = '<img src=x onerror="window.ran=1"> "><b>Lighthouse</b> &lt;i&gt; {{7*7}} ${7*7}'
HOSTILE_TEXT = (
    "The lighthouse keeper painted <style>*{display:none}</style> on the lighthouse door in 1931. "
    "<script>window.ran=1</script> was painted on the lighthouse wall below it.\n\n"
    "[Read on](javascript:window.ran=1) says the lighthouse sign, and $x^2$ with **stars**, _lines_ and `ticks`."
)
ARTICLES = (
    Article(
        title="Ropewalk Bridge reopens",
        text=(
            "Lorries may use the town's oldest crossing again.\n\n"
            + "The town waited long for this day, and said so at length.\n\n" * 40
            + "The Ropewalk Bridge reopened on 12 March 2024 after eleven months of repairs. "
            "The repairs to the Ropewalk Bridge cost £2.3 million. Mayor Ann Sedge cut the ribbon in the rain.\n\n"
            + "Afterwards there was tea in the hall, and nobody made a speech.\n\n"
            * 40
        ),
        source="bridge.txt",
        published=date(2024, 3, 13),
        author="Owen Tasker",
    ),
    Article(
        title="A ferry for Skail",
        text=(
            "The new ferry to Skail carries 140 passengers and nine cars. "
            "Captain Bridie Caul says that the ferry leaves South Quay at 7.15 every morning."
        ),
        source="ferry.md",
        published=date(2025, 4, 1),
        author="Callum Bright",
    ),
    Article(title=HOSTILE_TITLE, text=HOSTILE_TEXT, source="hostile<b>.html"),
    Article(
        title="أخبار المرفأ",
        text="افتتح المرفأ الجديد في مدينة الساحل عام 2021.\n\nيعمل في المرفأ مئة عامل.",
        source="harbour-ar.txt",
        language="ar",
    ),
)


@dataclass(frozen=True)
class Window:
    """A window that is open."""

    address: str
    library: Path


expect.set_options(timeout=20_000)


@contextmanager
def opened(folder: Path, *command: str, **settings: str) -> Iterator[Window]:
    """Run a command that opens a window over the library in `folder`, until the test is done with it."""
    log = folder.parent / f"{folder.name}.log"
    environment = {**os.environ, "FOOTNOTE_LIBRARY": str(folder), "FOOTNOTE_PORT": str(free_port())}
    environment |= {f"FOOTNOTE_{name.upper()}": value for name, value in settings.items()}
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [sys.executable, *command], env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "Footnote is open at" in line, log.read_text()
            yield Window(line.split()[-1], folder)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=8)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def scripted(name: str, articles: Iterable[Article], folder: Path) -> Iterator[Window]:
    """Open the window that a script of this folder makes, over a library of `articles`."""
    with Library(folder / "library") as library:
        library.add_articles(articles)
    with opened(folder / "library", str(Path(__file__).with_name(name))) as window:
        yield window


def chat(folder: Path) -> tuple[Path, *tuple[str, ...]]:
    """Return what `opened` needs to open the window as a person does."""
    return folder, "-m", "rag.cli", "chat", "--no-open"


def expect_theme(page: Page, scheme: str) -> None:
    """Wait until the page is a dark one, or a light one."""
    until(
        page,
        """scheme => {
          const [red, green, blue, alpha] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g);
          const bright = alpha === "0" || [red, green, blue].every((part) => part > 127);
          return bright === (scheme === "light");
        }""",
        scheme,
    )


def until(page: Page, holds: str, given: str = "") -> None:
    """Wait until what `holds`, a function in JavaScript, says true.

    Playwright's own `wait_for_function` has the page evaluate a text, which only the policy of Gradio's page allows.
    """
    for _ in range(400):
        if page.evaluate(holds, given):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"This did not come to hold: {holds}")


def emptied(folder: Path) -> Path:
    """Make a library whose last article was removed."""
    with Library(folder) as library:
        library.add_articles(ARTICLES[:1])
        library.remove(ARTICLES[0].id)
    return folder


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library with a few articles."""
    folder = tmp_path_factory.mktemp("browser") / "library"
    with Library(folder) as library:
        library.add_articles(ARTICLES)
    return folder


@pytest.fixture(scope="session")
def window(filled: Path) -> Iterator[Window]:
    """A window over a few articles, shared by the tests."""
    with opened(*chat(filled)) as opened_window:
        yield opened_window


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium without what only a window on a screen needs (a seventh of these tests' time), or the whole."""
    flags = (
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    )
    with sync_playwright() as playwright:
        program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Visit:
    """A page on a window, and what went on behind it."""

    page: Page
    requests: list[str]
    complaints: list[str]

    def ask(self, question: str) -> None:
        """Type a question, press Enter and wait until its answer is whole."""
        if "conversation" in self.page.url:  # what a page that was just loaded opened is not in it yet
            expect(self.page.locator("#log .turn").last).to_be_attached()
        count = self.page.locator("#log .turn").count()
        self.page.locator("#question textarea").fill(question)
        self.page.locator("#question textarea").press("Enter")
        expect(self.page.locator("#log .turn")).to_have_count(count + 1)
        expect(self.page.locator("#log .waiting")).to_have_count(0)
        expect(self.page.locator("#ask")).to_be_visible()

    def leave(self) -> None:
        """Leave the window, which is about to end: the page would note that its streams are cut."""
        self.page.goto("about:blank")

    def go(self, view: str) -> None:
        """Open the view "Ask" or "Library"."""
        self.page.get_by_role("tab", name=view).click()


VisitWindow = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser) -> Iterator[VisitWindow]:
    """Open pages on a window. After each test: nothing left this machine, and no script failed."""
    visits: list[Visit] = []

    def open_page(window: Window, *, width: int = 1280, height: int = 800, scheme: str = "light") -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = context.new_page()
        visited = Visit(page, [], [])
        page.on("request", lambda request: visited.requests.append(request.url))
        page.on("pageerror", lambda error: visited.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: visited.complaints.append(message.text) if message.type == "error" else None,
        )
        page.goto(window.address)
        expect(page.locator("#welcome h2")).to_be_visible()
        visits.append(visited)
        return visited

    yield open_page
    for visited in visits:
        outside = [url for url in visited.requests if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))]
        assert outside == []
        # Gradio's client complains of the requests that a reload cuts short.
        cut_short = ("AbortError", "Unexpected error Connection errored out")
        assert [text for text in visited.complaints if not text.startswith(cut_short)] == []
        visited.page.context.close()
