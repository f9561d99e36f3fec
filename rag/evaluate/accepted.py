"""When a text holds an accepted answer, and when an article is the one that a question names."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BETWEEN = re.compile(r"[\s|]+")
# Quotation marks and dashes differ between what is typed and what is printed.
_MARKS = str.maketrans("‘’‚‛“”„‟‐‑‒–—―−", "''''\"\"\"\"-------")
# Thai, Lao, Khmer, kana and Han are written without spaces: no word ends where the next letter is one of them.
_LETTER = r"[^\W\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"


def collapsed(text: str) -> str:
    """Return `text` as it is compared: in small letters, with one kind of quotes and dashes, and single spaces."""
    return _BETWEEN.sub(" ", text.translate(_MARKS)).strip(" ").casefold()


def holds(text: str, answers: Iterable[str]) -> bool:
    """Say whether one of `answers` stands in `text` as whole words and numbers: 41 is not in 1,041 or 41.5.

    Case, the kind of quotation marks and dashes, runs of whitespace and the bars of tables do not matter.
    """
    text = collapsed(text)
    return any(
        re.search(rf"(?<!{_LETTER})(?<!\d[.,]){re.escape(collapsed(answer))}(?!{_LETTER}|[.,]\d)", text)
        for answer in answers
    )


def is_source(named: str, source: str) -> bool:
    """Say whether `named` is `source` or the end of its path, such as its file name; "" is any source.

    A file is the source of every article in it.
    """
    named, source = (path.replace("\\", "/") for path in (named, source))
    if named in ("", source):
        return True
    # Of several articles in a file, "book.epub" is the source of each: "/books/book.epub#chapter".
    return f"/{named.removeprefix('./').lstrip('/')}#" in f"{source}#"
