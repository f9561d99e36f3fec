"""Making a library match a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rag.errors import NoSuchFolder
from rag.index.adding import Adding
from rag.index.catalog import Catalog
from rag.index.progress import Progress
from rag.index.reading import articles_in, digest_of, seen
from rag.index.report import AddReport, FailedSource, Renamed
from rag.index.sources import FileRead, Sources
from rag.ingest import find_sources
from rag.ingest.loaders import source_name, source_of

_Adds = Callable[[AddReport, int, Progress], Adding]


def sync(
    adding: _Adds,
    catalog: Catalog,
    folder: Path,
    report: AddReport,
    *,
    again: bool,
    emptied: bool,
    show: Progress,
) -> None:
    """Make the library match `folder`, a true path. Only while nobody else writes."""
    if not folder.is_dir():
        raise NoSuchFolder(
            f"There is no folder {folder}. If its drive is not connected, connect it; if the folder was moved, sync it "
            f"where it is now and forget this one: footnote sync --forget '{folder}'"
        )
    sources = Sources(catalog)
    files, problems = find_sources([folder])
    found = {source_of(file): file for file in files}
    there = {*found, *(problem.source for problem in problems)}
    known = sources.files_within(source_name(folder))
    held = _by_file(sources.within(source_name(folder)), {*there, *known})
    if not found and held and not emptied:
        raise NoSuchFolder(
            f"The folder {folder} is empty, and {sum(map(len, held.values())):,} articles are from it. If its drive is "
            f"not connected, connect it. To remove them all: footnote sync --emptied '{folder}'"
        )
    for problem in problems:
        kind = report.skipped if problem.unknown_kind else report.failed
        kind.append(FailedSource(problem.source, problem.reason.removeprefix(f"{problem.source}: ")))

    gone = [read for source, read in known.items() if not _is_there(source, there)]
    for old, new in _renamed(gone, {source: file for source, file in found.items() if source not in {*known, *held}}):
        held[new] = sources.move(old, new, held.pop(old, set()))
        report.renamed.append(Renamed(old, new))
    sources.forget_files(read.source for read in gone)

    moved = {file.new for file in report.renamed}
    to_read: list[Path] = []
    touched: list[FileRead] = []
    for source, file in found.items():
        read = None if again or source in moved else known.get(source)
        if read is None or not _is_as_it_was(file, read, touched):
            to_read.append(file)
        else:
            report.untouched += 1
    sources.note(touched)
    vanished = [source for name, its in held.items() if not _is_there(name, there) for source in its]
    if vanished or to_read:  # else no model is loaded
        adds = adding(report, len(to_read), show)
        adds.remove(vanished)
        adds.add(articles_in(to_read, report, held=held))
    sources.follow(source_name(folder))


def _by_file(sources: Iterable[str], files: set[str]) -> dict[str, set[str]]:
    """Return the sources by the file that they are in; by themselves where none of `files` is that.

    A file's name may hold the sign that stands before a part: the longest name is the file's.
    """
    found: dict[str, set[str]] = {}
    for source in sources:
        ends = [len(source), *(at for at in range(len(source) - 1, 0, -1) if source[at] == "#")]
        file = next((source[:end] for end in ends if source[:end] in files), source)
        found.setdefault(file, set()).add(source)
    return found


def _renamed(gone: Sequence[FileRead], new: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """Yield old and new names of files that are there with the same bytes under another name."""
    by_digest: dict[str, list[FileRead]] = {}
    for read in gone:
        by_digest.setdefault(read.digest, []).append(read)
    sizes = {read.size for read in gone}
    for source, file in new.items():
        try:
            digest = digest_of(file) if file.stat().st_size in sizes else None
        except OSError:
            continue
        were = by_digest.get(digest or "", [])
        if were:
            was = next((read for read in were if Path(read.source).name == file.name), were[0])
            were.remove(was)
            yield was.source, source


def _is_as_it_was(file: Path, read: FileRead, touched: list[FileRead]) -> bool:
    """Say whether a file need not be read again; note in `touched` one that only its time tells from what it was."""
    try:
        stat = file.stat()
    except OSError:
        return False
    if read.looks_like(stat):
        return True
    if read.size == stat.st_size and digest_of(file) == read.digest:
        touched.append(seen(read.source, stat, read.digest))
        return True
    return False


def _is_there(file: str, there: set[str]) -> bool:
    """Say whether a file is among `there`, or in a folder there that could not be looked into."""
    return file in there or any(str(above) in there for above in Path(file).parents)
