"""Patterns that turn an English sentence with a date, number, sum, name or place into a question for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.evaluate.accepted import holds
from rag.index.terms import STOP_WORDS, content_words
from rag.ingest.dates import MONTH_NAMES, WEEKDAY_NAMES

_PAST = dict(
    pair.split(":")
    for pair in (
        "announced:announce approved:approve arrived:arrive became:become began:begin bought:buy carried:carry "
        "closed:close came:come cost:cost died:die drew:draw earned:earn ended:end fell:fall found:find "
        "finished:finish gave:give went:go joined:join launched:launch left:leave lost:lose made:make met:meet "
        "moved:move needed:need opened:open paid:pay played:play published:publish raised:raise reached:reach "
        "received:receive released:release reopened:reopen replaced:replace resigned:resign retired:retire "
        "returned:return rose:rise saved:save scored:score sold:sell signed:sign spent:spend started:start took:take "
        "visited:visit won:win"
    ).split()
)
"""Verbs by their past: what "did" is asked with."""

MONTHS = "|".join(MONTH_NAMES)
DAYS = "|".join(WEEKDAY_NAMES)
TITLES = "Mr|Mrs|Ms|Dr|Prof|Professor|Sir|Dame|Lord|Lady|Cllr|Councillor|President|Captain|Capt|Judge|Rev"

_AUXILIARIES = "is|are|was|were|will|would|can|could|must|should"
_AUXILIARY = rf"(?P<auxiliary>{_AUXILIARIES})"
_ANY_AUXILIARY = rf"(?P<auxiliary>{_AUXILIARIES}|has|have|had)"
_VERBS = "|".join(_PAST)
_VERB = rf"(?P<verb>{_VERBS})"

# No word of a subject is a verb, so that what comes after it is the verb of the sentence.
_NOT_A_VERB = (
    rf"(?!(?:{_AUXILIARIES}|{_VERBS}|has|have|had|may|might|do|does|did|say|says|said|and|or|but|not|if|to|as|than|then|"
    r"that|which|who|when|there|it|he|she|they|we|you|i)\b|[a-z]{3,}ed\b)"
)
_ASIDE = r"(?:, [^,]{3,80},)?"
_SUBJECT = rf"^(?P<subject>[A-Z][\w’'&-]*(?: {_NOT_A_VERB}[\w’'&-]+){{0,7}}?){_ASIDE}"
_WITHIN = r"[^,;:()]"
_END = r"(?=[,.;](?:\s|$))"
_FURTHER = rf"(?P<rest>(?: (?:for|to|on|from|in|at|of|with) [^,.;:()]{{3,50}}{_END})?)"

_NAME = rf"(?:(?:{TITLES})\.? )?(?P<answer>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){{1,2}})(?! [A-Z])"
_PLACE = r"(?:in|at) (?P<answer>(?:the )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){0,2})"
_PLACED = r"(?P<rest>(?:[a-z]+ ){0,3}?(?:[a-z]{3,}ed|held|built|born|found|made|shown|sold|kept))"
_ROLE = (
    r"(?:the )?(?P<rest>(?:[a-z-]+ )?(?:chief executive|chair|chairman|chairwoman|head|leader|director|manager|owner|"
    r"captain|master|secretary|president|minister|mayor|editor|founder|professor|spokesman|spokeswoman|spokesperson|"
    r"coach|analyst|author|keeper) (?:of|at|for) [^,.;:]{3,50})[,.]"
)
_DAY = rf"\d{{1,2}} (?:{MONTHS})(?:,? \d{{4}})?|(?:{MONTHS}) \d{{1,2}}(?:,? \d{{4}})?|(?:{MONTHS}) \d{{4}}|[12]\d{{3}}"
_CLOCK = r"\d{1,2}(?:[.:]\d\d(?: ?[ap]\.m\.| ?[ap]m\b)?| ?[ap]\.m\.| ?[ap]m\b)"
_WHEN = rf"(?:on|in|at) (?:(?:{DAYS}),? )?(?P<answer>{_DAY}|{_CLOCK})(?![\w%]|[.,]\d)"

_ROUGHLY = r"(?:about |around |some |nearly |almost |over |up to |more than |less than |at least |only )?"
_NUMBER = r"(?P<answer>\d+(?:,\d{3})*(?:\.\d+)?)"
_COUNTED = (
    r"(?P<counted>(?:(?!(?:after|before|in|on|at|of|to|for|and|or|by|from|million|billion)\b)[a-z-]+ )??"
    r"(?:people|children|(?!(?:was|is|has|as|its|this)\b)[a-z]{2,}s))\b"
)
_COUNT = rf"{_ROUGHLY}{_NUMBER} {_COUNTED}"
_SUM = rf"{_ROUGHLY}(?P<answer>[£$€]\d+(?:,\d{{3}})*(?:\.\d+)?(?: ?(?:million|billion|trillion|m|bn)\b)?)"

_PATTERNS = tuple(
    (question, re.compile(pattern))
    for question, pattern in (
        ("When {auxiliary} {subject} {rest}?", rf"{_SUBJECT} {_AUXILIARY} (?P<rest>{_WITHIN}{{3,60}}?) {_WHEN}"),
        ("When did {subject} {base}{rest}?", rf"{_SUBJECT} {_VERB}(?P<rest>(?: {_WITHIN}{{3,60}}?)?) {_WHEN}"),
        ("How much {auxiliary} {subject} cost?", rf"{_SUBJECT} {_ANY_AUXILIARY} cost {_SUM}"),
        ("How much did {subject} {base}{rest}?", rf"{_SUBJECT} {_VERB} {_SUM}{_FURTHER}"),
        ("How many {counted} does {subject} have{rest}?", rf"{_SUBJECT} has {_COUNT}{_FURTHER}"),
        ("How many {counted} do {subject} have{rest}?", rf"{_SUBJECT} have {_COUNT}{_FURTHER}"),
        ("How many {counted} did {subject} have{rest}?", rf"{_SUBJECT} had {_COUNT}{_FURTHER}"),
        ("How many {counted} did {subject} {base}{rest}?", rf"{_SUBJECT} {_VERB} {_COUNT}{_FURTHER}"),
        (
            "How many {counted} {auxiliary} {subject} {rest}?",
            rf"{_SUBJECT} {_ANY_AUXILIARY} (?P<rest>[a-z](?:(?!\d){_WITHIN}){{2,40}}?) {_COUNT}",
        ),
        (
            "Who {verb} {rest}?",
            rf"^{_NAME}{_ASIDE} (?P<verb>said|{_VERBS}|[a-z]{{3,}}ed) (?P<rest>[^;:()]{{12,90}}?){_END}",
        ),
        ("Who {auxiliary} {subject} {rest} by?", rf"{_SUBJECT} {_AUXILIARY} (?P<rest>[a-z]+(?:ed|en|t|d)) by {_NAME}"),
        ("Who is the {rest}?", rf"\b{_NAME}, {_ROLE}"),
        ("Where {auxiliary} {subject} {rest}?", rf"{_SUBJECT} {_AUXILIARY} {_PLACED} {_PLACE}"),
    )
)
_LONGEST = 140
_CONTENT_WORDS = 3
"""What a question has to name at least, to mean something outside of its article."""

_OPENING = frozenset(("the", "a", "an", "all", "both"))
_NO_NAME = re.compile(rf"(?:the )?(?:{MONTHS}|{DAYS})\b")
_NOT_PROSE = re.compile(r"[|*_#\[\]\"“”<>]|https?:")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, and the words of the sentence that answer it."""

    kind: str
    """How it begins, such as "How many"."""
    question: str
    answer: str


