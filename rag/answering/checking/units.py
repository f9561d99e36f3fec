"""Units and currencies as they can be compared: a name, and how many of the base unit one is."""

from __future__ import annotations

import re

Unit = tuple[str, float]
"""The base unit, and how many of it one is."""

_METRIC: dict[str, Unit] = {
    "km kilometre kilometres kilometer kilometers": ("m", 1000),
    "m metre metres meter meters": ("m", 1),
    "cm centimetre centimetres centimeter centimeters": ("m", 0.01),
    "mm millimetre millimetres millimeter millimeters": ("m", 0.001),
    "kg kilo kilos kilogram kilograms kilogramme kilogrammes": ("kg", 1),
    "g gram grams gramme grammes": ("kg", 0.001),
    "mg milligram milligrams": ("kg", 1e-6),
    "tonne tonnes": ("kg", 1000),
    "l litre litres liter liters": ("l", 1),
    "ml millilitre millilitres milliliter milliliters": ("l", 0.001),
    "ha hectare hectares": ("ha", 1),
    "km2 km²": ("ha", 100),
    "m2 m²": ("ha", 0.0001),
    "w watt watts": ("w", 1),
    "kw kilowatt kilowatts": ("w", 1e3),
    "mw megawatt megawatts": ("w", 1e6),
    "gw gigawatt gigawatts": ("w", 1e9),
    "kwh": ("wh", 1e3),
    "mwh": ("wh", 1e6),
    "gwh": ("wh", 1e9),
    "kb kilobyte kilobytes": ("byte", 1e3),
    "mb megabyte megabytes": ("byte", 1e6),
    "gb gigabyte gigabytes": ("byte", 1e9),
    "tb terabyte terabytes": ("byte", 1e12),
    "hz hertz": ("hz", 1),
    "khz kilohertz": ("hz", 1e3),
    "mhz megahertz": ("hz", 1e6),
    "ghz gigahertz": ("hz", 1e9),
    "kph km/h": ("kph", 1),
}
_OTHER: dict[str, Unit] = {
    "mile miles": ("mile", 1),
    "mph": ("mph", 1),
    "knot knots": ("knot", 1),
    "ft foot feet": ("foot", 1),
    "inch inches": ("inch", 1),
    "yard yards yd yds": ("yard", 1),
    "acre acres": ("acre", 1),
    "lb lbs": ("pound", 1),
    "ounce ounces oz": ("ounce", 1),
    "ton tons": ("ton", 1),
    "gallon gallons": ("gallon", 1),
    "pint pints": ("pint", 1),
    "second seconds sec secs": ("second", 1),
    "minute minutes min mins": ("second", 60),
    "hour hours hr hrs": ("second", 3600),
    "day days": ("second", 86400),
    "week weeks": ("second", 7 * 86400),
    "fortnight fortnights": ("second", 14 * 86400),
    "month months": ("month", 1),
    "year years yr yrs": ("month", 12),
    "decade decades": ("month", 120),
    "°c celsius": ("°c", 1),
    "°f fahrenheit": ("°f", 1),
    "° degree degrees": ("°", 1),
    "% percent pct": ("%", 1),
}
_MONEY: dict[str, Unit] = {
    "$ us$ usd dollar dollars": ("$", 1),
    "a$ aud": ("aud", 1),
    "c$ cad": ("cad", 1),
    "hk$ hkd": ("hkd", 1),
    "nz$ nzd": ("nzd", 1),
    "£ gbp": ("gbp", 1),
    "pence p": ("gbp", 0.01),
    "€ eur euro euros": ("eur", 1),
    "¥ yen jpy": ("yen", 1),
    "₹ rupee rupees inr": ("inr", 1),
    "₩ won krw": ("krw", 1),
    "franc francs chf": ("franc", 1),
    "rouble roubles ruble rubles": ("rub", 1),
    "cent cents": ("cent", 1),
}
_PHRASES: dict[str, Unit] = {
    "per cent": ("%", 1),
    "per-cent": ("%", 1),
    "percentage points": ("point", 1),
    "percentage point": ("point", 1),
    "square kilometres": ("ha", 100),
    "square kilometers": ("ha", 100),
    "square metres": ("ha", 0.0001),
    "square meters": ("ha", 0.0001),
    "sq km": ("ha", 100),
    "square miles": ("square mile", 1),
    "square mile": ("square mile", 1),
    "sq mi": ("square mile", 1),
    "square feet": ("square foot", 1),
    "square foot": ("square foot", 1),
    "metric tons": ("kg", 1000),
    "kilometres per hour": ("kph", 1),
    "kilometers per hour": ("kph", 1),
    "kilometres an hour": ("kph", 1),
    "miles per hour": ("mph", 1),
    "miles an hour": ("mph", 1),
    "us dollars": ("$", 1),
    "u.s. dollars": ("$", 1),
    "pounds sterling": ("gbp", 1),
    "degrees celsius": ("°c", 1),
    "degrees c": ("°c", 1),
    "degrees fahrenheit": ("°f", 1),
    "degrees f": ("°f", 1),
}
_POUND = ("gbp", "pound")
"""What "pounds" can mean."""

UNITS: dict[str, tuple[Unit, ...]] = {
    name: (unit,) for group in (_METRIC, _OTHER, _MONEY) for names, unit in group.items() for name in names.split()
}
UNITS |= {phrase: (unit,) for phrase, unit in _PHRASES.items()}
UNITS |= {name: tuple((unit, 1.0) for unit in _POUND) for name in ("pound", "pounds")}
"""By what is written after a number, in lower case: what it can mean."""

SIGNS = ("US$", "A$", "C$", "HK$", "NZ$", "$", "£", "€", "¥", "₹", "₩")
"""Currencies that are written before a number."""


def _alternatives(names: list[str]) -> str:
    return "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in sorted(names, key=len, reverse=True))


_SHORT = [name for name in UNITS if len(name) == 1 and name.isalpha()]
_LETTERS = [name for name in UNITS if name[0].isalpha() and name not in _SHORT and name != "won"]
UNIT_AFTER = (
    rf"(?:[\s-]?(?i:{_alternatives(_LETTERS)})(?![\w²])|[\s-]?(?:{'|'.join(_SHORT)})(?![\w²'’])"
    rf"|\s?[%£€$¥₹](?!\w)|\s?°(?:[CF]\b)?)"
)
"""A unit right after a number."""


def units_of(written: str) -> tuple[Unit, ...]:
    """Return what a unit can mean, as it is written after or before a number; empty where it is none."""
    return UNITS.get(" ".join(written.replace("-", " ").split()).casefold(), ())
