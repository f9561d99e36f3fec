"""Make the pictures of README and docs: the window over the sample articles, with a footnote open, and its pages.

Run as ``python docs/make_screenshot.py``; it needs Chromium and the packages of ``footnote[dev]``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

QUESTION = "What time does the last ferry to Skail leave?"
ANSWERS = (
    ("screenshot.png", 1280, 800, "light"),
    ("screenshot-dark.png", 1280, 800, "dark"),
    ("screenshot-phone.png", 390, 844, "light"),
)
PAGES = (
    ("screenshot-library.png", "Library", "List", "#list tbody tr"),
    ("screenshot-years.png", "Library", "Over time", "#list figure"),
    ("screenshot-map.png", "Library", "Map", "#list canvas"),
    ("screenshot-settings.png", "Settings", "", "#settings .leaving"),
)
"""Of the pages: the view, how it shows the list, and what has to be there."""


def main() -> None:
    """Write the pictures beside this file."""
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder, _window(Path(folder)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, width, height, scheme in ANSWERS:
            _answer(browser, address, here / name, width, height, scheme)
        for name, view, shows, part in PAGES:
            _page(browser, address, here / name, view, shows, part)
        browser.close()


@contextmanager
def _window(folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "rag.cli", "chat", "--no-open"]
    environment = {**os.environ, "FOOTNOTE_LIBRARY": str(folder)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def _answer(browser: Browser, address: str, path: Path, width: int, height: int, scheme: str) -> None:
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page.goto(address)
    page.locator("#question textarea").fill(QUESTION)
    page.locator("#question textarea").press("Enter")
    page.locator("#log .number").first.wait_for()
    page.locator("#ask").wait_for()
    if width > 760:
        page.locator("#log .number").first.click()
        page.locator("#reader mark").first.wait_for()
    page.screenshot(path=path)
    page.close()


def _page(browser: Browser, address: str, path: Path, view: str, shows: str, part: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.goto(address)
    page.get_by_role("tab", name=view).click()
    if shows:
        page.get_by_role("radio", name=shows).check()
    page.locator(part).first.wait_for()
    if shows not in ("", "List"):
        page.locator("#list").scroll_into_view_if_needed()
        page.locator("#shelf-form").evaluate("form => form.scrollIntoView()")
    page.wait_for_timeout(1500)
    page.screenshot(path=path)
    page.close()


if __name__ == "__main__":
    main()
