"""A conversation as the window shows it, and a question that is being answered."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from rag import Answer, Article, Citation, Library, Sentence, Settings
from rag.errors import LibraryBusy
from rag.index.conversations import Conversations
from rag.index.unkept import unkept
from ui.conversation import (
    HISTORY,
    INTERRUPTED,
    STOPPED,
    Shown,
    ahead,
    history,
    put_down,
    store_of,
    unanswered,
)


def _answer(question: str, text: str = "It is high at noon.") -> Answer:
    article = Article(title="Tides", text=text, source="tides.txt")
    citation = Citation(article, number=1, start=0, end=len(article.text), sentence=text)
    return Answer(question, True, 0.9, sentences=(Sentence(text, (1,)),), citations=(citation,))


def _notes(store: Conversations) -> list[str]:
    return [answer.note for answer in store.get(store.list()[0].id).answers]


def test_what_was_said_is_kept_at_each_step_and_says_that_it_is_not_all() -> None:
    store = unkept()
    under_way = put_down(store, "", "When?", None, literal=False)
    assert _notes(store) == [INTERRUPTED]
    assert under_way.grow(_answer("When?"))
    kept = store.get(store.list()[0].id).answers[0]
    assert (kept.text, kept.note) == ("It is high at noon. [1]", INTERRUPTED)
    assert under_way.end().answer == _answer("When?")
    assert _notes(store) == [""]


def test_an_answer_ends_once() -> None:
    store = unkept()
    under_way = put_down(store, "", "When?", None, literal=False)
    under_way.grow(_answer("When?"))
    stopped = under_way.end(STOPPED)
    assert stopped.answer is not None
    assert stopped.answer.note == STOPPED
    assert under_way.cancelled.is_set()
    assert not under_way.grow(_answer("When?", "It is high at noon. It is low at six."))
    assert under_way.end() == stopped
    assert _notes(store) == [STOPPED]


def test_an_answer_stays_until_another_takes_its_place() -> None:
    """To ask again and to stop, or to fail, loses nothing."""
    store = unkept()
    first = put_down(store, "", "When?", None, literal=False)
    first.grow(_answer("When?"))
    before = first.end()
    again = put_down(store, before.conversation, "And when?", before.ordinal, literal=False)
    assert again.end("The model is not there.") == before
    assert again.reverted
    assert _notes(store) == [""]


def test_an_answer_whose_conversation_is_deleted_meanwhile_is_given_all_the_same() -> None:
    store = unkept()
    under_way = put_down(store, "", "When?", None, literal=False)
    store.delete(under_way.turn.conversation)
    assert under_way.grow(_answer("When?"))
    assert under_way.end().answer == _answer("When?")


def test_a_question_leans_on_the_last_answers_and_on_no_courtesy() -> None:
    store = unkept()
    known = store.begin()
    for number in range(HISTORY + 2):
        store.append(known, _answer(f"Question {number}?"))
    store.append(known, unanswered("Why?", "The library is busy."))
    store.append(known, unanswered("Thanks", "You are welcome."))
    asked = [answer.question for answer in history(store, known, HISTORY + 4)]
    assert asked == [f"Question {number}?" for number in range(2, HISTORY + 2)]
    assert history(store, known, 0) == []
    assert history(store, "", 0) == []


def test_without_keeping_nothing_is_written(library: Library) -> None:
    assert store_of(library, Settings()) is library.conversations
    store = store_of(library, Settings(keep_conversations=False))
    store.append(store.begin(), _answer("When?"))
    assert library.conversations.list() == []


@pytest.mark.parametrize("sent", [None, "x", [], {"first": "1"}, {"id": None, "first": None}])
def test_what_a_page_sends_is_read_whatever_it_is(sent: object) -> None:
    assert Shown.of(sent) == Shown()
    shown = Shown("ab", "Ferry", 3)
    assert Shown.of(shown.to_dict()) == shown


def test_an_answer_is_worked_out_before_it_is_asked_for_and_what_fails_is_raised_where_it_is() -> None:
    begun, given = Event(), _answer("When is the tide high?")

    def made() -> Iterator[Answer]:
        begun.set()
        yield given
        raise LibraryBusy("Somebody else changes it.")

    with ThreadPoolExecutor(1) as working:
        answers = ahead(working, made)
        assert begun.wait(10)
        assert next(answers) is given
        with pytest.raises(LibraryBusy):
            next(answers)
