"""How each kind of step is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from rag import kept_settings
from rag.errors import UnreadableSource
from rag.index.library import Library
from rag.index.progress import Progress
from rag.index.queue.jobs import Beside, Kind, Outcome, Step
from rag.index.queue.steps import some_files
from rag.index.report import AddReport, FailedSource
from rag.index.uploads import Placed, add_file, add_text, described
from rag.ingest.loaders import source_of
from rag.ingest.urls import is_url
from rag.settings import SHIPPED_EMBEDDER, fixed_by


def do(library: Library, step: Step, progress: Progress) -> Outcome:
    """Do a step whole. Raises FootnoteError where it cannot be done at all."""
    return _WAYS[step.kind](library, step, progress)


def _file(library: Library, step: Step, progress: Progress) -> Outcome:
    sent = str(step.given["sent"])
    try:
        with library.sent.opened(sent, step.name) as file:
            placed = add_file(library, file, progress)
    except UnreadableSource as error:  # it is not kept any more: to try again is of no use
        return Outcome(AddReport(failed=[FailedSource(step.name, str(error).removeprefix(f"{step.name}: "))]))
    if placed.report.failed:
        return Outcome(placed.report, again=(step,))
    library.sent.drop(sent)
    return _outcome(placed)


def _page(library: Library, step: Step, progress: Progress) -> Outcome:
    """A path is no URL: who sees the window need not see this machine's files."""
    if not is_url(step.name):
        reason = "This is not the address of a page. Paste one that begins with https://."
        return Outcome(AddReport(failed=[FailedSource(step.name, reason)]))
    report = library.add(step.name, progress=progress)
    return Outcome(report, again=(step,) if report.failed else ())


def _files(library: Library, step: Step, progress: Progress) -> Outcome:
    files = [Path(name) for name in step.given["files"]]
    report = library.add(files, progress=progress)
    failed = {failure.source for failure in report.failed}
    return Outcome(report, again=tuple(some_files([file]) for file in files if _failed(source_of(file), failed)))


def _failed(source: str, failed: Iterable[str]) -> bool:
    return any(each == source or each.startswith(f"{source}#") for each in failed)


def _followed(library: Library, step: Step, progress: Progress) -> Outcome:
    report = library.sync(step.name, progress=progress)
    return Outcome(report, again=(step,) if report.failed else ())


def _text(library: Library, step: Step, progress: Progress) -> Outcome:
    text, source = str(step.given["text"]), str(step.given["source"])
    metadata = described(text, title=str(step.given["title"]), **step.given["said"])
    return _outcome(add_text(library, text, metadata, source=source, progress=progress))


def _repair(library: Library, _step: Step, progress: Progress) -> Outcome:
    return Outcome(said=str(library.repair(progress=progress)))


def _reembed(library: Library, step: Step, progress: Progress) -> Outcome:
    model = str(step.given["model"])
    library.embed_with(model, progress=progress)
    if not fixed_by("embedding_model"):
        kept = None if model == SHIPPED_EMBEDDER else model
        kept_settings.write(library.settings.library, {"embedding_model": kept})
    return Outcome(said=f"All articles are embedded with {model}.")


def _left_out(_library: Library, step: Step, _progress: Progress) -> Outcome:
    report = AddReport(
        failed=[FailedSource(source, reason) for source, reason in step.given["failed"]],
        skipped=[FailedSource(source, reason) for source, reason in step.given["skipped"]],
    )
    return Outcome(report)


def _outcome(placed: Placed) -> Outcome:
    added = bool(placed.report.added) and placed.source != placed.name
    return Outcome(placed.report, beside=(Beside(placed.name, placed.source),) if added else ())


_WAYS: Mapping[Kind, Callable[[Library, Step, Progress], Outcome]] = {
    "file": _file,
    "page": _page,
    "files": _files,
    "followed": _followed,
    "text": _text,
    "repair": _repair,
    "reembed": _reembed,
    "left out": _left_out,
}
