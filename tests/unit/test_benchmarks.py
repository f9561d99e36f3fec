"""What the benchmarks compute: shares at a threshold, standard errors, which paragraphs count as wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.data import QA
from benchmarks.odd_files.__main__ import judged, write
from benchmarks.odd_files.case import PASSED_OVER, Case, Outcome, Right, added, either, reported, wrong
from benchmarks.reader import Paragraphs, abstained, answered, told_apart
from benchmarks.results import kept_folder, measured, standard_error
from benchmarks.torture.__main__ import Ledger
from benchmarks.torture.library import GONE, story, version_of
from rag.types import Article

PAIRS = [(9.0, 1.0), (7.0, 8.0), (5.0, 2.0), (3.0, 6.0)]
"""Scores of a right passage and of a wrong one."""

BRIDGES = Article(
    title="Bridges",
    text="The old bridge opened in 1904.\n\nThe new bridge opened in 1994.\n\nBoth bridges opened before 1995.",
    source="bridges",
)


def _asked(answer: str, paragraph: tuple[int, int]) -> QA:
    start = BRIDGES.text.index(answer)
    return QA("When was the bridge opened?", (answer,), "bridges", ((start, start + len(answer)),), paragraph)


OLD, NEW, BOTH = _asked("1904", (0, 30)), _asked("1994", (32, 62)), _asked("1995", (64, 97))


def test_the_wrong_are_refused_under_the_score_that_enough_right_ones_reach() -> None:
    assert abstained(PAIRS, answered=0.5) == 0.75
    assert abstained(PAIRS, answered=1.0) == 0.5


def test_the_right_are_answered_above_the_score_that_keeps_enough_wrong_ones_out() -> None:
    assert answered(PAIRS, abstained=0.75) == 0.5
    assert answered(PAIRS, abstained=1.0) == 0.25


def test_an_equal_score_is_answered_on_both_sides() -> None:
    assert abstained([(1.0, 1.0)], answered=1.0) == 0.0
    assert answered([(1.0, 1.0)], abstained=1.0) == 0.0


def test_every_right_passage_is_compared_with_every_wrong_one() -> None:
    assert told_apart(PAIRS) == 11 / 16


def test_the_standard_error_of_a_share_is_the_one_of_the_textbook() -> None:
    flags = [True] * 80 + [False] * 20
    assert standard_error(flags, lambda some: sum(some) / len(some)) == pytest.approx(0.04, rel=0.1)


def test_a_bar_is_reached_from_below_or_stayed_under() -> None:
    values = [0.5, 0.5]
    assert measured("", values, max, least=0.5)[2:] == ("≥ 0.5", "kept")
    assert measured("", values, max, least=0.6)[2:] == ("≥ 0.6", "**missed**")
    assert measured("", values, max, most=0.4)[2:] == ("≤ 0.4", "**missed**")


def test_a_wrong_paragraph_is_not_the_own_one_and_holds_no_accepted_answer() -> None:
    paragraphs = Paragraphs([BRIDGES], [OLD, NEW, BOTH])
    assert paragraphs.texts[paragraphs.own(NEW)] == "The new bridge opened in 1994."
    wrong = {paragraphs.texts[number] for number in paragraphs.wrong(NEW, 9)}
    assert wrong == {"The old bridge opened in 1904.", "Both bridges opened before 1995."}
    assert len(paragraphs.wrong(NEW, 1)) == 1


def test_an_answer_counts_only_where_the_question_has_it() -> None:
    assert NEW.is_answered_by("bridges", 32, 62)
    assert not NEW.is_answered_by("bridges", 32, 60)
    assert not NEW.is_answered_by("other", 32, 62)


def test_what_was_made_is_kept_until_the_code_that_made_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "WORK", tmp_path / "work")
    maker = tmp_path / "maker.py"
    maker.write_text("one")
    made = kept_folder("index", [maker], fresh=False) / "made.txt"
    made.touch()
    kept_folder("index", [maker], fresh=False)
    assert made.exists()
    maker.write_text("two")
    kept_folder("index", [maker], fresh=False)
    assert not made.exists()


def test_every_question_of_rgb_was_judged_once() -> None:
    judged = json.loads((Path(results.__file__).parent / "rgb_judged.json").read_text("utf-8"))
    numbers = [number for kind in ("answers", "rival", "none") for number in judged[kind]]
    assert sorted(numbers) == list(range(100))


FACT, OTHER = "The pier burned down in 1888.", "The ferry leaves at nine."


@pytest.mark.parametrize(
    ("right", "texts", "reports", "said"),
    [
        (added(FACT), [FACT], [], ""),
        (added(FACT, OTHER), [OTHER, f"More. {FACT}"], [], ""),
        (added(FACT), [OTHER], [], "is missing"),
        (added(FACT), [], [("", "It is damaged.")], "was not added"),
        (added(FACT), [FACT], [("row 3", "It is damaged.")], "unexpected report"),
        (added(FACT, parts=(("row 3", "damaged"),)), [FACT], [("row 3", "It is damaged.")], ""),
        (added(FACT, parts=(("row 3", "damaged"),)), [FACT], [], "no report"),
        (added(FACT, only=True), [f"{FACT}\nCookies?"], [], "more in it"),
        (added(FACT, lacks=("root:",)), [f"{FACT} root:x:0"], [], "is in it"),
        (reported("password"), [], [("", "It needs a password.")], ""),
        (reported("password"), [], [("", "It is damaged.")], "another reason"),
        (reported("password"), [FACT], [("", "It needs a password.")], "was added"),
        (reported("password"), [], [], "nothing is said"),
        (either(FACT), [FACT[:9]], [], ""),
        (either(FACT), [FACT.replace("pier", "piet")], [], ""),
        (either(FACT), ["FACT \x00\x01"], [], "other words"),
        (either(FACT), [], [("", "It is damaged.")], ""),
        (either(FACT), [], [], "nothing is said"),
        (PASSED_OVER, [], [], ""),
        (PASSED_OVER, [FACT], [], "not passed over"),
    ],
)
def test_an_odd_file_is_judged_by_what_is_right(
    right: Right, texts: list[str], reports: list[tuple[str, str]], said: str
) -> None:
    found = wrong(right, Outcome(texts, reports))
    assert said in found
    assert bool(said) == bool(found)


def test_what_was_done_with_an_odd_file_is_known_by_its_name(tmp_path: Path) -> None:
    """A name may hold the sign of parts, and bytes that are no characters."""
    cases = [Case("names", name, FACT.encode(), added(FACT)) for name in ("a#b.txt", "a", "caf\udce9.txt")]
    assert write(cases, tmp_path / "files") == {}
    names = [f"{tmp_path}/files/{name}" for name in ("a#b.txt", "a#part", "caf\\xe9.txt")]
    found = {"added": [[name, FACT] for name in names], "again": [], "reported": []}
    assert judged(cases, tmp_path / "files", found) == []
    found = {"added": [[names[0], FACT], [f"{tmp_path}/b", FACT]], "again": [names[0]], "reported": []}
    assert [said for _, said in judged(cases, tmp_path / "files", found)] == [
        "it was added twice",
        "there is no such file",
        "nothing is said of it",
        "nothing is said of it",
    ]


def test_a_story_may_be_the_last_reported_version_or_one_that_was_being_written() -> None:
    ledger = Ledger({1: {0}, 2: {0}, 3: {0}})
    ledger.begin({1: 5, 2: GONE})
    ledger.done()
    ledger.begin({2: 7, 4: 7})
    assert ledger.settle({1: 5, 2: 7, 3: 0}) == []
    ledger.begin({1: 9})
    wrong = ledger.settle({1: 0, 3: 0})
    assert wrong == ["story 1 is version 0, and should be [5, 9]", "story 2 is version -1, and should be [7]"]


def test_a_story_that_is_not_word_for_word_what_was_written_is_none() -> None:
    told = story(3, 8)
    assert version_of(told) == 8
    assert (
        version_of(Article(title=told.title, text=told.text.replace("at sea", "on land", 1), source=told.source))
        is None
    )
