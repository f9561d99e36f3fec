"""What PDFium reads of a file, page by page. Meant to run in a process of its own, see `apart`."""

from __future__ import annotations

import pickle
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rag.ingest.formats.pdf.runs import Run, page_runs

PAGES = 5_000
"""Pages of a file that are read."""
MEMORY = 400_000_000
"""Bytes that the process may have beyond those that it begins with."""

_UNREADABLE = re.compile("[\ufffd\ufffe\uffff\ue000-\uefff\uf100-\uf8ff]")


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself."""

    pages: int
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """A page, in the order in which it was written."""

    runs: tuple[Run, ...] = ()
    shows_something: bool = False
    """Text, or something else, such as a picture."""
    damaged: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a file cannot be opened."""

    reason: str


def main() -> None:
    """Read the PDF file that is the standard input; write what is found, from the page named on, as pickles."""
    bound_memory()
    given = sys.stdin.buffer
    for found in read(given if given.seekable() else given.read(), first=int(sys.argv[1])):
        pickle.dump(found, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def bound_memory() -> None:
    """Let this process have `MEMORY` more than now. PDFium ends itself where it gets none.

    On Linux only: elsewhere no system tells how much a process has, or keeps it from having more.
    """
    counts = Path("/proc/self/statm")
    if counts.is_file():
        import resource

        most = int(counts.read_text().split()[0]) * resource.getpagesize() + MEMORY
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def read(source: BinaryIO | bytes, *, first: int = 0) -> Iterator[About | Page | Refused]:
    """Yield what a file says of itself and its pages from the one with the index `first` on, or why there are none."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        yield Refused(_refusal(error))
        return
    with closing(document):
        yield About(len(document), document.get_metadata_dict(skip_empty=True))
        for number in range(first, min(len(document), PAGES)):
            try:
                yield _page(document, number)
            except pypdfium2.PdfiumError:
                yield Page(damaged=True)


def _page(document: Any, number: int) -> Page:
    with closing(document[number]) as page:
        with closing(page.get_textpage()) as textpage:
            runs = page_runs(textpage)
        letters = "".join(run.text for run in runs)
        if 3 * len(_UNREADABLE.findall(letters)) > len(letters):  # glyphs that stand for no known letters
            runs = []
        shows_something = bool(runs) or next(page.get_objects(max_depth=1), None) is not None
    return Page(tuple(runs), shows_something)


def _refusal(error: Any) -> str:
    import pypdfium2.raw

    if getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD:
        return "it needs a password. Save a copy without one, and add that."
    return "it is no PDF file, or a damaged one. Open it, save it anew, and add that."
