"""The noun phrases of a question, found by rules: names, and runs of words that are neither stop words nor verbs."""

from __future__ import annotations

import re

from rag.index.terms import STOP_WORDS
from rag.ingest.dates import MONTHS

NAME = re.compile(
    r"\b(?:[A-Z][\w'’.&-]*|\d{4})(?:(?: (?:of|the|and|de|la|le|von|van|for)(?= [A-Z]))* [A-Z0-9][\w'’.&-]*)*"
)
YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_HOW = re.compile(r"how \w+\b", re.I)
_DO = re.compile(r"\b(?:do|does|did)\s+$", re.I)
NOUN_LEAD = frozenset("the a an this these those my our his her its their".split())
_JOINING = frozenset("of and de la von van for the".split())
# Verbs as they end a question's subject, so that "the new ferry leave" is taken for "the new ferry".
VERBS = frozenset(
    "open opened close closed reopen reopened cost costs leave leaves run runs start starts begin begins end ends last "
    "take takes carry carries buy bought sell sold win won lose lost come comes go goes get gets make makes made build "
    "built happen happened hold holds held pay pays paid need needs use uses used move moved say said give given grow "
    "become became work works worked live lives lived die died play plays played meet met stop stopped finish finished "
    "change changed rise rose fall fell join joined serve served sit sits stand stands stay found find lead led bring "
    "brought keep kept raise raised plan planned want wanted think thought expect expected have has had be been mean "
    "arrive arrives depart departs receive received publish published announce announced launch launched appoint "
    "appointed replace replaced call called name named choose chose chosen decide decided allow allowed offer offered "
    "seat seats meant promise promised spend spent approve vote pass reject cross visit write paint weigh weighs "
    "measure measures contain contains include includes produce produces reach reached".split()
)
_PLACE_WORDS = frozenset(
    "Bridge Street Road Hall Park Museum School Hospital Council University College Club United City Rovers Library "
    "Quay Harbour Island Market Company Ltd Inc Bank Trust Festival Fair Cup Centre Center Station Airport River Bay "
    "Church House Court Square Group Institute Office Theatre Railway Mill Works Lamps Baths".split()
)


def phrases(question: str) -> list[tuple[int, int]]:
    """Return where the noun phrases of a question stand: names, and runs of words that are not stop words or verbs.

    Days and years are left out.
    """
    found: list[tuple[int, int]] = []
    run: list[re.Match[str]] = []
    how = _HOW.match(question)
    matches = list(re.finditer(r"[\w'’.&-]*\w", question))
    last_verb = max((match.start() for match in matches if is_verb(match[0])), default=0)

    def close() -> None:
        if len(run) > 1 and run[-1].start() > last_verb and _DO.search(question[: run[0].start()]):
            # "Did the volunteers recover": with no verb that is known, the last word is one.
            noun = run[-2][0]
            if run[-1][0].islower() and not _leads(noun):
                run.pop()
        if run and not _leads(run[-1][0]) and not all(_is_of_day(match[0]) for match in run):
            found.append((run[0].start(), run[-1].end()))
        run.clear()

    for number, match in enumerate(matches):
        word = match[0]
        if run and question[run[-1].end() : match.start()].strip():
            close()
        after_noun = bool(run) and not _leads(run[-1][0])
        verb = after_noun and is_verb(word)
        joins = (
            word.casefold() in _JOINING
            and after_noun
            and run[-1][0][0].isupper()
            and question[match.end() : match.end() + 2].strip()[:1].isupper()
        )
        asks = number == 0 or (how and match.start() < how.end())
        if _leads(word) or verb:
            close()
        if _leads(word) or joins or (not asks and (word == "A" or word.casefold() not in STOP_WORDS) and not verb):
            run.append(match)
        elif not verb:
            close()
    close()
    return found


def _leads(word: str) -> bool:
    """Say whether a noun phrase begins with `word`, which is no name as in "plan A"."""
    return word.casefold() in NOUN_LEAD and word != "A"


def _is_of_day(word: str) -> bool:
    return bool(YEAR.fullmatch(word)) or word.casefold() in MONTHS or (word.isdigit() and len(word) <= 2)


def is_verb(word: str) -> bool:
    """Say whether a word can be the verb that ends a question's subject."""
    return word[:1].islower() and (word in VERBS or word.endswith("ed"))


def reads_as_name(text: str) -> bool:
    """Say whether every word that counts begins with a capital or is a number."""
    parts = [
        word for word in text.split() if word.casefold() not in NOUN_LEAD | {"of", "and", "de", "la", "von", "van"}
    ]
    return bool(parts) and all(word[0].isupper() or word[0].isdigit() for word in parts)


def reads_as_person(text: str) -> bool:
    """Say whether `text` is two to four capitalised words and the last is none that names a place or a body."""
    parts = text.split()
    return (
        2 <= len(parts) <= 4
        and all(part[0].isupper() and part[0].isalpha() for part in parts)
        and not any(c.isdigit() for c in text)
        and parts[0] != "The"
        and parts[-1] not in _PLACE_WORDS
    )


def has_lead(text: str) -> bool:
    """Say whether `text` begins with "the", "a", "this" or the like."""
    return text.split()[0].casefold() in NOUN_LEAD
