"""From files to articles and what is to be remembered of the files."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from rag.errors import UnreadableSource
from rag.index.adding import Numbered, ReadFile
from rag.index.report import AddReport, FailedSource
from rag.index.sources import FileRead
from rag.ingest import load
from rag.ingest.loaders import LeftOut, media_type_of, source_of

_SHOWS_ITS_AGE = 2 * 10**9
"""Nanoseconds: some file systems tell time in steps of two seconds, and within one a change does not show."""
_KEEPS_OLD_ONES = frozenset({"application/rss+xml", "application/atom+xml", "application/xml"})
"""A feed names its latest entries only; the older ones are still articles."""


def articles_in(
    files: Sequence[Path],
    report: AddReport,
    *,
    named: Callable[[Path], str] | None = None,
    held: Mapping[str, set[str]] | None = None,
) -> Iterator[Numbered | ReadFile]:
    """Yield the articles in files, and after those of one file what there is to remember of it.

    `named` gives the source that a file is known by, and then nothing is remembered of it. `held` tells by file which
    sources it held before, so that those that left it are dropped. What cannot be read goes to the report.
    """
    for number, file in enumerate(files, start=1):
        source = named(file) if named else source_of(file)
        holds: set[str] = set()
        whole = True

        def left_out(problem: LeftOut, own: str = source, holds: set[str] = holds) -> None:
            nonlocal whole
            report.leave_out(problem)
            holds.add(problem.source)
            whole = whole and (problem.skipped or problem.source != own)

        failures = len(report.failed)
        try:
            before = file.stat()
            for article in load(file, source=source, on_problem=left_out):
                holds.add(article.source)
                yield number, article
        except UnreadableSource as error:
            report.failed.append(FailedSource(source, str(error).removeprefix(f"{source}: ")))
        except FileNotFoundError:
            report.failed.append(FailedSource(source, "It was there a moment ago, and is gone."))
        else:
            if named is None:
                sound = len(report.failed) == failures
                loses = whole and media_type_of(file) not in _KEEPS_OLD_ONES
                left = (held or {}).get(source, set()) - holds if loses else set()
                yield ReadFile(_seen(file, source, before) if sound else None, frozenset(left))


def digest_of(file: Path) -> str | None:
    """Return the SHA-256 of a file's bytes; None where it cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None


def seen(source: str, stat: os.stat_result, digest: str) -> FileRead:
    """Return what is to be remembered of a file that was so at `stat`, and still is."""
    settled = time.time_ns() - stat.st_mtime_ns > _SHOWS_ITS_AGE
    return FileRead(source, stat.st_size, stat.st_mtime_ns if settled else None, digest)


def _seen(file: Path, source: str, before: os.stat_result) -> FileRead | None:
    digest = digest_of(file)
    try:
        after = file.stat()
    except OSError:
        return None
    if digest is None or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return None
    return seen(source, after, digest)
