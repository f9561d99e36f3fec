"""The numbers, dates and times of a text, as they can be compared however they are written.

"1,200", "1.2 thousand" and "twelve hundred" are one number; "5 %" and "five per cent"; "$3m" and "3 million dollars";
"3 March 2024" and "2024-03-03". 6 % is not 5 %.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import isclose
from typing import Literal

from rag.answering.checking import days
from rag.answering.checking.units import SIGNS, UNIT_AFTER, Unit, units_of
from rag.answering.numbers import SHORT_SCALES, SPELT, SPELT_ORDINAL, ordinal_of, value_of

Kind = Literal["number", "ordinal", "date", "time"]

_SIGN = "|".join(re.escape(sign) for sign in SIGNS)
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+(?![\d,.])|\d+(?!\d))(?:\.\d+(?!\d))?|\.\d+(?!\d)"
_CLOCK = (
    r"(?P<clock>(?:[01]?\d|2[0-3])[:.][0-5]\d\s?[ap]\.?m\b\.?|(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)"
    r"|(?:1[0-2]|0?\d)\s?[ap]\.?m\b\.?|(?:1[0-2]|\d)\s+o['’]clock|(?i:noon|midday|midnight))"
)
_NUMBER = (
    rf"(?P<sign>{_SIGN})?\s?(?P<digits>[-−](?<![\w)][-−]))?(?P<value>{_DIGITS})"
    r"(?:(?P<short>k|mn|m|bn|b|tn)(?![\w²'’])|[\s-](?P<scale>(?i:hundred|thousand|million|billion|trillion|dozen))s?\b)?"
    rf"(?P<unit>{UNIT_AFTER})?"
)
_WORDS = rf"(?P<words>(?i:{SPELT}))(?!\w)(?P<wordunit>{UNIT_AFTER})?"
_ORDINAL = rf"(?P<ordinal>\d+(?:st|nd|rd|th)|(?i:{SPELT_ORDINAL}))\b(?P<century>[\s-](?i:century|centuries))?"
_BEFORE = r"(?<![^\W_])(?<![^\W\d_][-’'])(?<!\d[.,:/])"
_FIGURE = re.compile(rf"{_BEFORE}(?:{_CLOCK}|{_ORDINAL}|{_WORDS}|{_NUMBER})(?![^\W\d_])", re.A)
_DATE = re.compile(rf"{_BEFORE}(?:{days.DATE})")
_ABOUT = re.compile(r"\b(?:about|around|some|roughly|approximately|nearly|almost|circa|c\.|ca\.|close to)\s+\W?$", re.I)
_OVER = re.compile(r"\b(?:over|more than|at least|above|upwards of|exceeding)\s+\W?$", re.I)
_UNDER = re.compile(r"\b(?:under|less than|fewer than|below|nearly|almost|at most|up to)\s+\W?$", re.I)
_RANGE = re.compile(r"(?<!\d)((?:1\d|20)\d\d)[-–](\d\d)(?!\d|[-–]\d)")
_OLD = re.compile(r"[\s-]old\b")
"""After the years of an age, which is as often told without them: "Jamal Idris, 34"."""
_AND_DAY = re.compile(r"(?<![\d.,:/])([12]\d|3[01]|0?[1-9])(?=\s?(?:and|or|to|,|-|–)\s?$)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, date or time, and where it stands."""

    kind: Kind
    start: int
    end: int
    text: str
    values: tuple[tuple[float, str], ...] = ()
    """What it can mean: a value and its base unit, "" for none. Of a time: minutes from midnight."""
    days: tuple[days.Day, ...] = ()
    bound: Literal["", "about", "over", "under"] = ""
    """Whether it stands for what is near it, above it or below it."""
    spelt: bool = False
    """Whether it is in words."""

    @property
    def small(self) -> bool:
        """Say whether it is a small count in words, which may be counted rather than quoted."""
        return self.spelt and self.kind == "number" and all(value <= 10 and not unit for value, unit in self.values)


def figures(text: str, published: date | None = None) -> list[Figure]:
    """Return the figures of `text`, in order; `published` is the day from which "last Tuesday" is told."""
    found = [*_dates(text, published)]
    taken = [(figure.start, figure.end) for figure in found]
    at = 0
    while match := _FIGURE.search(text, at):
        at = max(match.end(), match.start() + 1)
        clash = next((end for start, end in taken if match.start() < end and start < match.end()), 0)
        if clash:
            at = clash
            continue
        figure = _figure(text, match)
        if figure:
            found.append(figure)
    return sorted(found, key=lambda figure: figure.start)


def agreement(claimed: Figure, told: Figure, published: date | None = None) -> float:
    """Return from 0 to 1 how far `told` bears out `claimed`, to the digit: 0.5 where one of them lacks a unit."""
    if claimed.days and told.days:
        return days.agreement(claimed.days, told.days, published)
    if claimed.days or told.days:
        dated, other = (claimed, told) if claimed.days else (told, claimed)
        years = {day.year for day in dated.days if day.parts.keys() == {"year"}}
        same = other.kind == "number" and any(value in years and not unit for value, unit in other.values)
        return 1.0 if same else 0.0
    if claimed.kind != told.kind:
        return 0.6 if {claimed.kind, told.kind} == {"time", "number"} and _one_text(claimed, told) else 0.0
    return max((_value_agreement(a, b, claimed) for a, b in product(claimed.values, told.values)), default=0.0)


