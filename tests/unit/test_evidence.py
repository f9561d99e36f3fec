"""How sentences are described before they are weighed, without a model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from rag import Article, Chunk, Passage
from rag.answering.evidence import (
    FEATURES,
    PASSAGE_FEATURES,
    Lacks,
    ReadPassage,
    candidates,
    describe,
    describe_passages,
    likeliest,
    read_text,
)
from rag.answering.question import Question
from rag.answering.reader import Reading
from rag.retrieve.scope import TimeScope

TEXT = (
    "A life at sea\n\nHester Quill joined the lifeboat in 1987. She saved 41 people in all. The boat was sold.\n\n"
    "| Year | Launches |\n| 1987 | 12 |"
)


def passage(text: str = TEXT, source: str = "quill") -> Passage:
    article = Article(title="Hester Quill", text=text, source=source)
    return Passage(Chunk(article, start=0, end=len(article.text)), article.title, source, scores={"dense": 0.5})


def seeing(answer: str, found: Passage | None = None) -> ReadPassage:
    """A passage with a reading that sees `answer` in it: a token a letter."""
    found = found or passage()
    text = read_text(found)
    place = text.index(answer)
    start = np.full(len(text), -5.0, dtype=np.float32)
    end = start.copy()
    start[place] = end[place + len(answer) - 1] = 4.0
    return ReadPassage(found, Reading(start, end, np.array([(n, n + 1) for n in range(len(text))])))


def test_headings_are_no_answers_and_rows_of_a_table_but_its_header_are() -> None:
    texts = [c.text for c in candidates([passage()])]
    assert texts == [
        "Hester Quill joined the lifeboat in 1987.",
        "She saved 41 people in all.",
        "The boat was sold.",
        "| 1987 | 12 |",
    ]


@pytest.mark.parametrize(
    ("first", "kept"), [("| 1986 | 9 |", ["| 1986 | 9 |", "| 1987 | 12 |"]), ("| Year | Launches |", ["| 1987 | 12 |"])]
)
def test_a_chunk_that_begins_with_a_row_begins_inside_a_table_or_with_its_header(first: str, kept: list[str]) -> None:
    article = Article(title="Launches", text=f"Of old.\n\n{first}\n| 1987 | 12 |", source="launches")
    chunk = Chunk(article, start=9, end=len(article.text))
    assert [c.text for c in candidates([Passage(chunk, article.title, article.source, scores={})])] == kept


def test_a_line_that_says_something_needs_no_full_stop() -> None:
    line = "Hartlow Town 2, Wrenmouth Rovers 2 (Rovers won 5-4 on penalties)"
    assert [c.text for c in candidates([passage(f"The final\n\n{line}\n\nExtra time")])] == [line]


def test_a_candidate_is_cut_out_of_its_article_and_knows_what_stands_before() -> None:
    found = {c.text: c for c in candidates([passage()])}
    assert found["She saved 41 people in all."].text_before == "Hester Quill joined the lifeboat in 1987."
    for text, candidate in found.items():
        assert TEXT[candidate.start : candidate.end] == text


def test_the_likeliest_sentence_is_the_one_in_which_the_reader_sees_the_answer() -> None:
    first, second = likeliest([seeing("41 people")], TimeScope(), limit=2)
    assert (first.text, first.short_text, first.score) == ("She saved 41 people in all.", "41 people", 8.0)
    assert second.score < 0


def test_a_sentence_that_tells_of_the_time_asked_about_comes_before_a_likelier_one() -> None:
    (first,) = likeliest([seeing("sold")], TimeScope.of("What happened to the boat in 1987?"), limit=1)
    assert first.text == "Hester Quill joined the lifeboat in 1987."


def test_a_sentence_in_the_middle_of_an_article_is_pointed_at_by_its_place_in_the_article() -> None:
    article = Article(title="Hester Quill", text=TEXT, source="quill")
    start = TEXT.index("She saved")
    part = Passage(Chunk(article, start=start, end=len(TEXT)), article.title, "quill")
    (first, *_) = likeliest([seeing("41 people", part)], TimeScope(), limit=1)
    assert first.short is not None
    assert TEXT[slice(*first.short)] == "41 people"
    assert seeing("41 people", part).sentence() == (start, start + len("She saved 41 people in all."))


def test_what_the_reader_sees_and_the_kind_of_thing_asked_for_are_put_to_numbers() -> None:
    asked = Question.of("How many people saved?", {"many": 1, "people": 3, "saved": 3}, chunks=100)
    found = likeliest([seeing("41 people")], TimeScope(), limit=3)
    evidence = describe(asked, found, np.eye(3, dtype=np.float32), np.array([0.5, 0.2, 0.1], dtype=np.float32))
    rows = [dict(zip(FEATURES, row, strict=True)) for row in evidence.features]
    assert rows[0]["reader"] == 8.0
    assert rows[0]["kind_present"] == 1.0
    assert rows[0]["words_in_sentence"] == 1.0
    assert rows[1]["reader"] < 0
    assert rows[1]["likeness_above_all"] == pytest.approx(-0.3)


def test_a_sentence_of_another_passage_that_points_at_the_same_words_agrees() -> None:
    asked = Question.of("How many people saved?", {"many": 1, "people": 3, "saved": 3}, chunks=100)
    twice = [seeing("41 people", passage(source=name)) for name in ("one", "other")]
    found = likeliest(twice, TimeScope(), limit=2)
    evidence = describe(asked, found, np.eye(2, dtype=np.float32), np.zeros(2, dtype=np.float32))
    assert list(evidence.features[:, FEATURES.index("agreeing")]) == [1.0, 1.0]


@pytest.mark.parametrize(("published", "missed"), [(date(2024, 6, 1), 0.0), (date(2019, 6, 1), 1.0)])
def test_where_the_day_of_an_article_settles_the_time_its_words_are_not_missed(published: date, missed: float) -> None:
    asked = Question.of("How many people saved in 2024?", {"many": 1, "people": 3, "saved": 3, "2024": 0}, chunks=100)
    article = Article(title="Hester Quill", text=TEXT, source="quill", published=published)
    of_that_day = Passage(Chunk(article, start=0, end=len(TEXT)), article.title, "quill", published)
    found = likeliest([seeing("41 people", of_that_day)], TimeScope(), limit=1)
    evidence = describe(asked, found, np.eye(1, dtype=np.float32), np.zeros(1, dtype=np.float32))
    row = dict(zip(FEATURES, evidence.features[0], strict=True))
    assert (row["numbers_missing"], row["words_in_sentence"] == 1.0) == (missed, not missed)


def test_what_an_article_lacks_of_a_question_is_told_by_all_of_it() -> None:
    asked = Question.of("Who ran Skail Library in 2024?", {"ran": 9, "skail": 2, "library": 5, "2024": 1}, chunks=100)
    there = passage(source="there")
    here, elsewhere = {there.article_id}, {"another"}
    holding = {"ran": here, "skail": elsewhere, "librari": here, "2024": elsewhere}
    lacks = Lacks.of(asked, there, holding)
    assert lacks.names == pytest.approx(2 / 3)  # Skail and 2024, of three
    assert lacks.rarest == asked.weights["2024"]
    dated = replace(there, published=date(2024, 5, 1))
    assert Lacks.of(asked, dated, holding) == Lacks(
        names=1 / 2, rarest=asked.weights["skail"]
    )  # its day tells the year


def test_what_is_too_common_to_be_looked_up_is_taken_to_be_there() -> None:
    asked = Question.of("Who ran Skail Library?", {"ran": 9, "skail": 2, "library": 5}, chunks=100)
    assert Lacks.of(asked, passage(source="there"), {}) == Lacks()


def test_passages_are_described_in_the_order_of_the_search() -> None:
    rows = describe_passages([seeing("sold"), seeing("41 people")])
    assert rows.shape == (2, len(PASSAGE_FEATURES))
    assert list(rows[:, PASSAGE_FEATURES.index("first_rank")]) == [1.0, 0.5]


def test_no_passages_give_no_rows() -> None:
    asked = Question.of("Anything here?", {"anything": 1}, chunks=1)
    evidence = describe(asked, [], np.zeros((0, 384), dtype=np.float32), np.zeros(0, dtype=np.float32))
    assert evidence.features.shape == (0, len(FEATURES))
    assert describe_passages([]).shape == (0, len(PASSAGE_FEATURES))
