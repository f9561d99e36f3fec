"""How counts and the articles that a question asks about are put in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from rag.answering.about_library.mentions import bare
from rag.answering.about_library.question import LibraryQuestion
from rag.filters import folded, language_name
from rag.index.listing import ArticleInfo
from rag.types.wording import long_date

_VALUES = 12
"""Authors, tags and the like that are named at once."""


def predicates(asked: LibraryQuestion, *, singular: bool) -> list[str]:
    """Return what is said of the articles: "are from 2023", "mention “harbour”"."""
    be = "is" if singular else "are"
    said = [f"{be} {words}" for words in _adjectives(asked)]
    if asked.topic:
        said.append(f"{'mentions' if singular else 'mention'} “{bare(asked.topic)}”")
    return said


def _adjectives(asked: LibraryQuestion) -> Iterable[str]:
    since, until = asked.since, asked.until
    added = "added " if asked.asks == "added" else ""
    if since and until:
        whole_year = (since.month, since.day, until.month, until.day) == (1, 1, 12, 31)
        if since == until:
            yield f"{added or 'from '}{'on ' if added else ''}{long_date(since)}"
        elif whole_year:
            yield f"from {since.year}" if since.year == until.year else f"from {since.year} to {until.year}"
        elif since.day == 1 and (since.year, since.month) == (until.year, until.month) and until.day >= 28:
            yield f"from {since:%B} {since.year}"
        else:
            yield f"{added}from {long_date(since)} to {long_date(until)}"
    elif since:
        first_of_year = f"{since.year}" if (since.month, since.day) == (1, 1) else ""
        yield f"{added}from {first_of_year or (f'{since:%B} {since.year}' if since.day == 1 else long_date(since))} on"
    elif until:
        end_of_year = f"{until.year}" if (until.month, until.day) == (12, 31) else ""
        yield f"{added}from {end_of_year or long_date(until)} or before"
    if asked.author:
        yield f"by {asked.author}"
    if asked.tag:
        yield f"tagged {asked.tag}"
    if asked.language:
        yield f"in {language_name(asked.language)}"


def about(asked: LibraryQuestion) -> str:
    """Return what is said behind "the articles": " by Owen Tasker", " that mention “harbour”"."""
    said = list(_adjectives(replace(asked, asks="list")))
    if asked.topic:
        several = asked.asks in ("authors", "most_written") or asked.limit > 1
        said.append(f"that {'mention' if several else 'mentions'} “{bare(asked.topic)}”")
    return f" {', '.join(said)}" if said else ""


def particulars(info: ArticleInfo, asks: str) -> str:
    """Return what is said behind the title of the newest, the longest and so on."""
    if asks in ("longest", "shortest"):
        return f", with {info.characters:,} characters"
    if asks == "added":
        return f", added on {long_date(info.added.date())}"
    return f", of {day(info)}"


def day(info: ArticleInfo) -> str:
    """Return the day of an article as people write it."""
    return long_date(info.published) if info.published else "no date"


def articles(count: int) -> str:
    """Return "1 article", "22 articles"."""
    return "1 article" if count == 1 else f"{count:,} articles"


def number(count: int) -> str:
    """Return "1 has", "5 have"."""
    return "1 has" if count == 1 else f"{count:,} have"


def listing(counts: Counter[str], limit: int = _VALUES) -> str:
    """Return values with their counts, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], folded(item[0])))
    shown = ", ".join(f"{value} ({count:,})" for value, count in ordered[:limit])
    return shown + (f" and {len(ordered) - limit:,} more" if len(ordered) > limit else "")


def facet(noun: str, counts: Counter[str], without: int, lack: str) -> str:
    """Return a sentence on the values of a field, `without` articles having none."""
    missing = f" {articles(without)} {'has' if without == 1 else 'have'} {lack}." if without else ""
    if not counts:
        return f"Your articles have no {noun}s."
    many = f"1 {noun}" if len(counts) == 1 else f"{len(counts):,} {noun}s"
    return f"{many}: {listing(counts)}.{missing}"
