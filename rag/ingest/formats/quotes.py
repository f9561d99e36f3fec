"""What a mail repeats of the mails before it: left out, since it is in the library under its own name or not at all."""

from __future__ import annotations

import re
from typing import Any

_QUOTED = re.compile(r"\s*(?:>|\|\s?>)")
_FORWARDED = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc)\s*:", re.I)
_ATTRIBUTION = re.compile(
    r"(?:on|am|le|el|il|op|den|em)\b.{0,300}?"
    r"\b(?:wrote|schrieb|écrit|escribió|ha scritto|schreef|skrev|escreveu)\b[^\n]{0,100}:\s*",
    re.I | re.S,
)
_REST = re.compile(
    r"\s*(?:-{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original)\s*-{2,}|_{20,})\s*",
    re.I,
)
_HEADER = re.compile(r"\s*\*?(?:from|von|de|da|van)\s?:\*?\s.*", re.I)
_NEXT_HEADER = re.compile(r"\s*\*?(?:sent|date|gesendet|datum|envoyé|enviado|to|an|inviato|verzonden)\s?:\*?\s.*", re.I)
_QUOTE_ELEMENTS = (
    "//blockquote[@type='cite']|//*[contains(concat(' ', @class, ' '), ' gmail_quote ')]"
    "|//*[contains(@class, 'moz-cite-prefix')]|//*[contains(@class, 'yahoo_quoted')]"
    "|//*[@id='divRplyFwdMsg' or @id='appendonsend']/following-sibling::*|//*[@id='divRplyFwdMsg']"
)


def is_forwarded(subject: str) -> bool:
    """Say whether a mail is one that was passed on: then what it repeats is what it says."""
    return bool(_FORWARDED.match(subject))


def own_words(text: str) -> str:
    """Return the text of a mail without the lines that it quotes and the words that lead to them."""
    lines = text.split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        if _QUOTED.match(line):
            _drop_attribution(kept)
            continue
        following = next((other for other in lines[number + 1 : number + 3] if other.strip()), "")
        if _REST.fullmatch(line) or (_HEADER.fullmatch(line) and _NEXT_HEADER.fullmatch(following)):
            break
        kept.append(line)
    # Some programs mark no line of what they quote, but announce it.
    for number in range(len(kept)):
        if kept[number].strip() and _announces(kept[number : number + 3]):
            return "\n".join(kept[:number])
    return "\n".join(kept)


def drop_quotes(tree: Any) -> None:
    """Take out of the page of a mail what it quotes."""
    for element in tree.xpath(_QUOTE_ELEMENTS):
        if element.getparent() is not None:
            element.drop_tree()


def _drop_attribution(kept: list[str]) -> None:
    """Take "On Monday, Tom Hale wrote:" off the end, which may be wrapped over three lines."""
    bare = len(kept)
    while bare and not kept[bare - 1].strip():
        bare -= 1
    for first in range(bare - 1, max(-1, bare - 4), -1):
        if _ATTRIBUTION.fullmatch("\n".join(kept[first:bare]).strip()):
            del kept[first:]
            return


def _announces(lines: list[str]) -> bool:
    """Say whether the first of `lines` begins "On 3 May 2025, Tom Hale <tom@example.org> wrote:", with a number."""
    for count in range(1, len(lines) + 1):
        said = "\n".join(lines[:count]).strip()
        if _ATTRIBUTION.fullmatch(said):
            return any(map(str.isdigit, said)) and ("@" in said or "<" in said)
    return False
