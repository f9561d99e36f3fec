"""Shingles, signatures, and when two texts are near copies."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.index.likeness import BANDS, SHORTEST, Signature, Wording, near_copies

WORDS = [f"{first}{second}" for first in "ba ke li mo nu pra sto tri".split() for second in "ba ke li mo nu".split()]


def prose(seed: int, count: int = 200) -> str:
    chance = random.Random(seed)
    return " ".join(f"{chance.choice(WORDS)}{chance.randint(0, 99)}" for _ in range(count))


def near(one: str, other: str) -> bool:
    return near_copies(Wording.of(one), Wording.of(other))


def test_likeness_is_the_share_of_runs_of_five_words_that_both_have() -> None:
    one, other = Wording.of(" ".join("abcdefghijklmnopqrstuvwx")), Wording.of(" ".join("abcdefghijklmnopqrstuvwz"))
    assert one.likeness(other) == pytest.approx(19 / 21)
    assert one.likeness(one) == 1


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared_either_way_round(one: str, other: str) -> None:
    first, second = Wording.of(one), Wording.of(other)
    assert first.likeness(second) == second.likeness(first)
    assert first.only_framed_like(second) == second.only_framed_like(first)


def test_case_punctuation_and_line_ends_are_no_difference() -> None:
    text = prose(1)
    assert Wording.of(text).likeness(Wording.of(text.upper().replace(" ", ",\n"))) == 1


def test_a_story_with_a_paragraph_cut_and_a_byline_put_on_is_a_near_copy() -> None:
    text = prose(1)
    cut = text.split()
    assert near(text, " ".join(["By", "Our", "Correspondent", *cut[:80], *cut[130:]]))


def test_half_of_other_words_is_no_near_copy() -> None:
    assert not near(prose(1), prose(2))
    assert not near(f"{prose(1)} {prose(2)}", f"{prose(1)} {prose(3)}")


def test_reports_out_of_one_mould_are_no_near_copies() -> None:
    mould = (
        "{0} beat {1} by {2} goals to nil on Saturday. {3} scored first in minute {4} from a corner. {5} saved a "
        "penalty of {6} first. A crowd of {7} saw it. {0} are now number {8} of the table, before {9} and {1}."
    )
    first, second = (mould.format(*prose(seed, 10).split()) for seed in (1, 2))
    assert Wording.of(first).likeness(Wording.of(first)) == 1
    assert not near(first, second)


def test_two_mails_over_one_long_footer_are_no_near_copies() -> None:
    footer = prose(9, 80)
    first, second = f"Dear Ann, {prose(1, 30)} {footer}", f"Dear Ann, {prose(2, 30)} {footer}"
    assert Wording.of(first).likeness(Wording.of(second)) > 0.5
    assert not near(first, second)
    assert near(first, f"Dear Ann, {' '.join(prose(1, 30).split()[:18])} {prose(3, 12)} {footer}")


def test_a_short_notice_is_no_near_copy_of_another() -> None:
    words = prose(1, SHORTEST - 1)
    assert not near(words, words)
    assert near(prose(1, SHORTEST), prose(1, SHORTEST))


def test_scripts_without_spaces_are_compared_letter_by_letter() -> None:
    text = "昨日の午後、港の近くで新しい橋が開通しました。市長は式典で、この橋が町の暮らしを変えると述べました。"
    assert near(text, text.replace("午後", "午前"))
    assert not near(
        text, "明日の朝、駅の前で古い市場が閉まります。店主たちは長い間の客に感謝の言葉を伝えると話していました。"
    )


def test_signatures_tell_about_how_like_two_texts_are() -> None:
    words = prose(1, 400).split()
    other = " ".join(words[:300] + prose(2, 100).split())
    one, two = Wording.of(" ".join(words)), Wording.of(other)
    guessed = Signature.of(one.shingles).likeness(Signature.of(two.shingles))
    assert guessed == pytest.approx(one.likeness(two), abs=0.15)


def test_like_texts_share_a_band_and_others_do_not() -> None:
    text = prose(1)
    bands = set(Signature.of(Wording.of(text).shingles).bands())
    assert len(bands) == BANDS
    assert bands & set(Signature.of(Wording.of(f"{text} {prose(2, 40)}").shingles).bands())
    assert not bands & set(Signature.of(Wording.of(prose(3)).shingles).bands())


def test_a_signature_is_what_it_was_in_the_process_that_stored_it() -> None:
    """What was stored years ago is compared with what is made today."""
    stored = Signature.of(Wording.of(prose(1)).shingles).to_bytes()
    assert np.array_equal(Signature.restored(stored).values, np.frombuffer(stored, dtype="<u4"))
    assert stored[:16].hex() == "bdd97201d8dc0d0065390e0226193300"
