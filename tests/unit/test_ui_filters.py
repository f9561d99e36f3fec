"""What the window offers to filter by, and how the row of filters is written and remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from rag import Filters
from rag.index.listing import ArticleInfo
from ui import choices
from ui.choices import Choices, place
from ui.filters import recalled
from ui.rendering import asking

HOSTILE = '"><img src=x onerror="window.ran=1">'
BARE = ArticleInfo(
    id="1",
    title="T",
    source="notes.md",
    published=None,
    author=None,
    tags=(),
    language=None,
    media_type="text/plain",
    characters=1,
    chunks=1,
    added=datetime(2025, 1, 1, tzinfo=UTC),
    updated=datetime(2025, 1, 1, tzinfo=UTC),
)


def of(field: str, found: Choices) -> list[tuple[str, int, bool]]:
    return [(c.value, c.articles, c.chosen) for name, _, values in found.fields if name == field for c in values]


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("/home/me/notes/a.md", "/home/me/notes"),
        ("/a.md", "/a.md"),
        ("C:\\notes\\a.md", "C:\\notes"),
        ("samples/a.md", "samples"),
        ("a.md", "a.md"),
        ("/mails/inbox.mbox#<1/2@x>", "/mails"),
        ("town.epub#text/pier.xhtml", "town.epub"),
        ("https://example.org/news/roof?x=1", "https://example.org"),
        ("https://example.org", "https://example.org"),
    ],
)
def test_a_source_is_offered_as_its_folder_or_its_site(source: str, where: str) -> None:
    assert place(source) == where


def test_a_tag_is_offered_once_however_it_is_written_and_counted_by_article() -> None:
    infos = [replace(BARE, tags=("Sport", "sport")), replace(BARE, tags=("sport", "Water")), BARE]
    assert of("tags", Choices.of(infos, Filters(tags="SPORT"))) == [("SPORT", 2, True), ("Water", 1, False)]


def test_a_folder_counts_what_is_in_the_folders_below_it() -> None:
    infos = [replace(BARE, source=source) for source in ("/n/a.md", "/n/2024/b.md", "/n/2024/c.md", "/nn/d.md")]
    assert of("sources", Choices.of(infos, Filters())) == [("/n", 3, False), ("/n/2024", 2, False), ("/nn", 1, False)]


def test_languages_are_offered_by_name() -> None:
    infos = [replace(BARE, language=code) for code in ("en", "en-GB", "de", "tlh")]
    found = next(values for name, _, values in Choices.of(infos, Filters()).fields if name == "languages")
    assert [(c.words, c.value, c.articles) for c in found] == [
        ("English", "en", 2),
        ("German", "de", 1),
        ("tlh", "tlh", 1),
    ]


def test_what_is_chosen_stays_offered_though_no_article_has_it_any_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "MOST", 1)
    infos = [replace(BARE, tags=("a", "b")), replace(BARE, tags=("b",))]
    assert of("tags", Choices.of(infos, Filters(tags="gone"))) == [("b", 2, False), ("gone", 0, True)]
    assert Choices.of([], Filters()).fields == ()


def test_the_days_offered_are_those_of_the_articles() -> None:
    infos = [BARE, replace(BARE, published=date(2025, 3, 1)), replace(BARE, published=date(2023, 1, 2))]
    found = Choices.of(infos, Filters())
    assert (found.first, found.last) == (date(2023, 1, 2), date(2025, 3, 1))
    assert Choices.of([BARE], Filters()).first is None


def written(filters: Filters, *articles: ArticleInfo, problem: str = "") -> str:
    found = Choices.of(articles, filters)
    dates = {name: str(getattr(filters, name) or "") for name in ("since", "until")}
    return asking.filters(filters, found, dates=dates, total=9, asked=2, problem=problem)


def test_the_row_says_how_many_articles_are_asked_and_each_filter_can_be_removed() -> None:
    html = written(Filters(since="2025-01", tags="sport"), replace(BARE, published=date(2025, 1, 1)))
    assert ">2 of 9 articles</button>" in html
    assert 'data-removes="since" data-value="2025-01-01" aria-label="Remove since January 2025"' in html
    assert "<bdi>Tagged sport</bdi>" in html
    assert 'name="since" value="2025-01-01"' in html
    assert ">Reset</button>" in html
    everything = written(Filters(), BARE)
    assert ">All articles</button>" in everything
    assert "data-removes" not in everything


def test_tags_and_sources_are_text_and_no_markup() -> None:
    """C53: neither in an attribute nor between tags."""
    info = replace(BARE, tags=(HOSTILE,), source=f"{HOSTILE}/a.md", language=HOSTILE)
    html = written(Filters(tags=HOSTILE, sources=HOSTILE, languages=HOSTILE), info, problem=HOSTILE)
    assert "<img" not in html
    assert 'onerror="' not in html
    assert html.count("&lt;img") >= 6


@pytest.mark.parametrize("broken", [None, "", [], {}, "sport", [1], {"tag": "x"}, {"since": "soon"}, {"tags": [3]}, 5])
def test_remembered_filters_that_cannot_be_read_are_none(broken: object) -> None:
    assert recalled(broken) == Filters()


def test_filters_are_remembered() -> None:
    filters = Filters(since="2025", tags=["a", "b"])
    assert recalled(filters.to_dict()) == filters
