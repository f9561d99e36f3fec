"""Follow-up questions: "and when?", "what about Busan?", "who said that?" made to stand alone.

Rules, no model: a question that leans on the turns before gets from them what it leaves out. Where a question can be
meant in two ways, both are returned, and whoever searches takes the one that is answered better.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from rag.index.terms import STOP_WORDS, words
from rag.retrieve.phrases import (
    NAME,
    NOUN_LEAD,
    VERBS,
    YEAR,
    has_lead,
    is_verb,
    phrases,
    reads_as_name,
    reads_as_person,
)
from rag.retrieve.scope import is_time, without_time
from rag.text import one_line, shorten

Likeness = Callable[[str, str], float]
"""How alike two phrases are in meaning, from -1 to 1."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question that was answered, and what was said."""

    question: str
    """In full: if it was a follow-up itself, as it was searched for."""
    short: str = ""
    """The short answer."""
    said: str = ""
    """The first sentence of the answer."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a question means after the turns before it."""

    questions: tuple[str, ...]
    """What may be meant, in full, likeliest first."""
    more: bool = False
    """The same question again, for what has not been said yet: "go on"."""
    courtesy: str = ""
    """What to reply to "thanks" or "hello", for which nothing is searched."""
    alone: bool = field(default=False, compare=False)
    """It leans on no turn before it, as far as the rules tell, which are those of English."""


_LEAD = re.compile(r"^(?:(?:and|but|so|ok(?:ay)?|also|then|well|or|yes|right)\b[\s,]*)+", re.I)
_THANKS = r"(?:many )?(?:thanks|thank you|thx|cheers|merci|danke|gracias|grazie)"
_HELLO = r"(?:hi|hello|hey|hiya|hallo|hola|bonjour|greetings|good (?:morning|afternoon|evening|day))"
_PRAISE = (
    r"(?:ok(?:ay)?|great|good(?: job| work)?|nice|perfect|cool|fine|got it|i see|understood|awesome|amazing|excellent|"
    r"brilliant|wonderful|well done|very good|interesting|wow|aha|right|all ?right)"
)
_COURTESIES = (
    (
        re.compile(rf"(?:{_PRAISE}[\s,.!]+)?{_THANKS}(?P<tail>[\s,.!].{{0,40}})?|ta(?: very much)?", re.I),
        "You are welcome.",
    ),
    (re.compile(rf"{_HELLO}(?P<tail>[\s,.!]+\w+)?", re.I), "Hello."),
    (re.compile(rf"{_PRAISE}(?:[\s,.!]+{_PRAISE})?", re.I), "Good."),
    (re.compile(r"how are you(?: doing)?(?: today)?|how do you do", re.I), "Well, thank you."),
    (re.compile(r"(?:oh|oops|sorry|never ?mind|hm+|haha+|lol|test(?:ing)?)", re.I), "All right."),
    (re.compile(r"(?:good)?bye|good night|see you|no,? thanks?(?: you)?|no|nope", re.I), "All right."),
)
_NOTHING_BEFORE = "There is no question before this one that I could go on from."
_OPENING = re.compile(rf"(?:{_THANKS}|{_HELLO}|{_PRAISE}|no)(?:\s*[,.!;:–—-]+\s*|\s+(?=(?:and|but|so)\b))(?=\w)", re.I)
_MORE = re.compile(
    r"(?:yes|yes,? please|yeah|sure|go on|go ahead|continue|more|tell me more|please do|and then|what else|"
    r"anything else|more (?:details?|please))",
    re.I,
)
_QUESTION_WORD = (
    r"(?:when|where|why|who|whom|whose|what|which|how(?: (?:much|many|long|often|far|old|big|high|tall|late|early))?|"
    r"since when|until when|at what time|what time|by whom|what for|where to|where from)"
)
_BARE = re.compile(
    rf"(?P<wh>(?:(?:against|with|for|to|by|from|since|until) )?{_QUESTION_WORD})(?: (?:exactly|then|so|not|though))?",
    re.I,
)
_ABOUT = re.compile(r"(?:what|how) about (?P<thing>.+)|(?:same|and) (?:for|with|in) (?P<same>.+)", re.I)
_ONE = re.compile(r"^(?:the )?ones? (?=\w)", re.I)
_PREPOSITION = re.compile(
    r"(?P<prep>for|in|on|at|by|with|from|to|of|after|before|during|under|over|near)\s+(?P<rest>.+)", re.I
)
_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)"
_LEADING_WH = re.compile(
    rf"(?:(?:at|in|on|for|by|from|to|since|until|of)\s+)?(?P<wh>{_QUESTION_WORD}|what kind of|which|what)\b\s*", re.I
)
_HAPPENED = re.compile(rf"(?P<wh>{_QUESTION_WORD}) (?:did|does|has|will) (?:that|this|it) (?:all )?happen(?:ed)?", re.I)
_LASTED = re.compile(
    r"(?P<wh>how long) (?:did|does|has|will|was|is) (?:that|this)(?: (?:take|taken|last|lasted|for))?", re.I
)
_SAID_THAT = re.compile(
    r"who (?:said|says|told (?:you|us|them)|claims?|claimed|thinks?|thought|wrote|reported|confirmed) "
    r"(?:that|this|it|so)",
    re.I,
)
_HE = frozenset("he she him his her hers himself herself".split())
_IT = frozenset("it its that this itself".split())
_THEY = frozenset("they them their theirs those these".split())
_THERE = frozenset({"there"})
_POINTING = _HE | _IT | _THEY | _THERE
_DETERMINERS = frozenset("that this these those".split())
_PRONOUNS = frozenset("i you he she it we they there".split())
_MEASURES = frozenset("time year date day month century decade kind sort".split())
_POSSESSIVE = frozenset("his her its their theirs hers".split())
_LAST_NAME = re.compile(r"(?:\bthe )?(?:[A-Z0-9][\w'’.&-]*(?: (?:of|and|de|la|von|van|for) (?=[A-Z]))?\s*)+$")
_JOINT = re.compile(r"\s(?:of|in|at|on|near|for|to|from)\s", re.I)
_WHERE = re.compile(r"\w (?:in|at|on|near|to|from) $", re.I)
_WHEN = re.compile(r"\b(?:after|before|during|since|until) $", re.I)
_STATEMENT_LENGTH = 160