def _one_text(claimed: Figure, told: Figure) -> bool:
    """Say whether a time without "a.m." was read as a number: "7.30" and "7:30 a.m."."""
    time, number = (claimed, told) if claimed.kind == "time" else (told, claimed)
    minutes = [round(value) for value, _ in time.values]
    return any(
        round(value) * 60 + round(value % 1 * 100) in (m, m - 720)
        for value, unit in number.values
        for m in minutes
        if not unit and value == int(value) + round(value % 1, 2)
    )


def _value_agreement(claimed: tuple[float, str], told: tuple[float, str], figure: Figure) -> float:
    (value, unit), (other, other_unit) = claimed, told
    if unit != other_unit and unit and other_unit:
        return 0.4 if {unit, other_unit} in ({"°", "°c"}, {"°", "°f"}) and isclose(value, other) else 0.0
    share = 1.0 if unit == other_unit else 0.5
    if isclose(value, other, rel_tol=1e-9, abs_tol=1e-12):
        return share
    near = abs(value - other) <= 0.03 * abs(other)
    if figure.bound == "about" and near and value != 0:
        return 0.8 * share
    if figure.bound == "over" and value < other <= 1.3 * value:
        return 0.8 * share
    if figure.bound == "under" and 0.75 * value <= other < value:
        return 0.8 * share
    return 0.0


def _dates(text: str, published: date | None) -> list[Figure]:
    found = []
    for match in _DATE.finditer(text):
        meant = days.days_of(match, published)
        lead = text[max(0, match.start() - 2) : match.start()].strip()
        if meant and not (match.lastgroup == "year" and lead and lead[-1] in "$£€¥"):
            found.append(Figure("date", *match.span(), match[0], days=meant))
            if match.lastgroup == "days" and (first := _AND_DAY.search(text, 0, match.start())):
                day = days.Day(meant[0].year, meant[0].month, int(first[1]))
                found.append(Figure("date", *first.span(), first[0], days=(day,)))
    for match in _RANGE.finditer(text):
        year = int(match[1][:2] + match[2])
        if year > int(match[1]):
            found.append(Figure("date", match.start(2), match.end(2), match[2], days=(days.Day(year),)))
    return found


def _figure(text: str, match: re.Match[str]) -> Figure | None:
    before = text[max(0, match.start() - 20) : match.start()]
    bound: Literal["", "about", "over", "under"] = (
        "over"
        if _OVER.search(before)
        else "about"
        if _ABOUT.search(before)
        else "under"
        if _UNDER.search(before)
        else ""
    )
    if match["clock"]:
        return Figure("time", *match.span(), match[0], values=((_minutes(match["clock"]), ""),))
    if match["ordinal"]:
        digits = re.match(r"\d+", match["ordinal"])
        value = int(digits[0]) if digits else ordinal_of(match["ordinal"])
        unit = "century" if match["century"] else ""
        common = not unit and not digits and value <= 2
        # "First", "second" are more often no claim than one.
        return None if common else Figure("ordinal", *match.span(), match[0], values=((value, unit),))
    if match["words"]:
        value_ = value_of(match["words"])
        units = () if _OLD.match(text, match.end()) else units_of(match["wordunit"] or "")
        if match["words"].casefold() == "one" and not units:
            return None
        return Figure("number", *match.span(), match[0], _values([value_], units), bound=bound, spelt=True)
    start = match.start("sign") if match["sign"] else match.start("digits" if match["digits"] else "value")
    number = float(match["value"].replace(",", "").replace(" ", "")) * (-1 if match["digits"] else 1)
    money = units_of(match["sign"] or "")
    values = [number]
    units = money or (() if _OLD.match(text, match.end()) else units_of(match["unit"] or ""))
    if match["scale"]:
        values = [value_of(match["scale"]) * number]
    elif match["short"]:
        values = [SHORT_SCALES[match["short"]] * number]
        if match["short"] == "m" and not money:
            return Figure(
                "number", start, match.end(), text[start : match.end()], ((values[0], ""), (number, "m")), bound=bound
            )
    return Figure("number", start, match.end(), text[start : match.end()], _values(values, units), bound=bound)


def _values(values: list[float], units: tuple[Unit, ...]) -> tuple[tuple[float, str], ...]:
    return tuple((value * size, unit) for value in values for unit, size in units or (("", 1.0),))


def _minutes(clock: str) -> float:
    text = clock.casefold()
    if text in ("noon", "midday"):
        return 720
    if text == "midnight":
        return 0
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    hour, minute = numbers[0], numbers[1] if len(numbers) > 1 else 0
    half = re.search(r"([ap])\.?m", text)
    if half:
        hour = hour % 12 + (12 if half[1] == "p" else 0)
    return hour * 60 + minute
