"""One loader a media type. A new format is one function and one row here."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path

from rag.errors import NoText, UnknownKind, UnreadableSource
from rag.ingest.drafts import LONGEST, Draft, Problem, RawSource, too_long
from rag.ingest.media_types import MEDIA_TYPES, SUPPORTED
from rag.text import one_line, shorten
from rag.types import Article
from rag.types.metadata import LONGEST_TAG, LONGEST_TITLE, MOST_TAGS

Loader = Callable[[RawSource], Draft | Iterable[Draft | Problem]]
"""Gives the one article of a source, or yields those of a source that may hold several, and what it leaves out."""


def _later(module: str, name: str) -> Loader:
    """Return a loader whose module is imported when it is first called."""

    def load_with(raw: RawSource) -> Draft | Iterable[Draft | Problem]:
        loader: Loader = getattr(import_module(f"rag.ingest.{module}"), name)
        return loader(raw)

    return load_with


LOADERS: dict[str, Loader] = {
    "text/plain": _later("plain_text", "load_plain_text"),
    "text/markdown": _later("markdown", "load_markdown"),
    "text/html": _later("html", "load_html"),
    "application/pdf": _later("formats.pdf.loader", "load_pdf"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _later("formats.docx", "load_docx"),
    "application/vnd.oasis.opendocument.text": _later("formats.odt", "load_odt"),
    "application/epub+zip": _later("formats.epub", "load_epub"),
    "message/rfc822": _later("formats.mail", "load_eml"),
    "application/mbox": _later("formats.mail", "load_mbox"),
    "text/csv": _later("formats.tables", "load_table"),
    "text/tab-separated-values": _later("formats.tables", "load_table"),
    "application/jsonl": _later("formats.json_lines", "load_json_lines"),
    "application/rss+xml": _later("formats.feeds", "load_feed"),
    "application/atom+xml": _later("formats.feeds", "load_feed"),
    "application/xml": _later("formats.feeds", "load_feed"),
    "application/zip": _later("formats.archive", "load_zip"),
}
"""Loaders by media type. The only exception that may leave one is UnreadableSource."""

_PART = 300
"""Characters of the name of a part at most."""


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
    """Return the full path as text. Bytes in it that are no characters are written as "\\xe9"."""
    return os.fsencode(path.absolute()).decode("utf-8", "backslashreplace")


def media_type_of(path: Path) -> str:
    """Return the media type that the ending of `path` stands for.

    Raises UnreadableSource where `path` is missing, a folder or no plain file, UnknownKind where it is of another.
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
        raise UnknownKind(f"{name}: {kind} cannot be read. Supported: {SUPPORTED}.")
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
        if isinstance(item, Draft) and len(item.text) > LONGEST:
            if item.part is None:
                raise UnreadableSource(f"{source}: {too_long()}")
            item = Problem(item.part, too_long())
        if isinstance(item, Problem):
            accounted = accounted or not item.skipped
            on_problem(LeftOut(_named(source, item.part), item.reason[:1].upper() + item.reason[1:], item.skipped))
            continue
        part = item.part
        if part is not None:
            part = _part_name(part)
            names[part] += 1
            part = f"{part} ({names[part]})" if names[part] > 1 else part
        if any(map(str.isalnum, item.text)):
            accounted = True
            yield _article(item, _named(source, part), media_type)
        elif part is not None:
            on_problem(LeftOut(_named(source, part), "There is no text in it.", skipped=True))
    if not accounted:
        raise NoText(f"{source}: there is no text in it. Check that the file was saved whole.")


def _read(raw: RawSource, media_type: str, source: str) -> Iterator[Draft | Problem]:
    try:
        yield from drafts(raw, media_type)
    except UnreadableSource as error:
        raise UnreadableSource(f"{source}: {error}") from error


def _article(draft: Draft, source: str, media_type: str) -> Article:
    return Article(
        title=shorten(draft.title, LONGEST_TITLE),
        text=draft.text,
        source=source,
        published=draft.published,
        author=shorten(draft.author, LONGEST_TITLE) if draft.author else None,
        tags=tuple(shorten(tag, LONGEST_TAG) for tag in draft.tags[:MOST_TAGS]),
        language=draft.language,
        media_type=draft.media_type or media_type,
        pages=draft.pages,
    )


def _part_name(part: str) -> str:
    """Return a name on one line, and one of its own where it is very long."""
    name = one_line(part)
    if len(name) <= _PART:
        return name
    return f"{name[:_PART]}…{sha256(part.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _named(source: str, part: str | None) -> str:
    return source if part is None else f"{source}#{part}"


def _raise(problem: LeftOut) -> None:
    if not problem.skipped:
        raise UnreadableSource(f"{problem.source}: {problem.reason}")
