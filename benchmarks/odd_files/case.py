"""An odd file, and what is right to do with it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Do = Literal["add", "report", "either", "pass over"]
Make = bytes | Callable[[Path], object]
"""The content of a file, or what makes something at a path. Raises `Impossible` where it cannot be made here."""


class Impossible(Exception):
    """Such a file cannot be made on this machine, or not by this person."""


@dataclass(frozen=True, slots=True)
class Right:
    """What is right: to add a file with its facts, to report it with a reason, or either, never with other words."""

    do: Do
    facts: tuple[str, ...] = ()
    """Of one that is added: sentences that stand in its text, each at least once."""
    only: bool = False
    """Of one that is added: nothing but the facts stands in it, a line each."""
    lacks: tuple[str, ...] = ()
    """What must not stand in its text."""
    reason: str = r"\w{3}"
    """Of one that is reported: a pattern of the reason."""
    parts: tuple[tuple[str, str], ...] = ()
    """Of one that is added: patterns of the names of parts of it that are reported, and of the reasons."""


@dataclass(frozen=True, slots=True)
class Case:
    """A file or the like in a folder that is added."""

    group: str
    name: str
    """Its path in the folder; bytes that are no characters as Python writes them in names."""
    make: Make
    right: Right


@dataclass(slots=True)
class Outcome:
    """What became of what is known by the name of a file."""

    texts: list[str] = field(default_factory=list)
    reports: list[tuple[str, str]] = field(default_factory=list)
    """Names of parts, "" of the whole, and reasons."""


def added(*facts: str, only: bool = False, lacks: Sequence[str] = (), parts: Sequence[tuple[str, str]] = ()) -> Right:
    return Right("add", facts, only=only, lacks=tuple(lacks), parts=tuple(parts))


def reported(reason: str) -> Right:
    return Right("report", reason=reason)


def either(*facts: str) -> Right:
    """Return that a damaged file is added or reported, and that each line of what is added is of one of `facts`."""
    return Right("either", facts)


PASSED_OVER = Right("pass over")


def known_as(path: Path) -> str:
    """Return the name by which the library knows a file."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def wrong(right: Right, outcome: Outcome) -> str:
    """Return what is wrong with an outcome, or ""."""
    lines = [" ".join(line.split()) for text in outcome.texts for line in text.split("\n") if line.strip()]
    text = "\n".join(lines)
    if right.do == "pass over":
        return "it was not passed over" if outcome.texts or outcome.reports else ""
    if not outcome.texts and not outcome.reports:
        return "nothing is said of it"
    if right.do == "either":
        strange = [line for line in lines if not any(_is_of(line, fact) for fact in right.facts)]
        return f"it has other words: {strange[0][:80]!r}" if strange else ""
    if right.do == "report":
        if outcome.texts:
            return f"it was added: {text[:80]!r}"
        said = "; ".join(reason for _, reason in outcome.reports)
        return "" if re.search(right.reason, said, re.S) else f"another reason: {said[:160]}"
    if not outcome.texts:
        return f"it was not added: {outcome.reports[0][1][:160]}"
    if missing := [fact for fact in right.facts if fact not in text]:
        return f"{missing[0][:60]!r} is missing in {text[:120]!r}"
    if right.only and (other := [line for line in lines if line not in right.facts]):
        return f"there is more in it: {other[0][:80]!r}"
    if held := [words for words in right.lacks if words in text]:
        return f"{held[0][:60]!r} is in it"
    return _wrong_parts(right, outcome)


def _wrong_parts(right: Right, outcome: Outcome) -> str:
    for name, reason in right.parts:
        if not any(re.search(name, part) and re.search(reason, said, re.S) for part, said in outcome.reports):
            return f"no report of {name!r} for {reason!r}: {str(outcome.reports)[:160]}"
    unknown = [
        (part, said)
        for part, said in outcome.reports
        if not any(re.search(name, part) and re.search(reason, said, re.S) for name, reason in right.parts)
    ]
    return f"an unexpected report: {unknown[0][0]}: {unknown[0][1][:120]}" if unknown else ""


def _is_of(line: str, fact: str) -> bool:
    """Say whether a line is one of a damaged file: a part of a fact, or a fact with one letter exchanged."""
    if line in fact:
        return True
    return len(line) == len(fact) and sum(a != b for a, b in zip(line, fact, strict=True)) <= 1
