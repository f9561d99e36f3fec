"""Make the pictures of the README: the window over the sample articles, with a footnote open.

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
PICTURES = (
    ("screenshot.png", 1280, 800, "light"),
    ("screenshot-dark.png", 1280, 800, "dark"),
    ("screenshot-phone.png", 390, 844, "light"),
)


def main() -> None:
    """Write the pictures beside this file."""
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder, _window(Path(folder)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, width, height, scheme in PICTURES:
            _picture(browser, address, here / name, width, height, scheme)
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


def _picture(browser: Browser, address: str, path: Path, width: int, height: int, scheme: str) -> None:
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


if __name__ == "__main__":
    main()
