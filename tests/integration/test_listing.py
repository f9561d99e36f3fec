"""Lists of a library's articles, page by page, and the map of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rag import Article, Filters, Library
from rag.index.listing import Wanted
from rag.index.projection import project
from rag.index.vectors.exact import ExactIndex

NAMED = (
    ("Zebra crossing", "ann.md", date(2024, 5, 1), "Ann Ölund", ("road",), "en"),
    ("apple harvest", "fruit/apple.md", date(2023, 9, 1), "Bo Lind", ("farm", "Food"), "en"),
    ("Ähren im Wind", "fruit/wind.md", None, None, ("farm",), "de"),
    ("100% Malmö", "https://example.org/malmo", date(2024, 5, 1), "ann olund", (), None),
)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library of four articles, one of them under two names. Only read it."""
    with Library(tmp_path_factory.mktemp("shelf") / "library") as library:
        library.add_articles(
            Article(
                title=title,
                text=f"This is what {title} is about. " * (number + 1),
                source=source,
                published=published,
                author=author,
                tags=tags,
                language=language,
            )
            for number, (title, source, published, author, tags, language) in enumerate(NAMED)
        )
        library.add_articles(
            [
                Article(
                    title="Zebra crossing",
                    text=library.article(library.articles()[1].id).text,
                    source="copied/zebra.txt",
                )
            ]
        )
        yield library


def titles(shelf: Library, words: str = "", filters: Filters | None = None, **how: object) -> list[str]:
    wanted = Wanted(words, filters or Filters())
    return [info.title for info in shelf.listing.page(wanted, **how).articles]  # type: ignore[arg-type]


def test_a_list_is_in_the_order_that_a_person_wants(shelf: Library) -> None:
    """Undated and unsigned articles come last in either direction; case and accents count for nothing."""
    assert titles(shelf) == ["100% Malmö", "Zebra crossing", "apple harvest", "Ähren im Wind"]
    assert titles(shelf, ascending=True) == ["apple harvest", "100% Malmö", "Zebra crossing", "Ähren im Wind"]
    by_title = ["100% Malmö", "Ähren im Wind", "apple harvest", "Zebra crossing"]
    assert titles(shelf, order="title", ascending=True) == by_title
    assert titles(shelf, order="title") == by_title[::-1]
    assert titles(shelf, order="author", ascending=True)[-1] == "Ähren im Wind"
    assert titles(shelf, order="length") == ["100% Malmö", "Ähren im Wind", "apple harvest", "Zebra crossing"]
    assert set(titles(shelf, order="added")) == set(titles(shelf, order="source")) == set(by_title)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("malmo", ["100% Malmö"]),
        ("MALMÖ", ["100% Malmö"]),
        ("ölund", ["100% Malmö", "Zebra crossing"]),
        ("olund zebra", ["Zebra crossing"]),
        ("fruit ahren", ["Ähren im Wind"]),
        ("copied/", ["Zebra crossing"]),
        ("100%", ["100% Malmö"]),
        ("%", ["100% Malmö"]),
        ("_", []),
        ("zebra apple", []),
        ("  ", ["100% Malmö", "Zebra crossing", "apple harvest", "Ähren im Wind"]),
    ],
)
def test_every_word_is_looked_for_in_title_author_and_all_names(shelf: Library, words: str, found: list[str]) -> None:
    assert titles(shelf, words) == found


def test_a_list_is_filtered_as_questions_are(shelf: Library) -> None:
    assert titles(shelf, filters=Filters(tags="FARM")) == ["apple harvest", "Ähren im Wind"]
    assert titles(shelf, "apple", Filters(tags="farm", since="2023")) == ["apple harvest"]
    assert titles(shelf, filters=Filters(until="2023")) == ["apple harvest"]
    assert titles(shelf, filters=Filters(sources="fruit", languages="de")) == ["Ähren im Wind"]
    assert shelf.listing.ids(Wanted(filters=Filters(sources="copied"))) == {shelf.articles()[1].id}


