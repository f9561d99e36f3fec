"""One text in several wordings: grouped when it is stored, and one of them answers for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from rag import AnswerChain, Article, Filters, Library, Settings
from rag.evaluate import evaluate
from rag.evaluate.questions import Question
from rag.index import copies as copies_module
from rag.index.schema import copies, likenesses, signature_bands, signatures
from rag.types import Answer

FIRST = Article(
    title="Ropewalk Bridge reopens",
    text=(
        "The Ropewalk Bridge reopened on Monday after a year of repairs. The repairs of the Ropewalk Bridge cost "
        "£412,000, the county council said. Lorries may cross it from Thursday, and buses stop at Mill Street until "
        "then.\n\n"
        "Engineers had found rust in two of the six hangers. They replaced all of them, and put in a second handrail "
        "on the side of the river. Councillor Ines Ward said that the bridge is safer now than it ever was.\n\n"
        "The railings are made of larch, which the architect Ivo Lindqvist chose because it needs no paint. Children "
        "of the Quay Street school carved the names of forty boats into them over the winter."
    ),
    source="harbour/bridge.txt",
    published=date(2024, 5, 6),
)
UPDATE = replace(
    FIRST,
    title="Ropewalk Bridge: the bill grows",
    text=FIRST.text.replace("£412,000", "£530,000"),
    source="wire/bridge.txt",
    published=date(2024, 6, 1),
    id="",
)
SHORTER = replace(UPDATE, source="late/bridge.txt", text=UPDATE.text.split("\n\nThe railings")[0], id="")
"""The update without its last paragraph."""
FERRY = Article(
    title="Ferry",
    text="The ferry to Skail leaves at nine. It carries forty cars. A ticket for the Skail ferry costs £4 for a child.",
    source="ferry.txt",
)
COST = "How much did the repairs of the Ropewalk Bridge cost?"
RAILINGS = "Who chose larch for the railings?"


def ask(library: Library, question: str, filters: Filters | None = None) -> Answer:
    chain = AnswerChain(library, settings=Settings(min_confidence=0, reading_ms=600_000))
    return chain.invoke({"question": question, "filters": filters})


def grouped(library: Library, filters: Filters | None = None) -> list[list[str]]:
    """The sources of each group, the one that answers first."""
    return [[copy.source for copy in (group.answering, *group.others)] for group in library.duplicates(filters)]


def sources(result: Answer) -> set[str]:
    return {citation.source for citation in result.citations}


def edited(count: int) -> list[Article]:
    """Versions of one text day by day: each has a tenth of its sentences anew, so that the last is another text."""
    sentences = [
        f"Of matter {n} it was said that {n * 7} boats of class {n * 3} lay at quay {n + 5}." for n in range(40)
    ]
    versions = []
    for version in range(count):
        day = date(2025, 1, 1) + timedelta(days=version)
        versions.append(Article(title=f"V{version}", text=" ".join(sentences), source=f"v{version}", published=day))
        for n in range(version, 40, 10):
            sentences[n] = f"Version {version} tells of storm {n} which took {n * 11} roofs off in street {n * 13}."
    return versions


# One answers


def test_a_story_that_stands_there_twice_is_cited_once(library: Library) -> None:
    """C22: the same text under two names, a byline between them: one passage, one citation, and the other is named."""
    byline = replace(FIRST, source="wire/bridge.txt", text=f"By Ann Sedge, in Skail\n\n{FIRST.text}", id="")
    report = library.add_articles([FIRST, byline, FERRY])
    assert [(copy.source, copy.of.source) for copy in report.near_copies] == [("wire/bridge.txt", "harbour/bridge.txt")]
    assert "wire/bridge.txt: near copy of harbour/bridge.txt" in str(report)
    assert not report.failed
    assert grouped(library) == [["wire/bridge.txt", "harbour/bridge.txt"]]  # the longer of one day

    passages = library.search(COST)
    assert [p.source for p in passages if "£412,000" in p.text] == ["wire/bridge.txt"]
    result = ask(library, COST)
    (citation,) = [c for c in result.citations if "£412,000" in c.quote]
    assert [copy.source for copy in citation.also_in] == ["harbour/bridge.txt"]
    assert not citation.versions
    assert "also in: Ropewalk Bridge reopens, 2024-05-06, harbour/bridge.txt" in str(result)
    assert "also in: Ropewalk Bridge reopens, 2024-05-06, harbour/bridge.txt" in result.to_markdown()
    assert Answer.from_json(result.to_json()) == result


def test_an_update_answers_and_what_it_corrects_is_no_other_account(library: Library) -> None:
    library.add_articles([UPDATE, FIRST, FERRY])
    result = ask(library, COST)
    assert result.short == "£530,000"
    assert "£412,000" not in result.text
    assert {sentence.role for sentence in result.sentences} <= {"answer", "context"}
    (citation,) = [c for c in result.citations if "£530,000" in c.quote]
    assert not citation.also_in
    assert [copy.source for copy in citation.versions] == ["harbour/bridge.txt"]
    assert "not word for word in: Ropewalk Bridge reopens" in str(result)


def test_near_copies_are_one_account_that_others_agree_with(library: Library) -> None:
    other = Article(
        title="Council accounts",
        text="Roads were quiet. The repairs of the Ropewalk Bridge cost £530,000 in all. Libraries cost less.",
        source="accounts.txt",
        published=date(2024, 5, 1),
    )
    library.add_articles([FIRST, UPDATE, SHORTER, other])
    result = ask(library, COST)
    supporting = next(s for s in result.sentences if "£530,000" in s.text)
    cited = sorted(c.source for c in result.citations if c.number in supporting.citations)
    assert cited == ["accounts.txt", "wire/bridge.txt"]


def test_another_account_still_says_otherwise(library: Library) -> None:
    """Only what a near copy says otherwise is left out."""
    other = Article(
        title="Letters",
        text="The repairs of the Ropewalk Bridge cost £600,000, a reader writes. The weather was fine.",
        source="letters.txt",
        published=date(2024, 5, 7),
    )
    library.add_articles([FIRST, UPDATE, other])
    result = ask(library, COST)
    assert "£530,000" in result.sentences[0].text
    assert [s.text for s in result.sentences if s.role == "otherwise"] == [
        "The repairs of the Ropewalk Bridge cost £600,000, a reader writes."
    ]


def test_a_paragraph_that_was_cut_later_is_still_found_where_it_stands(library: Library) -> None:
    library.add_articles([FIRST, SHORTER, FERRY])
    assert grouped(library) == [["late/bridge.txt", "harbour/bridge.txt"]]
    result = ask(library, RAILINGS)
    assert sources(result) == {"harbour/bridge.txt"}
    assert "Ivo Lindqvist" in result.sentences[0].text
    assert [copy.source for copy in result.citations[0].versions] == ["late/bridge.txt"]
    cost = ask(library, COST)
    assert (cost.short, sources(cost)) == ("£530,000", {"late/bridge.txt"})
    assert "£412,000" not in cost.text


def test_what_was_so_at_an_earlier_time_is_answered_by_the_version_of_that_time(library: Library) -> None:
    library.add_articles([FIRST, replace(UPDATE, published=date(2025, 6, 1)), FERRY])
    assert "£412,000" in ask(library, "How much did the repairs of the Ropewalk Bridge cost as of May 2024?").text
    assert "£530,000" in ask(library, COST).text


def test_versions_of_one_story_leave_room_for_other_articles(library: Library) -> None:
    """However many papers took it over, what else there is on a question is read."""
    many = [replace(FIRST, source=f"paper {n}", text=f"{FIRST.text} Paper {n} has it.", id="") for n in range(30)]
    other = Article(title="Old bridge", text="The old rope walk had a bridge once. It burned in 1888.", source="old")
    library.add_articles([*many, other, FERRY])
    found = library.search("Ropewalk Bridge repairs cost", 8)
    assert {"old", "ferry.txt"} <= {passage.source for passage in found}
    assert len([passage for passage in found if "£412,000" in passage.text]) == 1


def test_an_answer_out_of_a_near_copy_counts_where_the_source_is_named(library: Library) -> None:
    """Whoever asks of the one paper is answered as well out of the other."""
    library.add_articles([replace(FIRST, source="wire.txt", text=f"{FIRST.text} It is lit at night.", id=""), FIRST])
    library.add_articles([FERRY])
    asked = [Question(COST, ("£412,000",), source) for source in ("bridge.txt", "ferry.txt")]
    first, second = evaluate(asked, library=library).rows
    assert (first.quoted, first.rank) == (True, 1)
    assert (second.quoted, second.rank) == (False, None)


# Which one answers, and how groups follow


def test_the_newest_answers_else_the_longest_else_the_first_one_added(library: Library) -> None:
    undated = replace(FIRST, published=None, author="W")
    longer = replace(FIRST, published=None, source="longer", id="")
    library.add_articles([undated])
    library.add_articles([replace(undated, source="second", id="", author="X")])
    assert grouped(library) == [["harbour/bridge.txt", "second"]]
    library.add_articles([replace(longer, text=f"{FIRST.text} It is lit at night.")])
    assert grouped(library) == [["longer", "harbour/bridge.txt", "second"]]
    library.add_articles([SHORTER])
    assert grouped(library) == [["late/bridge.txt", "longer", "harbour/bridge.txt", "second"]]


def test_where_the_one_that_answered_is_removed_another_answers_at_once(library: Library) -> None:
    library.add_articles([FIRST, UPDATE, replace(FIRST, source="third", id="", published=date(2023, 1, 1))])
    assert grouped(library) == [["wire/bridge.txt", "harbour/bridge.txt", "third"]]
    library.remove(UPDATE.id)
    assert grouped(library) == [["harbour/bridge.txt", "third"]]
    assert ask(library, COST).short == "£412,000"
    library.remove(FIRST.id)
    assert grouped(library) == []
    assert sources(ask(library, COST)) == {"third"}
    with library.catalog.begin() as connection:
        assert connection.execute(signatures.select()).all()
        assert not connection.execute(copies.select()).all()
        assert not connection.execute(likenesses.select()).all()


def test_an_article_that_changes_leaves_its_group_or_joins_one(library: Library) -> None:
    library.add_articles([FIRST, UPDATE])
    report = library.add_articles([replace(UPDATE, text=FERRY.text * 3)])
    assert (len(report.updated), report.near_copies, grouped(library)) == (1, [], [])
    report = library.add_articles([UPDATE])
    assert [copy.of.source for copy in report.near_copies] == ["harbour/bridge.txt"]
    assert grouped(library) == [["wire/bridge.txt", "harbour/bridge.txt"]]
    with library.catalog.begin() as connection:
        known = {row.article_id for row in connection.execute(signature_bands.select())}
    assert known == {FIRST.id, UPDATE.id}


def test_a_chain_of_edits_makes_no_group_of_texts_that_have_nothing_in_common(
    library: Library, cheap_embedder: None
) -> None:
    """Each version is like the next; those stand together that are near copies of the latest of them."""
    versions = edited(9)
    library.add_articles(versions)
    first = grouped(library)
    assert first == [["v8", "v7", "v6"], ["v5", "v4", "v3", "v2"], ["v1", "v0"]]
    with library.catalog.begin() as connection:
        pairs = {(row.article_id, row.other_id) for row in connection.execute(likenesses.select())}
    ids = {article.source: article.id for article in versions}
    assert all((ids[group[0]], ids[other]) in pairs for group in first for other in group[1:])


def test_groups_do_not_depend_on_the_order_in_which_articles_came(tmp_path: Path, cheap_embedder: None) -> None:
    found = []
    for number, order in enumerate(([0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [2, 5, 0, 4, 1, 3])):
        with Library(tmp_path / str(number)) as library:
            versions = edited(6)
            library.add_articles([versions[n] for n in order])
            library.remove(versions[5].id)
            found.append(grouped(library))
    assert found[0] == found[1] == found[2]
    assert found[0][0][0] == "v4"


def test_where_very_many_are_alike_each_stays_with_one_that_it_is_like(
    library: Library, cheap_embedder: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is put into groups at once is bounded, and no article is lost to it."""
    monkeypatch.setattr(copies_module, "_REGROUPED", 3)
    versions = edited(9)
    library.add_articles([versions[n] for n in (0, 2, 4, 6, 8, 1, 3, 5, 7)])
    ids = {article.source: article.id for article in versions}
    with library.catalog.begin() as connection:
        pairs = {(row.article_id, row.other_id) for row in connection.execute(likenesses.select())}
    assert grouped(library)
    assert all((ids[group[0]], ids[other]) in pairs for group in grouped(library) for other in group[1:])


