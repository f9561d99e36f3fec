"""Sentences: whole ones, all of them, each exactly where it stands."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest import sentence_spans

ABBREVIATED = st.sampled_from(["Mr. Lee", "U.S.", "15.5%", "7.30 a.m.", "No. 4", "He left.", "文。", "ß."])
MARKS = st.sampled_from(["“Go. Now.”", '"', "- ", "1. ", "| a | b |", "# H", "…", "?!", "(", ")", "č", "😀", "e\u0301"])
SPACES = st.sampled_from([" ", "\n", "\n\n", "\t", "\u2028"])
PIECES = ABBREVIATED | MARKS | SPACES
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))


def sentences(text: str, language: str | None = None) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language)]


@given(TEXTS, st.sampled_from([None, "en", "de", "ja", "xx", "en-GB"]))
def test_sentences_are_in_order_apart_and_hold_every_character(text: str, language: str | None) -> None:
    spans = sentence_spans(text, language)
    at = 0
    for start, end in spans:
        assert not text[at:start].strip()
        assert at <= start < end
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@pytest.mark.parametrize(
    "sentence",
    [
        "Mr. Lee met Dr. Osei and Mrs. Hythe at St. Brannoc's.",
        "Ms. Lee and Cllr. Margaret Oake spoke.",
        "The Rev. Ann J. Mott thanked Sgt. Poe and Messrs. Go and Hu.",
        "The U.S. Army came, e.g. in May, i.e. late.",
        "The U.S. Government said so.",
        "He rose at 7.30 a.m. on Monday.",
        "It starts at 5 p.m. Monday in the hall.",
        "It fell by 15.5% to 3.5 million.",
        "No. 4 is shut, see p. 4 and pp. 5-6 of vol. 3.",
        "It weighs approx. 5 tonnes.",
        "Wait... what is that?",
        '"I am here. You are not," she said.',
        "“I am here. You are not,” she said.",
        "‘I am here. You are not,’ she said.",
        "„Ich bin da. Du nicht“, sagte sie.",
        "«Я тут. Ты там», — сказал он.",
        '"Really?" asked Mary.',
        "Open Mon. and Tue. from nine.",
        "1. Wash the cockles.",
        "Visit www.example.com or write to a.b@example.org today.",
        "A run without any full stop " + "and more " * 2000,
    ],
)
def test_a_sentence_stays_whole(sentence: str) -> None:
    """C38: titles, initials, abbreviations, numbers, times and quotations end nothing."""
    sentence = sentence.strip()
    assert sentences(f"It began. {sentence}")[1:] == [sentence]


@pytest.mark.parametrize("language", [None, "de"])
def test_a_german_date_stays_whole(language: str | None) -> None:
    """C38: "29. Juli"."""
    text = "Am 29. Juli kam er an. Dr. Müller war schon da."
    assert sentences(text, language) == ["Am 29. Juli kam er an.", "Dr. Müller war schon da."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He left. She stayed! Why? Nobody knows.", ["He left.", "She stayed!", "Why?", "Nobody knows."]),
        ("He lives in the U.S. He left in May.", ["He lives in the U.S.", "He left in May."]),
        ("They met at 7 p.m. She was late.", ["They met at 7 p.m.", "She was late."]),
        ("The answer is no. She left.", ["The answer is no.", "She left."]),
        ('He said: "Stop. Go." Then he left.', ['He said: "Stop. Go."', "Then he left."]),
        ("1. Wash them. 2. Boil them.", ["1. Wash them.", "2. Boil them."]),
        ("これは文です。次の文です。", ["これは文です。", "次の文です。"]),
        (
            "He rang Mr. Lee about it. It's the dogs' bowl.",
            ["He rang Mr. Lee about it.", "It's the dogs' bowl."],
        ),
    ],
)
def test_different_sentences_are_told_apart(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize("width", [30, 40, 60, 72, 80])
def test_wrapped_lines_are_no_sentence_ends(width: int) -> None:
    text = (
        "The ferry to Skail, which is seldom late, left at nine in the morning with Mr. Lee and the Rev. Ann "
        "Mott on board. It came back at 7 p.m. on Monday. Nobody, said the Ferries, had asked for money."
    )
    wrapped = textwrap.fill(text, width)
    assert [" ".join(sentence.split()) for sentence in sentences(wrapped)] == sentences(text)
    assert len(sentences(text)) == 3


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("A heading\n\nA paragraph without an end\n\nAnother", 3),
        ("- one\n- two\n- three", 3),
        ("You need:\n- a bucket\n- a rake that is long enough to reach\n  the bottom\n- time", 4),
        ("1. one\n2. two", 2),
        ("| Route | Adult |\n| A. to B. | £3 |\nAfter the table.", 3),
        ("From Skail:  6.55 a.m.   9.20 a.m.\nBack:        8.05 a.m.   10.30 a.m.", 2),
        ("He left.  She stayed.  They went.", 3),
        ("Fares\nThe fare to Skail is £6.40 for adults and half of that for children.", 2),
        ("Flour 200 g\nSugar 100 g\nButter, a good deal of it, and cold", 3),
    ],
)
def test_headings_items_and_rows_are_sentences_of_their_own(text: str, count: int) -> None:
    assert len(sentences(text)) == count
