"""From what a model wrote to its sentences, and which passages each points at."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rag.answering.writing.markers import Mark, without_marks
from rag.answering.writing.markup import lines_of, visible
from rag.ingest.sentences import sentence_spans
from rag.text import clean_text, one_line

NO_ANSWER = "The articles do not say."
"""What a model is asked to write where the passages do not answer."""

_SHORT_ITEM = 6
"""Words under which an item of a list says nothing without the line that introduces the list."""
_SETTLED = 24
"""Characters that have to follow a sentence before it is taken for whole: a mark may come after its full stop."""
_GIVEN = r"(?:articles?|passages?|texts?|sources?|documents?|excerpts?|context|information|material)"
_NOT = r"(?:(?:do|does|did|is|are|was|were|can|could)(?:\ not|n['’]t)|cannot)"
_REFUSAL = re.compile(
    rf"""^\W*(?:(?:unfortunately|sorry|however|but|i['’]m\ sorry|i\ apologi[sz]e)[\s,.:;]*(?:(?:but|that)\s)?)?(?:
      (?:the|your|these|those|any|none)\ (?:of\ (?:the|these|your)\ )?(?:\w+\ ){{0,2}}?{_GIVEN}
        (?:\ (?:given|provided|above|here))?
        \ (?:{_NOT}|never|contains?\ no|has\ no|have\ no|gives?\ no|provides?\ no|makes?\ no
           |says?\ nothing|mentions?\ nothing|(?:is|are)\ (?:insufficient|silent))
    | none\ of\ the\ (?:\w+\ )?{_GIVEN}\b
    | there(?:['’]s|\ is|\ are)\ (?:no|not\ enough|insufficient|nothing)\b
      .*\b(?:{_GIVEN}|mention|answer|on\ this|about)\b
    | (?:no|not\ enough|insufficient)\ (?:relevant\ )?(?:information|answer|mention)\b
    | i\ (?:(?:do|could)(?:\ not|n['’]t)|cannot|can['’]t|(?:am|was)\ (?:not\ able|unable))\b
      .*\b(?:know|answer|find|found|determine|say|see|information|help|provide)
    | (?:this|that|it|the\ (?:answer|question|information))\ {_NOT}\b
      .*\b(?:{_GIVEN}|answered|mentioned|stated|given|found|provided|specified
        |possible\ to\ (?:say|tell|answer|determine))\b
    | based\ on\ the\ (?:\w+\ )?{_GIVEN}[^,]*,\ (?:it\ is\ not|there\ is\ no|i\ cannot|i\ can['’]t|the\ answer\ is\ not)
    | not\ (?:found|answerable|stated|mentioned|specified|available|in\ the\ {_GIVEN})\b | n/?a\W*$ | unknown\W*$
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_PREAMBLE = re.compile(
    rf"^(?:sure|certainly|of course|okay|ok|yes, i can|here(?:['’]s| is| are)|based on|according to|from) ?"
    rf"[^.!?]{{0,80}}(?:{_GIVEN}|answer)[^.!?]{{0,40}}:$|^(?:sure|certainly|of course|okay|great question)[!.,]?$",
    re.I,
)
_BASED_ON = re.compile(
    rf"^(?:based on|according to|from|as (?:stated|mentioned) in) (?:the|these|your) (?:\w+ ){{0,2}}?{_GIVEN}, (?=\w)",
    re.I,
)
_SAYS_SOMETHING = re.compile(r"[^\W_]")
_UNCLOSED = re.compile(r"\s*[\[(【⟦<{][^\])】⟧>}\n]{0,30}\Z")
_OPEN_THINKING = re.compile(r"<[a-z/]{0,12}\Z", re.I)
_TWO_STOPS = re.compile(r"(?<=[^.])\.\.$")
"""What is left of “here. See [2].”."""
_HEADING = re.compile(r"^\W*passage \[\d+\] \|.*$", re.M | re.I)
"""The heading of a passage as `prompt.py` writes it."""
_ENDED = re.compile(r"[.!?…:;][\"”’')\]]*\Z")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that a model wrote, without marks, and the passages, from 0, that it points at."""

    text: str
    pointed: tuple[int, ...] = ()

    @property
    def refuses(self) -> bool:
        """Say whether it is the word that the articles do not answer."""
        return bool(_REFUSAL.match(self.text))


def statements(text: str, count: int, *, whole: bool = True, fence: str = "") -> list[Statement]:
    """Return the sentences of what a model wrote with `count` passages before it.

    Where it is not `whole`, because more may come or because it was cut, only those that are. What holds the `fence`
    that it was told the passages stand between is no answer: it goes, to the end of its line.
    """
    text = _without_fence(visible(text), fence)
    if not whole:
        text = _UNCLOSED.sub("", _OPEN_THINKING.sub("", text))
    found: list[Statement] = []
    lead = ""
    for line, is_item in lines_of(clean_text(text)):
        bare, marks = without_marks(line, count)
        if found and not bare.strip():
            further = (number for mark in marks for number in mark.passages)
            found[-1] = replace(found[-1], pointed=tuple(dict.fromkeys([*found[-1].pointed, *further])))
        for statement in _sentences(bare, marks):
            if _PREAMBLE.match(statement.text):
                continue
            if statement.text.endswith(":"):
                lead = statement.text
                continue
            if is_item and lead and len(statement.text.split()) < _SHORT_ITEM:
                statement = Statement(f"{lead} {statement.text}", statement.pointed)
            found.append(statement)
        if not is_item and not bare.endswith(":"):
            lead = ""
    return _distinct(found)


def settled(text: str, count: int, *, fence: str = "") -> list[Statement]:
    """Return the sentences of `text` that nothing which may still come changes."""
    found = statements(text, count, whole=False, fence=fence)
    return found[:-1] if found and (len(found[-1].text) >= _SETTLED or text.endswith("\n")) else found[:-2]


def ended(statement: Statement) -> bool:
    """Say whether a sentence ends as sentences do."""
    return bool(_ENDED.search(statement.text))


def _without_fence(text: str, fence: str) -> str:
    """Leave out the sentences that hold the fence, with what follows on their lines, and headings of passages."""
    if fence:
        text = re.sub(rf"[^.!?\]\n]*{re.escape(fence)}.*", "", text)
    return _HEADING.sub("", text)


def _sentences(line: str, marks: list[Mark]) -> list[Statement]:
    """Cut a line, and give each sentence the marks in it or behind it; in front of it, where the line begins so."""
    spans = sentence_spans(line)
    leading = bool(marks) and not line[: marks[0].at].strip()
    pointed: dict[int, list[int]] = {}
    for mark in marks:
        if leading:
            at = next((n for n, (_, end) in enumerate(spans) if mark.at < end), len(spans) - 1)
        else:
            at = max((n for n, (start, _) in enumerate(spans) if start < mark.at), default=0)
        pointed.setdefault(at, []).extend(mark.passages)
    made = []
    for number, (start, end) in enumerate(spans):
        sentence = _TWO_STOPS.sub(".", _BASED_ON.sub("", one_line(line[start:end])))
        if _SAYS_SOMETHING.search(sentence):
            sentence = f"{sentence[0].upper()}{sentence[1:]}" if number == 0 or start else sentence
            made.append(Statement(sentence, tuple(dict.fromkeys(pointed.get(number, ())))))
    return made


def _distinct(found: list[Statement]) -> list[Statement]:
    """Leave out what was said before: small models go round in circles."""
    kept: dict[str, Statement] = {}
    for statement in found:
        kept.setdefault(statement.text.casefold(), statement)
    return list(kept.values())
