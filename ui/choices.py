"""What a library can be filtered by: the days, tags, sources and languages of its articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rag.filters import Filters, folded, language_name
from rag.index.listing import ArticleInfo, Facet
from rag.ingest.urls import is_url
from rag.text import shorten

_SCOPED_FROM = 5
"""Articles from which scopes are offered."""
_TAGS_OFFERED = 2
MOST = 100
"""Choices that a list shows; those of the most articles are kept."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to choose, and how many articles have it."""

    value: str
    words: str
    articles: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen. Whatever is chosen already is among it, be it in the library or no longer."""

    first: date | None
    """Day of the oldest article, where any has one."""
    last: date | None
    fields: tuple[tuple[str, str, tuple[Choice, ...]], ...]
    """Field of `Filters`, its heading and its choices; what leaves nothing to choose is left out."""
    scopes: tuple[Filters, ...] = ()
    """Scopes that are worth a press of their own: the latest year, the tags of most articles."""

    @classmethod
    def of(cls, articles: Sequence[ArticleInfo | Facet], chosen: Filters) -> Choices:
        """Return the choices among `articles`, those that are `chosen` marked."""
        days = [info.published for info in articles if info.published]
        places = {place(info.source) for info in articles}
        sources = ([own for own in _upward(place(info.source)) if own in places] for info in articles)
        fields = (
            ("tags", "Tags", _counted((info.tags for info in articles), chosen.tags, key=folded)),
            ("sources", "Sources", _counted(sources, chosen.sources)),
            ("languages", "Languages", _languages(articles, chosen.languages)),
        )
        kept = tuple(field for field in fields if field[2])
        return cls(min(days, default=None), max(days, default=None), kept, tuple(_scopes(articles, days, fields[0][2])))


def _scopes(articles: Sequence[ArticleInfo | Facet], days: Sequence[date], tags: Sequence[Choice]) -> Iterator[Filters]:
    """Yield scopes that leave some of the articles, and not nearly all or none of them."""
    if len(articles) < _SCOPED_FROM:
        return
    for year in sorted({day.year for day in days}, reverse=True):
        count = sum(day.year >= year for day in days)
        if len(articles) // 8 <= count <= 2 * len(articles) // 3:
            yield Filters(since=str(year))
            break
    common = sorted(tags, key=lambda choice: -choice.articles)[:_TAGS_OFFERED]
    yield from (Filters(tags=tag.value) for tag in common if 1 < tag.articles <= len(articles) // 2)


def chips_of(filters: Filters, titles: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return what is set, as `Filters.each` does, but articles as one: by its title, or by how many there are."""
    others = [chip for chip in filters.each() if chip[0] != "articles"]
    if not filters.articles:
        return others
    one = titles.get(filters.articles[0], filters.articles[0])
    said = f"“{shorten(one, 40)}”" if len(filters.articles) == 1 else f"{len(filters.articles)} articles"
    return [*others, ("articles", "", f"in {said}")]


def place(source: str) -> str:
    """Return where an article is from: the site of a page, the folder of a file, else the source itself."""
    if is_url(source):
        return "/".join(source.split("/")[:3])
    file = source.partition("#")[0]
    return _folder(file) or file or source


def _upward(place: str) -> Iterator[str]:
    """Yield a place and, of a folder, those that it is in."""
    while place:
        yield place
        place = "" if is_url(place) else _folder(place)


def _folder(path: str) -> str:
    return path[: max(path.rfind("/"), path.rfind("\\"), 0)]


def _languages(articles: Sequence[ArticleInfo | Facet], chosen: Sequence[str]) -> tuple[Choice, ...]:
    codes = ([folded(info.language).replace("_", "-").partition("-")[0]] for info in articles if info.language)
    return _counted(codes, chosen, key=folded, words=language_name)


def _counted(
    values: Iterable[Iterable[str]],
    chosen: Sequence[str],
    *,
    key: Callable[[str], str] = str,
    words: Callable[[str], str] = str,
) -> tuple[Choice, ...]:
    """Return a choice a value, of those with one `key` the first, in the order of their words."""
    spelt: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for of_one in values:
        keys = {key(value): value for value in of_one if value.strip()}
        counts.update(keys.keys())
        spelt = {**keys, **spelt} if keys.keys() - spelt.keys() else spelt
    wanted = {key(value): value for value in chosen}
    kept = dict.fromkeys([*wanted, *(known for known, _ in counts.most_common(MOST))])
    found = [
        Choice(value, words(value), counts[known], known in wanted)
        for known in kept
        for value in [wanted.get(known) or spelt[known]]
    ]
    return tuple(sorted(found, key=lambda choice: folded(choice.words)))
