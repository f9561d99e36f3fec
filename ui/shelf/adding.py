"""The ways to add articles: files that are uploaded, pages, folders, feeds, and text that is pasted."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rag.errors import InvalidMetadata, UnreadableSource
from rag.index.library import Library
from rag.index.progress import Progress
from rag.index.report import AddReport, FailedSource
from rag.ingest import find_sources
from rag.ingest.loaders import source_of
from rag.ingest.urls import is_url
from rag.text import clean_text, shorten
from rag.types import Article, Metadata
from ui.shelf.jobs import Beside, Outcome, Step

_FILES_A_STEP = 16
"""Files of a folder that are added at once: together they are quicker, and after each step a person can stop."""
_LONGEST_NAME = 150
_TITLE = 80


class Uploads:
    """Files that came over the network, each in a folder of its own until it is added. What is left goes at the end."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True)

    def place(self, name: str) -> Path:
        """Return where to put a file of that name. Whatever folder is in the name means nothing."""
        return Path(tempfile.mkdtemp(dir=self._folder.name)) / _plain(name)


def _plain(name: str) -> str:
    """Return the last part of a name that a browser sent, short enough for any file system, and no name of a folder."""
    name = clean_text(name).replace("\\", "/").rpartition("/")[2].replace("\n", " ").strip().lstrip(".")
    stem, dot, ending = name.rpartition(".")
    if len(name.encode()) > _LONGEST_NAME:
        name = stem.encode()[: _LONGEST_NAME - 20].decode("utf-8", "ignore") + dot + ending[:10]
    return name or "unnamed"


def upload(library: Library, file: Path) -> Step:
    """Add one uploaded file under its own name, or beside what has that name."""

    def run(progress: Progress) -> Outcome:
        try:
            source = library.free_name(file, file.name)
        except UnreadableSource:
            source = file.name  # adding it tells what is wrong
        report = library.add(file, named=lambda _: source, progress=progress)
        report.failed = [_own_name(failure, file) for failure in report.failed]
        if report.failed:
            return Outcome(report, again=(upload(library, file),))
        shutil.rmtree(file.parent, ignore_errors=True)
        added = bool(report.added) and source != file.name
        return Outcome(report, beside=(Beside(file.name, source),) if added else ())

    return Step(file.name, run)


def page(library: Library, url: str) -> Step:
    """Add the page at `url`. A path is no URL: who sees the window need not see this machine's files."""

    def run(progress: Progress) -> Outcome:
        if not is_url(url):
            reason = "This is not the address of a page. Paste one that begins with https://."
            return Outcome(AddReport(failed=[FailedSource(url, reason)]))
        report = library.add(url, progress=progress)
        return Outcome(report, again=(page(library, url),) if report.failed else ())

    return Step(url, run)


def folder(library: Library, path: str) -> list[Step]:
    """Add a folder of this machine with all that is in it, some files at a time."""
    files, problems = find_sources([path])
    steps = [_files(library, files[at : at + _FILES_A_STEP]) for at in range(0, len(files), _FILES_A_STEP)]
    left_out = AddReport(
        failed=[_told(p.source, p.reason) for p in problems if not p.unknown_kind],
        skipped=[_told(p.source, p.reason) for p in problems if p.unknown_kind],
    )
    if not files and not problems:
        left_out.failed.append(FailedSource(path, "There is nothing in this folder that can be read."))
    if left_out.failed or left_out.skipped:
        steps.append(Step(path, lambda _: Outcome(left_out), size=0))
    return steps


def _files(library: Library, files: Sequence[Path]) -> Step:
    def run(progress: Progress) -> Outcome:
        report = library.add(files, progress=progress)
        failed = {failure.source for failure in report.failed}
        again = [file for file in files if _failed(source_of(file), failed)]
        return Outcome(report, again=tuple(_files(library, [file]) for file in again))

    return Step(files[0].name, run, size=len(files))


def _failed(source: str, failed: Iterable[str]) -> bool:
    return any(each == source or each.startswith(f"{source}#") for each in failed)


def followed(library: Library, place: str) -> Step:
    """Make the library match a folder, or take in what is new in a feed, and follow it from now on."""

    def run(progress: Progress) -> Outcome:
        report = library.sync(place, progress=progress)
        return Outcome(report, again=(followed(library, place),) if report.failed else ())

    return Step(place, run)


def pasted(library: Library, title: str, text: str, day: str) -> Step:
    """Add a text that was pasted. Raises `InvalidMetadata` where there is none, or its day is none."""
    text = clean_text(text)
    if not text:
        raise InvalidMetadata("There is no text yet. Paste some, then add it.")
    first = shorten(text.partition("\n")[0], _TITLE)
    metadata = Metadata.written(title=title.strip() or first, published=day)

    def run(progress: Progress) -> Outcome:
        name = f"pasted/{metadata.title}"
        source = library.free_source(Article(title=metadata.title, text=text, source=name))
        article = Article(title=metadata.title, text=text, source=source, published=metadata.published)
        report = library.add_articles([article], progress=progress)
        return Outcome(report, beside=(Beside(name, source),) if report.added and source != name else ())

    return Step(metadata.title, run)


def repair(library: Library) -> Step:
    """Make the indexes of the whole library anew."""
    return Step("the library", lambda progress: Outcome(AddReport(), said=str(library.repair(progress=progress))))


def _told(source: str, reason: str) -> FailedSource:
    return FailedSource(source, reason.removeprefix(f"{source}: "))


def _own_name(failure: FailedSource, file: Path) -> FailedSource:
    source, reason = (text.replace(str(file), file.name) for text in (failure.source, failure.reason))
    return FailedSource(source, reason.removeprefix(f"{source}: "))
