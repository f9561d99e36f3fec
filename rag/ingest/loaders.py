"""One loader a media type. A new format is one function and one row here."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UnreadableSource
from rag.ingest.drafts import Draft, Problem, RawSource
from rag.ingest.formats.archive import load_zip
from rag.ingest.formats.docx import load_docx
from rag.ingest.formats.epub import load_epub
from rag.ingest.formats.feeds import load_feed
from rag.ingest.formats.json_lines import load_json_lines
from rag.ingest.formats.mail import load_eml, load_mbox
from rag.ingest.formats.odt import load_odt
from rag.ingest.formats.pdf.loader import load_pdf
from rag.ingest.formats.tables import load_table
from rag.ingest.html import load_html
from rag.ingest.markdown import load_markdown
from rag.ingest.plain_text import load_plain_text
from rag.text import one_line
from rag.types import Article

Loader = Callable[[RawSource], Draft | Iterable[Draft | Problem]]
"""Gives the one article of a source, or yields those of a source that may hold several, and what it leaves out."""

LOADERS: dict[str, Loader] = {
    "text/plain": load_plain_text,
    "text/markdown": load_markdown,
    "text/html": load_html,
    "application/pdf": load_pdf,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": load_docx,
    "application/vnd.oasis.opendocument.text": load_odt,
    "application/epub+zip": load_epub,
    "message/rfc822": load_eml,
    "application/mbox": load_mbox,
    "text/csv": load_table,
    "text/tab-separated-values": load_table,
    "application/jsonl": load_json_lines,
    "application/rss+xml": load_feed,
    "application/atom+xml": load_feed,
    "application/xml": load_feed,
    "application/zip": load_zip,
}
"""Loaders by media type. A loader may raise UnreadableSource, and imports what it needs when it is called."""

MEDIA_TYPES: dict[str, str] = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".epub": "application/epub+zip",
    ".eml": "message/rfc822",
    ".mbox": "application/mbox",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".jsonl": "application/jsonl",
    ".ndjson": "application/jsonl",
    ".rss": "application/rss+xml",
    ".atom": "application/atom+xml",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
"""Media types by the ending of a file's name."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that did not become an article, and why."""

    source: str
    reason: str
    skipped: bool = False
    """It is no article by itself, such as a picture in a mail: worth a word, and no failure."""


OnProblem = Callable[[LeftOut], object]
"""Called with each part of a source that is left out."""


def load(path: str | Path, *, source: str | None = None, on_problem: OnProblem | None = None) -> Iterator[Article]:
    """Read the articles in the file at `path`, one after the other.

    They are known by `source`, the file's full path where not given; of several in one file, each by
    ``source#part``. `on_problem` is told of parts that are left out; without it, a part that should be an
    article and cannot be read raises. Raises UnreadableSource with a sentence that says what is wrong and what
    to do: at once where there is no such file or no way to read its kind, on iteration where its content is bad.
    """
    path = Path(path).expanduser()
    return _load_file(path, media_type_of(path), source or source_of(path), on_problem)


def load_bytes(
    data: bytes, *, name: str, media_type: str, source: str, on_problem: OnProblem | None = None
) -> Iterator[Article]:
    """Read the articles in `data`, the content of something called `name`, as `load` does."""
    return _articles(RawSource.of(data, name), media_type, source, on_problem or _raise)


def drafts(raw: RawSource, media_type: str) -> Iterable[Draft | Problem]:
    """Return what the loader for `media_type` finds in `raw`.

    Raises UnreadableSource, then or on iteration, where there is no such loader or the content is bad.
    """
    loader = LOADERS.get(media_type)
    if not loader:
        raise UnreadableSource(f"{media_type} cannot be read. Supported: {', '.join(LOADERS)}.")
    found = loader(raw)
    return [found] if isinstance(found, Draft) else found


def source_of(path: Path) -> str:
    """Return the name by which the file at `path` is known: its true path, links followed."""
    return source_name(path.resolve())


def source_name(path: Path) -> str:
    """Return the full path as text. Bytes in it that are no characters become "�"."""
    return os.fsencode(path.absolute()).decode("utf-8", "replace")


def media_type_of(path: Path) -> str:
    """Return the media type that the ending of `path` stands for.

    Raises UnreadableSource where `path` is missing, a folder, no plain file or of an unknown kind.
    """
    name = source_name(path)
    try:
        if path.is_dir():
            raise UnreadableSource(f"{name} is a folder. Add the folder, or name a file in it.")
        if not path.exists():
            raise UnreadableSource(f"There is no file {name}. Check the name.")
        if not path.is_file():
            raise UnreadableSource(f"{name} is not a plain file. Leave it out.")
    except OSError as error:
        raise UnreadableSource(f"{name} cannot be opened ({error.strerror}). Check the name.") from error
    media_type = MEDIA_TYPES.get(path.suffix.lower())
    if not media_type:
        kind = f"Files ending in {path.suffix}" if path.suffix else "Files without an ending"
        raise UnreadableSource(f"{name}: {kind} cannot be read. Supported: {', '.join(MEDIA_TYPES)}.")
    return media_type


def _load_file(path: Path, media_type: str, source: str, on_problem: OnProblem | None) -> Iterator[Article]:
    try:
        with path.open("rb") as file:
            yield from _articles(RawSource(file, path.name), media_type, source, on_problem or _raise)
    except PermissionError as error:
        raise UnreadableSource(
            f"{source_name(path)} may not be read by you. Change its permissions, or leave it out."
        ) from error
    except OSError as error:
        raise UnreadableSource(f"{source_name(path)} cannot be read ({error.strerror}). Try again.") from error


def _articles(raw: RawSource, media_type: str, source: str, on_problem: OnProblem) -> Iterator[Article]:
    names: Counter[str] = Counter()
    accounted = False
    for item in _read(raw, media_type, source):
        if isinstance(item, Problem):
            accounted = accounted or not item.skipped
            on_problem(LeftOut(_named(source, item.part), item.reason[:1].upper() + item.reason[1:], item.skipped))
            continue
        part = item.part
        if part is not None:
            part = one_line(part)
            names[part] += 1
            part = f"{part} ({names[part]})" if names[part] > 1 else part
        if any(map(str.isalnum, item.text)):
            accounted = True
            yield _article(item, _named(source, part), media_type)
        elif part is not None:
            on_problem(LeftOut(_named(source, part), "There is no text in it.", skipped=True))
    if not accounted:
        raise UnreadableSource(f"{source}: there is no text in it. Check that the file was saved whole.")


def _read(raw: RawSource, media_type: str, source: str) -> Iterator[Draft | Problem]:
    try:
        yield from drafts(raw, media_type)
    except UnreadableSource as error:
        raise UnreadableSource(f"{source}: {error}") from error


def _article(draft: Draft, source: str, media_type: str) -> Article:
    return Article(
        title=draft.title,
        text=draft.text,
        source=source,
        published=draft.published,
        author=draft.author,
        tags=draft.tags,
        language=draft.language,
        media_type=draft.media_type or media_type,
        pages=draft.pages,
    )


def _named(source: str, part: str | None) -> str:
    return source if part is None else f"{source}#{part}"


def _raise(problem: LeftOut) -> None:
    if not problem.skipped:
        raise UnreadableSource(f"{problem.source}: {problem.reason}")