def candidates(sentence: str, text: str) -> Iterator[Candidate]:
    """Yield the questions that `sentence`, on one line, answers; it stands in `text`."""
    if _NOT_PROSE.search(sentence):
        return
    for question, pattern in _PATTERNS:
        match = pattern.search(sentence)
        if match and (found := _candidate(question, match.groupdict(""), text)):
            yield found


def _candidate(question: str, parts: dict[str, str], text: str) -> Candidate | None:
    subject, answer = parts.get("subject", ""), parts["answer"]
    if subject and not _names_something(subject):
        return None
    asks_for_name = question.startswith(("Who", "Where"))
    if asks_for_name and (_NO_NAME.match(answer) or not _names_something(answer)):
        return None
    base = _PAST.get(parts.get("verb", ""), "")
    asked = question.format(**parts | {"subject": _in_a_sentence(subject, text), "base": base})
    if len(asked) > _LONGEST or len(content_words(asked)) < _CONTENT_WORDS or holds(asked, [answer]):
        return None
    return Candidate(" ".join(question.split()[:2]), asked, answer)


def _names_something(subject: str) -> bool:
    """Say whether `subject` stands for something by itself: "It", "This week" and "On Monday" do not."""
    first, *others = subject.casefold().split()
    return bool(others) if first in _OPENING else first not in STOP_WORDS


def _in_a_sentence(subject: str, text: str) -> str:
    """Return `subject` as it is written where it does not begin a sentence."""
    first = subject.split(" ")[0]
    lower = first[:1].lower() + first[1:]
    begins_small = lower in _OPENING or re.search(rf"(?<![\w’']){re.escape(lower)}\b", text)
    return lower + subject[len(first) :] if begins_small else subject
