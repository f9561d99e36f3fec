"""What a question asks for: the kind of thing, its names and numbers, whether it wants a list, and its parts."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Literal

from rag.index.terms import STOP_WORDS, content_words, stem, words
from rag.retrieve.scope import TimeScope, without_time

# What kind of thing a question asks for; what stands first in it counts, of two that begin there the first here.
_ASKED = tuple(
    (kind, re.compile(rf"\b({pattern})\b"))
    for kind, pattern in (
        ("time", r"when|(what|which) (year|date|day|month|time|century|decade)|how long ago"),
        (
            "money",
            r"how much (money|do|does|did|is|was|were|are|will|would|has|have)|cost|price|fee|fare|salary|budget",
        ),
        ("number", r"how (many|much|long|far|old|tall|high|big|large|wide|deep|fast|often|heavy)"),
        ("number", r"percentage|percent|number of|population|what share|proportion"),
        ("name", r"who|whom|whose|where|which (city|town|country|club|team|company|person|street)"),
        ("name", r"what (city|town|country|company|team|is the name|was the name)"),
    )
)

Form = Literal["fact", "whether", "list", "explain"]
"""One thing, yes or no, several things, or how and why."""

_AUXILIARY = "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must"
_PLURAL = (
    r"(?!(?:is|was|does|has|this|its|as|us|business|news|process|status|series|kinds|times)\b)[a-z'’-]{2,}[a-rt-z]s"
)
_OF_SEVERAL = r"(?:is|are|was|were|do|did|have|had|can|could|will|would|should|may|might|must|i|we|you|they)"
_FORM_PATTERNS: tuple[tuple[Form, str], ...] = (
    ("list", r"^(please )?(list|name|enumerate)\b|\b(list|name|give me|show me|find) (all|every|the names)\b"),
    # "Which of the boats is fastest?" asks for one, and in "What makes it rise?" the word in s is a verb.
    ("fact", rf"^which of (the|my|our|these|those) {_PLURAL} (is|was|has|does)\b"),
    ("list", rf"^which (of )?((the|my|our|other|different) )?({_PLURAL}|people|children)\b (?!of\b)"),
    ("list", rf"^what (of )?((the|my|our|other|different) )?({_PLURAL}|people|children) ([\w'’-]+ )?{_OF_SEVERAL}\b"),
    ("list", rf"^(who|what) (are|were) (all )?((the|my|our) )?([\w'’-]+ )?{_PLURAL}\b"),
    ("list", r"^(who|what) (all|else)\b|\ball (of )?the (people|places|names|ways|reasons|things)\b"),
    (
        "explain",
        r"^(how(?! (many|much|long|far|old|tall|high|big|large|wide|deep|fast|often|heavy|late|early))|why)\b",
    ),
    ("explain", r"^(explain|describe|summari[sz]e|tell me)\b|\bwhat (happened|happens|caused|led)\b|\bwhat for$"),
    ("whether", rf"^({_AUXILIARY})\b"),
)
_FORMS = tuple((form, re.compile(pattern)) for form, pattern in _FORM_PATTERNS)

_WH = r"(?:at what time|what time|how|when|where|why|who|whom|whose|what|which)"
_TWO_QUESTIONS = re.compile(r"^(?P<first>[^?]{8,}\?)\s+(?P<second>[^?]{8,}\?)$")
_TWO_WORDS = re.compile(rf"^(?P<one>{_WH}) and (?P<other>{_WH})\b(?P<rest> .+)$", re.I)
_TWO_PARTS = re.compile(rf"^(?P<first>(?:{_WH}|{_AUXILIARY})\b.+?),? (?:and|or) (?P<second>{_WH}\b.+)$", re.I)
_HOLDS_ANOTHER = re.compile(rf"(?:{_WH}|{_AUXILIARY})\b.*\b{_WH}\b", re.I)
_ASKS_BY_ITSELF = re.compile(rf"{_WH}( [\w'’-]+){{0,2}}? ({_AUXILIARY})\b", re.I)
_WORDS_OF_A_PART = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what its words weigh in the library."""

    text: str
    counts: dict[str, int]
    """By word: in how many chunks of the library it stands."""
    weights: dict[str, float]
    """By stem: how much a word of the question tells, from 0 to 1; rare words tell more."""
    names: frozenset[str]
    """Stems of its names and numbers."""
    numbers: frozenset[str]
    """Its numbers and years, as they stand."""
    kind: str
    """What is asked for: "time", "money", "number", "name" or ""."""
    form: Form
    """How it has to be answered."""
    scope: TimeScope
    """The time it asks about."""

    @classmethod
    def of(cls, text: str, counts: dict[str, int], chunks: int) -> Question:
        """Weigh the words of `text`, given in how many of the library's `chunks` each stands."""
        # Smoothed so that in a library of a few chunks words weigh nearly the same.
        weights = {stem(w): math.log((chunks + 200) / (counts[w] + 0.5)) for w in content_words(text)}
        largest = max(weights.values(), default=1.0)
        return cls(
            text=text,
            counts=counts,
            weights={word: max(weight, 0.1) / largest for word, weight in weights.items()},
            names=frozenset(stem(w) for i, w in enumerate(words(text)) if is_name(w, first=i == 0)),
            numbers=frozenset(word for word in words(text) if word[0].isdigit()),
            kind=_kind_asked(text.casefold()),
            form=next((form for form, pattern in _FORMS if pattern.search(text.casefold())), "fact"),
            scope=TimeScope.of(text),
        )

    def undated(self) -> Question:
        """Return the question without the time it names: what is looked for where an article's day settles that."""
        rest = words(without_time(self.text))
        stems = {stem(word) for word in rest}
        return replace(
            self,
            weights={word: weight for word, weight in self.weights.items() if word in stems},
            names=self.names & stems,
            numbers=self.numbers & set(rest),
        )

    def share(self, stems: set[str]) -> float:
        """Return the share of the question's weight whose words are among `stems`, from 0 to 1."""
        total = sum(self.weights.values())
        return sum(weight for word, weight in self.weights.items() if word in stems) / total if total else 0.0


def _kind_asked(text: str) -> str:
    places = [(match.start(), kind) for kind, pattern in _ASKED if (match := pattern.search(text))]
    return min(places, key=lambda place: place[0], default=(0, ""))[1]


def parts(question: str) -> list[str]:
    """Return the questions that `question` puts at once: "When did it open and what did it cost?" puts two."""
    if match := _TWO_QUESTIONS.match(question):
        return [match["first"], match["second"]]
    if match := _TWO_WORDS.match(question):
        return [f"{match['one']}{match['rest']}", f"{match['other'].capitalize()}{match['rest']}"]
    if (match := _TWO_PARTS.match(question)) and _can_be_parted(match["first"], match["second"]):
        second = match["second"]
        return [f"{match['first']}?", second[:1].upper() + second[1:]]
    return [question]


def _can_be_parted(first: str, second: str) -> bool:
    """Say whether both are questions: of "Did he say when it opens and what it costs?" the second is none."""
    if any(len(words(part)) < _WORDS_OF_A_PART for part in (first, second)):
        return False
    return not _HOLDS_ANOTHER.match(first) or bool(_ASKS_BY_ITSELF.match(second))


def is_name(word: str, *, first: bool) -> bool:
    """Say whether a word is a name or a number; the first of a question is capitalised anyway."""
    if any(c.isdigit() for c in word):
        return True
    return word[0].isupper() and not first and (word == "A" or word.casefold() not in STOP_WORDS)  # "plan A"
