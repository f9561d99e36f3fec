"""Which articles are asked: those of some days, sources, tags or languages, or some by themselves."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from unicodedata import normalize

from rag.errors import InvalidFilter

Day = str | date
"""A day, or text that names a year, a month or a day: "2025", "2025-03" or "2025-03-31"."""

_PARTIAL = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2}))?)?")
_LANGUAGES = dict(
    item.split("=")
    for item in (
        "ar=Arabic bg=Bulgarian ca=Catalan cs=Czech cy=Welsh da=Danish de=German el=Greek en=English es=Spanish "
        "et=Estonian fa=Persian fi=Finnish fr=French ga=Irish gd=Gaelic he=Hebrew hi=Hindi hr=Croatian hu=Hungarian "
        "id=Indonesian is=Icelandic it=Italian ja=Japanese ko=Korean lt=Lithuanian lv=Latvian nb=Norwegian nl=Dutch "
        "no=Norwegian pl=Polish pt=Portuguese ro=Romanian ru=Russian sk=Slovak sl=Slovenian sr=Serbian sv=Swedish "
        "th=Thai tr=Turkish uk=Ukrainian vi=Vietnamese zh=Chinese"
    ).split()
)


@dataclass(frozen=True, slots=True, init=False)
class Filters:
    """Which articles to ask. Several values of one field mean any of them, several fields all; empty, every article.

    >>> Filters(since="2025-01", until="2025-03", tags=["sport", "water"])

    Raises `InvalidFilter` where a date cannot be read, `since` is after `until`, or a value is empty.
    """

    since: date | None
    """First day, by the article's date; of a year or a month given, its first. Articles without a date do not fit."""
    until: date | None
    """Last day; of a year or a month given, its last."""
    sources: tuple[str, ...]
    """Sources as they stand, or what they begin with: a folder, a mailbox, a site."""
    tags: tuple[str, ...]
    """Upper and lower case are the same, as in `languages`."""
    languages: tuple[str, ...]
    """Codes such as "en", which "en-GB" is one of."""
    articles: tuple[str, ...]
    """Ids of articles."""

    def __init__(
        self,
        *,
        since: Day | None = None,
        until: Day | None = None,
        sources: str | Iterable[str] = (),
        tags: str | Iterable[str] = (),
        languages: str | Iterable[str] = (),
        articles: str | Iterable[str] = (),
    ) -> None:
        values: dict[str, object] = {
            "since": _day(since, "since", last=False),
            "until": _day(until, "until", last=True),
            "sources": _values(sources, "source"),
            "tags": _values(tags, "tag"),
            "languages": _values(languages, "language"),
            "articles": _values(articles, "article"),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if self.since and self.until and self.since > self.until:
            raise InvalidFilter(
                f"No article can be of {self.since} or later and of {self.until} or earlier. "
                "Swap since and until, or leave one out."
            )

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in _FIELDS)

    def __str__(self) -> str:
        """Return what can stand behind "articles": "since January 2025, tagged sport or water"; "" for all."""
        said: dict[str, str] = {}
        for field, _, words in self.each():
            if field == "articles":  # ids say nothing to a person
                said[field] = "that were chosen"
                continue
            said[field] = f"{said[field]} or {words.removeprefix(_LEADS[field])}" if field in said else words
        return ", ".join(said.values())

    @property
    def dated(self) -> bool:
        """Whether articles without a date are left out."""
        return bool(self.since or self.until)

    @classmethod
    def of(cls, given: Filters | Mapping[str, Any] | None) -> Filters:
        """Return filters given as such, as their fields by name, or as None, which is every article.

        Raises `InvalidFilter` where there are other fields.
        """
        if isinstance(given, Filters):
            return given
        if given is not None and not isinstance(given, Mapping):
            raise InvalidFilter(f'Filters(...) or fields such as {{"tags": ["sport"]}} are needed, not {given!r}.')
        if unknown := set(given or ()) - set(_FIELDS):
            raise InvalidFilter(
                f"Articles cannot be filtered by {', '.join(sorted(map(str, unknown)))}, but by {', '.join(_FIELDS)}."
            )
        return cls(**given or {})

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold, of the fields that are set; `of` brings the filters back."""
        values = {name: getattr(self, name) for name in _FIELDS}
        return {name: v.isoformat() if isinstance(v, date) else list(v) for name, v in values.items() if v}

    def each(self) -> list[tuple[str, str, str]]:
        """Return each value that is set: its field, itself as text, and its words, such as "since January 2025"."""
        found = []
        if self.since:
            month = f"{self.since:%B} {self.since.year}"
            words = f"since {month}" if self.since.day == 1 else f"since {self.since.day} {month}"
            found.append(("since", self.since.isoformat(), words))
        if self.until:
            words = f"until {self.until.day} {self.until:%B} {self.until.year}"
            found.append(("until", self.until.isoformat(), words))
        for field, spoken in _SPOKEN.items():
            found += [(field, value, f"{_LEADS[field]}{spoken(value)}") for value in getattr(self, field)]
        return found

    def without(self, field: str, value: str) -> Filters:
        """Return the filters less one value, as `each` gives it."""
        left: dict[str, Any] = {name: getattr(self, name) for name in _FIELDS}
        left[field] = None if field in _DATES else [kept for kept in left[field] if kept != value]
        return Filters(**left)


_FIELDS = ("since", "until", "sources", "tags", "languages", "articles")
_DATES = ("since", "until")
_LEADS = {"tags": "tagged ", "languages": "in ", "sources": "from ", "articles": "with the id "}


def folded(text: str) -> str:
    """Return a tag or a language code as it is compared: letters composed, in no case, no spaces around."""
    return normalize("NFC", text).casefold().strip()


def language_name(code: str) -> str:
    """Return the English name of a language, of "en" and "en-GB" English; the code where there is none here."""
    return _LANGUAGES.get(folded(code).split("-")[0], code)


def language_named(name: str) -> str:
    """Return the code of a language by its English name in any case; "" for none that is known here."""
    wanted = folded(name)
    return next((code for code, known in _LANGUAGES.items() if folded(known) == wanted), "")


def _day(given: Day | None, field: str, *, last: bool) -> date | None:
    """Return the first or the last day of what `given` names."""
    if given is None or isinstance(given, date):
        return given.date() if isinstance(given, datetime) else given
    found = _PARTIAL.fullmatch(given.strip()) if isinstance(given, str) else None
    if not found:
        raise _no_date(given, field)
    year, month, day = (int(number) if number else None for number in (found[1], found[3], found[4]))
    try:
        if not last or day:
            return date(year or 0, month or 1, day or 1)
        return date(year or 0, month or 12, monthrange(year or 0, month or 12)[1])
    except ValueError as error:
        raise _no_date(given, field) from error


def _no_date(given: object, field: str) -> InvalidFilter:
    return InvalidFilter(
        f"{field}: {given!r} is not a date that can be read. Write a year, a month or a day: 2025, 2025-03 or "
        "2025-03-31."
    )


def _values(given: str | Iterable[str], kind: str) -> tuple[str, ...]:
    values = [given] if isinstance(given, str) else list(given)
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise InvalidFilter(f"{value!r} is no {kind} to filter by. Name one, or leave it out for every article.")
    return tuple(dict.fromkeys(value.strip() for value in values))


_SPOKEN: dict[str, Callable[[str], str]] = {
    "tags": str,
    "languages": language_name,
    "sources": "“{}”".format,
    "articles": str,
}
EVERY_ARTICLE = Filters()
