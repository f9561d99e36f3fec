"""The library: its articles, a search among them, and the way to add more: files dropped, pages by their URLs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from rag.errors import FootnoteError
from rag.index.library import Library
from rag.index.listing import ArticleInfo
from rag.index.report import AddReport, FailedSource, StoredArticle
from rag.ingest.urls import is_url
from ui import render

_ADD_HEAD = (
    "<h2>Add articles</h2><p>Text, Markdown, web pages, PDF, Word, OpenDocument, EPUB, mails, "
    "tables, feeds, and ZIP files of them. They stay on this machine.</p>"
)
_BATCH = 8
"""Files that are added between two steps of the progress bar."""
_PAGES = 50
"""Pages that are fetched at once. Each may take a minute, and a person who leaves stops only the next ones."""
_LONGEST = 20_000
"""Characters of addresses that are pasted at once."""

Update = dict[Any, Any]


class Shelf:
    """The view of the library. Made inside a `gr.Blocks`."""

    def __init__(self, library: Library) -> None:
        self._library = library
        gr.HTML(_ADD_HEAD, elem_id="add-head", apply_default_css=False)
        self._files = gr.File(
            label="Add articles",
            show_label=False,
            file_count="multiple",
            height=132,
            elem_id="drop",
        )
        with gr.Row(elem_id="url-row"):
            self._urls = gr.Textbox(
                "",
                label="Address of a page",
                show_label=False,
                container=False,
                placeholder="Or paste a web address",
                max_lines=1,
                max_length=_LONGEST,
                elem_id="url",
                html_attributes=gr.InputHTMLAttributes(enterkeyhint="go", spellcheck=False, autocapitalize="off"),
            )
            self._fetch = gr.Button("Add page", elem_id="fetch", scale=0)
        self._failed = gr.State("")
        self._report = gr.HTML("", elem_id="report", apply_default_css=False)
        self._query = gr.Textbox(
            "",
            label="Search titles, authors and sources",
            show_label=False,
            container=False,
            placeholder="Search titles, authors and sources",
            elem_id="search",
        )
        self._list = gr.HTML("", elem_id="list", apply_default_css=False)

    def connect(self, page: gr.Blocks) -> list[Any]:
        """Tie what a person does to what happens; return the events of having added something."""
        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        # One listener for both: the list of a page that has just loaded must not come after that of a search.
        gr.on(
            [page.load, self._query.change],
            self._listed,
            self._query,
            self._list,
            trigger_mode="always_last",
            **quietly,
        )
        files = self._files.upload(
            self._add, [self._files, self._query], [self._files, self._report, self._list], **quietly
        )
        # What is sent while pages are fetched is fetched after them.
        pages = gr.on(
            [self._urls.submit, self._fetch.click],
            self._add_pages,
            [self._urls, self._query],
            [self._urls, self._failed, self._report, self._list],
            trigger_mode="always_last",
            **quietly,
        )
        pages.then(_field, [self._urls, self._failed], self._urls, **quietly)
        return [files, pages]

    def _listed(self, query: str) -> str:
        articles = self._library.articles()
        return render.shelf(_matching(articles, query), total=len(articles), query=query.strip())

    def _add(self, files: list[str], query: str) -> Iterator[Update]:
        paths = [Path(file) for file in files]
        report = AddReport()
        for first in range(0, len(paths), _BATCH):
            batch = paths[first : first + _BATCH]
            yield {self._report: render.progress(first, len(paths), batch[0].name)}
            report.extend(_added(self._library, batch))
        yield {
            self._files: None,
            self._report: render.report(_groups(report)),
            self._list: self._listed(query),
        }

    def _add_pages(self, pasted: str, query: str) -> Iterator[Update]:
        wanted = list(dict.fromkeys(pasted.split()))
        if not wanted:
            return
        urls, later = wanted[:_PAGES], wanted[_PAGES:]
        yield {self._urls: ""}
        report = AddReport()
        for done, url in enumerate(urls):
            yield {self._report: render.progress(done, len(urls), url)}
            report.extend(_fetched(self._library, url))
        report.failed += [FailedSource(url, f"Only {_PAGES} pages are added at once. Add it now.") for url in later]
        failed = {failure.source for failure in report.failed}
        yield {
            self._failed: " ".join(url for url in wanted if url in failed),
            self._report: render.report(_groups(report)),
            self._list: self._listed(query),
        }


def _field(typed: str, failed: str) -> Any:
    """Return what comes back into the field once pages were fetched: what failed, unless something was typed meanwhile.

    What was typed is left alone, not sent back: it may have been typed on while it was on its way.
    """
    return gr.skip() if typed.strip() else failed


def _matching(articles: Sequence[ArticleInfo], query: str) -> list[ArticleInfo]:
    """Return the articles in whose title, author or source every word of `query` stands."""
    words = query.casefold().split()

    def text(info: ArticleInfo) -> str:
        return "\n".join((info.title, info.author or "", info.source, *info.further_sources)).casefold()

    return [info for info in articles if all(word in text(info) for word in words)]


def _added(library: Library, paths: Sequence[Path]) -> AddReport:
    """Add uploaded files under their own names: the folder that an upload lands in means nothing."""
    try:
        report = library.add(paths, named=lambda path: path.name)
    except FootnoteError as error:
        return AddReport(failed=[FailedSource(path.name, str(error)) for path in paths])
    report.failed = [_renamed(failure, paths) for failure in report.failed]
    return report


def _fetched(library: Library, url: str) -> AddReport:
    """Add the page at `url`. A path is no URL: who sees the window need not see this machine's files."""
    if not is_url(url):
        return AddReport(
            failed=[FailedSource(url, "This is not the address of a page. Paste one that begins with https://.")]
        )
    try:
        return library.add(url)
    except FootnoteError as error:
        return AddReport(failed=[FailedSource(url, str(error))])


def _renamed(failure: FailedSource, paths: Sequence[Path]) -> FailedSource:
    source, reason = failure.source, failure.reason
    for path in paths:
        source, reason = source.replace(str(path), path.name), reason.replace(str(path), path.name)
    return FailedSource(source, reason.removeprefix(f"{source}: "))


def _groups(report: AddReport) -> list[tuple[str, list[tuple[str, str]]]]:
    def named(stored: Sequence[StoredArticle]) -> list[tuple[str, str]]:
        return [(article.title, article.source) for article in stored]

    return [
        ("added", named(report.added)),
        ("updated", named(report.updated)),
        ("unchanged", named(report.unchanged)),
        ("there already, under another name", named(report.copies)),
        ("not added", [(failure.source, failure.reason) for failure in report.failed]),
        ("skipped", [(part.source, part.reason) for part in report.skipped]),
        (
            "near copies",
            [(copy.title, f"near copy of {copy.of.title} ({copy.of.source})") for copy in report.near_copies],
        ),
    ]
