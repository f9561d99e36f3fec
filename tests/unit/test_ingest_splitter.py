"""Chunks: whole sentences, in order, of a readable size, exactly where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document

from rag.ingest import SentenceSplitter, sentence_spans
from rag.text import clean_text

SENTENCES = st.lists(
    st.tuples(
        st.sampled_from(["He left.", "Mr. Lee paid 15.5% of it to the U.S. office.", "Fares", "- one", "| a | b |"])
        | st.text(st.sampled_from("ab č文."), max_size=150),
        st.sampled_from([" ", "\n", "\n\n"]),
    ),
    max_size=40,
)
TEXTS = st.one_of(st.text(), SENTENCES.map(lambda parts: "".join(a + b for a, b in parts))).map(clean_text)


@given(TEXTS, st.integers(1, 120), st.integers(0, 200))
def test_chunks_are_in_order_apart_and_hold_every_character(text: str, least: int, more: int) -> None:
    spans = SentenceSplitter(min_length=least, max_length=least + more).spans(text)
    at = 0
    for start, end in spans:
        assert not text[at:start].strip()
        assert at <= start < end <= start + least + more
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@given(TEXTS, st.integers(20, 120))
def test_a_chunk_ends_where_a_sentence_ends_unless_that_is_too_long(text: str, least: int) -> None:
    longest = 2 * least
    sentences = sentence_spans(text)
    ends = {end for _, end in sentences}
    for _, chunk_end in SentenceSplitter(min_length=least, max_length=longest).spans(text):
        cut = next(((s, e) for s, e in sentences if s < chunk_end < e), None)
        assert chunk_end in ends or (cut and cut[1] - cut[0] > longest)


@given(TEXTS, st.integers(3, 60))
def test_no_chunk_exceeds_what_the_model_reads(text: str, limit: int) -> None:
    """C50: a bound of another kind than characters holds as well."""
    splitter = SentenceSplitter(min_length=60, max_length=200, fits=lambda chunk: len(chunk.encode()) <= 4 * limit)
    chunks = splitter.split_text(text)
    assert all(len(chunk.encode()) <= 4 * limit for chunk in chunks)
    assert "".join("".join(chunks).split()) == "".join(text.split())


def test_the_same_sentence_twice_keeps_its_own_place() -> None:
    """C40: the offset is that of this copy, not of the first one."""
    text = "\n\n".join(
        [
            "The bridge cost £1.86 million, it is said.",
            "Filler. " * 20,
            "The bridge cost £1.86 million, it is said.",
        ]
    )
    splitter = SentenceSplitter(min_length=40, max_length=80)
    documents = splitter.split_documents([Document(text, metadata={"id": 1}), Document(text, metadata={"id": 2})])
    for document in documents:
        start = document.metadata["start_index"]
        assert text[start : start + len(document.page_content)] == document.page_content
    starts = [d.metadata["start_index"] for d in documents if d.metadata["id"] == 1]
    assert starts == sorted(set(starts))
    assert starts[-1] == text.rindex("The bridge")
    assert [d.metadata["start_index"] for d in documents if d.metadata["id"] == 2] == starts


def test_metadata_are_not_shared_between_chunks() -> None:
    given_metadata = {"title": "A"}
    first, *_ = SentenceSplitter().create_documents(["One. Two."], [given_metadata])
    assert first.metadata == {"title": "A", "start_index": 0}
    assert given_metadata == {"title": "A"}


def test_a_heading_stays_with_what_follows() -> None:
    body = "The fare is six pounds and forty pence for everyone. " * 6
    text = f"{body.strip()}\n\nWhat it costs\n\n{body.strip()}"
    chunks = SentenceSplitter(min_length=280, max_length=360).split_text(text)
    assert any(chunk.startswith("What it costs\n\nThe fare") for chunk in chunks)


def test_a_chunk_ends_with_its_paragraph_once_it_is_long_enough() -> None:
    paragraph = "The ferry leaves at nine in the morning from the quay. " * 12
    text = f"{paragraph.strip()}\n\n{paragraph.strip()}"
    assert SentenceSplitter().split_text(text) == [paragraph.strip()] * 2


def test_a_short_end_joins_what_stands_before() -> None:
    paragraph = ("The ferry leaves at nine in the morning from the quay. " * 12).strip()
    assert SentenceSplitter().split_text(f"{paragraph}\n\nIt came back.") == [f"{paragraph}\n\nIt came back."]


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("first clause of this, " * 30, ","),
        ("word " * 200, "d"),
        ("x" * 500, "x"),
        ("line of code\n  and more\n" * 30, "e"),
    ],
)
def test_an_endless_sentence_is_cut_at_its_joints(text: str, marks: str) -> None:
    chunks = SentenceSplitter(min_length=60, max_length=100).split_text(text.strip())
    assert all(len(chunk) <= 100 and chunk[-1] in marks for chunk in chunks[:-1])
    assert "".join("".join(chunks).split()) == "".join(text.split())


def test_a_letter_is_not_parted_from_its_accent() -> None:
    text = "e\u0323" * 300
    chunks = SentenceSplitter(min_length=50, max_length=101).split_text(text)
    assert all(chunk[0] == "e" for chunk in chunks)


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_no_text_gives_no_chunks(text: str) -> None:
    """C08."""
    assert SentenceSplitter().split_text(text) == []


def test_bounds_that_cannot_be_met_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot have"):
        SentenceSplitter(min_length=200, max_length=100)