def standalone(question: str, turns: Sequence[Turn], likeness: Likeness) -> FollowUp:
    """Return what `question` means in full after `turns`, the last of them last."""
    asked = one_line(question)
    turns = [turn for turn in turns if words(turn.question) and not _courtesy(turn.question)]
    if reply := _courtesy(asked):
        return FollowUp((asked,), courtesy=reply)
    asked = _OPENING.sub("", asked, count=1) if _OPENING.match(asked) else asked
    if not turns:
        goes_on = _MORE.fullmatch(_bare(asked)) or _BARE.fullmatch(_LEAD.sub("", _bare(asked)))
        return FollowUp((asked,), courtesy=_NOTHING_BEFORE if goes_on else "", alone=True)
    last = turns[-1]
    if _MORE.fullmatch(_bare(asked)):
        return FollowUp((last.question,), more=True)
    bare = _LEAD.sub("", _bare(asked)) or _bare(asked)
    if _SAID_THAT.fullmatch(bare):
        said = shorten(last.said, _STATEMENT_LENGTH) or last.question
        return FollowUp((f"Who said: “{said}”?", asked))
    if match := _BARE.fullmatch(bare) or _HAPPENED.fullmatch(bare) or _LASTED.fullmatch(bare):
        return FollowUp((_asked_anew(match["wh"], last),))
    if match := _ABOUT.fullmatch(bare):
        return FollowUp(_about(match["thing"] or match["same"], turns, likeness))
    if _starts_phrase(bare, asked):
        return FollowUp(_about(bare, turns, likeness))
    pointing = [word for word in words(bare) if word.casefold() in _POINTING]
    if pointing and not _explains_itself(bare, pointing):
        says_something = bool(set(map(str.casefold, words(bare))) - STOP_WORDS - VERBS)
        return FollowUp(_unique(_resolved(bare, turns), asked if says_something else ""))
    if named := _named_in_full(bare, _topic(last)):
        return FollowUp(_unique(named, asked))
    if _lacks_subject(bare):
        return FollowUp(_unique(f"{_sentence(bare)} ({_topic(last)})?", asked))
    return FollowUp((asked,), alone=True)


