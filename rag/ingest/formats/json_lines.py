"""Lists of objects with a line each: JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from rag.errors import UnreadableSource
from rag.ingest.drafts import Draft, Problem, RawSource
from rag.ingest.encoding import text_lines
from rag.ingest.formats.records import LONGEST_ROW, Record, drafts_of

VALUES = 1_000_000
"""Values of a line at most, each of which takes some hundred bytes in memory."""
FIELDS = 1_000
"""Fields of an object that are looked at."""
_TRIED = 20
"""Bad lines at the head after which the file is taken for something else."""
_DEEP = 3
_NAMED = ("name", "title", "value", "text")


def load_json_lines(raw: RawSource) -> Iterator[Draft | Problem]:
    """Read a JSON Lines file: an article a line where a field holds prose, else one article that is a table."""
    yield from drafts_of(_records(raw), raw)


def _records(raw: RawSource) -> Iterator[Record | Problem]:
    found = bad = 0
    for number, line in enumerate(text_lines(raw.file, longest=LONGEST_ROW), start=1):
        if not line.strip():
            continue
        if line.count(",") + line.count("[") + line.count("{") > VALUES:
            bad += 1
            yield Problem(f"line {number}", f"It has more than {VALUES:,} values, which is no article. Leave it out.")
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            found += 1
            yield Record(f"line {number}", dict(islice(_fields(value), FIELDS)))
            continue
        bad += 1
        if not found and bad >= _TRIED:
            raise UnreadableSource("it is no JSON Lines file: no line of it is an object. Check its ending.")
        yield Problem(f"line {number}", "It is no JSON object. Mend or remove it.")


def _fields(value: dict[str, object], before: str = "", deep: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the fields of an object as text; those of an object in it are named "author.name"."""
    for name, field in value.items():
        if isinstance(field, dict) and deep < _DEEP and not any(key in field for key in _NAMED):
            yield from _fields(field, f"{before}{name}.", deep + 1)
        else:
            yield f"{before}{name}", _text(field)


def _text(value: object, deep: int = 0) -> str:
    if isinstance(value, str):
        return value
    if value is None or deep > _DEEP:
        return ""
    if isinstance(value, dict):
        return next((_text(value[key], deep + 1) for key in _NAMED if key in value), "")
    if isinstance(value, list):
        return ", ".join(filter(None, (_text(item, deep + 1) for item in value)))
    return json.dumps(value)
