"""Which sentences of other articles say the same as the best one, and which say otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.evidence import Candidate, Evidence, bare
from rag.answering.numbers import UNDER_HUNDRED, value_of
from rag.answering.question import Question, is_name
from rag.answering.verdict import verdict
from rag.index.terms import stem, words
from rag.ingest.dates import MONTH_NAMES, WEEKDAY_NAMES

_RIVAL_SHARE = 0.3
"""Chance, as a share of the best sentence's, from which another article can be said to say otherwise."""
_RIVAL_SHARE_OF_LATEST = 0.08
"""The same where the latest is asked for: what is no longer so is then the likelier reading, and not an answer."""
_RIVAL_LIKENESS = 0.2
"""Cosine of two sentences from which they can be about the same fact, be it to agree or not.

Chosen, as the score below, by `python -m training.evaluate_dated`.
"""
_RIVAL_SCORE = -2.0
"""The reader's, from which a sentence can be said to answer at all."""

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SPELT_NUMBER = re.compile(rf"\b{UNDER_HUNDRED}\b", re.I)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_MONTH = re.compile(rf"\b(?:{'|'.join(MONTH_NAMES)})\b")
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(WEEKDAY_NAMES)})")


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate with its chance, by its place in the evidence."""

    at: int
    candidate: Candidate
    chance: float
    fits: bool
    """Whether it tells of the time asked about."""


def sides(order: Sequence[Weighed], evidence: Evidence) -> list[list[Weighed]]:
    """Return what articles say that answer as the first of them does, or otherwise: a side an answer.

    A side begins with its likeliest sentence and has one of an article; near copies are one account. Where all have a
    day, the side of the newest article comes first, but for a question about a stretch of time; the others keep their
    order.
    """
    question, best = evidence.question, order[0]
    found = [[best]]
    heard = {best.candidate.passage.account}
    for other in order[1:]:
        if other.candidate.passage.account in heard or not _on_the_same_fact(best, other, evidence):
            continue
        side = next((side for side in found if _same(question, side[0].candidate, other.candidate)), None)
        if side is None and _differ(question, best.candidate, other.candidate):
            side = []
            found.append(side)
        if side is not None:
            side.append(other)
            heard.add(other.candidate.passage.account)
    days = [max((day for w in side if (day := w.candidate.passage.published)), default=None) for side in found]
    known = [day for day in days if day]
    if len(known) == len(days) and question.scope.kind not in ("in", "since"):
        found.insert(0, found.pop(days.index(max(known))))
    first = found[0][0].candidate
    return [found[0], *(side for side in found[1:] if _differ(question, first, side[0].candidate))]


def _on_the_same_fact(best: Weighed, other: Weighed, evidence: Evidence) -> bool:
    """Say whether a sentence answers the question as likely as another, of the same time and the same things."""
    question = evidence.question
    share = _RIVAL_SHARE_OF_LATEST if question.scope.kind == "latest" else _RIVAL_SHARE
    return (
        other.chance >= share * best.chance
        and other.candidate.score > _RIVAL_SCORE
        and other.fits == best.fits
        and float(evidence.vectors[best.at] @ evidence.vectors[other.at]) >= _RIVAL_LIKENESS
        and _on_the_same_names(question.undated(), best.candidate, other.candidate)
    )


def _on_the_same_names(question: Question, one: Candidate, other: Candidate) -> bool:
    """Say whether two passages hold the same names of the question, be it elsewhere in their articles.

    Single letters are told apart near the sentence only, see `names_held`.
    """
    told = {name for name in question.names if len(name) > 1}
    held, other_held = (names_held(question, c) | (set() if c.lacks.names else told) for c in (one, other))
    return held == other_held


def _differ(question: Question, one: Candidate, other: Candidate) -> bool:
    """Say whether two sentences answer the question with a yes and a no, or with things of one kind not the same."""
    verdicts = {verdict(question, one), verdict(question, other)}
    if "" not in verdicts:
        return len(verdicts) == 2
    figures, others = _figures(one.short_text), _figures(other.short_text)
    if any(figures) and any(others):
        return any(a and b and not (a <= b or b <= a) for a, b in zip(figures, others, strict=True))
    if question.kind != "name" or any(figures) or any(others):
        return False
    names, other_names = _names(one.short_text), _names(other.short_text)
    return bool(names) and bool(other_names) and not names & other_names


def _same(question: Question, one: Candidate, other: Candidate) -> bool:
    """Say whether two sentences say the same: one verdict, or short answers one of which is within the other."""
    verdicts = {verdict(question, one), verdict(question, other)}
    if verdicts != {""}:
        return len(verdicts) == 1
    said, other_said = set(bare(one.short_text).split()), set(bare(other.short_text).split())
    if not said or not other_said or _numbers(one.short_text) != _numbers(other.short_text):
        return False
    return said <= other_said or other_said <= said


def names_held(question: Question, candidate: Candidate) -> set[str]:
    """Return which names and numbers of the question stand in the passage of a sentence or its title.

    One of a single letter or digit, as in "plan A", has to stand near the sentence: elsewhere it stands by chance.
    """
    title = candidate.passage.title
    around = {stem(word) for word in words(f"{title} {candidate.passage.text}")}
    beside = {word for text in (candidate.text, candidate.text_before) for word in words(text)[1:]} | set(words(title))
    return {name for name in question.names if (name.upper() in beside if len(name) == 1 else name in around)}


def _figures(text: str) -> tuple[set[str], ...]:
    """Return the years, the other numbers, the months and the weekdays of a text."""
    numbers = _numbers(text)
    years = {number for number in numbers if _YEAR.fullmatch(number)}
    return years, numbers - years, set(_MONTH.findall(text)), set(_WEEKDAY.findall(text))


def _numbers(text: str) -> set[str]:
    """Return the numbers of a text as they can be compared: "7:30" is "7.3", "twenty-one" is "21"."""
    found = {_plain(number) for number in _NUMBER.findall(text)}
    return found | {f"{value_of(words):.0f}" for words in _SPELT_NUMBER.findall(text)}


def _plain(number: str) -> str:
    number = number.replace(",", "").replace(":", ".")
    return number.rstrip("0").rstrip(".") if number.count(".") == 1 else number


def _names(text: str) -> set[str]:
    return {word for word in words(text) if is_name(word, first=False)}
