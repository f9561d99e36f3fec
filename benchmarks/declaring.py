"""Turn a question and its answer into a statement, by rules, as QA2D does (Demszky, Guu and Liang 2018).

"When did the bridge reopen?" and "12 March 2024" become "The bridge reopened on 12 March 2024." Questions that no rule
fits give nothing: there are plenty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_IRREGULAR = dict(
    pair.split(":")
    for pair in (
        "become:became begin:began break:broke bring:brought build:built buy:bought catch:caught choose:chose "
        "come:came cost:cost cut:cut do:did draw:drew fall:fell feel:felt fight:fought find:found fly:flew get:got "
        "give:gave go:went grow:grew have:had hold:held hit:hit keep:kept know:knew lead:led leave:left lose:lost "
        "make:made mean:meant meet:met pay:paid put:put read:read rise:rose run:ran say:said see:saw sell:sold "
        "send:sent set:set sing:sang sit:sat speak:spoke spend:spent stand:stood take:took teach:taught tell:told "
        "think:thought understand:understood wear:wore win:won write:wrote"
    ).split()
)
BASES = {past: base for base, past in _IRREGULAR.items()}
"""From an irregular past to its verb."""
_PARTICIPLES = frozenset(
    "become begun broken brought built bought caught chosen come cut done drawn driven fallen felt fought found flown "
    "got given gone grown had held hit kept known led left lost made meant met paid put read risen run said seen sold "
    "sent set sung spoken spent taken taught told thought understood worn won written born shown".split()
)
_DETERMINERS = frozenset("the a an his her its their this that these those of and to in for our my your".split())
_NO_PAST = frozenset("speed seed feed need breed weed bed red hundred sacred embed shed".split())
_BE = "is|was|are|were"
_MODAL = "has|had|have|can|could|will|would|must|may|might|should"
_SUBJECT = re.compile(r"(?P<asks>who|what|which)\s+(?P<rest>.+)", re.I)
_MOST_NOUNS = 3
"""Words between "what" and the verb: "what young engineer designed"."""
_ASKED_BE = re.compile(
    rf"(?P<lead>when|where|(?:in|during) (?:what|which) (?:year|month|century|city|country|state)|"
    rf"(?:on )?what (?:date|day|year))\s+(?P<be>{_BE})\s+(?P<rest>.+)",
    re.I,
)
_ASKED_DID = re.compile(
    r"(?P<lead>when|where|what|who|(?:in|during) (?:what|which) (?:year|month|century|city|country|"
    r"state)|(?:on )?what (?:date|day|year)|how much|how long)\s+did\s+(?P<rest>.+)",
    re.I,
)
_IDENTITY = re.compile(
    rf"(?:what|who)\s+(?P<be>{_BE})\s+(?P<rest>(?:the|a|an|his|her|its|their)\s.+|.+?['’]s\s.+)", re.I
)
_HOW_MANY = re.compile(r"how many\s+(?P<noun>(?:\w+\s+){1,2}?)(?P<verb>\w+)\s+(?P<rest>.+)", re.I)
_MANY_DID = re.compile(r"how many\s+(?P<noun>[\w\s]+?)\s+(?P<do>did|does|do)\s+(?P<rest>.+)", re.I)
_PREPOSITIONS = ("in ", "on ", "at ", "by ", "from ", "during ", "after ", "before ", "near ", "between ", "since ")
_LONGEST_ANSWER = 8


class Declaring:
    """The rules, with what is known of verbs from a collection of texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._past = {word for text in texts for word in re.findall(r"\b[a-z]+ed\b", text)}

    def past(self, base: str) -> str | None:
        """Return the past of a verb; None where it is not known for one."""
        if base in _IRREGULAR:
            return _IRREGULAR[base]
        made = [base + "ed", base + base[-1:] + "ed"]
        made = [base + "d"] if base.endswith("e") else [base[:-1] + "ied", *made] if base.endswith("y") else made
        return next((form for form in made if len(base) > 2 and form in self._past), None)

    def statement(self, question: str, answer: str, context: str) -> str | None:
        """Return the statement, or None where no rule fits. `context` tells which preposition an answer takes."""
        asked = " ".join(question.split()).rstrip("? .")
        answer = answer.strip().rstrip(".,;")
        if not answer or len(answer.split()) > _LONGEST_ANSWER or len(asked.split()) > 28:
            return None
        for rule in (self._many, self._how_many, self._did, self._be, self._identity, self._subject):
            made = rule(asked, answer, context)
            if made:
                made = " ".join(made.split())
                return made[0].upper() + made[1:] + "."
        return None

    def _subject(self, asked: str, answer: str, context: str) -> str | None:
        match = _SUBJECT.fullmatch(asked)
        if not match or asked.lower().startswith(("what kind", "what type", "what sort")):
            return None
        words = match["rest"].split()
        nouns = 0 if match["asks"].lower() == "who" else _MOST_NOUNS
        for at, word in enumerate(words[: nouns + 1]):
            verb = word.lower()
            auxiliary = re.fullmatch(f"{_BE}|{_MODAL}", verb)
            if auxiliary or verb in BASES or verb in self._past - _NO_PAST:
                rest = words[at + 1 :]
                fits = _goes_on(verb, rest[0]) if auxiliary and rest else verb not in ("happened", "did")
                return f"{answer} {verb} {' '.join(rest)}" if rest and fits else None
            if verb in ("do", "does"):
                return None
        return None

    def _identity(self, asked: str, answer: str, context: str) -> str | None:
        match = _IDENTITY.fullmatch(asked)
        if not match or re.search(r"\b(?:that|who|which|to|of|in|for|by|as|with|from|on|at)$", match["rest"]):
            return None
        words = match["rest"].split()
        told = [w for w in words if w in ("called", "named", "known", "used", "doing", "made", "considered", "done")]
        return None if told else f"{match['rest']} {match['be'].lower()} {answer}"

    def _be(self, asked: str, answer: str, context: str) -> str | None:
        match = _ASKED_BE.fullmatch(asked)
        if not match:
            return None
        words = match["rest"].split()
        at = next((n for n, w in enumerate(words) if n and (w.endswith("ed") or w in _PARTICIPLES)), None)
        if at is None or words[at - 1].lower() in _DETERMINERS:
            return None
        subject, rest = " ".join(words[:at]), " ".join(words[at:])
        return f"{subject} {match['be'].lower()} {rest} {_placed(answer, match['lead'], context)}"

    def _did(self, asked: str, answer: str, context: str) -> str | None:
        match = _ASKED_DID.fullmatch(asked)
        split = self._split(match["rest"]) if match else None
        if not match or not split:
            return None
        subject, verb, rest = split
        lead = match["lead"].lower()
        if lead in ("what", "who"):
            if rest and rest.split()[0].lower() not in (
                "in",
                "on",
                "at",
                "during",
                "after",
                "before",
                "by",
                "when",
                "as",
            ):
                return None
            return f"{subject} {verb} {answer} {rest}"
        if lead.startswith("how"):
            return f"{subject} {verb} {'' if lead == 'how much' else 'for '}{answer} {rest}"
        return f"{subject} {verb} {rest} {_placed(answer, lead, context)}"

    def _how_many(self, asked: str, answer: str, context: str) -> str | None:
        match = _HOW_MANY.fullmatch(asked)
        if not match:
            return None
        verb = match["verb"].lower()
        if not (re.fullmatch(f"{_BE}|{_MODAL}", verb) or verb in BASES or verb in self._past):
            return None
        rest = match["rest"]
        if re.fullmatch(_BE, verb) and rest.lower().startswith("there"):
            return f"There {verb} {_counted(answer, match['noun'])} {rest[5:]}"
        first = rest.split()[0].lower()
        if re.fullmatch(_BE, verb) and not (
            first.endswith("ed") or first in _PARTICIPLES or first in ("in", "on", "at")
        ):
            return None
        return f"{_counted(answer, match['noun'])} {verb} {rest}"

    def _many(self, asked: str, answer: str, context: str) -> str | None:
        match = _MANY_DID.fullmatch(asked)
        if not match:
            return None
        if match["do"].lower() in ("does", "do"):
            have = re.fullmatch(r"(?P<subject>.+) have(?P<rest>.*)", match["rest"])
            verb = "has" if match["do"].lower() == "does" else "have"
            counted = _counted(answer, match["noun"])
            return f"{have['subject']} {verb} {counted}{have['rest']}" if have else None
        split = self._split(match["rest"])
        return f"{split[0]} {split[1]} {_counted(answer, match['noun'])} {split[2]}" if split else None

    def _split(self, rest: str) -> tuple[str, str, str] | None:
        """Return subject, past of the verb and the rest of what follows "did"."""
        words = rest.split()
        for n, word in enumerate(words):
            past = self.past(word) if n and word.islower() else None
            if past and words[n - 1].lower() not in _DETERMINERS:
                return " ".join(words[:n]), past, " ".join(words[n + 1 :])
        return None


