"""PDF files read in a process of their own, which may take so much memory and time, and may die, without harm.

A file of a kilobyte can unpack to gigabytes or draw a page a billion times, and PDFium has no bounds that one can
set. A page that takes too much is left out, and reading goes on after it.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from io import UnsupportedOperation
from typing import BinaryIO

from rag.errors import UnreadableSource
from rag.ingest.drafts import RawSource, check_length
from rag.ingest.formats.pdf.letters import PAGES, About, Page, Refused

SECONDS = 60.0
"""Time that opening a file, or a page of it, may take."""
TOO_MUCH = (
    "it is damaged, or takes more time or memory than any article does. Print it into a new PDF file, and add that, "
    "or leave it out."
)
_LOST = 3
"""Pages on which a process may die before the file is given up."""
_CODE = "import sys; sys.path[:] = sys.argv[2:]; from rag.ingest.formats.pdf.letters import main; main()"


def read_apart(raw: RawSource) -> tuple[About, list[Page]]:
    """Return what a file says of itself, and its pages.

    Raises UnreadableSource where it cannot be opened, or not within `letters.MEMORY` and `SECONDS`.
    """
    about: About | None = None
    pages: list[Page] = []
    letters = lost = 0
    while about is None or len(pages) < min(about.pages, PAGES):
        for found in _found(raw, len(pages)):
            if isinstance(found, Refused):
                raise UnreadableSource(found.reason)
            if isinstance(found, About):
                about = found
                continue
            pages.append(found)
            letters += sum(len(run.text) for run in found.runs)
            check_length(letters)
        if about is None or lost == _LOST:
            raise UnreadableSource(TOO_MUCH)
        if len(pages) < min(about.pages, PAGES):
            pages.append(Page(damaged=True))
            lost += 1
    return about, pages


def _found(raw: RawSource, first: int) -> Iterator[About | Page | Refused]:
    """Yield what a process finds before it ends, one way or the other."""
    raw.file.seek(0)
    file = raw.file if _is_file(raw.file) else None
    command = [sys.executable, "-c", _CODE, str(first), *sys.path]
    with subprocess.Popen(
        command, stdin=file or subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            if process.stdin:
                threading.Thread(target=_give, args=(raw.file.read(), process.stdin), daemon=True).start()
            assert process.stdout
            while True:
                watch = threading.Timer(SECONDS, process.kill)
                watch.start()
                try:
                    found: About | Page | Refused = pickle.load(process.stdout)
                except (EOFError, pickle.UnpicklingError):  # it ended, or was ended in the middle of a word
                    return
                finally:
                    watch.cancel()
                yield found
        finally:
            process.kill()


def _give(data: bytes, file: BinaryIO) -> None:
    with suppress(OSError), file:  # it ended before it had read all
        file.write(data)


def _is_file(file: BinaryIO) -> bool:
    try:
        file.fileno()
    except UnsupportedOperation:
        return False
    return True
