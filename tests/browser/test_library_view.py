"""The list of articles, its search, and adding more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from conftest import ARTICLES, VisitWindow, Window, chat, emptied, opened
from playwright.sync_api import expect

from rag import Article, Library


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window over a library whose last article was removed."""
    folder = emptied(tmp_path_factory.mktemp("empty") / "library")
    with opened(*chat(folder)) as window:
        yield window


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window over 62 articles, two of them near copies."""
    folder = tmp_path_factory.mktemp("shelf") / "library"
    story = "The harbour was dredged again this year, and the town paid for all of it from the fees of the ferry. " * 4
    told = [
        ("Harbour dredged", story, date(2024, 5, 1)),
        ("Harbour dredged twice", story + "So it was.", date(2024, 6, 1)),
    ]
    with Library(folder) as library:
        library.add_articles(Article(title=t, text=x, source=f"news/{t}.md", published=d) for t, x, d in told)
        library.add_articles(
            Article(title=f"Day {n}", text=f"It was day {n}.", source=f"days/{n}.md", language="de" if n == 9 else None)
            for n in range(60)
        )
    with opened(*chat(folder)) as window:
        yield window


def test_the_list_is_searched_by_title_author_and_source(visit: VisitWindow, window: Window) -> None:
    visited = visit(window)
    page = visited.page
    visited.go("Library")
    search = page.get_by_role("searchbox", name="Search titles, authors and sources")
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(len(ARTICLES))
    for words, title in (
        ("ropewalk", "Ropewalk Bridge reopens"),
        ("callum", "A ferry for Skail"),
        ("ferry.md", "A ferry for Skail"),
    ):
        search.fill(words)
        expect(rows).to_have_count(1)
        expect(page.locator("#list .place")).to_have_text(title)
    expect(rows).to_contain_text("1 April 2025")
    page.locator("#list .place").click()
    expect(page.locator("#reader h1")).to_have_text("A ferry for Skail")
    page.keyboard.press("Escape")
    search.fill("zebra")
    expect(page.locator("#list")).to_contain_text("No article's title, author or source has “zebra” in it.")


def test_files_that_are_dropped_are_reported_one_by_one_and_can_be_asked_about(
    visit: VisitWindow, empty: Window, tmp_path: Path
) -> None:
    visited = visit(empty)
    page = visited.page
    expect(page.get_by_role("heading", name="Your library is empty")).to_be_visible()
    visited.ask("Who keeps the bees?")
    expect(page.locator("#log .turn")).to_contain_text("no articles")
    page.get_by_role("link", name="New conversation").click()
    page.get_by_role("button", name="Add articles").click()
    expect(page.locator("#list")).to_contain_text("No articles yet")

    good, bad, bare = tmp_path / "bees.md", tmp_path / "photo.xyz", tmp_path / "bare.txt"
    good.write_text("# Bees on the roof\n\nMarta Lindqvist keeps forty hives of bees on the library roof.\n", "utf-8")
    bad.write_bytes(b"\x00\x01\x02")
    bare.write_text("", "utf-8")
    chooser = page.get_by_label("Files to add")
    chooser.set_input_files([good, bad, bare])
    expect(page.locator("#report .totals")).to_have_text("1 added, 2 not added")
    for name in ("photo.xyz", "bare.txt"):
        expect(page.locator("#report .failed")).to_contain_text(name)
    expect(page.locator("#report")).not_to_contain_text(str(tmp_path))
    expect(page.locator("#list .place")).to_have_text("Bees on the roof")
    expect(page.locator("#list .source")).to_have_text("bees.md")

    chooser.set_input_files([good])
    expect(page.locator("#report .totals")).to_have_text("1 unchanged")
    good.write_text("# Bees on the roof\n\nMarta Lindqvist keeps sixty hives of bees on the library roof.\n", "utf-8")
    chooser.set_input_files([good])
    expect(page.locator("#report .beside")).to_contain_text("another text named bees.md already")
    expect(page.locator("#list tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Replace the older one instead").click()
    expect(page.locator("#list tbody tr")).to_have_count(1)

    visited.go("Ask")
    expect(page.locator("#welcome")).to_contain_text("your 1 article.")
    visited.ask("Who keeps hives of bees on the library roof?")
    expect(page.locator("#log .words")).to_contain_text("Marta Lindqvist keeps sixty hives")


def test_a_footnote_of_a_changed_article_marks_nothing_rather_than_other_words(
    visit: VisitWindow, window: Window, tmp_path: Path
) -> None:
    visited = visit(window)
    page = visited.page
    file = tmp_path / "kiosk.txt"
    file.write_text("The kiosk\n\nThe harbour kiosk sells 31 kinds of ice cream in summer.\n", "utf-8")
    visited.go("Library")
    page.locator("#drop input[type=file]").set_input_files([file])
    expect(page.locator("#report .totals")).to_have_text("1 added")
    visited.go("Ask")
    visited.ask("How many kinds of ice cream does the harbour kiosk sell?")
    quote = page.locator("#log .card mark").first.inner_text()
    assert "31 kinds" in quote

    visited.go("Library")
    with Library(window.library) as library:
        changed = "An ice cream kiosk by the harbour was closed, and sells no kinds at all."
        library.add_articles([Article(title="The kiosk", text=changed, source="kiosk.txt")])
    visited.go("Ask")
    page.locator("#log .number").first.click()
    expect(page.locator("#reader .note")).to_contain_text("has changed")
    expect(page.locator("#reader mark")).to_have_count(0)
    page.reload()
    expect(page.locator("#log .card").first).to_contain_text(quote)
    expect(page.locator("#log .card .note").first).to_contain_text("no longer in your library")
    with Library(window.library) as library:  # which other tests share
        library.remove(*(info.id for info in library.articles() if info.source == "kiosk.txt"))


def test_articles_are_selected_removed_put_back_and_described(visit: VisitWindow, shelf: Window) -> None:
    """By keys alone, as far as the article's own form."""
    visited = visit(shelf)
    page = visited.page
    visited.go("Library")
    rows, notice = page.locator("#list tbody tr"), page.locator("#shelf-notice")
    expect(rows).to_have_count(50)
    expect(page.locator("#list .count")).to_contain_text("62 articles")
    page.get_by_role("button", name="Next").press("Enter")
    expect(rows).to_have_count(12)
    page.get_by_role("button", name="Title").press("Enter")
    expect(page.locator("th.title")).to_have_attribute("aria-sort", "ascending")
    expect(page.get_by_role("button", name="Title")).to_be_focused()
    page.get_by_role("checkbox", name="Select Day 0", exact=True).press("Space")
    page.get_by_role("checkbox", name="Select Day 1", exact=True).press("Space")
    page.get_by_role("button", name="Remove 2 selected").press("Enter")
    expect(notice).to_contain_text("2 articles removed")
    expect(page.locator("#list .count")).to_contain_text("60 articles")
    undo = notice.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.press("Enter")
    expect(page.locator("#list .count")).to_contain_text("62 articles")

    page.get_by_role("button", name="Date").press("Enter")
    page.get_by_role("searchbox").fill("harbour")
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="Harbour dredged", exact=True).press("Enter")
    reader = page.locator("#reader")
    reader.locator("summary", has_text="Change details").click()
    reader.get_by_label("Title").fill("Harbour deepened")
    reader.get_by_label("Tags").fill("sea, money")
    reader.get_by_role("button", name="Save").click()
    expect(reader).to_contain_text("Saved.")
    page.keyboard.press("Escape")
    expect(page.locator("#list .place")).to_have_text(["Harbour dredged twice", "Harbour deepened"])
    visited.go("Ask")
    page.locator("#filters .opens").click()
    expect(page.get_by_role("checkbox", name="money")).to_be_attached()  # the other view was told


