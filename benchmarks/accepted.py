"""When a text counts as holding an accepted answer."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BETWEEN = re.compile(r"[\s|]+")


def collapsed(text: str) -> str:
    """Return `text` in small letters, with every run of whitespace and bars of tables made one space."""
    return _BETWEEN.sub(" ", text).strip(" ").casefold()


def holds(text: str, answers: Iterable[str]) -> bool:
    """Say whether one of `answers` stands in `text` as whole words and numbers: 41 is not in 1,041 or 41.5."""
    text = collapsed(text)
    return any(re.search(rf"(?<!\w)(?<!\d[.,]){re.escape(collapsed(answer))}(?!\w|[.,]\d)", text) for answer in answers)
