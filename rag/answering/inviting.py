"""Questions that a sentence of an article answers, worded as a person would ask: few patterns, and strict ones.

Rougher ones, of which there are many more, are in `rag.evaluate.patterns`: they measure, these invite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.ingest.dates import MONTH_NAMES, WEEKDAY_NAMES
from rag.retrieve.phrases import reads_as_person

_DAY_NAMES = "|".join((*MONTH_NAMES, *WEEKDAY_NAMES))
_NAME = r"[A-Z][\w’'-]+(?: (?:of |de |van |von )?[A-Z][\w’'-]+){1,2}"
_NO_WORD = (
    r"(?!(?:and|or|but|it|that|this|which|who|he|she|they|we|i|will|would|could|has|had|have|was|were|is|are|other|"
    r"same|latter|former|first|second|last|next|most|entire|did|does|do|said|says|cost|costs|took|takes)\b)"
)
_WORD = rf"{_NO_WORD}[\w’'-]+"
_THING = rf"(?P<thing>[Tt]he {_WORD}(?: {_WORD}){{0,3}}?|{_NAME})"
_BEGINS = rf"^(?:(?:On|In|At|By|After) [^,]{{3,40}}, )?{_THING}(?:, [^,]{{3,120}},)?"
_DAY = rf"(?:\d{{1,2}} )?(?:{'|'.join(MONTH_NAMES)})(?: \d{{1,2}},?)?(?: \d{{4}})?|[12]\d{{3}}"
_WHEN = rf"(?:on|in) (?:(?:{'|'.join(WEEKDAY_NAMES)}),? )?(?P<answer>{_DAY})(?![\w%]|[.,]\d)"
_CLOCK = r"\d{1,2}(?:[.:]\d\d)?(?: ?[ap]\.?m\b\.?)?|noon|midnight"
_SUM = (
    r"(?:about |some |nearly |almost |over |more than )?"
    r"(?P<answer>[£$€]\d[\d,.]*(?<![.,])(?: ?(?:million|billion|m|bn)\b)?)"
)
_NUMBER = r"(?:about |some |only |nearly |almost |over |more than )?(?P<answer>\d[\d,]*)"
_ROLE = (
    r"(?:chief executive|chair|chairman|chairwoman|head|leader|director|manager|owner|captain|secretary|president|"
    r"prime minister|minister|mayor|editor|founder|professor|coach|author|keeper|headteacher|coxswain|spokesman|"
    r"spokeswoman|curator|harbour master|analyst|actor|actress|singer|scientist|engineer|teacher|doctor|writer)"
)
_END = r"(?=[,.;]| (?:and|in|on|at|with|by|for|after|from|to)\b|$)"
_PAST = dict(
    pair.split(":")
    for pair in (
        "opened:open reopened:reopen closed:close began:begin started:start ended:end died:die retired:retire "
        "resigned:resign sank:sink collapsed:collapse launched:launch"
    ).split()
)
_DAILY = dict(
    pair.split(":") for pair in "leaves:leave opens:open closes:close starts:start begins:begin ends:end".split()
)
_DONE = (
    "opened|reopened|launched|founded|built|published|closed|shut|released|discovered|invented|elected|born|sold|"
    "designed"
)
_MADE = "won|founded|wrote|designed|built|directed|bought|invented|discovered|composed|painted"

_PATTERNS = tuple(
    (question, re.compile(pattern))
    for question, pattern in (
        (
            "Who is {role}?",
            rf"(?:^|[“”\".,;] |\b(?:said|says|by|to|and) )(?P<answer>{_NAME}), "
            rf"(?P<role>the {_ROLE} (?:of|at) (?:the )?[A-Z][^,.;:“”\"]{{2,40}})[,.]",
        ),
        ("How much did {thing} cost?", rf"{_BEGINS} cost (?:\w+ ){{0,2}}?{_SUM}"),
        ("How much will {thing} cost?", rf"{_BEGINS} will cost (?:\w+ ){{0,2}}?{_SUM}"),
        ("How much does {thing} cost?", rf"{_BEGINS} costs (?:\w+ ){{0,2}}?{_SUM}"),
        ("When did {thing} {base}?", rf"{_BEGINS} (?P<verb>{'|'.join(_PAST)}) {_WHEN}"),
        ("When was {thing} {done}?", rf"{_BEGINS} was (?P<done>{_DONE}) {_WHEN}"),
        ("When will {thing} {verb}?", rf"{_BEGINS} will (?P<verb>open|reopen|close|begin|start|end) {_WHEN}"),
        (
            "When does {thing} {base}?",
            rf"{_BEGINS} (?P<verb>{'|'.join(_DAILY)}) (?:\w+ ){{0,2}}?at (?P<answer>{_CLOCK})",
        ),
        (
            "How long did {thing} take?",
            rf"{_BEGINS} took (?:\w+ )?(?P<answer>[\w-]+ (?:hours|days|weeks|months|years)){_END}",
        ),
        (
            "How many people {verb} {thing}?",
            rf"{_BEGINS} was (?P<verb>watched|attended|visited|signed) by {_NUMBER} people",
        ),
        (
            "How many people {verb} {what}?",
            rf"\b{_NUMBER} people (?P<verb>attended|visited|watched|signed|joined) "
            rf"(?P<what>the (?:[\w’'-]+ ?){{1,4}}?){_END}",
        ),
        (
            "Who {verb} {what}?",
            rf"^(?P<answer>{_NAME})(?:, [^,]{{3,60}},)? (?P<verb>{_MADE}) "
            rf"(?P<what>the (?:[A-Z][\w’'-]+ ?){{1,5}}?){_END}",
        ),
        ("How many {counted} does {thing} have?", rf"{_BEGINS} has {_NUMBER} (?P<counted>[a-z]{{3,}}s){_END}"),
        ("What is {thing}?", rf"^(?P<thing>{_NAME}) is (?P<answer>(?:a|an) [a-z][^.;]{{20,}})"),
        (
            "Who is {name}?",
            rf"(?P<name>{_NAME})(?P<answer>), (?:\d\d, )?"
            rf"(?:(?:the|an?) (?:[a-z-]+ ){{0,3}}{_ROLE}\b|{_ROLE} of\b|\d\d, an? )",
        ),
    )
)
_LONGEST = 90
_VAGUE = re.compile(
    r"^(?:the )?(?:company|firm|group|club|team|man|woman|government|report|plan|move|deal|game|match|film|event)$",
    re.I,
)
_NO_NAME = re.compile(
    rf"^(?:Mr|Mrs|Ms|Dr|Sir|Lord|Lady|Rabbi|The|But|And|If|When|On|In|At|For|Other|Both|All|State|Secretary|{_DAY_NAMES})\b"
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A question, and what tells whether an answer to it is the one that was meant."""

    question: str
    answer: str
    """Words that have to stand in what is quoted; of a person, the name."""
    start: int
    end: int
    """Where in the article the sentence stands that answers."""