def _bare(asked: str) -> str:
    return asked.strip(" ?!.…")


def _courtesy(asked: str) -> str:
    """Return what to reply where nothing is asked, as in "thanks, that helps"; else ""."""
    for pattern, reply in _COURTESIES:
        if match := pattern.fullmatch(_bare(asked)):
            tail = match.groupdict().get("tail")
            asks = tail and ("?" in asked or re.search(rf"\b{_QUESTION_WORD}\b", tail, re.I))
            return "" if asks else reply
    return ""


def second_part(question: str, first: str, likeness: Likeness) -> str:
    """Return the second of two questions asked at once so that it stands without the first."""
    meant = standalone(question, [Turn(first)], likeness).questions[0]
    named = any(match.start() for match in NAME.finditer(meant))
    topic = _topic(Turn(first))
    return meant if named or not topic or topic in meant else f"{meant.rstrip(' ?')} ({topic})?"


def _asked_anew(wh: str, last: Turn) -> str:
    """Ask the last question again with another question word: "and when?"."""
    rest = last.question.strip(" ?")
    match = _LEADING_WH.match(rest)
    tail = rest[match.end() :] if match else rest
    asked = match["wh"].casefold() if match else ""
    if asked in ("who", "whom", "what", "which") and last.short:
        # "Which club won": what was asked for was the subject, so that the answer takes its place.
        noun = re.match(r"(?:[\w'’-]+\s+)?", tail if asked in ("what", "which") else "")
        verb = tail[noun.end() :] if noun and not is_verb(noun[0].strip()) else tail
        if not re.match(rf"{_AUXILIARY}\b", tail, re.I) and not re.match(rf"{_AUXILIARY}\b", verb, re.I):
            return f"{_sentence(wh)} {last.short} {verb}?"
    if asked.startswith(("how", "which", "what")) and not wh.casefold().startswith(("how m", "which", "what")):
        tail = _without_thing_asked(tail)
    return f"{_sentence(wh)} {tail[:1].lower() + tail[1:] if re.match(_AUXILIARY, tail, re.I) else tail}?"


def _without_thing_asked(tail: str) -> str:
    """Leave out or put in its place the thing that was asked for: of "boats were sold", "were boats sold"."""
    match = re.match(rf"(?!{_AUXILIARY}\b)(?P<thing>[\w'’-]+)\s+(?P<aux>{_AUXILIARY})\s+(?P<rest>.+)", tail, re.I)
    if not match:
        return tail
    first = match["rest"].split()[0]
    of_another = (
        match["aux"].casefold() in ("do", "does", "did")
        or first[0].isupper()
        or first.casefold() in _PRONOUNS | NOUN_LEAD
    )
    if of_another or match["thing"].casefold() in _MEASURES:
        return f"{match['aux']} {match['rest']}"
    return f"{match['aux']} {match['thing']} {match['rest']}"


def _about(thing: str, turns: Sequence[Turn], likeness: Likeness) -> tuple[str, ...]:
    """Ask the last question again about something else: "what about Busan?"."""
    thing = _ONE.sub("", thing.strip(" ?"))
    question = turns[-1].question.strip(" ?")
    if (owner := thing.partition(" "))[0].casefold() in _POSSESSIVE and owner[2]:
        return (_resolved(f"what is {thing}", turns),)
    if is_time(thing):
        return (f"{without_time(question)} {thing}?",)
    match = _PREPOSITION.fullmatch(thing)
    year = match["rest"] if match else thing
    if YEAR.fullmatch(year):
        years = list(YEAR.finditer(question))
        return (f"{_put(question, years[-1].span(), year)}?" if years else f"{question} in {year}?",)
    put, alike = _exchanged(question, match["rest"] if match else thing, likeness, match["prep"] if match else "")
    added = f"{question} {thing if match else 'for ' + thing}?"
    if match and not alike and not re.search(rf"\b{match['prep']}\b", question, re.I):
        return _unique(added, put and f"{put}?")
    return _unique(put and f"{put}?", added)


