"""Tables with a row an article, or of data: CSV and TSV."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from rag.errors import UnreadableSource
from rag.ingest.drafts import Draft, Problem, RawSource
from rag.ingest.encoding import text_lines
from rag.ingest.formats.records import LONGEST_ROW, Record, drafts_of

_DELIMITERS = ",;\t|"
COLUMNS = 1_000
"""Columns of a table at most."""
CELLS = 1_000_000
"""What keeps columns apart stands in a row at most so often, in its text as well."""
_TRIED = 100
"""Lines that are read to find out what keeps the columns apart."""
_TRIED_LENGTH = 1_000_000
"""Characters up to which there are more of them."""
_NAME_LENGTH = 80
_NUMBER = re.compile(r"[-+£$€]?\d[\d\s.,:/%-]*[%€]?")


def load_table(raw: RawSource) -> Iterator[Draft | Problem]:
    """Read a CSV or TSV file: an article a row where a column holds prose, else one article that is the table.

    What keeps columns apart (comma, semicolon, tab or bar) is found out. It is read row by row.
    """
    # The limit is one of the whole process; the field that a missing quotation mark makes of the rest ends there.
    csv.field_size_limit(LONGEST_ROW)
    lines = (line.replace("\x00", "") for line in text_lines(raw.file, longest=LONGEST_ROW))
    first: list[str] = []
    for line in islice(lines, _TRIED):
        first.append(line)
        if sum(map(len, first)) > _TRIED_LENGTH:
            break
    if not any(line.strip() for line in first):
        raise UnreadableSource("there is no text in it. Check that the file was saved whole.")
    if re.fullmatch(r"sep=[,;\t|]\s*", first[0]):  # Excel's own
        first = first[1:]
    delimiter = _delimiter(first)
    yield from drafts_of(_records(_Counted(chain(first, lines), delimiter), delimiter), raw)


class _Counted:
    """Lines, with how many of them were given, and what is in them.

    Raises `csv.Error` where a row goes on over too many of them.
    """

    def __init__(self, lines: Iterator[str], delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._length = self._cells = 0
        self.count = self.marks = 0
        """Lines, and quotation marks in them."""

    def begin_row(self) -> None:
        """Count anew how long a row is."""
        self._length = self._cells = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.count += 1
            self.marks += line.count('"')
            self._length += len(line)
            self._cells += line.count(self._delimiter)
            if self._length > LONGEST_ROW or self._cells > CELLS:
                raise csv.Error("it never ends")
            yield line


def _records(lines: _Counted, delimiter: str) -> Iterator[Record | Problem]:
    rows = csv.reader(lines, delimiter=delimiter)
    header: list[str] = []
    number = began = 0
    balanced = True
    while True:
        before = lines.count, lines.marks
        lines.begin_row()
        try:
            row = next(rows)
        except StopIteration:
            if not balanced:
                yield Problem(f"row {number}", f"A quotation mark in line {began} is never closed. Mend it.")
            return
        except csv.Error as error:
            yield Problem(
                f"row {number + 1}", f"It cannot be read ({error}), nor what follows. Check its quotation marks."
            )
            return
        if len(row) > COLUMNS:
            raise UnreadableSource(
                f"it has more than {COLUMNS:,} columns, which is no table of articles. Leave it out."
            )
        began = before[0] + 1
        balanced = lines.count == began or (lines.marks - before[1]) % 2 == 0
        if not any(cell.strip() for cell in row):
            continue
        number += 1
        if not header:
            named = _is_header(row)
            header = [cell.strip() for cell in row] if named else [f"column {n}" for n in range(1, len(row) + 1)]
            if named:
                continue
        yield Record(f"row {number}", dict(zip(_names(header, row), _fitted(row, header, delimiter), strict=False)))


def _names(header: Sequence[str], row: Sequence[str]) -> list[str]:
    return [*header, *(f"column {n}" for n in range(len(header) + 1, len(row) + 1))]


def _fitted(row: list[str], header: Sequence[str], delimiter: str) -> list[str]:
    """Give text that was cut at its own commas back to the last column."""
    surplus = row[len(header) :]
    if surplus and any(len(cell.split()) > 3 for cell in (row[len(header) - 1], *surplus)):
        return [*row[: len(header) - 1], delimiter.join(row[len(header) - 1 :])]
    return row


def _is_header(row: Sequence[str]) -> bool:
    cells = [cell.strip() for cell in row]
    return (
        all(cell and len(cell) <= _NAME_LENGTH and not _NUMBER.fullmatch(cell) for cell in cells)
        and len({cell.casefold() for cell in cells}) == len(cells)
        and not any(cell.endswith((".", "!", "?")) and " " in cell for cell in cells)
    )


def _delimiter(lines: Sequence[str]) -> str:
    """Return what keeps columns apart in most of `lines`, as many columns in each."""
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        try:
            rows = csv.reader((line[:_TRIED_LENGTH] for line in lines), delimiter=delimiter)
            widths = Counter(len(row) for row in rows if row)
        except csv.Error:
            continue
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        score = (count / max(1, widths.total()), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best
