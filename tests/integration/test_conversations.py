"""Conversations in the catalog: kept as they were, found again, and never in the way of anything."""

from __future__ import annotations

import datetime
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from children import child, story

from rag import Answer, Article, Citation, Filters, Library, Sentence
from rag.errors import ConversationNotFound, FootnoteError, LibraryUnusable
from rag.index import conversations as module
from rag.index.conversations import Conversations
from rag.index.unkept import unkept
from rag.types import Usage

pytestmark = pytest.mark.usefixtures("cheap_embedder")


CLOSES = "The Tanner's Bridge will close on 4 May 2026 for eleven weeks."
RUST = "Engineers found rust in two of the six hangers last autumn."


def answered(article: Article, question: str, text: str = CLOSES, **more: object) -> Answer:
    """An answer that quotes a sentence of an article."""
    start = article.text.index(text)
    end = start + len(text)
    return Answer(
        question=question,
        found=True,
        confidence=0.8,
        sentences=(Sentence(text, (1,)),),
        citations=(Citation(article, number=1, start=start, end=end, sentence=text),),
        **more,  # type: ignore[arg-type]
    )


def remark(question: str) -> Answer:
    return Answer(question=question, found=False, confidence=0.0, note="You are welcome.")


@pytest.fixture
def kept(library: Library) -> Conversations:
    return library.conversations


def test_each_answer_keeps_its_own_sources_for_ever(tmp_path: Path, bridge: Article) -> None:
    """C56: three questions, the library closed and opened, the article changed and removed: nothing is lost."""
    asked = [
        answered(bridge, "When will it close?", filters=Filters(tags="bridge", since="2026")),
        answered(bridge, "What was found?", RUST, dropped=("It is blue.",), usage=Usage(10, 5, 1, 0.1)),
        remark("Thanks"),
    ]
    with Library(tmp_path / "l") as library:
        library.add_articles([bridge])
        known = library.conversations.begin()
        for answer in asked:
            library.conversations.append(known, answer)
        library.add_articles([replace(bridge, text="All is new.")])
        library.remove(bridge.id)
    with Library(tmp_path / "l") as library:
        conversation = library.conversations.get(known)
        assert conversation.answers == asked
        assert [c.quote for c in conversation.answers[1].citations] == [RUST]
        assert conversation.info.turns == 3
        assert library.check().sound


def test_a_conversation_is_called_by_the_first_question_that_was_looked_up(
    kept: Conversations, bridge: Article
) -> None:
    known = kept.begin()
    assert kept.list() == []  # nothing was asked yet
    kept.append(known, remark("Hello"))
    assert kept.list()[0].title == "Hello"
    kept.append(known, answered(bridge, "When does\n the bridge close? " + "really " * 30))
    kept.append(known, answered(bridge, "And why?", RUST))
    title = kept.list()[0].title
    assert title.startswith("When does the bridge close? really")
    assert len(title) <= 80
    kept.rename(known, "  The bridge\n")
    kept.append(known, answered(bridge, "What does it cost?", RUST))
    assert kept.get(known).info.title == "The bridge"
    with pytest.raises(ValueError, match="needs a title"):
        kept.rename(known, " \n")


def test_the_latest_conversation_comes_first(kept: Conversations, bridge: Article) -> None:
    first, second = kept.begin(), kept.begin()
    for known in (second, first, second, first):
        kept.append(known, answered(bridge, "When?"))
    assert [info.id for info in kept.list()] == [first, second]


def test_what_was_asked_and_said_is_found_again(kept: Conversations, bridge: Article) -> None:
    first, second = kept.begin(), kept.begin()
    kept.append(first, answered(bridge, "Kdy se zavře čajovna 100%?"))
    kept.append(second, answered(bridge, "What was found?", RUST))
    kept.append(second, Answer(question="Who?", found=False, confidence=0.0, note="Your articles do not answer."))
    assert [info.id for info in kept.list(search="RUST hangers")] == [second]
    assert [info.id for info in kept.list(search="CAJOVNA")] == [first]
    assert [info.id for info in kept.list(search="0%")] == [first]
    assert kept.list(search="1_0%") == []
    assert {info.id for info in kept.list(search="repairs")} == {first, second}  # in the title of the source
    assert kept.list(search="answer") == []  # Footnote's own words
    kept.rename(first, "Tea")
    assert [info.id for info in kept.list(search="tea")] == [first]
    (hit,) = kept.search("rust")
    assert (hit.conversation.id, hit.ordinal, hit.question) == (second, 0, "What was found?")
    assert hit.excerpt == RUST
    assert kept.search("") == []


