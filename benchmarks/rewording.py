"""Say what a sentence says in another way, so that it stays true: shorter, in other words, other ways of a figure."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from benchmarks.declaring import BASES
from rag.ingest.dates import MONTH_NAMES

_SYNONYMS = dict(
    pair.split(":")
    for pair in (
        "began:started|started:began|large:big|big:large|many:numerous|approximately:about|roughly:about|located:situated|"
        "constructed:built|built:constructed|purchased:bought|acquired:bought|established:set up|founded:set up|"
        "received:got|obtained:got|resided:lived|died:passed away|killed:slain|created:made|"
        "produced:made|required:needed|needed:required|helped:aided|"
        "assisted:helped|important:significant|significant:important|major:main|main:principal|primary:main|"
        "chief:main|led:headed|headed:led|showed:demonstrated|demonstrated:showed|said:stated|stated:said|"
        "announced:made known|rapidly:quickly|quickly:fast|often:frequently|frequently:often|"
        "usually:generally|generally:usually|children:kids|area:region|region:area|nation:country|"
        "country:nation|entire:whole|whole:entire|complete:full|permitted:allowed|allowed:permitted|"
        "prohibited:banned|banned:prohibited|difficult:hard|hard:difficult|ended:finished|completed:finished|"
        "finished:completed|near the:close to the|largest:biggest|biggest:largest|"
        "increased:rose|rose:increased|decreased:fell|declined:fell|fell:declined|won:secured|defeated:beat|"
        "beat:defeated|remained:stayed|stayed:remained|returned:came back|"
        "become:turn into|became:turned into|because:since|more than:over|over:more than|"
        "less than:under|around:about|according to:as stated by|due to:because of|because of:owing to|"
        "such as:like|in order to:to|as well as:and|prior to:before|throughout:all through|wrote:penned"
    ).split("|")
)
_FILLERS = re.compile(
    r"\b(?:also|however|very|quite|rather|highly|extremely|especially|particularly|approximately|actually|indeed|"
    r"mainly|generally|subsequently|eventually|famously|officially|originally|then|therefore|thus)\b,?\s+",
    re.I,
)
_PARENTHESES = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_RELATIVE = re.compile(r",\s+(?:which|who|whose|where)\b[^,;]{5,120}(?:,|(?=[.;]$))")
_APPOSITION = re.compile(r"(?<=[A-Za-z]),\s+(?:a|an|the)\s+[^,;]{4,70},(?=\s+[a-z]+)")
_LEAD = re.compile(r"^(?:In|On|At|After|During|By|Since|Before|As|For|With|From|Under|Until)\b[^,;.]{3,60},\s+(?=\w)")
_TRAIL = re.compile(
    r",\s+(?:with|including|such as|as well as|\w+ing|and|but|while|although|because|making)\b[^;]{8,140}(?=\.$)"
)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])(?!\.\d)")
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve".split()
_FULL_DATE = re.compile(
    rf"(?:(?P<m1>{'|'.join(MONTH_NAMES)}) (?P<d1>\d{{1,2}}), (?P<y1>\d{{4}})"
    rf"|(?P<d2>\d{{1,2}}) (?P<m2>{'|'.join(MONTH_NAMES)}) (?P<y2>\d{{4}}))"
)
_DAY_MONTH = re.compile(rf"\b(?P<m>{'|'.join(MONTH_NAMES)}) (?P<d>\d{{1,2}})(?![\d,]|st|nd|rd|th)")
_PERSON = re.compile(
    r"(?<![\w-])(?:(?:Dr|Mr|Mrs|Ms|Sir|Prof)\.?\s+)?(?P<first>[A-Z][a-z]{2,})\s+(?:[A-Z]\.\s+)?(?P<last>[A-Z][a-z]{3,})(?![\w-]|\s+[A-Z])"
)
_PASSIVE = re.compile(
    r"(?P<object>[A-Z][^,;:()]{2,70}?) (?:was|were) (?P<verb>[a-z]+ed) by (?P<subject>(?:the |a |an )?[^,;:()]{2,60}?)"
    r"(?P<rest>(?: (?:in|on|during|from) [^,;:()]{2,40})?)\."
)


def reworded(text: str, chance: Random, *, most: int = 3) -> tuple[str, tuple[str, ...]]:
    """Return the sentence said otherwise by up to `most` means, and the names of these."""
    means = list(MEANS.items())
    chance.shuffle(means)
    used: list[str] = []
    for name, mean in means:
        if len(used) >= most:
            break
        made = mean(text, chance)
        if made and made != text and len(made.split()) >= 4:
            text = made
            used.append(name)
    return text, tuple(used)


def _shorter(text: str, chance: Random) -> str | None:
    patterns = [(_PARENTHESES, ""), (_RELATIVE, ""), (_APPOSITION, ""), (_LEAD, ""), (_TRAIL, ""), (_FILLERS, "")]
    chance.shuffle(patterns)
    for pattern, put in patterns[: chance.randint(1, 4)]:
        made = pattern.sub(put, text)
        if len(made.split()) >= 5:
            text = made
    text = re.sub(r"\s+([.,;])", r"\1", text)
    return text[0].upper() + text[1:] if text else None


def _synonyms(text: str, chance: Random) -> str | None:
    found = [word for word in _SYNONYMS if re.search(rf"\b{word}\b", text)]
    for word in chance.sample(found, min(len(found), chance.randint(1, 3))):
        text = re.sub(rf"\b{word}\b", _SYNONYMS[word], text, count=1)
    return text


def _figures(text: str, chance: Random) -> str | None:
    text = _FULL_DATE.sub(lambda match: _date(match, chance), text)
    text = _DAY_MONTH.sub(lambda m: f"{m['d']} {m['m']}" if chance.random() < 0.5 else m[0], text)
    text = _THOUSANDS.sub(lambda match: _thousands(match[0], chance), text)
    text = re.sub(r"(?<=\d)%", lambda _: chance.choice([" %", " per cent", " percent", "%"]), text)
    text = re.sub(r"(?<=\d) (?:percent|per cent)\b", lambda _: chance.choice(["%", " %", " per cent"]), text)
    text = re.sub(r"\$(\d[\d.,]*) (million|billion)", lambda m: _money(m, chance), text)
    text = re.sub(
        r"(?<![\d.,$£€-])\b([2-9]|1[0-2])\b(?![\d.,%:-]|\s*(?:%|per|million|billion|[A-Z]))",
        lambda m: _SMALL[int(m[1])] if chance.random() < 0.5 else m[0],
        text,
    )
    return re.sub(
        rf"\b({'|'.join(_SMALL[3:])})\b(?![- ](?:hundred|thousand|million|billion|of|and))",
        lambda m: str(_SMALL.index(m[1])) if chance.random() < 0.5 else m[0],
        text,
    )


def _date(match: re.Match[str], chance: Random) -> str:
    month, day, year = (match["m1"] or match["m2"], int(match["d1"] or match["d2"]), match["y1"] or match["y2"])
    number = MONTH_NAMES.index(month) + 1
    suffix = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return chance.choice(
        [
            f"{day} {month} {year}",
            f"{month} {day}, {year}",
            f"{day}{suffix} {month} {year}",
            f"{year}-{number:02}-{day:02}",
        ]
    )


def _thousands(written: str, chance: Random) -> str:
    number = int(written.replace(",", ""))
    forms = [written, str(number)] if number < 1_000_000 else [written]
    if number % 100 == 0 and number < 1_000_000:
        forms.append(f"{number / 1000:g} thousand")
    if number % 10_000 == 0 and number >= 1_000_000:
        forms.append(f"{number / 1_000_000:g} million")
    return chance.choice(forms)


def _money(match: re.Match[str], chance: Random) -> str:
    return chance.choice(
        [match[0], f"${match[1]}{'m' if match[2] == 'million' else 'bn'}", f"{match[1]} {match[2]} dollars"]
    )


def _surname(text: str, chance: Random) -> str | None:
    persons = [m for m in _PERSON.finditer(text) if m["first"] in FIRST_NAMES]
    if not persons:
        return None
    person = chance.choice(persons)
    return text[: person.start()] + person["last"] + text[person.end() :]


def _active(text: str, _: Random) -> str | None:
    match = _PASSIVE.fullmatch(text)
    if not match or match["verb"] in BASES:
        return None
    subject = match["subject"][0].upper() + match["subject"][1:]
    thing = match["object"]
    thing = thing[0].lower() + thing[1:] if thing.split()[0] in ("The", "A", "An", "His", "Her", "Its") else thing
    return f"{subject} {match['verb']} {thing}{match['rest']}."


MEANS: dict[str, Callable[[str, Random], str | None]] = {
    "shorter": _shorter,
    "synonyms": _synonyms,
    "figures": _figures,
    "surname": _surname,
    "active": _active,
}
FIRST_NAMES = frozenset(
    (
        "John James William George Thomas Robert Charles David Richard Michael Henry Edward Paul Peter Joseph Mary "
        "Anne Anna Elizabeth Martin Albert Arthur Alexander Andrew Anthony Benjamin Daniel Francis Frank Frederick "
        "Hans Isaac Jack Jean Johann Karl Kevin Lewis Louis Mark Max Nicholas Nikola Patrick Philip Ronald Samuel "
        "Simon Stephen Steven Victor Walter Donald Kenneth Brian Eric Alfred Ernest Harold Herbert Jacob Joshua "
        "Luke Matthew Maria Margaret Catherine Jane Sarah Helen Ruth Susan Emma Alice Barbara Laura Linda Julia "
        "Jennifer Jessica Kelly Doreen Hester Maeve Ingrid Miriam Jamal Nisha Jess Tom Bill Jim Tony Steve Chris "
        "Gary Ben Sam Joe Dan Mike Dave Peyton Cam Kobe Harriet Clara"
    ).split()
)
