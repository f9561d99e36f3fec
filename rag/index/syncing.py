"""Making a library match a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
    held = sources.within(source_name(folder))
    if not found and held and not emptied:
        raise NoSuchFolder(
            f"The folder {folder} is empty, and {len(held):,} articles are from it. If its drive is not connected, "
            f"connect it. To remove them all: footnote sync --emptied '{folder}'"
        )
    for problem in problems:
        kind = report.skipped if problem.unknown_kind else report.failed
        kind.append(FailedSource(problem.source, problem.reason.removeprefix(f"{problem.source}: ")))

    for old, new in _renamed(known, found, there, set(held)):
        sources.move(old, new)
        report.renamed.append(Renamed(old, new))
    moved = {file.new for file in report.renamed}
    sources.forget_files(source for source in known if not _is_at(source, there))

    to_read: list[Path] = []
    touched: list[FileRead] = []
    for source, file in found.items():
        read = None if again or source in moved else known.get(source)
        if read is None or not _is_as_it_was(file, read, touched):
            to_read.append(file)
        else:
            report.untouched += 1
    sources.note(touched)
    adds = adding(report, len(to_read), show)
    adds.remove(source for source in sources.within(source_name(folder)) if not _is_at(source, there))
    adds.add(articles_in(to_read, report, whole_files=True))
    sources.follow(source_name(folder))


def _renamed(
    known: Mapping[str, FileRead], found: Mapping[str, Path], there: set[str], held: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield old and new names of files that are there with the same bytes under a name that was not known."""
    gone: dict[str, list[FileRead]] = {}
    for source, read in known.items():
        if not _is_at(source, there):
            gone.setdefault(read.digest, []).append(read)
    sizes = {read.size for reads in gone.values() for read in reads}
    known_files = {*known, *(part for source in held for part in _files_of(source))}
    for source, file in found.items():
        if source in known_files or not sizes:
            continue
        try:
            digest = digest_of(file) if file.stat().st_size in sizes else None
        except OSError:
            continue
        were = gone.get(digest or "", [])
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


def _is_at(source: str, there: set[str]) -> bool:
    """Say whether the file that `source` is in is among `there`, or in a folder there that could not be looked into."""
    if any(file in there for file in _files_of(source)):
        return True
    return any(str(above) in there for above in Path(source).parents)


def _files_of(source: str) -> Iterator[str]:
    """Yield the files in which an article of that source can be: a name may hold the sign that stands before a part."""
    yield source
    for at, letter in enumerate(source):
        if letter == "#":
            yield source[:at]
