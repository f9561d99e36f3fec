"""From weighed sentences to what is said: which come first, which agree, which say otherwise, and what they need.

Every line is a sentence of an article, or a row of a table with its header. Nothing is worded anew but
the row, whose cells are set beside their headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag.answering.evidence import Candidate, Evidence, bare
from rag.answering.question import Question, is_name
from rag.index.terms import content_words, stem, words
from rag.text import one_line
from rag.types import Role

TextOf = Callable[[str], str]
"""From an article's id to its text."""

_POINTS_BACK = re.compile(r"[\"“‘']?(He|She|It|They|This|That|These|Those|His|Her|Its|Their|Him|Them)\b")
_POINTS_BACK_TO_BODY = re.compile(
    r"[\"“‘']?The (company|firm|club|council|trust|team|group|school|union|agency|charity)\b"
)
_NEGATION = re.compile(
    r"\b(?:not(?! (?:only|just|merely)\b)|never|no|none|neither|nor|without|cannot|nobody|nothing)\b|n['’]t\b", re.I
)
_HEDGE = re.compile(
    r"\b(?:(?-i:may)|might|could|would|if|unless|whether|except|without|plans?|planned|hopes?|hoped|wants?|wanted|"
    r"denie[sd]|deny|rumou?rs?|alleged(?:ly)?|reportedly|possibly|perhaps|expected|proposed|nearly|almost|hardly|rarely|"
    r"seldom|barely|used to|formerly|doubt\w*|false|untrue|wrong|myth|refus\w+|fail\w*|stop\w*|ceas\w+|"
    r"ban(?:s|ned|ning)?|forbid\w*|forbade|prohibit\w*)\b",
    re.I,
)
_LATER = re.compile(r"\b(?:will|shall|going to)\b|['’]ll\b", re.I)
_EARLIER = re.compile(r"\b(?:was|were|had|did(?:n['’]t)?|wasn['’]t|weren['’]t)\b", re.I)
_ASKS_OF_NOW = re.compile(r"(?:is|are|do|does|can)\b", re.I)
_CLAUSE_END = re.compile(r"[,;:](?!\d)|[–—]|\bbut\b|\balthough\b|\bwhile\b|\bwhereas\b", re.I)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SPELT = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: ten * 10 for ten, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_SPELT_NUMBER = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<ones>{'|'.join(list(_SPELT)[1:10])}))?"
    rf"|(?P<small>{'|'.join(_SPELT)}))\b",
    re.I,
)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_MONTH = re.compile(r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b")
_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day")

_RIVAL_SHARE = 0.3
"""Chance, as a share of the best sentence's, from which another article can be said to say otherwise."""
_RIVAL_LIKENESS = 0.45
"""Cosine of two sentences from which they can be about the same fact, be it to agree or not."""
_LISTED_SHARE = 0.13
"""Chance, as a share of the best sentence's, from which a sentence joins a list in which the reader sees no answer."""
_OUT_OF_SCOPE = 0.25
"""What is left of the chance of a sentence that tells of another time than the question asks about."""
_SAID_OTHERWISE_AT_MOST = 2
_SUPPORT_AT_MOST = 3
_LONGEST_SHORT = 160


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of an answer: what it quotes, and what supports it."""

    quoted: Candidate
    role: Role = "answer"
    header: tuple[int, int] | None = None
    """Of a row: where the table's header stands in the article."""
    support: tuple[Candidate, ...] = ()
    """Sentences of other articles that say the same."""


@dataclass(frozen=True, slots=True)
class Composed:
    """The lines of an answer, in the order in which they are said."""

    lines: tuple[Line, ...]
    verdict: Literal["", "yes", "no"] = ""


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A candidate with its chance, by its place in the evidence."""

    at: int
    candidate: Candidate
    chance: float
    fits: bool
    """Whether it tells of the time asked about."""


def compose(
    evidence: Evidence,
    chances: NDArray[np.float64],
    text_of: TextOf,
    *,
    max_sentences: int,
    max_listed: int,
    further: float,
) -> Composed:
    """Choose and arrange what answers. `chances` [candidates] that each sentence holds the answer."""
    question = evidence.question
    order = _in_order(evidence, chances)
    if not order:
        return Composed(())
    if question.form == "list":
        # Chances fall with the rank of the passage, as for one answer they should; each of several can stand anywhere.
        fair = _LISTED_SHARE * order[0].chance
        timely = [w for w in order if w.fits == order[0].fits]
        listed = [w for w in timely if w.chance >= fair or w.candidate.score > 0]
        lines = [Line(w.candidate) for w in _distinct(listed)[:max_listed]]
        return Composed(_arranged(lines, text_of, limit=max_listed))
    sides = _sides(order, evidence)
    best, *agreeing = sides[0]
    on_side = {w.at for w in sides[0]}
    opposed = {w.candidate.passage.article_id for side in sides[1:] for w in side}
    names = _names_held(question, best.candidate)
    near = [
        w
        for w in order
        if w.at not in on_side
        and w.candidate.passage.article_id not in opposed
        and w.fits == best.fits
        and w.chance >= further * order[0].chance
        and (not names or names & _names_held(question, w.candidate))
    ]
    chosen = _distinct([best, *near])[:max_sentences]
    # The short answer is the best sentence's, whichever stands first in its article.
    lines = [_supported(w, agreeing) if w is best else Line(replace(w.candidate, short=None)) for w in chosen]
    otherwise = [_supported(side[0], side[1:], "otherwise") for side in sides[1:]][:_SAID_OTHERWISE_AT_MOST]
    said = {verdict for w in chosen if (verdict := _verdict(question, w.candidate))}
    return Composed(
        _arranged(lines, text_of, limit=max_sentences) + tuple(_with_header(line, text_of) for line in otherwise),
        _verdict(question, best.candidate) if len(said) == 1 and not otherwise else "",
    )


def row_text(header: str, row: str) -> str:
    """Return a row of a table with each cell beside its heading: "Ticket: Child; Fee: £3.20"."""
    headings, cells = _cells(header), _cells(row)
    named = [
        f"{heading}: {cell}" if heading else cell
        for heading, cell in zip([*headings, *[""] * len(cells)], cells, strict=False)
        if cell
    ]
    return "; ".join(named) or one_line(row)


# Order


def _in_order(evidence: Evidence, chances: NDArray[np.float64]) -> list[_Weighed]:
    """Put the candidates in order of their chance, those that tell of another time than asked about behind."""
    scope = evidence.question.scope
    weighed = []
    for at, (candidate, chance) in enumerate(zip(evidence.candidates, chances, strict=True)):
        fits = candidate.fits(scope)
        weighed.append(_Weighed(at, candidate, float(chance) * (1.0 if fits else _OUT_OF_SCOPE), fits))
    return sorted(weighed, key=lambda w: -w.chance)


def _distinct(found: Sequence[_Weighed]) -> list[_Weighed]:
    """Leave out what says word for word the same as one before."""
    kept: dict[str, _Weighed] = {}
    for weighed in found:
        kept.setdefault(one_line(weighed.candidate.text).casefold(), weighed)
    return list(kept.values())


# Agreement


def _sides(order: Sequence[_Weighed], evidence: Evidence) -> list[list[_Weighed]]:
    """Return what articles say that answer as the first of them does, or otherwise: a side an answer.

    A side begins with its likeliest sentence and has one of an article. Where all have a day, the side of the newest
    article comes first, but for a question about a stretch of time; the others keep their order.
    """
    question, best = evidence.question, order[0]
    sides = [[best]]
    heard = {best.candidate.passage.article_id}
    for other in order[1:]:
        if other.candidate.passage.article_id in heard or not _on_the_same_fact(best, other, evidence):
            continue
        side = next((side for side in sides if _same(question, side[0].candidate, other.candidate)), None)
        if side is None and _differ(question, best.candidate, other.candidate):
            side = []
            sides.append(side)
        if side is not None:
            side.append(other)
            heard.add(other.candidate.passage.article_id)
    days = [max((day for w in side if (day := w.candidate.passage.published)), default=None) for side in sides]
    known = [day for day in days if day]
    if len(known) == len(days) and question.scope.kind not in ("in", "since"):
        sides.insert(0, sides.pop(days.index(max(known))))
    first = sides[0][0].candidate
    return [sides[0], *(side for side in sides[1:] if _differ(question, first, side[0].candidate))]


def _on_the_same_fact(best: _Weighed, other: _Weighed, evidence: Evidence) -> bool:
    """Say whether a sentence answers the question as likely as another, of the same time and the same things."""
    return (
        other.chance >= _RIVAL_SHARE * best.chance
        and other.candidate.score > 0
        and other.fits == best.fits
        and float(evidence.vectors[best.at] @ evidence.vectors[other.at]) >= _RIVAL_LIKENESS
        and _names_held(evidence.question, best.candidate) == _names_held(evidence.question, other.candidate)
    )


def _supported(weighed: _Weighed, agreeing: Sequence[_Weighed], role: Role = "answer") -> Line:
    return Line(weighed.candidate, role, support=tuple(w.candidate for w in agreeing[:_SUPPORT_AT_MOST]))


def _differ(question: Question, one: Candidate, other: Candidate) -> bool:
    """Say whether two sentences answer the question with a yes and a no, or with things of one kind not the same."""
    verdicts = {_verdict(question, one), _verdict(question, other)}
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
    verdicts = {_verdict(question, one), _verdict(question, other)}
    if verdicts != {""}:
        return len(verdicts) == 1
    said, other_said = set(bare(one.short_text).split()), set(bare(other.short_text).split())
    if not said or not other_said or _numbers(one.short_text) != _numbers(other.short_text):
        return False
    return said <= other_said or other_said <= said


def _names_held(question: Question, candidate: Candidate) -> set[str]:
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
    for match in _SPELT_NUMBER.finditer(text):
        tens, ones, small = (match[name] and match[name].casefold() for name in ("tens", "ones", "small"))
        found.add(str(_SPELT[small] if small else _TENS[tens] + _SPELT.get(ones, 0)))
    return found


def _plain(number: str) -> str:
    number = number.replace(",", "").replace(":", ".")
    return number.rstrip("0").rstrip(".") if number.count(".") == 1 else number


def _names(text: str) -> set[str]:
    return {word for word in words(text) if is_name(word, first=False)}


# What a sentence needs beside it


def _arranged(lines: Sequence[Line], text_of: TextOf, *, limit: int) -> tuple[Line, ...]:
    """Bring what sentences need beside them, as far as `limit` allows, and put all into an order that reads."""
    kept: list[Line] = []
    for line in lines:
        places = {_place(k.quoted): number for number, k in enumerate(kept)}
        if (number := places.get(_place(line.quoted))) is not None:
            if kept[number].role == "context":
                kept[number] = line  # It answers too.
            continue
        if len(kept) >= limit:
            continue
        lead = _antecedent(line.quoted)
        if lead and _place(lead) not in places and len(kept) + 2 <= limit:
            kept.append(Line(lead, "context"))
        kept.append(_with_header(line, text_of))
    articles = list(dict.fromkeys(line.quoted.passage.article_id for line in kept))
    first_rows = {id(k) for k in kept[:1] if k.quoted.is_row}
    # An article's sentences in its own order, but for the likeliest row of a table, which is read by itself; articles
    # in the order of their best sentence.
    return tuple(
        sorted(
            kept, key=lambda k: (articles.index(k.quoted.passage.article_id), id(k) not in first_rows, k.quoted.start)
        )
    )


def _place(candidate: Candidate) -> tuple[str, int]:
    return candidate.passage.article_id, candidate.start


def _antecedent(candidate: Candidate) -> Candidate | None:
    """Return the sentence before one that begins with "He", "It", "The company" or the like."""
    points_back = _POINTS_BACK.match(candidate.text) or _POINTS_BACK_TO_BODY.match(candidate.text)
    if not points_back or not candidate.before or candidate.is_row:
        return None
    start, end = candidate.before
    lead = replace(candidate, start=start, end=end, before=None, short=None)
    return None if lead.is_row else lead


def _with_header(line: Line, text_of: TextOf) -> Line:
    if not line.quoted.is_row:
        return line
    header = table_header(text_of(line.quoted.passage.article_id), line.quoted.start)
    return replace(line, header=header)


def table_header(text: str, row: int) -> tuple[int, int] | None:
    """Return where the header of the table stands whose row begins at `row`; None for the header itself."""
    start = row
    while start > 0 and (before := text.rfind("\n", 0, start - 1) + 1) < start and text[before:start].startswith("|"):
        start = before
    return (start, text.find("\n", start)) if start < row else None


def _cells(row: str) -> list[str]:
    return [one_line(cell) for cell in row.strip().removeprefix("|").removesuffix("|").split("|")]


# Yes and no


def _verdict(question: Question, candidate: Candidate) -> Literal["", "yes", "no"]:
    """Return what a sentence plainly says to a question that asks whether.

    Plainly: all of the question's words stand in one clause of it, in the same order, it does not hedge, it tells
    of the same time, and what negates it stands before the last of those words.
    """
    asked = [stem(word) for word in content_words(question.text)]
    if question.form != "whether" or len(asked) < 2:
        return ""
    for clause in _CLAUSE_END.split(one_line(candidate.text)):
        end = _runs_through(asked, clause)
        hedged = any(stem(match[0]) not in asked for match in _HEDGE.finditer(clause))
        if not end or "?" in clause or hedged or _of_another_time(question.text, clause):
            continue
        negations = [match.start() < end for match in _NEGATION.finditer(clause)]
        if len(negations) > 1 or not all(negations) or _only_meant(question.text, clause[:end], asked):
            continue
        return "no" if bool(negations) != bool(_NEGATION.search(question.text)) else "yes"
    return ""


def _of_another_time(question: str, clause: str) -> bool:
    """Say whether a clause tells of later where the question does not, or of earlier where it asks of now."""
    if _LATER.search(clause):
        return not _LATER.search(question)
    if not _ASKS_OF_NOW.match(question):
        return False
    own = {word.casefold() for word in words(question)}
    past = [word for word in words(clause) if word.endswith("ed") and stem(word) in map(stem, own - {word})]
    return bool(_EARLIER.search(clause) or set(past) - own)


def _only_meant(question: str, clause: str, asked: Sequence[str]) -> bool:
    """Say whether a clause has as an infinitive what the question asks for as a fact: "voted to close"."""
    meant = {stem(match[1]) for match in re.finditer(r"\bto (\w+)", clause)} & set(asked)
    return bool(meant - {stem(match[1]) for match in re.finditer(r"\bto (\w+)", question)})


def _runs_through(wanted: Sequence[str], clause: str) -> int:
    """Return where the last of the `wanted` stems ends, if all stand in `clause` in their order; else 0."""
    at = 0
    for match in re.finditer(r"\w+(?:[.,'’]\w+)*", clause):
        if at < len(wanted) and stem(match[0]) == wanted[at]:
            at += 1
            end = match.end()
    return end if at == len(wanted) else 0


def marked(text: str, candidate: Candidate) -> tuple[int, int] | None:
    """Return where the short answer of `candidate` stands in `text`, what is said of it; None where it does not."""
    short = one_line(candidate.short_text)
    if not short or len(short) > _LONGEST_SHORT or len(short) > 0.9 * len(text):
        return None
    # The same words can stand there more than once: those count that are nearest to where they were seen.
    seen = len(one_line(candidate.text[: candidate.short[0] - candidate.start])) if candidate.short else 0
    whole = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(short)}(?!\w)", text)]
    places = whole or [match.span() for match in re.finditer(re.escape(short), text)]
    return min(places, key=lambda place: abs(place[0] - seen), default=None)
