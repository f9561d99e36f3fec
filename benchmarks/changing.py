"""Change one thing of a true sentence, so that it is no longer true: a number, date or name, or whether it says no."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from benchmarks.declaring import BASES
from rag.answering.checking.claims import statement
from rag.answering.checking.figures import Figure, agreement, figures
from rag.ingest.dates import MONTH_NAMES

_AUXILIARY = re.compile(
    r"\b(is|was|are|were|has|had|have|can|could|will|would|may|must|should)\b(?!\s+(?:not|never|no)\b|n['’]t)(?=\s+\w)"
)
_NOT = re.compile(r"\s+(?:not|never)\b(?!\s+only)|(?<=\bcan)not\b")
_DID_NOT = re.compile(r"\b(?:did|does|do) not (\w+)")
_NAME = re.compile(
    r"(?<![\w-])[A-Z][\w'’-]*[a-z0-9](?:\s+(?:of\s+|de\s+|van\s+|von\s+|the\s+)?[A-Z][\w'’-]*[a-z0-9])*(?![\w-])|\b[A-Z]{2,6}\b"
)
_NO_NAME = frozenset(
    "The A An In On At It He She They This That These Those His Her Its Their But And For From By As After Before "
    "When While Although However During With Some Many Most All There Here Such One Two Three Other Another "
    "Both Each Since Until If Of To I We You Not No Yes".split()
)
_OPPOSITES = {}
for _pair in (
    "increased:decreased rose:fell grew:shrank more:fewer higher:lower before:after largest:smallest first:last "
    "won:lost opened:closed began:ended north:south east:west northern:southern eastern:western allowed:banned "
    "accepted:rejected oldest:newest most:least supported:opposed above:below early:late majority:minority "
    "larger:smaller longer:shorter older:younger bought:sold arrived:left increase:decrease"
).split():
    _one, _other = _pair.split(":")
    _OPPOSITES[_one], _OPPOSITES[_other] = _other, _one
_WIDER = {
    "some": "all",
    "most": "all",
    "many": "all",
    "several": "all",
    "often": "always",
    "sometimes": "always",
    "usually": "always",
    "few": "most",
    "mostly": "entirely",
    "partly": "wholly",
}


@dataclass(frozen=True, slots=True)
class Near:
    """Where a sentence comes from."""

    passage: str
    article: str
    chance: Random


@dataclass(frozen=True, slots=True)
class Change:
    """A sentence with one thing changed."""

    text: str
    hard: bool
    """Whether what was put in stands elsewhere in the same passage."""


def number(text: str, near: Near) -> Change | None:
    """Put another number in the place of one."""
    own = [f for f in figures(text) if f.kind in ("number", "ordinal")]
    if not own:
        return None
    figure = near.chance.choice(own)
    there = figures(near.passage)
    like = [
        f
        for f in there
        if f.kind == figure.kind
        and _units(f) == _units(figure)
        and all(agreement(f, g) == 0 and agreement(g, f) == 0 for g in own)
    ]
    if like and near.chance.random() < 0.6:
        return Change(_put(text, figure, near.chance.choice(like).text), hard=True)
    put = _near_number(figure.text, near.chance)
    if not put:
        return None
    changed = _put(text, figure, put)
    again = [f for f in figures(changed) if f.start == figure.start]
    if not again or any(agreement(again[0], f) > 0 for f in figures(_around(near.passage, figure)) + own):
        return None
    return Change(changed, hard=any(agreement(again[0], f) > 0 for f in there))


def day(text: str, near: Near) -> Change | None:
    """Put another date in the place of one."""
    own = [f for f in figures(text) if f.kind == "date" and re.search(r"\d", f.text)]
    if not own:
        return None
    figure = near.chance.choice(own)
    shape = re.sub(r"\d", "0", re.sub(r"[A-Z][a-z]+", "M", figure.text))
    like = [
        f
        for f in figures(near.passage)
        if f.kind == "date"
        and re.sub(r"\d", "0", re.sub(r"[A-Z][a-z]+", "M", f.text)) == shape
        and all(agreement(f, g) == 0 for g in own)
    ]
    if like and near.chance.random() < 0.6:
        return Change(_put(text, figure, near.chance.choice(like).text), hard=True)
    put = _near_date(figure.text, near.chance)
    return (
        Change(_put(text, figure, put), hard=bool(put) and put in near.passage) if put and put != figure.text else None
    )


def name(text: str, near: Near) -> Change | None:
    """Put another name in the place of one."""
    own = names(text)
    if not own:
        return None
    taken = {word.stem for word in statement(text).words}
    match = near.chance.choice(own)
    size = len(match[0].split())
    source, hard = (near.passage, True) if near.chance.random() < 0.6 else (near.article, False)
    found = [
        m[0]
        for m in names(source)
        if not taken & {w.stem for w in statement(f"It {m[0]}").words} and abs(len(m[0].split()) - size) <= 1
    ]
    if not found:
        return None
    put = near.chance.choice(found)
    return Change(text[: match.start()] + put + text[match.end() :], hard=hard or put in near.passage)


def negation(text: str, near: Near) -> Change | None:
    """Say no where it said yes, and the other way round."""
    if did := _DID_NOT.search(text):
        verb = did[1]
        past = next((p for p, b in BASES.items() if b == verb), verb + ("d" if verb.endswith("e") else "ed"))
        return Change(text[: did.start()] + past + text[did.end() :], hard=True)
    if said := _NOT.search(text):
        return Change(text[: said.start()] + text[said.end() :], hard=True)
    if statement(text).negated:
        return None
    if found := _AUXILIARY.search(text):
        put = near.chance.choice([" not", " not", " never"])
        return Change(text[: found.end()] + put + text[found.end() :], hard=True)
    for verb in re.finditer(r"\b([a-z]+ed|" + "|".join(BASES) + r")\b", text):
        base = BASES.get(verb[1]) or (
            verb[1][:-1]
            if re.search(r"[csvzgu]ed$|[^aeiou][tr]ed$(?<=ated|ired|ured|ored|ited)", verb[1])
            else verb[1][:-2]
        )
        before = text[: verb.start()].split()
        if before and before[-1].lower() not in ("the", "a", "an", "of", "and", "by", "to", "its", "his", "her"):
            put = f"never {verb[1]}" if near.chance.random() < 0.4 else f"did not {base}"
            return Change(text[: verb.start()] + put + text[verb.end() :], hard=True)
    return None


def opposite(text: str, near: Near) -> Change | None:
    """Turn a word into its opposite: "rose" into "fell"."""
    found = [m for m in re.finditer(r"\b[a-z]+\b", text) if m[0] in _OPPOSITES]
    if not found:
        return None
    match = near.chance.choice(found)
    return Change(text[: match.start()] + _OPPOSITES[match[0]] + text[match.end() :], hard=True)


def wider(text: str, near: Near) -> Change | None:
    """Claim more than was told: "some" becomes "all"."""
    found = [m for m in re.finditer(r"\b[A-Za-z]+\b(?= (?:of|the|[a-z]+s)\b)", text) if m[0].lower() in _WIDER]
    if not found:
        return None
    match = near.chance.choice(found)
    put = _WIDER[match[0].lower()]
    return Change(
        text[: match.start()] + (put.capitalize() if match[0][0].isupper() else put) + text[match.end() :], hard=True
    )


def roles(text: str, near: Near) -> Change | None:
    """Let two names change places around a verb: "A bought B" becomes "B bought A"."""
    found = names(text)
    pairs = [
        (a, b)
        for a, b in pairwise(found)
        if re.search(r"\b(?:[a-z]+ed|" + "|".join(BASES) + r"|wrote|won|made)\b", text[a.end() : b.start()])
        and not re.search(r"\b(?:and|or|with|met|married|between)\b|,", text[a.end() : b.start()])
    ]
    if not pairs:
        return None
    a, b = near.chance.choice(pairs)
    return Change(text[: a.start()] + b[0] + text[a.end() : b.start()] + a[0] + text[b.end() :], hard=True)


def names(text: str) -> list[re.Match[str]]:
    """Return the runs of capitalised words of a text."""
    found = []
    for match in _NAME.finditer(text):
        words = match[0].split()
        begins = match.start() == 0 or text[: match.start()].rstrip()[-1:] in (".", "!", "?", ":", "\n", "")
        if words[0] in _NO_NAME or words[0] in MONTH_NAMES or (begins and len(words) == 1):
            continue
        found.append(match)
    return found


def _put(text: str, figure: Figure, put: str) -> str:
    return text[: figure.start] + put + text[figure.end :]


def _units(figure: Figure) -> set[str]:
    return {unit for _, unit in figure.values}


def _around(passage: str, figure: Figure) -> str:
    """Return the sentence of a passage in which a figure stands as it is written."""
    at = passage.find(figure.text)
    if at < 0:
        return ""
    start = passage.rfind(". ", 0, at) + 1
    end = passage.find(". ", at)
    return passage[start : end if end > 0 else len(passage)]


_WORDS = "two three four five six seven eight nine ten eleven twelve".split()
_ORDINALS = "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()


def _near_number(written: str, chance: Random) -> str | None:
    for words in (_WORDS, _ORDINALS):
        for word in words:
            if re.search(rf"\b{word}\b", written, re.I):
                put = chance.choice([w for w in words if w != word])
                return re.sub(
                    rf"\b{word}\b", put.capitalize() if written[0].isupper() else put, written, count=1, flags=re.I
                )
    digits = list(re.finditer(r"\d", written))
    if not digits:
        return None
    at = chance.choice(digits[: max(1, len(digits) - written.replace(",", "").count("000") * 3)])
    put = chance.choice([d for d in "123456789" if d != at[0]])
    return written[: at.start()] + put + written[at.end() :]


def _near_date(written: str, chance: Random) -> str | None:
    year = re.search(r"\b(1\d{3}|20\d\d)", written)
    month = re.search("|".join(MONTH_NAMES), written)
    day_ = re.search(r"(?<!\d)(\d{1,2})(?!\d)", written)
    parts = [part for part in (year, month, day_) if part]
    if not parts or re.match(r"\d{4}-\d", written):
        iso = re.match(r"(\d{4})(-\d\d-)(\d\d)", written)
        return f"{int(iso[1]) + chance.choice([-2, -1, 1, 3])}{iso[2]}{iso[3]}" if iso else None
    part = chance.choice(parts)
    if part is year:
        put = str(int(part[0]) + chance.choice([-20, -10, -5, -3, -2, -1, 1, 2, 3, 4, 7, 10, 12]))
    elif part is month:
        put = chance.choice([name_ for name_ in MONTH_NAMES if name_ != part[0]])
    else:
        put = str(chance.choice([n for n in range(1, 29) if n != int(part[0])]))
    return written[: part.start()] + put + written[part.end() :]


CHANGES = {"number": number, "date": day, "name": name, "negation": negation}
HARDER = {"opposite": opposite, "wider": wider, "roles": roles}
