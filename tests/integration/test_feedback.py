"""What people thought of answers is kept, and evaluated by asking again."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Answer, AnswerChain, Article, Library
from rag.cli import main
from rag.errors import UnusableQuestions
from rag.evaluate.feedback import evaluate_feedback

WHEN = "When does the ferry leave the harbour?"
WHO = "Who is the captain of the ferry?"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    opened = Library(tmp_path / "library")
    opened.add_articles(
        [
            Article("Ferry", "The ferry leaves the harbour at nine every morning. It has a bar.", "ferry.md"),
            Article("Crew", "The captain of the ferry is Bridie Caul. She likes tea.", "crew.md"),
        ]
    )
    return opened


def asked(library: Library, question: str) -> Answer:
    return AnswerChain(library).invoke(question)


def test_a_thumb_is_kept_changed_and_taken_back(library: Library) -> None:
    answer = asked(library, WHEN)
    assert (library.feedback.of(answer).verdict, library.feedback.all()) == (0, [])
    library.feedback.rate(answer, 1)
    again = asked(library, WHEN)  # takes other milliseconds, and is the same
    assert library.feedback.of(again).verdict == 1
    library.feedback.rate(again, -1)
    (kept,) = library.feedback.all()
    assert (kept.verdict, kept.answer.question, kept.answer.citations) == (-1, WHEN, answer.citations)
    library.feedback.rate(answer, 0)
    assert library.feedback.all() == []


def test_a_quote_is_objected_to_beside_a_thumb(library: Library) -> None:
    answer = asked(library, WHEN)
    library.feedback.object_to(answer, 1)
    library.feedback.rate(answer, 1)
    assert (library.feedback.of(answer).objections, library.feedback.of(answer).verdict) == ((1,), 1)
    library.feedback.object_to(answer, 1, objects=False)
    assert library.feedback.of(answer).objections == ()
    with pytest.raises(ValueError, match="no citation 9"):
        library.feedback.object_to(answer, 9)


def test_feedback_outlives_the_article_that_was_quoted(library: Library) -> None:
    answer = asked(library, WHEN)
    library.feedback.rate(answer, 1)
    library.remove(answer.citations[0].article_id)
    (kept,) = library.feedback.all()
    assert kept.answer.citations[0].quote == answer.citations[0].quote


def test_what_was_liked_is_asked_again(library: Library) -> None:
    library.feedback.rate(asked(library, WHEN), 1)
    library.feedback.rate(asked(library, "What is the price of gold?"), 1)
    found = evaluate_feedback(library)
    assert found.liked
    assert (found.liked.metrics.answerable, found.liked.metrics.unanswerable, found.liked.metrics.right) == (1, 1, 1.0)
    assert found.rejected == ()
    library.add_articles([Article("Ferry", "The ferry does not sail any more. It has a bar.", "ferry.md")])
    again = evaluate_feedback(library).liked
    assert again
    assert again.metrics.answer_found == 0.0


def test_what_was_rejected_counts_while_it_is_said(
    library: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library.feedback.rate(asked(library, WHO), -1)
    library.feedback.object_to(asked(library, WHEN), 1)
    assert evaluate_feedback(library).repeated == 2
    monkeypatch.setenv("FOOTNOTE_LIBRARY", str(library.folder))
    assert main(["evaluate", "--from-feedback"]) == 1
    assert "Rejected: 2, of which 2 are said again." in capsys.readouterr().out
    for info in library.articles():
        library.remove(info.id)
    library.add_articles([Article("Other", "Nothing of this is about boats at all.", "other.md")])
    assert evaluate_feedback(library).repeated == 0


def test_without_feedback_it_says_how_to_give_some(library: Library) -> None:
    with pytest.raises(UnusableQuestions, match="No answer was judged yet"):
        evaluate_feedback(library)
