"""Filters in a real library: what they admit, and that nothing else is found, counted or shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rag import Article, Filters, Library
from rag.index import searching
from rag.index.embeddings import Embedder, Vectors

FERRY = "The ferry to Skail costs £{} for a single ticket. Tickets are sold on board."
ARTICLES = (
    Article(title="Old fares", text=FERRY.format(2), source="/notes/2023/fares.md", published=date(2023, 3, 31)),
    Article(
        title="New fares",
        text=FERRY.format(5),
        source="/notes/2025/fares.md",
        published=date(2025, 1, 1),
        tags=("Ferry", "Money"),
        language="en",
    ),
    Article(
        title="Fares to come",
        text=FERRY.format(8),
        source="https://example.org/news/fares?page=2",
        published=date(2025, 3, 31),
        tags=("ferry", "100%_sure"),
        language="en-GB",
    ),
    Article(title="Fahrpreise", text="Die Fähre nach Skail kostet 9 €.", source="mails.mbox#<1@x>", language="de"),
)
OLD, NEW, COMING, GERMAN = (article.id for article in ARTICLES)


@pytest.fixture(scope="module")
def fares(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library of four articles. Only read it."""
    with Library(tmp_path_factory.mktemp("fares") / "library") as library:
        library.add_articles(ARTICLES)
        yield library


def found(library: Library, filters: Filters) -> set[str]:
    """Search with filters; whatever is found has to be one of the articles that `articles` lists."""
    passages = library.search("What does the ferry to Skail cost?", filters=filters)
    ids = {passage.article_id for passage in passages}
    assert ids <= {info.id for info in library.articles(filters)}
    return ids


@pytest.mark.parametrize(
    ("filters", "admitted"),
    [
        (Filters(), {OLD, NEW, COMING, GERMAN}),
        (Filters(since="2025"), {NEW, COMING}),
        (Filters(until="2025-02"), {OLD, NEW}),
        (Filters(since="2023-03-31", until="2023-03-31"), {OLD}),
        (Filters(since="2025-01-02", until="2025-03"), {COMING}),
        (Filters(sources="/notes"), {OLD, NEW}),
        (Filters(sources="/notes/"), {OLD, NEW}),
        (Filters(sources="/notes/2025/fares.md"), {NEW}),
        (Filters(sources="/notes/202"), set()),
        (Filters(sources="/"), {OLD, NEW}),
        (Filters(sources="%"), set()),
        (Filters(sources="https://example.org"), {COMING}),
        (Filters(sources="https://example.org/news/fares"), {COMING}),
        (Filters(sources="https://example.or"), set()),
        (Filters(sources="mails.mbox"), {GERMAN}),
        (Filters(sources=["mails.mbox#<1@x>", "/notes/2023"]), {GERMAN, OLD}),
        (Filters(tags="ferry"), {NEW, COMING}),
        (Filters(tags="MONEY"), {NEW}),
        (Filters(tags=["money", "100%_sure"]), {NEW, COMING}),
        (Filters(tags="100%"), set()),
        (Filters(tags="fer"), set()),
        (Filters(languages="en"), {NEW, COMING}),
        (Filters(languages="EN_gb"), {COMING}),
        (Filters(languages=["de", "fr"]), {GERMAN}),
        (Filters(articles=[OLD, GERMAN, "unknown"]), {OLD, GERMAN}),
        (Filters(tags="ferry", until="2025-02"), {NEW}),
        (Filters(tags="ferry", languages="de"), set()),
        (Filters(articles=[NEW, OLD], sources="/notes", languages="en", tags="ferry", since="2025"), {NEW}),
        (Filters(articles=[f"id{number}" for number in range(40_000)]), set()),
        (Filters(articles=[OLD, *(f"id{number}" for number in range(40_000))]), {OLD}),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, Filters) else "",
)
def test_only_what_filters_admit_is_found(fares: Library, filters: Filters, admitted: set[str]) -> None:
    """C32, C41: articles without a date, a tag or a language are in no one's way."""
    assert found(fares, filters) == admitted
    assert {info.id for info in fares.articles(filters)} == admitted


def test_an_accent_typed_in_another_form_is_the_same_tag(library: Library) -> None:
    library.add_articles([replace(ARTICLES[0], tags=("Caf\u00e9",))])
    assert found(library, Filters(tags="cafe\u0301")) == {OLD}


def test_words_are_counted_among_the_articles_admitted(fares: Library) -> None:
    """A word that stands in every article admitted tells nothing, however rare it is elsewhere."""
    words = ["ferry", "fähre", "ferry", "zebra"]
    assert fares.chunks_with(words) == [3, 1, 3, 0]
    within = fares.select(Filters(tags="ferry"))
    assert fares.chunks_with(words, within=within) == [2, 0, 2, 0]
    assert (fares.chunk_count(), fares.chunk_count(within=within)) == (4, 2)
    nothing = fares.select(Filters(tags="none"))
    assert fares.chunks_with(words, within=nothing) == [0, 0, 0, 0]
    assert fares.chunk_count(within=nothing) == 0


