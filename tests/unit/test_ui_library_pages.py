"""Pages whose addresses are pasted into the window."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import gradio as gr
import pytest

from rag import Library, Settings
from ui.library import Shelf, _field


class Pier(BaseHTTPRequestHandler):
    """A site of one page."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/pier" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>The pier</title><h1>The pier</h1><p>The pier opened in 1888, on a Sunday.</p>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pier) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "library", settings=Settings(allow_private_addresses=True)) as opened:
        yield opened


def paste(library: Library, text: str) -> tuple[str, str, str]:
    """What failed, what stands in the report and what in the list after `text` was pasted and sent."""
    with gr.Blocks():
        shelf = Shelf(library)
    first, *steps = shelf._add_pages(text, "")
    assert first == {shelf._urls: ""}
    assert all(shelf._report in step for step in steps)
    last: dict[Any, Any] = steps[-1]
    return last[shelf._failed], last[shelf._report], last[shelf._list]


def test_a_page_is_added_by_its_address_and_reported(library: Library, site: str) -> None:
    failed, report, listed = paste(library, f" {site}/pier#top\n")
    assert failed == ""
    assert '<p class="totals">1 added</p>' in report
    assert f"{site}/pier" in report
    assert "The pier" in listed
    assert "1 unchanged" in paste(library, f"{site}/pier")[1]


def test_what_cannot_be_added_comes_back_with_its_reason(library: Library, site: str) -> None:
    failed, report, _ = paste(library, f"{site}/pier {site}/none example.org/pier {site}/none")
    assert failed == f"{site}/none example.org/pier"
    assert '<p class="totals">1 added, 2 not added</p>' in report
    assert "there is no such page (404)" in report
    assert "begins with https://" in report


def test_what_failed_takes_the_place_of_nothing_that_was_typed_meanwhile() -> None:
    assert _field("", "https://a.example") == "https://a.example"
    assert _field("https://b.example", "https://a.example") == gr.skip()


def test_a_long_list_is_taken_in_parts(library: Library) -> None:
    """Nobody waits for hours, and what waits is not forgotten."""
    names = [f"page-{number}" for number in range(60)]
    failed, report, _ = paste(library, " ".join(names))
    assert failed.split() == names
    assert report.count("not the address of a page") == 50
    assert report.count("Only 50 pages are added at once.") == 10


@pytest.mark.parametrize("start", ["", "file://", "~/", "./"])
def test_the_field_opens_no_file_of_this_machine(library: Library, tmp_path: Path, start: str) -> None:
    """Who sees the window, from another machine too, need not see its files."""
    (tmp_path / "diary.txt").write_text("Nobody else may read this diary.")
    report = paste(library, f"{start}{tmp_path / 'diary.txt'}")[1]
    assert "1 not added" in report
    assert library.articles() == []


def test_this_machine_is_closed_to_the_window_by_default(tmp_path: Path, site: str) -> None:
    """C35."""
    with Library(tmp_path / "closed") as library:
        assert "this machine itself" in paste(library, f"{site}/pier")[1]
        assert library.articles() == []


def test_nothing_pasted_changes_nothing(library: Library) -> None:
    with gr.Blocks():
        assert list(Shelf(library)._add_pages(" \n", "")) == []