def _exchanged(question: str, thing: str, likeness: Likeness, preposition: str) -> tuple[str, bool]:
    """Return `question` with the phrase of the same kind as `thing` exchanged for it, "" where there is none.

    Beside it stands whether the two are plainly alike: both names, or of one word, as "plan A" and "plan B".
    """
    spans = phrases(question)
    if preposition:
        after = [
            span for span in spans if question[: span[0]].casefold().rstrip().endswith(f" {preposition.casefold()}")
        ]
        spans = after or ([] if preposition in ("in", "on", "at") else spans)
    alike = [span for span in spans if _kin(question[slice(*span)], thing)]
    if not alike and reads_as_name(thing):
        # Of "plan A" only the name.
        alike = [(end - len(name[0]), end) for start, end in spans if (name := _LAST_NAME.search(question[start:end]))]
    if not (alike or spans):
        return "", False
    others = [span for span in spans if reads_as_name(question[slice(*span)]) == reads_as_name(thing)]
    best = max(alike or others or spans, key=lambda span: likeness(question[slice(*span)], thing))
    lead = question[slice(*best)].split()[0]
    keeps_lead = lead.casefold() in NOUN_LEAD - {"a", "an"} and not has_lead(thing) and not reads_as_name(thing)
    return _put(question, best, f"{lead} {thing}" if keeps_lead else thing), bool(alike)


def _kin(one: str, other: str) -> bool:
    """Say whether two phrases share a word that carries meaning."""
    found = [{word.casefold() for word in words(text)} - STOP_WORDS for text in (one, other)]
    return bool(found[0] & found[1])


def _resolved(question: str, turns: Sequence[Turn]) -> str:
    """Return `question` with its pronouns exchanged for what they stand for."""
    person, topic = _person(turns), _topic(turns[-1])
    short = turns[-1].short
    copula = re.fullmatch(
        rf"(?:who|what|where|which)(?:['’]s|\s+{_AUXILIARY})\s+(?:that|this|it|he|she|they|those)", question, re.I
    )
    names_thing = bool(short) and not any(c.isdigit() for c in short)
    is_name = names_thing and reads_as_name(short)
    is_body = is_name and not reads_as_person(short)
    are_they = is_body or (is_name and bool(re.match(r"who\b", turns[-1].question, re.I)))
    pointing = {word.casefold() for word in words(question)} & _POINTING
    done: set[str] = set()

    def exchange(match: re.Match[str]) -> str:
        word = match[0].casefold()
        if word not in _POINTING or (word in _DETERMINERS and not _stands_alone(question, match)):
            return match[0]
        if word in _THEY and not are_they and _IT & pointing:
            return match[0]  # "Why did they close it?": the topic is "it".
        if word in _HE:
            stands = person
        elif (copula and names_thing) or (word in _THEY and are_they):
            stands = short
        elif word in _THERE:
            stands = f"in {short}" if is_body else ""
        else:
            stands = topic
        if not stands or stands in done:
            return match[0]
        done.add(stands)
        owns = word in _POSSESSIVE and bool(question[match.end() :].strip())
        return f"{stands}'s" if owns else stands

    pattern = r"\b(?:" + "|".join(sorted(_POINTING)) + r")\b"
    text = re.sub(pattern, exchange, question, flags=re.I)
    if not done and topic:
        text = f"{question} ({topic})"
    return f"{_sentence(text)}?"


def _person(turns: Sequence[Turn]) -> str:
    """Return the name of the person that was spoken of last."""
    for turn in reversed(turns):
        if reads_as_person(turn.short):
            return turn.short
        for text in (turn.question, turn.said):
            names = [m[0] for m in NAME.finditer(text) if m.start() or text is turn.said]
            if people := [name for name in names if reads_as_person(name)]:
                return people[0]
        if re.search(r"\bwho\b", turn.question, re.I) and turn.short:
            return turn.short
    return ""


