"""Good files of every text format in every encoding that people's files are in, labelled rightly, wrongly or not."""

from __future__ import annotations

import codecs

from benchmarks.odd_files.case import Case, Right, added, reported
from benchmarks.odd_files.small import JAPANESE, PACKAGES, TEXTS, WESTERN, Facts

STRAY = "A café stands on the pier."
"""A fact whose accent comes from another code page than the rest of the file."""

_RULED = "In April the harbour café’s prices rose: £5 for tea – “too much”."


def encoded_cases() -> list[Case]:
    """Return every text format in every encoding, the other formats with letters beyond ASCII, and labelled files."""
    cases = []
    for ending, make in TEXTS.items():
        western, japanese = make(WESTERN), make(JAPANESE)
        mixed = make([*WESTERN, STRAY]).encode().replace("café".encode(), b"caf\xe9")
        encoded = {
            "utf-8": western.encode(),
            "utf-8 with mark": western.encode("utf-8-sig"),
            "utf-16-le": western.encode("utf-16-le"),
            "utf-16-be": western.encode("utf-16-be"),
            "utf-16-le with mark": codecs.BOM_UTF16_LE + western.encode("utf-16-le"),
            "utf-16-be with mark": codecs.BOM_UTF16_BE + western.encode("utf-16-be"),
            "windows-1252": western.encode("cp1252"),
            "shift_jis": japanese.encode("shift_jis"),
            "mixed": mixed,
        }
        for name, data in encoded.items():
            facts = JAPANESE if name == "shift_jis" else [*WESTERN, STRAY] if name == "mixed" else WESTERN
            right = _wide(ending, facts) if "utf-16" in name else _all(facts)
            cases.append(Case("encodings", f"encodings/{name}{ending}", data, right))
    for ending, make_package in PACKAGES.items():
        cases.append(Case("encodings", f"encodings/western{ending}", make_package(WESTERN), _all(WESTERN)))
        if ending != ".pdf":  # for which a font would have to be at hand
            cases.append(Case("encodings", f"encodings/japanese{ending}", make_package(JAPANESE), _all(JAPANESE)))
    return cases + _labelled()


def _all(facts: Facts) -> Right:
    return added(*facts, only=True)


def _wide(ending: str, facts: Facts) -> Right:
    if ending in (".eml", ".mbox"):
        return reported("UTF-16.*Save it as UTF-8")
    return _all(facts)


def _labelled() -> list[Case]:
    """Files that say in which encoding they are, and some that are in another."""
    rows = []
    for label, codec in (("shift_jis", "shift_jis"), ("euc-jp", "euc_jp"), ("iso-2022-jp", "iso-2022-jp")):
        rows.append((label, label, codec, JAPANESE))
    for label, codec in (("windows-1252", "cp1252"), ("iso-8859-1", "cp1252"), ("utf-8", "cp1252")):
        rows.append((f"{label} in {codec}", label, codec, WESTERN))
    rows += [("iso-8859-1 in utf-8", "iso-8859-1", "utf-8", WESTERN), ("x-unknown", "x-unknown", "cp1252", WESTERN)]
    cases = []
    for name, label, codec, facts in rows:
        page = TEXTS[".html"](facts).replace("<head>", f'<head><meta charset="{label}">')
        feed = f'<?xml version="1.0" encoding="{label}"?>' + TEXTS[".rss"](facts)
        letter = TEXTS[".eml"](facts).replace("\n\n", f"\nContent-Type: text/plain; charset={label}\n\n", 1)
        for ending, text in ((".html", page), (".rss", feed), (".eml", letter)):
            right = _all(facts)
            cases.append(Case("encodings", f"labels/{name}{ending}", text.encode(codec), right))
    ruled = _RULED.encode("cp1252").replace(b"\x97", b"\x96")
    for label in ("iso-8859-8-i", "cp-850", "ansi_x3.110-1983", "utf-7", "hex", "\u00fc", ""):
        head = f"Subject: Prices\nContent-Type: text/plain; charset={label}\n\n"
        data = head.encode() + (ruled if label not in ("cp-850", "iso-8859-8-i") else b"Tea is five pounds.")
        fact = _RULED if label not in ("cp-850", "iso-8859-8-i") else "Tea is five pounds."
        cases.append(Case("encodings", f"labels/odd {label or 'empty'}.eml", data, added(fact, only=True)))
    return cases
