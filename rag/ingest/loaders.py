"""One loader a media type. A new format is one function and one row here."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from rag.errors import NoText, UnreadableSource
from rag.ingest.drafts import Draft, RawSource
from rag.ingest.html import load_html
from rag.ingest.markdown import load_markdown
from rag.ingest.plain_text import load_plain_text
from rag.types import Article

Loader = Callable[[RawSource], Draft]

LOADERS: dict[str, Loader] = {
    "text/plain": load_plain_text,
    "text/markdown": load_markdown,
    "text/html": load_html,
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
}
"""Media types by the ending of a file's name."""


_PASSWORD = re.compile(rb"<input\b[^>]{0,500}?\btype\s*=\s*[\"']?password", re.I)
_LOGIN_LENGTH = 600
"""Characters of a page that asks for a password and is nothing else."""


def load(path: str | Path, *, source: str | None = None) -> Article:
    """Read the file at `path` as an article, which is known by `source`: its full path where not given.

    Raises UnreadableSource with a sentence that says what is wrong and what to do.
    """
    path = Path(path).expanduser()
    media_type = media_type_of(path)
    return load_bytes(_read(path), name=path.name, media_type=media_type, source=source or source_of(path))


def load_bytes(data: bytes, *, name: str, media_type: str, source: str) -> Article:
    """Make an article of `data`, the content of something called `name`.

    Raises UnreadableSource where there is no loader for `media_type` or no text in `data`.
    """
    loader = LOADERS.get(media_type)
    if not loader:
        raise UnreadableSource(f"{source}: {media_type} cannot be read. Supported: {', '.join(LOADERS)}.")
    try:
        draft = loader(RawSource(data, name))
    except UnreadableSource as error:
        raise UnreadableSource(f"{source}: {error}") from error
    if not any(map(str.isalnum, draft.text)):
        raise NoText(f"{source}: there is no text in it. Check that the file was saved whole.")
    return Article(
        title=draft.title,
        text=draft.text,
        source=source,
        published=draft.published,
        author=draft.author,
        tags=draft.tags,
        language=draft.language,
        media_type=media_type,
    )


def load_url(url: str, *, private: bool = False) -> Article:
    """Read the page at `url` as an article, which is known by where the page was found in the end.

    `private` opens this machine and private networks. Raises UnreadableSource as `load` does.
    """
    from rag.ingest.fetch import fetch

    page = fetch(url, private=private, media_types=LOADERS)
    try:
        article = load_bytes(page.data, name=page.name, media_type=page.media_type, source=page.url)
    except NoText as error:
        raise NoText(
            f"{url}: there is no text in the page. Where it takes a login, a subscription or a browser that runs "
            "programs to see it, save it from your browser, and add the file."
        ) from error
    except UnreadableSource as error:
        raise UnreadableSource(f"{url}: {str(error).removeprefix(f'{page.url}: ')}") from error
    if len(article.text) < _LOGIN_LENGTH and _PASSWORD.search(page.data):
        raise UnreadableSource(
            f"{url}: the page asks for a login. Open it in your browser, save it there, and add the file."
        )
    return article


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


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except PermissionError as error:
        raise UnreadableSource(
            f"{source_name(path)} may not be read by you. Change its permissions, or leave it out."
        ) from error
    except OSError as error:
        raise UnreadableSource(f"{source_name(path)} cannot be read ({error.strerror}). Try again.") from error
