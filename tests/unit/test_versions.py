"""Which sentences of one version of a text another has too, has corrected, or has not."""

from __future__ import annotations

import pytest

from rag import Article
from rag.index.versions import Versions

OLD = (
    "The Ropewalk Bridge reopened on Monday after a year of repairs. The repairs cost £412,000, the council said. "
    "Two people were hurt when a crane fell in March. The architect Ivo Lindqvist chose larch for the railings. "
    "Buses will cross it again from Thursday. The mayor cut a red ribbon."
)


def own_words(old: str, new: str) -> list[str]:
    """Return the sentences of `old` that `new` has not, be it in other words."""
    one, other = (Article(title="T", text=text, source=source) for text, source in ((old, "old"), (new, "new")))
    restated = Versions().restated(one, other, (0, len(one.text)))
    assert all(other.text[each.at - 1 : each.at].strip() == "" for each in restated)
    left = one.text
    for each in reversed(restated):
        left = left[: each.start] + left[each.end :]
    return [sentence.strip() for sentence in left.replace(". ", ".\n").split("\n") if sentence.strip()]


def test_of_the_same_text_nothing_is_its_own() -> None:
    assert own_words(OLD, OLD) == []
    assert own_words(OLD, f"By Ann Sedge\n\n{OLD}\n\nThe bridge is lit at night.") == []


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("The repairs cost £412,000, the council said.", "The repairs cost £530,000, the council said."),
        ("Two people were hurt when a crane fell in March.", "Nobody was hurt, it turned out, when the crane fell."),
        ("Two people were hurt when a crane fell in March.", "Three men were hurt by a crane."),
        ("Buses will cross it again from Thursday.", "Buses cross it again. The first did so on Friday."),
    ],
)
def test_a_corrected_sentence_is_not_the_old_versions_own(was: str, now: str) -> None:
    assert own_words(OLD, OLD.replace(was, now)) == []


@pytest.mark.parametrize(
    "instead",
    [
        "",
        "The bridge was also painted green.",
        "The Ropewalk Bridge has two lanes now, the council said.",
    ],
)
def test_a_sentence_that_was_cut_is_its_own_whatever_stands_in_its_place(instead: str) -> None:
    cut = "The architect Ivo Lindqvist chose larch for the railings."
    assert own_words(OLD, OLD.replace(cut, instead)) == [cut]


def test_a_paragraph_that_was_moved_is_not_its_own() -> None:
    first, *rest = OLD.split(". ")
    assert own_words(OLD, ". ".join(rest) + f" {first}.") == []


def test_a_row_of_a_table_with_another_price_is_not_its_own() -> None:
    table = "| Ticket | Fee |\n| Child | £{} |\n| Adult | £9 |\n| Dog | £1 |"
    assert own_words(table.format(3), table.format(4)) == []


def test_of_long_texts_only_the_same_words_are_found() -> None:
    """Books are not compared sentence by sentence, so that nobody waits."""
    long = " ".join(f"Sentence {n} is on matter {n * 7}." for n in range(3000))
    one, other = (
        Article(title="T", text=f"{OLD} {long}", source="a"),
        Article(title="T", text=f"{long} {OLD}", source="b"),
    )
    assert len(Versions().restated(one, other, (0, len(OLD)))) == 6
    changed = Article(title="T", text=f"{OLD.replace('412', '530')} {long}", source="c")
    assert len(Versions().restated(one, changed, (0, len(OLD)))) == 5


def test_a_changed_article_is_compared_anew() -> None:
    versions, old = Versions(), Article(title="T", text=OLD, source="old")
    for text, count in ((OLD, 6), ("Nothing of it stands here.", 0), (OLD, 6)):
        assert len(versions.restated(old, Article(title="T", text=text, source="new"), (0, len(OLD)))) == count