# Filters, older libraries


def test_of_a_group_only_the_articles_asked_count(library: Library) -> None:
    library.add_articles([FIRST, UPDATE, SHORTER, FERRY])
    only_old = Filters(until="2024-05-31")
    result = ask(library, COST, only_old)
    assert (result.short, sources(result)) == ("£412,000", {"harbour/bridge.txt"})
    assert not result.citations[0].also_in
    assert not result.citations[0].versions
    assert "wire" not in result.to_json()
    assert grouped(library, only_old) == []
    two = Filters(articles=[FIRST.id, UPDATE.id])
    assert grouped(library, two) == [["wire/bridge.txt", "harbour/bridge.txt"]]
    assert [copy.source for copy in ask(library, COST, two).citations[0].versions] == ["harbour/bridge.txt"]


def test_articles_of_an_older_footnote_are_looked_through_when_any_are_added(library: Library) -> None:
    library.add_articles([FIRST, UPDATE])
    forget_copies(library)
    assert grouped(library) == []
    assert len(library.search(COST)) > 0
    library.add_articles([FERRY])
    assert grouped(library) == [["wire/bridge.txt", "harbour/bridge.txt"]]


def test_a_repair_looks_through_all_that_an_older_footnote_left(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.index.adding._SIGNED_AT_ONCE", 1)
    library.add_articles([FIRST, UPDATE, SHORTER])
    forget_copies(library)
    library.add_articles([FERRY])
    assert grouped(library) == []
    assert library.repair().sound
    assert grouped(library) == [["wire/bridge.txt", "late/bridge.txt", "harbour/bridge.txt"]]


@pytest.mark.folder
def test_near_copies_come_back_with_a_backup(library: Library, tmp_path: Path) -> None:
    library.add_articles([FIRST, UPDATE])
    library.backup(tmp_path / "b.zip")
    Library.restore(tmp_path / "b.zip", tmp_path / "again")
    with Library(tmp_path / "again") as again:
        assert grouped(again) == grouped(library)
        assert again.search(COST)[0].source == "wire/bridge.txt"


def forget_copies(library: Library) -> None:
    """Leave the catalog as an older Footnote left it."""
    with library.catalog.begin() as connection:
        for table in (copies, likenesses, signature_bands, signatures):
            connection.execute(delete(table))
