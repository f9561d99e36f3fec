"""The header of a Markdown file: YAML between ``---`` lines or TOML between ``+++`` lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rag.ingest.dates import parse_date
from rag.text import one_line

_FENCED = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?)(?:\A|(?<=\n))(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_FIELD = re.compile(r"([A-Za-z_][\w -]{0,60}?)[ \t]*:(?:[ \t]+|(?=\n)|$)")
_LENGTH = 20_000
"""Characters of a header at most: tags and links to other notes are some hundred."""
_LISTS = 200
"""Lists within a header at most: YAML takes time that grows with the square of those that stand in each other."""
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|<%.*?%>")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The fields that mean something here."""

    title: str | None = None
    published: date | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None


def split_front_matter(text: str) -> tuple[FrontMatter, str]:
    """Return the header's fields and the body of `text`, whose newlines are ``\\n``.

    A header that is not valid is read field by field, so that one bad field costs no other. Lines
    that are no header at all stay in the body.
    """
    found = _FENCED.match(text)
    if not found or len(found[2]) > _LENGTH or not _reads_as_header(found[1], found[2]):
        return FrontMatter(), text
    fields: Mapping[Any, object] = _toml(found[2]) if found[1] == "+++" else _yaml(found[2])
    known = {str(key).strip().lower().replace("-", "_"): value for key, value in fields.items()}

    def first(*names: str) -> object:
        return next((known[name] for name in names if known.get(name) not in (None, "", [])), None)

    language = _text(first("lang", "language"))
    header = FrontMatter(
        title=_text(first("title")),
        published=parse_date(first("date", "published", "publishdate", "publish_date", "pubdate", "created")),
        author=", ".join(_texts(first("author", "authors", "by", "byline"))) or None,
        tags=tuple(_tags(first("tags", "tag", "keywords", "categories"))),
        language=language.split("-")[0].split("_")[0].lower() if language else None,
    )
    return header, text[found.end() :]


def _reads_as_header(fence: str, header: str) -> bool:
    lines = [line for line in header.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    return not lines or fence == "+++" or bool(_FIELD.match(lines[0]))


def _toml(header: str) -> dict[str, object]:
    try:
        return dict(tomllib.loads(header))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _yaml(header: str) -> dict[Any, object]:
    whole = _yaml_value(header)
    if isinstance(whole, dict):
        return whole
    fields: dict[Any, object] = {}
    for part in re.split(r"\n(?=[A-Za-z_])", header):
        name = _FIELD.match(part)
        if not name:
            continue
        value = _yaml_value(part)
        if isinstance(value, dict):
            fields.update(value)
        elif (bare := part[name.end() :].strip())[:1] not in ("[", "{", "&", "*"):
            fields[name[1]] = bare.strip("\"'")
    return fields


def _yaml_value(text: str) -> object:
    import yaml

    if text.count("[") + text.count("{") > _LISTS:
        return None
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: a day that does not exist
        return None


def _text(value: object) -> str | None:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = one_line(str(value))
    return text if text and not _PLACEHOLDER.search(text) else None


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        value = value.get("name")
    values = value if isinstance(value, list) else [value]
    named = [item.get("name") if isinstance(item, dict) else item for item in values]
    return [text for text in map(_text, named) if text]


def _tags(value: object) -> list[str]:
    if isinstance(value, str):
        value = value.split(",") if "," in value else re.split(r"\s+(?=#)", value)
    return [tag.lstrip("#") for tag in _texts(value)]
