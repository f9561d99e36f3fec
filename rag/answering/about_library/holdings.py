"""Answers to questions about the library itself, from its catalog: counts, and the articles by their titles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.answering.about_library.mentions import mentioning, place_of
from rag.answering.about_library.phrases import about, articles, day, facet, listing, number, particulars, predicates
from rag.answering.about_library.question import LibraryQuestion
from rag.filters import EVERY_ARTICLE, Filters, folded, language_name
from rag.index.library import Library
from rag.index.listing import ArticleInfo
from rag.index.selection import Selection
from rag.ingest.urls import is_url
from rag.types.holdings import Held, Holdings

NAMED = 10
"""Articles that are named at once."""
_NEWEST = 3
"""Articles that an overview names."""
_SCOPED_AT_MOST = 200
"""Articles up to which a scope may name them one by one."""


def holdings_of(
    asked: LibraryQuestion, library: Library, within: Selection | None, *, shown: int = 0
) -> Holdings | None:
    """Answer `asked` from the catalog, of the articles `within`; the first `shown` were named before.

    None where it turns out to be no question about the library: it names an author whom the library does not have and
    may mean another, or nothing mentions what it asks about.
    """
    infos = library.articles(within)
    if asked.author and not asked.certain and not any(_is_by(asked.author, info) for info in infos):
        return None
    matched = [info for info in infos if _fits(info, asked)]
    if asked.topic:
        matched = mentioning(library, asked.topic, matched)
        if not matched:
            return None
    return _Reply(library, asked, infos, matched, whole=within is None, shown=shown).reply()


def _fits(info: ArticleInfo, asked: LibraryQuestion) -> bool:
    """Say whether an article is of the time, author, tag and language that a question names."""
    day = info.added.date() if asked.asks == "added" else info.published
    return (
        (not asked.since or bool(day and day >= asked.since))
        and (not asked.until or bool(day and day <= asked.until))
        and (not asked.author or _is_by(asked.author, info))
        and (not asked.tag or folded(asked.tag) in map(folded, info.tags))
        and (not asked.language or _code(info) == asked.language)
    )


def _is_by(author: str, info: ArticleInfo) -> bool:
    """Say whether an article is by whom a question names: in full, or by the last name."""
    if not (author and info.author):
        return False
    wanted, written = folded(author), folded(info.author)
    return wanted == written or bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", written))


def _code(info: ArticleInfo) -> str:
    return folded(info.language or "").replace("_", "-").partition("-")[0]


# What is said


class _Reply:
    """Words the answer to one question."""

    def __init__(
        self,
        library: Library,
        asked: LibraryQuestion,
        infos: Sequence[ArticleInfo],
        matched: Sequence[ArticleInfo],
        *,
        whole: bool,
        shown: int,
    ) -> None:
        """Of all the articles asked, `infos`, the question is about those `matched`; `whole` are all of the library."""
        self._library, self._asked, self._infos, self._matched = library, asked, infos, matched
        self._whole, self._shown = whole, shown

    def reply(self) -> Holdings:
        """Return what is said."""
        asks = self._asked.asks
        if not self._matched:
            return Holdings(self._none())
        if asks in ("count", "list"):
            return self._listed(self._matched, self._count())
        if asks in ("newest", "oldest", "longest", "shortest", "added"):
            return self._extreme()
        if asks in ("authors", "most_written"):
            return self._authors()
        if asks in ("tags", "languages", "sources"):
            return self._values()
        if asks == "period":
            return self._extremes_of_time()
        return self._overview()

    def _listed(self, infos: Sequence[ArticleInfo], text: str) -> Holdings:
        named = infos[self._shown : self._shown + NAMED]
        if not named:
            return Holdings(f"That was all of it: {articles(len(infos))}.")
        further = len(infos) - self._shown - len(named)
        scope = self._scope() if self._asked.scoped else EVERY_ARTICLE
        return Holdings(text, tuple(map(self._held, named)), further, scope)

    def _scope(self) -> Filters:
        """Return filters that admit just the articles matched."""
        asked = self._asked
        if asked.topic or asked.author or asked.asks == "added":
            ids = [info.id for info in self._matched]
            return Filters(articles=ids) if len(ids) <= _SCOPED_AT_MOST else EVERY_ARTICLE
        return Filters(
            since=asked.since, until=asked.until,
            tags=[asked.tag] if asked.tag else [], languages=[asked.language] if asked.language else [],
        )  # fmt: skip

    def _held(self, info: ArticleInfo) -> Held:
        held = Held(info.id, info.title, info.source, info.published, info.author)
        if not self._asked.topic:
            return held
        article = self._library.article(info.id)
        place = place_of(article, self._asked.topic)
        if not place:
            return held
        return replace(held, start=place[0], end=place[1], quote=article.text[place[0] : place[1]])

    # Sentences

    def _total(self) -> str:
        total = len(self._infos)
        noun = "article" if total == 1 else "articles"
        return f"{total:,} {noun}" if self._whole else f"{total:,} {noun} asked"

    def _count(self) -> str:
        count = len(self._matched)
        if not self._asked.scoped:
            return f"You have {self._total()}." if self._whole else f"There are {self._total()}."
        of = f"your {self._total()}" if self._whole else f"the {self._total()}"
        text = f"{count:,} of {of} {' and '.join(predicates(self._asked, singular=count == 1))}."
        return text + self._undated()

    def _undated(self) -> str:
        asked = self._asked
        if not (asked.since or asked.until) or asked.asks == "added":
            return ""
        undated = sum(info.published is None for info in self._infos)
        return f" {number(undated)} no date." if undated else ""

    def _none(self) -> str:
        of = f"your {self._total()}" if self._whole else f"the {self._total()}"
        said = " and ".join(predicates(self._asked, singular=True))
        text = f"None of {of} {said}." if said else f"There are {self._total()}."
        return text + self._undated()

    def _extreme(self) -> Holdings:
        asked = self._asked
        keys = {
            "newest": lambda info: (info.published is not None, (info.published and info.published.toordinal()) or 0),
            "oldest": lambda info: (info.published is not None, -(info.published.toordinal() if info.published else 0)),
            "longest": lambda info: info.characters,
            "shortest": lambda info: -info.characters,
            "added": lambda info: info.added,
        }
        ordered = sorted(self._matched, key=keys[asked.asks], reverse=True)
        if asked.asks in ("newest", "oldest") and not ordered[0].published:
            return Holdings(f"None of the {len(ordered):,} articles has a date.")
        count = len(ordered) if asked.asks == "added" and (asked.since or asked.until) else asked.limit
        best = ordered[: max(count, 1)]
        word = "last added" if asked.asks == "added" else asked.asks
        of = about(asked)
        if len(best) == 1:
            tail = particulars(best[0], asked.asks)
            text = f"The {word} article{of} is “{best[0].title}”{tail}."
        else:
            text = f"The {len(best)} {word} articles{of}:"
        return replace(self._listed(best, text), scope=EVERY_ARTICLE)

    def _authors(self) -> Holdings:
        asked = self._asked
        counts = Counter(info.author for info in self._matched if info.author)
        without = sum(not info.author for info in self._matched)
        missing = f" {number(without)} no author." if without else ""
        if not counts:
            return Holdings(f"No author is named in {'these' if asked.scoped else 'your'} articles.{missing}")
        of = about(asked)
        if asked.asks == "most_written":
            name, most = counts.most_common(1)[0]
            return Holdings(f"{name} wrote more of the articles{of} than anybody: {most:,} of {len(self._matched):,}.")
        if len(counts) == 1:
            name, count = next(iter(counts.items()))
            text = f"{name} wrote {articles(count)}{of}.{missing}"
        else:
            text = f"{len(counts):,} authors wrote the articles{of}: {listing(counts)}.{missing}"
        return self._listed(self._matched, text) if asked.scoped else Holdings(text)

    def _values(self) -> Holdings:
        asks = self._asked.asks
        matched = self._matched
        if asks == "tags":
            spelt: dict[str, str] = {}
            counts = Counter(spelt.setdefault(folded(tag), tag) for info in matched for tag in info.tags)
            return Holdings(facet("tag", counts, sum(not info.tags for info in matched), "no tag"))
        if asks == "languages":
            named = Counter(language_name(_code(info)) for info in matched if info.language)
            return Holdings(facet("language", named, sum(not info.language for info in matched), "no language named"))
        places = Counter(_source(info.source) for info in matched)
        return Holdings(facet("source", places, 0, ""))

    def _extremes_of_time(self) -> Holdings:
        dated = [info for info in self._matched if info.published]
        without = len(self._matched) - len(dated)
        missing = f" {number(without)} no date." if without else ""
        if not dated:
            return Holdings(f"None of the {articles(len(self._matched))} has a date.")
        first, last = dated[-1], dated[0]
        years = Counter(str(info.published.year) for info in dated if info.published)
        by_year = ", ".join(f"{year} ({count:,})" for year, count in sorted(years.items()))
        text = f"The articles are from {day(first)} to {day(last)}. By year: {by_year}.{missing}"
        return Holdings(text, (self._held(first), self._held(last)) if first is not last else (self._held(first),))

    def _overview(self) -> Holdings:
        matched = self._matched
        dated = [info for info in matched if info.published]
        text = [self._count()]
        if dated:
            text.append(
                f"They are from {day(dated[-1])} to {day(dated[0])}."
                if len(dated) > 1
                else f"It is from {day(dated[0])}."
            )
        authors = Counter(info.author for info in matched if info.author)
        if authors:
            text.append(
                f"Most are by {listing(authors, limit=3)}." if len(authors) > 1 else f"By {next(iter(authors))}."
            )
        tags = Counter(tag for info in matched for tag in info.tags)
        if tags:
            text.append(f"Tags: {listing(tags, limit=8)}.")
        newest = matched[:_NEWEST]
        text.append("The newest:" if len(matched) > len(newest) else "They are:" if len(matched) > 1 else "It is:")
        return Holdings(" ".join(text), tuple(map(self._held, newest)), len(matched) - len(newest))


def _source(source: str) -> str:
    """Return the site of a page, the folder of a file, else the source itself."""
    if is_url(source):
        return "/".join(source.split("/")[:3])
    file = source.partition("#")[0]
    return file[: max(file.rfind("/"), file.rfind("\\"), 0)] or file