def test_filters_duplicates_years_and_map(visit: VisitWindow, shelf: Window) -> None:
    visited = visit(shelf)
    page = visited.page
    visited.go("Library")
    count = page.locator("#list .count")
    page.locator(".filter summary").click()
    page.get_by_role("checkbox", name="German").check()
    expect(count).to_contain_text("1 of 62 articles")
    page.get_by_role("button", name="Remove in German").click()
    expect(count).to_contain_text("62 articles")
    page.get_by_role("radio", name="Duplicates").check()
    expect(page.locator("#list .group li")).to_have_count(2)
    page.get_by_role("radio", name="Over time").check()
    page.get_by_role("button", name="June 2024: 1 article").press("Enter")
    expect(count).to_contain_text("1 of 62 articles")
    page.get_by_role("button", name="Show all").click()
    page.get_by_role("radio", name="Map").check()
    field = page.locator("[data-points] canvas")
    expect(field).to_be_visible()
    page.wait_for_function("document.querySelector('[data-points] canvas').width > 300")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box
    place = page.evaluate(
        """async () => {
          const points = await (await fetch("/library/points?")).json();
          const at = points.title.indexOf("Day 7");
          return [points.x[at], points.y[at]];
        }"""
    )
    page.mouse.move(
        box["x"] + 10 + place[0] * (box["width"] - 20), box["y"] + 10 + (1 - place[1]) * (box["height"] - 20)
    )
    expect(page.locator("[data-points] a")).to_be_visible()
    page.locator("[data-points] a").click()
    expect(page.locator("#reader h1")).to_contain_text("Day")
    page.keyboard.press("Escape")
    page.locator(".map summary").click()
    expect(page.locator(".map table").get_by_role("link").first).to_be_visible()


def test_pasting_and_a_folder_and_what_is_under_way_outlives_a_reload(
    visit: VisitWindow, empty: Window, tmp_path: Path
) -> None:
    visited = visit(empty)
    page = visited.page
    visited.go("Library")
    page.locator("summary", has_text="Paste text").click()
    page.get_by_label("Text", exact=True).fill("The weir was mended in spring.")
    page.get_by_role("button", name="Add text").click()
    expect(page.locator("#report .totals")).to_have_text("1 added")
    expect(page.locator("#list")).to_contain_text("The weir was mended in spring.")
    (tmp_path / "many").mkdir()
    for number in range(40):
        (tmp_path / "many" / f"{number}.md").write_text(f"# Day {number}\n\nIt was day {number} of the fair.", "utf-8")
    page.locator("summary", has_text="Folder or feed").click()
    page.get_by_label("Path of a folder").fill(str(tmp_path / "many"))
    page.get_by_role("checkbox", name="Follow it").check()
    page.get_by_role("button", name="Add folder or feed").click()
    expect(page.locator("#report .adding")).to_be_visible()
    page.reload()
    visited.go("Library")
    expect(page.locator("#report .totals")).to_contain_text("40 added")
    page.locator("summary", has_text="Folder or feed").click()
    expect(page.get_by_role("button", name="Follow no longer")).to_have_count(1)
    page.locator("summary", has_text="Added").click()
    expect(page.locator("#report .fine li")).to_have_count(40)
