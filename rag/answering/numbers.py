"""Numbers in words and digits: "twelve hundred", "1.2 thousand", "half a million", "two-thirds"."""

from __future__ import annotations

import re

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL = {word: number for number, word in enumerate(_ONES)} | {
    word: 10 * number for number, word in enumerate(_TENS, start=2)
}
SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "dozen": 12.0,
}
SHORT_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12}
"""Letters right after a number; "m" is a metre too, unless a currency stands before."""
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
_TENTHS = "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth".split()
ORDINALS = {word: number for number, word in enumerate(_ORDINALS, start=1)} | {
    word: 10 * number for number, word in enumerate(_TENTHS, start=2)
}

_SMALL = "|".join(sorted(SMALL, key=len, reverse=True))
_NINE = "|".join(_ONES[1:10])
UNDER_HUNDRED = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{_NINE}))?|{'|'.join(_ONES[::-1])})"
"""A number in words, up to ninety-nine."""
_YEAR = rf"(?:{'|'.join([*_ONES[10:], 'twenty'])})[\s-](?:{'|'.join(_TENS)})(?:[\s-](?:{_NINE}))?(?!\w)"
_SCALE = r"(?:hundred|thousand|million|billion|trillion|dozen)s?"
_PART = rf"(?:{'|'.join(_PARTS)})s?"
_SIMPLE = rf"(?:{_YEAR}|{UNDER_HUNDRED})"
SPELT = (
    rf"(?:(?:half\s+an?|an?|(?:{_SIMPLE})(?:\s+point(?:\s+(?:{_SMALL}))+)?(?:\s+and\s+a\s+(?:half|quarter))?)"
    rf"(?:\s+{_SCALE})+(?:(?:\s+and\s+|\s+)(?:{_SIMPLE})(?:\s+{_SCALE})*)*"
    rf"|(?:{_SIMPLE})\s+point(?:\s+(?:{_SMALL}))+"
    rf"|(?:{_SIMPLE})[\s-]{_PART}(?!\w)"
    rf"|(?:{_SIMPLE})\s+and\s+a\s+(?:half|quarter)"
    rf"|(?:{_SIMPLE})|an?\s+(?:third|quarter|fifth|tenth)(?=\s+of\b)|half(?=\s+(?:of|the|its|their|his|her)\b))"
)
"""A number in words."""
SPELT_ORDINAL = rf"(?:(?:{'|'.join(_TENS)})[\s-](?:{'|'.join(_ORDINALS[:9])})|{'|'.join([*_ORDINALS[::-1], *_TENTHS])})"
_WORD = re.compile(r"[a-z]+")


def value_of(words: str) -> float:
    """Return the value of a number in words, such as `SPELT` matches. Raises `ValueError` where it is none."""
    found = [word for word in _WORD.findall(words.casefold()) if word != "and"]
    total, group, decimals = 0.0, 0.0, 0
    for before, word in zip(["", *found], found, strict=False):
        singular = word if word in SMALL else word.removesuffix("s")
        if word in SMALL and decimals:
            group += SMALL[word] / 10**decimals
            decimals += 1
        elif word in SMALL:
            # "nineteen forty" is a year.
            group = group * (100 if 10 <= group <= 20 <= SMALL[word] else 1) + SMALL[word]
        elif word == "point":
            decimals = 1
        elif singular in _PARTS and before in SMALL:
            group = group / _PARTS[singular]
        elif singular in _PARTS:
            group += 1 / _PARTS[singular]
        elif singular in SCALES:
            decimals = 0
            group = (group or 1.0) * SCALES[singular]
            if SCALES[singular] >= 1e3:
                total, group = total + group, 0.0
        elif word not in ("a", "an"):
            raise ValueError(f"{words!r} is no number.")
    return round(total + group, 9)


def ordinal_of(words: str) -> int:
    """Return the value of an ordinal in words: "twenty-third" is 23."""
    return sum(ORDINALS.get(word, SMALL.get(word, 0)) for word in _WORD.findall(words.casefold()))
