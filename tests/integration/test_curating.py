"""What a person does to single articles: remove, put back, describe, replace."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rag import Article, Filters, Library
from rag.errors import ArticleNotFound, InvalidMetadata
from rag.index import removed as removed_module

FERRY = "# The ferry\n\nThe ferry to Skail leaves at 7.15 every morning. It carries nine cars.\n"


def added(library: Library, folder: Path, name: str = "ferry.md", text: str = FERRY) -> str:
    file = folder / name
    file.write_text(text, "utf-8")
    report = library.add(file)
    return (report.added + report.updated)[0].article_id


def found(library: Library, question: str = "When does the ferry leave?") -> list[str]:
    return [passage.article_id for passage in library.search(question)]


# Removing


def test_what_was_removed_is_found_nowhere_and_comes_back_as_it_was(library: Library, tmp_path: Path) -> None:
    """C25: nothing of a removed article is found, and nothing of it is lost while it can be put back."""
    file = tmp_path / "ferry.md"
    ferry = added(library, tmp_path)
    library.add_articles([Article(title="The ferry", text=library.article(ferry).text, source="copied.txt")])
    library.edit(ferry, replace(library.article(ferry).metadata, author="Ines Ward"))
    pier = added(library, tmp_path, "pier.md", "# The pier\n\nThe pier was opened in 1888 by the mayor.\n")
    before, info = library.article(ferry), library.listing.named([ferry])[0]
    library.remove(ferry, pier)
    assert found(library) == library.articles() == []
    assert {each.article_id for each in library.removed()} == {ferry, pier}

    assert [each.article_id for each in library.put_back(ferry, pier)] == [ferry, pier]
    assert library.removed() == []
    assert library.article(ferry) == before
    assert replace(library.listing.named([ferry])[0], updated=info.updated) == info
    assert found(library)[0] == ferry
    assert library.check().sound
    assert library.add(file).unchanged  # what a person said came back as well


@pytest.mark.usefixtures("cheap_embedder")
def test_removing_is_all_or_nothing_and_ends_after_a_week(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ferry = added(library, tmp_path)
    with pytest.raises(ArticleNotFound, match="nowhere"):
        library.remove(ferry, "nowhere")
    assert len(library.articles()) == 1
    library.remove(ferry)
    with pytest.raises(ArticleNotFound, match="cannot be put back"):
        library.put_back("nowhere")
    monkeypatch.setattr(removed_module, "KEPT", removed_module.KEPT * 0)
    assert library.removed() == []
    monkeypatch.undo()
    library.forget_removed()
    with pytest.raises(ArticleNotFound, match="cannot be put back"):
        library.put_back(ferry)


def test_what_was_added_again_meanwhile_stays_and_loses_nothing(library: Library, tmp_path: Path) -> None:
    """C23: with the same text it is there already; another text keeps its name, and the one put back gets another."""
    ferry = added(library, tmp_path)
    library.remove(ferry)
    added(library, tmp_path)
    library.put_back(ferry)
    assert [info.source for info in library.articles()] == [str(tmp_path / "ferry.md")]
    library.remove(ferry)
    added(library, tmp_path, text="# The ferry\n\nThe ferry is out of service, and a bus runs instead.\n")
    (back,) = library.put_back(ferry)
    assert back.source == str(tmp_path / "ferry (2).md")
    assert {info.source for info in library.articles()} == {str(tmp_path / "ferry.md"), back.source}
    assert "7.15" in library.article(back.article_id).text
    assert library.check().sound


# Describing


def test_what_a_person_says_of_an_article_holds_while_its_file_stays_and_when_it_changes(
    library: Library, tmp_path: Path
) -> None:
    """A field that was set is the person's; all others, and the text, follow the file."""
    file = tmp_path / "ferry.md"
    ferry = added(library, tmp_path)
    text = library.article(ferry).text
    wanted = replace(
        library.article(ferry).metadata,
        title="  Boats to Skail ",
        published=date(2024, 5, 1),
        tags=("boats", "north", "boats"),
        language="en-GB",
    )
    assert library.edit(ferry, wanted).title == "Boats to Skail"
    assert library.article(ferry).text == text
    assert library.articles(Filters(tags="north", since="2024-05", until="2024-05", languages="en"))[0].id == ferry
    assert found(library, "boats")[0] == ferry  # by its new title, too
    assert library.check().sound

    assert library.add(file).unchanged
    assert library.sync(tmp_path, again=True).unchanged
    assert library.article(ferry).tags == ("boats", "north")

    file.write_text("---\nauthor: Ann Sedge\ntitle: No more ferries\n---\n\nThe ferry to Skail was sold.\n", "utf-8")
    assert [each.article_id for each in library.add(file).updated] == [ferry]
    now = library.article(ferry)
    assert (now.title, now.author, now.published, now.tags) == (
        "Boats to Skail",
        "Ann Sedge",
        date(2024, 5, 1),
        ("boats", "north"),
    )
    assert now.text == "The ferry to Skail was sold."
    edit = library.edited(ferry)
    assert edit is not None
    assert dict(edit.changes())["title"] == "No more ferries"

    library.edit(ferry, edit.read)  # all as the file says
    assert library.edited(ferry) is None
    assert library.article(ferry).title == "No more ferries"
    assert library.add(file).unchanged


