"""The made sentences that the checker is fitted and measured by: changed ones differ, true ones say the same."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.changing import CHANGES, Near
from benchmarks.data import QA
from benchmarks.declaring import Declaring
from benchmarks.pairs import made, passages_of
from benchmarks.rewording import reworded
from rag.answering.checking.figures import agreement, figures
from rag.types import Article

TEXT = (
    "The Tarn Bridge reopened on 12 March 2024 after 17 months. Oda Brandt designed it in 1911 for Lord Finch.\n\n"
    "The mill at Halm was not rebuilt. It employed 1,200 people in 1950, and 340 people worked there in 1983."
)
ARTICLE = Article(title="Tarn", text=TEXT, source="tarn.txt")


@pytest.mark.parametrize(
    ("question", "answer", "statement"),
    [
        ("When did the Tarn Bridge reopen?", "12 March 2024", "The Tarn Bridge reopened on 12 March 2024."),
        ("Which engineer designed the bridge?", "Oda Brandt", "Oda Brandt designed the bridge."),
        ("Who designed the bridge?", "Oda Brandt", "Oda Brandt designed the bridge."),
        ("Who won the prize in 1911?", "Oda Brandt", "Oda Brandt won the prize in 1911."),
        ("What caused the fire?", "lightning", "Lightning caused the fire."),
        ("What young engineer designed the bridge?", "Oda Brandt", "Oda Brandt designed the bridge."),
        ("Which bridge was built in 1911?", "Tarn Bridge", "Tarn Bridge was built in 1911."),
        ("What was the name of the mill?", "Halm", "The name of the mill was Halm."),
        ("How many people worked at the mill?", "340", "340 people worked at the mill."),
    ],
)
def test_a_question_and_its_answer_become_a_statement(question: str, answer: str, statement: str) -> None:
    assert Declaring([TEXT + " It reopened, and a fire caused damage."]).statement(question, answer, TEXT) == statement


@pytest.mark.parametrize(
    "question",
    ["What has the council found?", "What would the council use?", "What speed is the lift capable of?"],
)
def test_what_is_asked_of_an_object_gives_no_statement_of_a_subject(question: str) -> None:
    assert Declaring([TEXT + " It had speed."]).statement(question, "steel", TEXT) is None


def test_a_figure_written_otherwise_stays_the_same() -> None:
    text = "The mill employed 1,200 people on 12 March 2024 and paid $3 million."
    for seed in range(20):
        changed, _ = reworded(text, Random(seed))
        pairs = zip(figures(changed), figures(text), strict=True)
        assert all(agreement(one, other) == 1 for one, other in pairs)


@pytest.mark.parametrize("kind", list(CHANGES))
def test_a_changed_sentence_differs(kind: str) -> None:
    text = "The mill was not rebuilt by Oda Brandt after 12 March 2024 for 1,200 people."
    for seed in range(10):
        change = CHANGES[kind](text, Near(TEXT, TEXT, Random(seed)))
        assert change is not None
        assert change.text != text


def test_pairs_come_of_every_kind_and_are_looked_up_in_their_own_paragraph() -> None:
    end = TEXT.index("\n\n")
    questions = [QA("Who designed the bridge?", ("Oda Brandt",), "tarn.txt", ((0, 1),), (0, end))]
    items = made([ARTICLE], questions, kinds=list(CHANGES), each=4)
    assert {item.true for item in items} == {True, False}
    assert all(one.text != other.text for one, other in zip(items[::2], items[1::2], strict=True))
    passages = passages_of(ARTICLE, (0, end), Random(0))
    assert any(passage.text == TEXT[:end] for passage in passages)
