"""How sentences are described and chosen, without a model."""

from __future__ import annotations

import numpy as np
import pytest

from rag import Article, Chunk, Passage
from rag.answering.evidence import FEATURES, Question, candidates, describe, likeliest, read_text
from rag.answering.extract import _choose, _in_reading_order, _with_antecedents
from rag.answering.reader import Reading

TEXT = (
    "A life at sea\n\nHester Quill joined the lifeboat in 1987. She saved 41 people in all. The boat was sold.\n\n"
    "| Year | Launches |\n| 1987 | 12 |"
)


def passage(text: str = TEXT, source: str = "quill") -> Passage:
    article = Article(title="Hester Quill", text=text, source=source)
    return Passage(Chunk(article, start=0, end=len(article.text)), article.title, source, scores={"dense": 0.5})


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("When did she join?", "time"),
        ("In what year did she join?", "time"),
        ("How much did the boat cost?", "money"),
        ("What was the ticket price?", "money"),
        ("How many people did she save?", "number"),
        ("Who joined the lifeboat?", "name"),
        ("Which town is it in?", "name"),
        ("Why did she stop?", ""),
    ],
)
def test_a_question_says_what_kind_of_thing_it_asks_for(asked: str, kind: str) -> None:
    words = {w.strip("?").casefold(): 1 for w in asked.split()}
    assert Question.of(asked, words, chunks=10).kind == kind


def test_rare_words_weigh_more_than_common_ones() -> None:
    asked = Question.of("harbour turbine", {"harbour": 90, "turbine": 1}, chunks=100)
    assert asked.weights["turbin"] == 1.0
    assert asked.weights["harbour"] < 0.5


def test_headings_are_no_answers_and_table_rows_are() -> None:
    texts = [c.text for c in candidates([passage()])]
    assert "A life at sea" not in texts
    assert "| 1987 | 12 |" in texts
    assert "| Year | Launches |" not in texts
    assert "She saved 41 people in all." in texts


def test_a_candidate_is_cut_out_of_its_article_and_knows_what_stands_before() -> None:
    found = {c.text: c for c in candidates([passage()])}
    assert found["She saved 41 people in all."].text_before == "Hester Quill joined the lifeboat in 1987."
    for text, candidate in found.items():
        assert TEXT[candidate.start : candidate.end] == text


def reading_of(text: str, *, answer: str) -> Reading:
    """A reading that sees `answer` in `text`: a token a letter."""
    place = text.index(answer)
    start = np.full(len(text), -5.0, dtype=np.float32)
    end = start.copy()
    start[place] = end[place + len(answer) - 1] = 4.0
    offsets = np.array([(n, n + 1) for n in range(len(text))])
    return Reading(start, end, offsets)


def test_the_reader_points_at_the_likeliest_answer_within_a_sentence() -> None:
    reading = reading_of(TEXT, answer="41 people")
    assert reading.best(0, len(TEXT)) == (8.0, TEXT.index("41"), TEXT.index("41") + len("41 people"))
    assert reading.best(0, TEXT.index("She"))[0] < 0
    assert reading.best(3, 3)[0] == -np.inf


def test_what_the_reader_sees_and_the_kind_of_thing_asked_for_are_put_to_numbers() -> None:
    asked = Question.of("How many people saved?", {"many": 1, "people": 3, "saved": 3}, chunks=100)
    read = read_text(passage())
    scored = likeliest(candidates([passage()]), [reading_of(read, answer="41 people")], limit=3)
    assert scored[0][0].text == "She saved 41 people in all."
    evidence = describe(asked, scored, np.array([0.5, 0.2, 0.1], dtype=np.float32))
    rows = [dict(zip(FEATURES, row, strict=True)) for row in evidence.features]
    assert rows[0]["reader"] == 8.0
    assert rows[0]["kind_present"] == 1.0
    assert rows[0]["words_in_sentence"] == 1.0
    assert rows[1]["reader"] < 0
    assert rows[1]["likeness_above_all"] == pytest.approx(-0.3)


def test_no_passages_give_no_rows() -> None:
    evidence = describe(Question.of("Anything here?", {"anything": 1}, chunks=1), [], np.zeros(0, dtype=np.float32))
    assert evidence.features.shape == (0, len(FEATURES))


def test_further_sentences_join_only_when_they_come_near_the_best() -> None:
    found = candidates([passage()])[:3]
    chances = np.array([0.2, 0.9, 0.6])
    chosen = _choose(found, chances, np.argsort(-chances), limit=3, further=0.5)
    assert [c.text for c in chosen] == ["She saved 41 people in all.", "The boat was sold."]


def test_the_same_words_are_said_once() -> None:
    """C22: a copy of an article does not repeat its sentence."""
    found = [candidates([passage(source=name)])[0] for name in ("a", "b")]
    assert len(_choose(found, np.array([0.9, 0.9]), np.array([0, 1]), limit=3, further=0.5)) == 1


def test_a_sentence_with_a_pronoun_brings_the_one_that_names_it() -> None:
    she = next(c for c in candidates([passage()]) if c.text.startswith("She"))
    both = _with_antecedents([she], limit=3)
    assert [c.text for c in both] == ["Hester Quill joined the lifeboat in 1987.", "She saved 41 people in all."]
    assert [c.text for c in _with_antecedents([she], limit=1)] == ["She saved 41 people in all."]
    assert len(_with_antecedents(list(reversed(both)), limit=3)) == 2


def test_sentences_of_one_article_stand_in_its_own_order() -> None:
    first, second, *_ = candidates([passage()])
    (other, *_) = candidates([passage(source="other")])
    chosen = _in_reading_order([second, other, first])
    assert [c.passage.source for c in chosen] == ["quill", "quill", "other"]
    assert chosen[0].start < chosen[1].start