def _topic(turn: Turn) -> str:
    """Return what the last question was about: a name in it, else a thing with "the", else its longest noun phrase.

    A name that only says where, as in "the bakery in Ulm", is a part of what it belongs to.
    """
    question = turn.question
    spans = [span for span in phrases(question) if not _WHEN.search(question[: span[0]])]
    placed = {span for span in spans if _WHERE.search(question[: span[0]])}
    names = [question[slice(*span)] for span in spans if reads_as_name(question[slice(*span)])]
    things = [name for span in spans if (name := question[slice(*span)]) in names and span not in placed]
    joined = [
        question[start : following[1] if following and _JOINT.fullmatch(question[end : following[0]]) else end]
        for (start, end), following in zip_longest(spans, spans[1:])
    ]
    definite = [phrase for phrase in joined if phrase.split()[0].casefold() in ("the", "my", "our")]
    best = [name for name in things if not reads_as_person(name)] or definite or names or joined
    return max(best, key=len, default="")


def _starts_phrase(bare: str, asked: str) -> bool:
    """Say whether what was asked is only a thing: "and the evening boat?", "for children?"."""
    led = bool(_LEAD.match(asked) or _PREPOSITION.fullmatch(bare))
    length = len(words(bare))
    if not length or length > 7 or not (led or asked.rstrip().endswith("?")):
        return False
    if re.match(rf"(?:{_QUESTION_WORD}|{_AUXILIARY}|tell|list|name|show|explain|describe|give|any\w*)\b", bare, re.I):
        return False
    return words(bare)[0].casefold() not in _PRONOUNS and (led or length <= 3)


def _explains_itself(question: str, pointing: Sequence[str]) -> bool:
    """Say whether the pronoun stands for something in the question itself."""
    low = [word.casefold() for word in pointing]
    first = question.casefold().find(low[0])
    before = question[:first]
    if set(low) <= {"there"} and re.search(rf"\b{_AUXILIARY} there\b|\bthere {_AUXILIARY}\b", question, re.I):
        return True  # "Is there a ferry?"
    if set(low) <= {"that", "this", "these", "those"}:
        # "the man that sold it", "this year": a relative or a determiner, with a noun of its own.
        after = question[first + len(low[0]) :].split()
        return bool(after) and after[0].casefold() not in STOP_WORDS | VERBS
    return any(m.start() for m in NAME.finditer(before)) and not set(low) & _HE


def _stands_alone(question: str, pointing: re.Match[str]) -> bool:
    """Say whether "that" or "these" is a pronoun there, and neither "these boats" nor "the man that sold it"."""
    before, after = words(question[: pointing.start()]), words(question[pointing.end() :])
    if after and after[0].casefold() not in STOP_WORDS | VERBS:
        return False
    relative = bool(before) and before[-1].casefold() not in STOP_WORDS | VERBS
    return not (relative and pointing[0].casefold() == "that")


def _named_in_full(question: str, topic: str) -> str:
    """Return `question` with "the bridge" or "this bridge" as it was called before: "the Ropewalk Bridge"; else ""."""
    *more, noun = words(topic) or [""]
    if not [word for word in more if word.casefold() not in NOUN_LEAD]:
        return ""
    again = re.compile(rf"\b(?:the|this|that|these|those) {re.escape(noun)}\b(?!(?-i: [A-Z]))", re.I)
    named = again.sub(lambda _: topic, question, count=1)
    return f"{_sentence(named)}?" if named != question else ""


def _lacks_subject(question: str) -> bool:
    content = [word for word in words(question) if word.casefold() not in STOP_WORDS | VERBS]
    if any(m.start() for m in NAME.finditer(question)):
        return False
    return len(content) <= 2 and not re.search(r"\b(?:the|my|our)\b", question, re.I)


def _put(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unique(*questions: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(question for question in questions if question))