@pytest.mark.usefixtures("cheap_embedder")
def test_an_edited_article_is_still_known_as_the_same_text_under_another_name(library: Library, tmp_path: Path) -> None:
    """C22: what a person set of one is nothing by which another file of that text differs."""
    long = "The harbour was dredged again this year, and the town paid for it. " * 8
    ferry = added(library, tmp_path, text=f"---\nauthor: Ann\n---\n\n{long}")
    library.edit(ferry, replace(library.article(ferry).metadata, author="Bo", published=date(2024, 1, 1)))
    (tmp_path / "copy.md").write_text(f"---\nauthor: Ann\n---\n\n{long}", "utf-8")
    assert [each.article_id for each in library.add(tmp_path / "copy.md").copies] == [ferry]


@pytest.mark.usefixtures("cheap_embedder")
@pytest.mark.parametrize(
    "wrong", [{"title": "  "}, {"title": "x" * 301}, {"language": "klingon!"}, {"tags": ("t" * 61,)}]
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    library: Library, tmp_path: Path, wrong: dict[str, object]
) -> None:
    ferry = added(library, tmp_path)
    before = library.article(ferry)
    with pytest.raises(InvalidMetadata):
        library.edit(ferry, replace(before.metadata, **wrong))
    assert library.article(ferry) == before
    assert library.edited(ferry) is None
    with pytest.raises(ArticleNotFound):
        library.edit("nowhere", before.metadata)


def test_one_article_is_indexed_anew(library: Library, tmp_path: Path) -> None:
    ferry = added(library, tmp_path)
    before = library.article(ferry)
    library.reindex(ferry)
    assert library.article(ferry) == before
    assert found(library) == [ferry]
    assert library.check().sound


# Names


@pytest.mark.usefixtures("cheap_embedder")
def test_two_texts_of_one_name_are_two_articles_and_the_same_again_is_the_same(
    library: Library, tmp_path: Path
) -> None:
    """C22, C23: of files without a place of their own, as uploads are."""

    def upload(folder: str, name: str, text: str) -> tuple[str, int, int, int]:
        (tmp_path / folder).mkdir(exist_ok=True)
        file = tmp_path / folder / name
        file.write_text(text, "utf-8")
        source = library.free_name(file, name)
        report = library.add(file, named=lambda _: source)
        return source, len(report.added), len(report.updated), len(report.unchanged)

    assert upload("a", "notes.md", "The roof was mended.") == ("notes.md", 1, 0, 0)
    assert upload("b", "notes.md", "The boat was painted.") == ("notes (2).md", 1, 0, 0)
    assert upload("c", "notes.md", "The fence fell over.") == ("notes (3).md", 1, 0, 0)
    assert upload("d", "notes.md", "The boat was painted.") == ("notes (2).md", 0, 0, 1)
    assert upload("e", "notes.md", "The roof was mended.") == ("notes.md", 0, 0, 1)
    rows = '{"title": "One", "text": "The first row is here."}\n'
    assert upload("a", "rows.jsonl", rows)[:2] == ("rows.jsonl", 1)
    more = rows + '{"title": "Two", "text": "A second row came in."}\n'
    assert upload("b", "rows.jsonl", more) == ("rows.jsonl", 1, 0, 1)  # it has grown
    pasted = Article(title="Roof", text="Slate it is.", source="pasted/Roof")
    assert library.free_source(pasted) == "pasted/Roof"
    library.add_articles([pasted])
    assert library.free_source(pasted) == "pasted/Roof"
    assert library.free_source(replace(pasted, text="Tiles it is.", id="")) == "pasted/Roof (2)"


@pytest.mark.usefixtures("cheap_embedder")
def test_a_newer_text_takes_the_place_of_the_older_and_it_can_be_put_back(library: Library, tmp_path: Path) -> None:
    library.add_articles([Article(title="Notes", text="The roof leaks.", source="notes.md")])
    library.add_articles([Article(title="Notes", text="The roof was mended.", source="notes (2).md")])
    library.replace("notes.md", "notes (2).md")
    (info,) = library.articles()
    assert (info.source, library.article(info.id).text) == ("notes.md", "The roof was mended.")
    (old,) = library.removed()
    (back,) = library.put_back(old.article_id)
    assert (back.source, library.article(back.article_id).text) == ("notes (2).md", "The roof leaks.")
    with pytest.raises(ArticleNotFound):
        library.replace("notes.md", "notes (7).md")