def _goes_on(auxiliary: str, following: str) -> bool:
    """Say whether a verb follows "is", "has" or "can", and not who or what does it, as in "what has she found"."""
    participle = following.endswith("ed") or following in _PARTICIPLES
    if re.fullmatch(f"{_BE}|has|had|have", auxiliary):
        return participle or following == "been"
    return (
        following.islower()
        and following not in _DETERMINERS | {"they", "he", "she", "it", "you", "we"}
        and (not following.endswith("s"))
    )


def _counted(answer: str, noun: str) -> str:
    noun = noun.strip()
    return answer if noun.split()[-1].lower() in answer.lower() else f"{answer} {noun}"


def _placed(answer: str, lead: str, context: str) -> str:
    """Put "in", "on" or "at" before an answer that needs it, as it stands in the context."""
    if answer.lower().startswith(_PREPOSITIONS) or lead.lower().startswith("how"):
        return answer
    at = context.find(answer)
    before = (
        re.search(r"\b(in|on|at|by|near|from|since|until|around)\s+(?:the\s+)?$", context[max(0, at - 12) : at])
        if at >= 0
        else None
    )
    if before:
        return f"{before[0].strip()} {answer}"
    return f"on {answer}" if re.search(r"[A-Z][a-z]+ \d{1,2}\b|\d{1,2} [A-Z][a-z]+", answer) else f"in {answer}"
