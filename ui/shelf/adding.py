"""The ways to add articles: files that are uploaded, pages, folders, feeds, and text that is pasted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rag.index.library import Library
from rag.index.progress import Progress
from rag.index.report import AddReport, FailedSource
from rag.index.uploads import Placed, add_file, add_text, described
from rag.ingest import find_sources
from rag.ingest.loaders import source_of
from rag.ingest.urls import is_url
from ui.shelf.jobs import Beside, Outcome, Step

_FILES_A_STEP = 16
"""Files of a folder that are added at once: together they are quicker, and after each step a person can stop."""


def upload(library: Library, file: Path) -> Step:
    """Add one uploaded file under its own name, or beside what has that name."""

    def run(progress: Progress) -> Outcome:
        placed = add_file(library, file, progress)
        if placed.report.failed:
            return Outcome(placed.report, again=(upload(library, file),))
        return _outcome(placed)

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
    metadata = described(text, title=title, published=day)

    def run(progress: Progress) -> Outcome:
        return _outcome(add_text(library, text, metadata, progress=progress))

    return Step(metadata.title, run)


def _outcome(placed: Placed) -> Outcome:
    added = bool(placed.report.added) and placed.source != placed.name
    return Outcome(placed.report, beside=(Beside(placed.name, placed.source),) if added else ())


def repair(library: Library) -> Step:
    """Make the indexes of the whole library anew."""
    return Step("the library", lambda progress: Outcome(AddReport(), said=str(library.repair(progress=progress))))


def _told(source: str, reason: str) -> FailedSource:
    return FailedSource(source, reason.removeprefix(f"{source}: "))