def test_a_deleted_conversation_can_be_brought_back_for_some_days(
    kept: Conversations, library: Library, bridge: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, other = kept.begin(), kept.begin()
    kept.append(known, answered(bridge, "When?"))
    kept.append(other, answered(bridge, "When?"))
    kept.delete(known)
    assert [info.id for info in kept.list(search="when")] == [other]
    assert {hit.conversation.id for hit in kept.search("when")} == {other}
    for refused in (
        lambda: kept.get(known),
        lambda: kept.append(known, remark("Thanks")),
        lambda: kept.rename(known, "x"),
        lambda: kept.delete(known),
        lambda: kept.restore("nothing"),
    ):
        with pytest.raises(ConversationNotFound, match="`footnote conversations` shows the ids"):
            refused()
    kept.restore(known)
    assert kept.get(known).info.turns == 1
    kept.delete(known)
    later = module._now() + module.KEPT_DELETED + datetime.timedelta(minutes=1)
    monkeypatch.setattr(module, "_now", lambda: later)
    kept.begin()
    with pytest.raises(ConversationNotFound):
        kept.restore(known)
    with library.catalog.begin() as connection:
        left = connection.exec_driver_sql("SELECT conversation_id FROM turns").all()
    assert [row[0] for row in left] == [other]


def test_the_beginning_of_an_id_is_enough(kept: Conversations) -> None:
    ids = [kept.begin() for _ in range(20)]
    assert kept.get(ids[0][:7].upper()).info.id == ids[0]
    for unclear in ("", "%", "________", next(i[0] for i in ids if sum(o[0] == i[0] for o in ids) > 1)):
        with pytest.raises(ConversationNotFound):
            kept.get(unclear)


def test_questions_with_odd_characters_are_kept(kept: Conversations) -> None:
    known = kept.begin()
    odd = remark("a\x00b \ud83d \U0001f600 <b>'; DROP TABLE turns; --")
    kept.append(known, odd)
    assert kept.get(known).answers == [odd]
    assert "DROP TABLE" in kept.list()[0].title


def test_turns_of_two_windows_at_once_all_have_a_place(tmp_path: Path) -> None:
    with Library(tmp_path / "l") as one, Library(tmp_path / "l") as other, ThreadPoolExecutor(4) as threads:
        known = one.conversations.begin()
        asked = [remark(f"Question {number}") for number in range(40)]
        for done in [threads.submit((one, other)[n % 2].conversations.append, known, a) for n, a in enumerate(asked)]:
            done.result()
        found = one.conversations.get(known)
        assert sorted(a.question for a in found.answers) == sorted(a.question for a in asked)
        assert found.info.turns == 40


def test_a_turn_is_kept_while_another_process_adds_20000_articles(tmp_path: Path, bridge: Article) -> None:
    with Library(tmp_path / "l") as library, child("add_many", tmp_path / "l", 20_000) as adding:
        assert adding.says() == "starts"
        assert adding.says() == "stored 100"
        known = library.conversations.begin()
        for _ in range(20):
            library.conversations.append(known, answered(bridge, "When?"))
        assert adding.process.poll() is None
        assert library.conversations.get(known).info.turns == 20
        assert library.catalog.counts()[0] < 20_000


@pytest.mark.folder
def test_a_backup_holds_the_conversations(tmp_path: Path, bridge: Article) -> None:
    with Library(tmp_path / "one") as library:
        library.add_articles([story(1)])
        known = library.conversations.begin()
        library.conversations.append(known, answered(bridge, "When?"))
        library.backup(tmp_path / "b.footnote")
    Library.restore(tmp_path / "b.footnote", tmp_path / "two")
    with Library(tmp_path / "two") as library:
        assert library.conversations.get(known).answers == [answered(bridge, "When?")]
        library.remove(story(1).id)
    with pytest.raises(LibraryUnusable, match=r"holds conversations\. --replace"):
        Library.restore(tmp_path / "b.footnote", tmp_path / "two")


@pytest.mark.folder
def test_where_nothing_can_be_written_conversations_are_read(
    tmp_path: Path, bridge: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library(tmp_path / "l") as library:
        known = library.conversations.begin()
        library.conversations.append(known, remark("Hello"))
    monkeypatch.setattr("rag.index.databases.sqlite.may_write", lambda _: False)
    with Library(tmp_path / "l") as library:
        assert library.conversations.list()[0].title == "Hello"
        for change in (library.conversations.begin, lambda: library.conversations.append(known, remark("Thanks"))):
            with pytest.raises(FootnoteError, match="can only be read"):
                change()


@pytest.mark.folder
def test_an_answer_that_cannot_be_read_is_said_so_and_hides_no_other(tmp_path: Path) -> None:
    with Library(tmp_path / "l") as library:
        known = library.conversations.begin()
        for question in ("Hello", "Thanks"):
            library.conversations.append(known, remark(question))
        with closing(sqlite3.connect(tmp_path / "l" / "catalog.sqlite3")) as connection, connection:
            connection.execute('UPDATE turns SET answer = \'{"question": "Hello"}\' WHERE ordinal = 0')
        first, second = library.conversations.get(known).answers
        assert (first.question, first.note) == (
            "Hello",
            "This answer was kept by another version of Footnote and cannot be read.",
        )
        assert second == remark("Thanks")


def test_a_turn_that_grows_or_is_given_anew_keeps_its_place(kept: Conversations, bridge: Article) -> None:
    known = kept.begin()
    assert kept.append(known, replace(remark("When will it close?"), note="Interrupted.")) == 0
    assert kept.append(known, remark("Thanks"), literal=True) == 1
    kept.replace(known, 0, answered(bridge, "When will the bridge close?"))
    turns = kept.get(known).turns
    assert [(turn.ordinal, turn.answer.question, turn.literal) for turn in turns] == [
        (0, "When will the bridge close?", False),
        (1, "Thanks", True),
    ]
    assert kept.info(known).title == "When will the bridge close?"
    assert [hit.ordinal for hit in kept.search("eleven weeks")] == [0]
    kept.rename(known, "Mine")
    kept.replace(known, 0, answered(bridge, "What was found?", RUST))
    assert kept.info(known).title == "Mine"


def test_of_a_long_conversation_the_last_part_is_read(kept: Conversations) -> None:
    known = kept.begin()
    for number in range(7):
        kept.append(known, remark(f"Question {number}"))
    assert [turn.ordinal for turn in kept.turns(known, limit=3)] == [4, 5, 6]
    assert [turn.ordinal for turn in kept.turns(known, before=4, limit=3)] == [1, 2, 3]
    assert kept.turn(known, 2).answer.question == "Question 2"
    kept.delete(known)
    assert kept.turns(known) == []
    for lost in (lambda: kept.turn(known, 2), lambda: kept.info(known)):
        with pytest.raises(ConversationNotFound):
            lost()


def test_a_conversation_forks_where_an_earlier_question_is_asked_anew(kept: Conversations, bridge: Article) -> None:
    known = kept.begin()
    for question in ("When will it close?", "For how long?", "Why?"):
        kept.append(known, answered(bridge, question))
    forked = kept.fork(known, before=1)
    assert kept.append(forked, answered(bridge, "What was found?", RUST)) == 1
    assert [answer.question for answer in kept.get(forked).answers] == ["When will it close?", "What was found?"]
    assert kept.get(known).info.turns == 3
    assert kept.info(forked).title == "When will it close?"
    assert kept.list(search="rust")[0].id == forked
    with pytest.raises(ConversationNotFound):
        kept.fork("none", before=1)


def test_conversations_that_are_not_kept_do_all_the_same_and_write_nothing(tmp_path: Path) -> None:
    passing = unkept()
    known = passing.begin()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: passing.append(known, remark(f"Question {n}")), range(40)))
    assert passing.get(known).info.turns == 40
    assert len(passing.list(search="question 7")) == 1
    assert unkept().list() == []
    assert list(tmp_path.iterdir()) == []