def invitations(sentence: str, start: int, end: int) -> Iterator[Invitation]:
    """Yield the questions that `sentence`, on one line, answers; it stands at ``start:end`` of its article."""
    if re.search(r"[|*_#\[\]<>]|https?:|\?", sentence):
        return
    for wording, pattern in _PATTERNS:
        for match in pattern.finditer(sentence):
            parts = {name: value or "" for name, value in match.groupdict().items()}
            if question := _worded(wording, parts):
                yield Invitation(question, parts["answer"] or parts["name"], start, end)


def _worded(wording: str, parts: dict[str, str]) -> str:
    """Return the question; "" where what it asks about stands for nothing by itself."""
    thing, name = parts.get("thing", ""), parts.get("name", "")
    if thing and (_VAGUE.match(thing) or (not thing.lower().startswith("the ") and _NO_NAME.match(thing))):
        return ""
    if wording.startswith("What is") and reads_as_person(thing) and thing.count(" ") == 1:
        return ""
    who = name or (parts["answer"] if wording.startswith("Who") else "")
    if who and (_NO_NAME.match(who) or not reads_as_person(who)):
        return ""
    if thing.startswith("The "):
        parts = {**parts, "thing": f"the {thing[4:]}"}
    question = wording.format(**{**parts, "base": {**_PAST, **_DAILY}.get(parts.get("verb", ""), "")}).replace(
        " ?", "?"
    )
    return question if len(question) <= _LONGEST else ""
