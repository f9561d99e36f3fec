"""How the types are made: fields that are set once, texts that are cut out of an article, days as text."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from rag.types.articles import Article

_T = TypeVar("_T")


def set_field(item: object, name: str, value: object) -> None:
    """Set a field of a frozen dataclass while it is made."""
    object.__setattr__(item, name, value)


def cut(article: Article, start: int, end: int) -> str:
    """Return ``article.text[start:end]``. Raises `ValueError` where there is no text."""
    if not 0 <= start < end <= len(article.text):
        raise ValueError(f"No text at {start}:{end} in {article.source!r}, which has {len(article.text)} characters.")
    return article.text[start:end]


def rebuilt(kind: type[_T], **values: Any) -> _T:
    """Return an object with fields as they were stored; nothing is computed again."""
    item = object.__new__(kind)
    for name, value in values.items():
        set_field(item, name, value)
    return item


def check_length(text: str, start: int, end: int) -> None:
    """Raise `ValueError` where a text does not fill its place."""
    if start < 0 or len(text) != end - start:
        raise ValueError(f"A text of {len(text)} characters cannot stand at {start}:{end}.")


def iso(day: date | None) -> str | None:
    """Return a day as "2024-03-04"."""
    return day.isoformat() if day else None


def day_of(text: str | None) -> date | None:
    """Bring back what `iso` gave."""
    return date.fromisoformat(text) if text else None
