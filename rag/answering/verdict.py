"""Yes and no: what a sentence plainly says to a question that asks whether."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.answering.evidence import Candidate
from rag.answering.question import Question
from rag.index.terms import content_words, stem, words
from rag.text import one_line

Verdict = Literal["", "yes", "no"]

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


def verdict(question: Question, candidate: Candidate) -> Verdict:
    """Return "yes", "no", or "" where a sentence does not say plainly.

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