def test_it_is_known_how_many_articles_are_left_out_for_want_of_a_date(fares: Library) -> None:
    undated = [fares.catalog.select(f).undated for f in (Filters(since="2025"), Filters(since="2025", tags="ferry"))]
    assert undated == [1, 0]
    assert fares.catalog.select(Filters(tags="ferry")).undated == 0


def test_a_tag_that_an_update_changes_counts_from_then_on(library: Library) -> None:
    library.add_articles(ARTICLES)
    library.add_articles([replace(ARTICLES[1], tags=("money",)), replace(ARTICLES[0], tags=("ferry",))])
    assert found(library, Filters(tags="ferry")) == {OLD, COMING}
    assert found(library, Filters(tags="money")) == {NEW}
    library.remove(OLD)
    assert found(library, Filters(tags="ferry")) == {COMING}


@pytest.mark.folder
def test_a_library_from_before_there_were_filters_has_them(tmp_path: Path) -> None:
    with Library(tmp_path / "old") as library:
        library.add_articles(ARTICLES)
        with library.catalog._engine.begin() as connection:
            connection.exec_driver_sql("DROP INDEX articles_listed")
    with Library(tmp_path / "old") as library:
        assert found(library, Filters(since="2025", tags="ferry")) == {NEW, COMING}


# Many articles


class Pointing(Embedder):
    """Embeds a text by how often "far" stands in it: the query and what does not say it are the nearest."""

    name = fingerprint = "pointing"
    dimension = 2

    def fits(self, text: str) -> bool:
        return text.count(".") <= 1

    def documents(self, texts: list[str]) -> Vectors:
        angles = np.array([text.count("far") / 8 for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.fixture
def pointing(library: Library) -> Library:
    library.__dict__["_checked_embedder"] = Pointing()
    return library


def of_chunks(source: str, *sentences: str, tags: tuple[str, ...] = ()) -> Article:
    return Article(title="Pier", text=" ".join(sentences), source=source, tags=tags)


def test_a_narrow_filter_finds_all_there_is_among_thousands_that_are_nearer(pointing: Library) -> None:
    """To filter what the search brings would leave nothing: the first fifty are others, by vectors and by words."""
    others = [
        of_chunks(f"other{n}", *["The pier, the pier, pier, is here."] * 99, f"The pier is pier {n}.")
        for n in range(30)
    ]
    wanted = of_chunks(
        "wanted", *(f"The pier is far{' far' * n} away by many other words." for n in range(3)), tags=("w",)
    )
    pointing.add_articles([*others, wanted])
    assert pointing.status().chunks == 3003
    assert all(passage.source != "wanted" for passage in pointing.search("pier", 50))
    passages = pointing.search("pier", filters=Filters(tags="w"))
    assert [passage.source for passage in passages] == ["wanted"] * 3
    assert all(passage.scores.keys() == {"dense", "lexical", "fused"} for passage in passages)
    some = pointing.search("pier", 50, filters=Filters(sources=["other3", "wanted"]))
    assert len({passage.chunk.id for passage in some}) == 50


@pytest.mark.parametrize("compared", [0, 10, 10_000])
def test_the_nearest_of_many_articles_are_the_same_however_they_are_looked_for(
    pointing: Library, monkeypatch: pytest.MonkeyPatch, compared: int
) -> None:
    monkeypatch.setattr(searching, "_COMPARED_AT_ONCE", compared)
    monkeypatch.setattr(searching, "_LOOKED_AT", 2)
    pointing.add_articles(
        of_chunks(f"a{n}", f"It is{' far' * n}.", tags=("even",) if n % 2 == 0 else ("odd", "few") if n < 4 else ())
        for n in range(20)
    )
    for filters, nearest in (
        (Filters(tags="even"), [0, 2, 4]),
        (Filters(tags="few"), [1, 3]),
        (Filters(tags=["even", "few"]), [0, 1, 2]),
        (Filters(sources=["a19", "a18", "a17"]), [17, 18, 19]),
        (Filters(tags="none"), []),
    ):
        ids = pointing.nearest("It is.", 3, within=pointing.select(filters))
        stored = pointing.catalog.chunks([chunk_id for chunk_id, _ in ids])
        assert [stored[chunk_id][1].source for chunk_id, _ in ids] == [f"a{n}" for n in nearest]
        assert [cosine for _, cosine in ids] == pytest.approx([np.cos(n / 8) for n in nearest], abs=1e-4)
