"""The words of a text as FTS5 takes them apart, by FTS5 itself, in a database in memory.

What ranks articles was fitted on SQLite's words and their weights. Another database is given the same words.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

_WORDS = "CREATE VIRTUAL TABLE words USING fts5(title, body, tokenize='porter unicode61 remove_diacritics 2')"
_PLACES = "CREATE VIRTUAL TABLE places USING fts5vocab(words, instance)"
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


@dataclass(slots=True)
class Places:
    """Where a word stands in a chunk, counting words from 0."""

    title: list[int] = field(default_factory=list)
    body: list[int] = field(default_factory=list)


def words_of(texts: Sequence[tuple[str, str]]) -> list[dict[str, Places]]:
    """Return for each title and body the stems of its words, each with its places."""
    found: list[dict[str, Places]] = [{} for _ in texts]
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.execute(_WORDS)
        memory.execute(_PLACES)
        memory.executemany(
            "INSERT INTO words(rowid, title, body) VALUES (?, ?, ?)",
            ((number, title, body) for number, (title, body) in enumerate(texts)),
        )
        for number, column, place, word in memory.execute("SELECT doc, col, offset, term FROM places"):
            places = found[number].setdefault(word, Places())
            (places.title if column == "title" else places.body).append(place)
    for words in found:
        for places in words.values():
            places.title.sort()
            places.body.sort()
    return found


def phrases_of(queries: Sequence[str]) -> list[list[tuple[str, ...]]]:
    """Return for each query its phrases: the stems of each quoted string, in order. One without a word is left out.

    The queries are those that `rag.index.search` makes of quoted strings, joined by OR.
    """
    strings = [[found.replace('""', '"') for found in _QUOTED.findall(query)] for query in queries]
    words = iter(words_of([("", string) for some in strings for string in some]))
    return [list(filter(None, (_in_order(next(words)) for _ in some))) for some in strings]


def _in_order(words: dict[str, Places]) -> tuple[str, ...]:
    placed = sorted((place, word) for word, places in words.items() for place in places.body)
    return tuple(word for _, word in placed)
