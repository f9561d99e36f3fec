"""Fusion of rankings, the words of a question, and questions as full text queries."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.index.search import full_text_query, quoted, reciprocal_rank_fusion
from rag.index.terms import content_words, stem


def test_a_chunk_that_both_rankings_have_comes_first() -> None:
    fused = reciprocal_rank_fusion([["a", "b"], ["c", "b"]])
    assert [chunk_id for chunk_id, _ in fused] == ["b", "a", "c"]


def test_a_score_is_the_sum_of_reciprocal_ranks() -> None:
    assert dict(reciprocal_rank_fusion([["a"], ["b", "a"]], k=60))["a"] == pytest.approx(1 / 61 + 1 / 62)


def test_weights_decide_between_rankings_that_disagree() -> None:
    assert reciprocal_rank_fusion([["a"], ["b"]], weights=[1.0, 2.0])[0][0] == "b"


@given(st.lists(st.lists(st.text(min_size=1), unique=True), max_size=4))
def test_every_chunk_comes_up_once(rankings: list[list[str]]) -> None:
    fused = [chunk_id for chunk_id, _ in reciprocal_rank_fusion(rankings)]
    assert len(fused) == len(set(fused))
    assert set(fused) == {chunk_id for ranking in rankings for chunk_id in ranking}


def test_words_that_name_nothing_are_not_searched_for() -> None:
    assert content_words("When did the harbour bridge reopen?") == ["harbour", "bridge", "reopen"]


def test_a_question_of_stop_words_alone_still_looks() -> None:
    assert content_words("Who is who?") == ["who", "is"]


def test_forms_of_a_word_share_a_stem() -> None:
    assert stem("repairs") == stem("repaired") == stem("repair")
    assert stem("Quill’s") == stem("quill")


def test_operators_in_a_question_are_words() -> None:
    assert full_text_query('NEAR("x" OR y) -z*') == '"near" OR "x" OR "y" OR "z"'
    assert quoted('a"b') == '"a""b"'
    assert full_text_query("???") == ""


def test_threads_do_not_cut_one_anothers_words() -> None:
    asked = [f"{letter * length}nesses" for length in range(1, 150) for letter in "bcdfghklmnprst"]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            stems = list(threads.map(stem, asked))
    finally:
        sys.setswitchinterval(before)
    assert stems == [word.removesuffix("es") for word in asked]
