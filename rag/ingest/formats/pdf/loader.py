"""Reading a PDF file: its text layer, what it says of itself, and which pages have no text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from rag.errors import UnreadableSource
from rag.ingest.blocks import read_body
from rag.ingest.bylines import date_from_name, title_from_name
from rag.ingest.dates import parse_date
from rag.ingest.drafts import Draft, Problem, RawSource
from rag.ingest.formats.metadata import said, said_title, tags_in
from rag.ingest.formats.pdf.apart import TOO_MUCH, read_apart
from rag.ingest.formats.pdf.columns import regions
from rag.ingest.formats.pdf.letters import PAGES, About, Page
from rag.ingest.formats.pdf.lines import Line, lines_of, running_titles
from rag.ingest.formats.pdf.paragraphs import PAGE, Look, Piece, continue_with, pieces_of
from rag.ingest.formats.pdf.runs import Run, is_right_to_left
from rag.ingest.formats.pdf.words import Joiner

_CREATED = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})")


def load_pdf(raw: RawSource) -> Iterator[Draft | Problem]:
    """Read the text layer of a PDF file: columns in order, line ends joined, running titles left out.

    Raises UnreadableSource where a password is needed, nothing has text, or the file is damaged. Pages
    without text that show something are reported.
    """
    about, read = read_apart(raw)
    if not about.pages:
        raise UnreadableSource("there is no page in it. Check that the file was saved whole.")
    pages = [page.runs for page in read]
    if not any(pages):
        if any(page.damaged for page in read):
            raise UnreadableSource(TOO_MUCH)
        count = len(pages)
        raise UnreadableSource(
            f"{'its only page has no' if count == 1 else f'none of its {count} pages has any'} text: it is a scan or a "
            "picture. Run text recognition over it (OCR, for example with ocrmypdf), and add what comes of that."
        )
    yield _draft(pages, about.metadata, raw.name)
    for reason in _left_out(about, read):
        yield Problem(None, reason, skipped=True)


def _left_out(about: About, read: Sequence[Page]) -> Iterator[str]:
    """Yield what is missing of a file."""
    if damaged := [number for number, page in enumerate(read, start=1) if page.damaged]:
        yield f"{_counted(damaged)} damaged or too much to read."
    if bare := [number for number, page in enumerate(read, start=1) if page.shows_something and not page.runs]:
        yield f"{_counted(bare, 'has', 'have')} no text: a scan or a picture. OCR makes it readable."
    if about.pages > PAGES:
        yield f"Only the first {PAGES:,} of its {about.pages:,} pages are read. Split it to have the rest."


def _draft(pages: Sequence[Sequence[Run]], metadata: dict[str, str], name: str) -> Draft:
    furniture = running_titles(pages)
    kept = [[run for run in runs if id(run) not in furniture] for runs in pages]
    if not any(kept):
        kept = [list(runs) for runs in pages]
    columns: list[list[Line]] = []
    for number, runs in enumerate(kept):
        backwards = is_right_to_left("".join(run.text for run in runs))
        columns += [lines_of(region, number) for region in regions(runs, right_to_left=backwards)]
    joiner, look = Joiner(line.text for column in columns for line in column), Look.of(columns)
    pieces: list[Piece] = []
    marked = -1
    for column in columns:
        mark = PAGE * (column[0].page - marked)
        marked = column[0].page
        continue_with(pieces, pieces_of(column, look, joiner, mark), joiner)
    ending = PAGE * (len(kept) - 1 - marked)
    author = said(metadata.get("Author"))
    found = read_body([piece.block for piece in pieces], title=said_title(metadata.get("Title")), author=author)
    text, starts = _unmarked(found.text + ending, len(kept))
    return Draft(
        title=found.title or title_from_name(name, text),
        text=text,
        # The day on which a file was made is often one of a later export: the article's own word goes first.
        published=found.published or date_from_name(name) or _created(metadata),
        author=found.author,
        tags=tags_in(metadata.get("Keywords")),
        pages=starts,
    )


def _unmarked(marked: str, pages: int) -> tuple[str, tuple[int, ...]]:
    """Return the text without the marks of pages, and where each of the `pages` begins.

    What was taken off the head, the title and the byline, took the marks of its pages with it.
    """
    parts = marked.split(PAGE)
    starts = [0] * (pages - len(parts) + 1)
    at = 0
    for part in parts[:-1]:
        at += len(part)
        starts.append(at)
    return "".join(parts), tuple(starts)


def _created(metadata: dict[str, str]) -> date | None:
    found = _CREATED.match(metadata.get("CreationDate", ""))
    return parse_date("-".join(found.groups())) if found else None


def _counted(pages: Sequence[int], one: str = "is", many: str = "are") -> str:
    """Return pages as people write them, with a verb: "Pages 2–4 and 9 are"."""
    spans: list[list[int]] = []
    for page in pages:
        if spans and spans[-1][1] == page - 1:
            spans[-1][1] = page
        else:
            spans.append([page, page])
    named = [str(a) if a == b else f"{a}–{b}" for a, b in spans]
    listed = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return f"Page {listed} {one}" if len(pages) == 1 else f"Pages {listed} {many}"