def test_pages_hold_all_articles_once_and_say_where_they_are(shelf: Library) -> None:
    pages = [shelf.listing.page(Wanted(), most=3, first=first) for first in (0, 3)]
    assert [info.title for page in pages for info in page.articles] == titles(shelf)
    assert [(page.first, page.found, page.total) for page in pages] == [(0, 4, 4), (3, 4, 4)]
    beyond = shelf.listing.page(Wanted("fruit"), most=3, first=99)
    assert (beyond.first, beyond.found, beyond.total, len(beyond.articles)) == (0, 2, 4, 2)
    nothing = shelf.listing.page(Wanted("nowhere"), first=50)
    assert (nothing.first, nothing.found, nothing.articles) == (0, 0, ())


def test_days_names_and_what_articles_are_chosen_by(shelf: Library) -> None:
    assert shelf.listing.days(Wanted()) == {date(2024, 5, 1): 2, date(2023, 9, 1): 1, None: 1}
    assert shelf.listing.days(Wanted(filters=Filters(since="2024"))) == {date(2024, 5, 1): 2}
    (copied,) = shelf.listing.repeated(Wanted(), 10)
    assert (copied.source, copied.further_sources) == ("ann.md", ("copied/zebra.txt",))
    assert {facet.language for facet in shelf.listing.facets()} == {"en", "de", None}


@pytest.mark.usefixtures("cheap_embedder")
def test_the_edition_is_another_after_every_change(library: Library) -> None:
    seen = [library.listing.edition()]
    first, second = (Article(title=f"Day {n}", text=f"It rained on day {n}.", source=f"{n}.txt") for n in (1, 2))
    for change in (
        lambda: library.add_articles([first]),
        lambda: library.add_articles([second]),
        lambda: library.add_articles([Article(title="Day 2", text="It did not rain.", source="2.txt")]),
        lambda: library.remove(first.id),
    ):
        change()
        assert library.listing.edition() not in seen
        seen.append(library.listing.edition())


@pytest.mark.usefixtures("cheap_embedder")
def test_an_index_in_memory_follows_what_takes_the_place_of_the_last_article(library: Library) -> None:
    library.add_articles([Article(title="Day 1", text="It rained.", source="1.txt")])
    index = ExactIndex(library.catalog)
    ((before, _),) = index.nearest(library.embedder.query("It rained."), 1)
    library.add_articles([Article(title="Day 1", text="It did not rain.", source="1.txt")])
    ((after, _),) = index.nearest(library.embedder.query("It rained."), 1)
    assert before != after
    assert list(library.catalog.chunks([before, after])) == [after]


def test_the_map_puts_topics_apart_and_names_them(tmp_path: Path) -> None:
    """What is about ships is nearer to ships than to bread, every time the same, and named by its titles."""
    about = {
        "Ferry": "The ferry left harbour with passengers and cars and sailed over the sound to an island, boat {}.",
        "Bread": "Knead the dough with flour, yeast and salt, let it rise, and bake the loaf in a hot oven, loaf {}.",
        "Match": "The team won the football match with a late goal, and the striker scored again, game {}.",
    }
    with Library(tmp_path / "library") as library:
        assert project(library.catalog).ids == ()
        library.add_articles(
            Article(title=f"{title} number {n}", text=text.format(n), source=f"{title}/{n}")
            for title, text in about.items()
            for n in range(6)
        )
        made = project(library.catalog)
        assert np.array_equal(made.x, project(library.catalog).x)
        assert 0 <= min(made.x.min(), made.y.min()) <= max(made.x.max(), made.y.max()) <= 1
        kinds = np.array([library.article(each).source.split("/")[0] for each in made.ids])
        for title in about:
            own, other = kinds == title, kinds != title
            assert len(set(made.topics[own])) == 1
            assert made.topics[own][0] not in made.topics[other]
            assert title in made.names[made.topics[own][0]]
            centre = np.array([made.x[own].mean(), made.y[own].mean()])
            away = np.hypot(made.x - centre[0], made.y - centre[1])
            assert away[own].max() < away[other].min()
