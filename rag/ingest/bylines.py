"""Titles, authors and dates where people put them: in the first lines and in file names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from rag.ingest.dates import parse_date
from rag.text import clean_text, one_line, shorten

_TITLE_LENGTH = 140
_BYLINE_LENGTH = 140
_TIME = r"(?:,?(?: at| um)? \d{1,2}[:.]\d{2}(?: ?[ap]\.?m\.?)?(?: (?:GMT|BST|UTC|CES?T|[EP][SD]?T|Uhr))?)?"
_DATE = re.compile(
    r"(?P<day>(?:"
    r"\d{4}-\d{1,2}-\d{1,2}(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|\d{1,2}(?:st|nd|rd|th)?\.?(?: of| de)? [^\W\d_]{3,12}\.?,?(?: de)? \d{4}"
    r"|[^\W\d_]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}"
    r"|\d{1,2}[./]\d{1,2}[./]\d{4}))" + _TIME + r"(?!\w)"
)
_DATE_LABEL = re.compile(
    r"(?:(?:first |last )?(?:published|posted|updated|modified|created|written)(?: on| at)?|date|"
    r"on|from|datum|veröffentlicht(?: am)?|stand|am|publié(?: le)?|le|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)\s*:?\s*",
    re.I,
)
_BY = re.compile(r"(?:by|von|par|words by|text by|(?:author|autor|auteur|writer|written by)\s*:?)\s+", re.I)
_LABEL = re.compile(r"(?:author|autor|auteur|writer|written by)\b", re.I)
_READING_TIME = re.compile(r"\d+[ -]min(?:ute)?s?(?: read)?|updated", re.I)
_SEPARATOR = re.compile(r"\s*[|·•/]\s*|\s+[–—-]\s+|,\s+|;\s+")
_NAME_WORD = re.compile(r"[^\W\d_](?:[\w.'’-]*)\.?")
_SMALL_WORDS = re.compile(
    r"and|&|und|et|y|de|del|da|di|du|la|le|van|von|der|den|bin|al|of|the",
    re.I,
)
_SENTENCE_END = re.compile(r"[.!。…:;,][\"'”’)\]]*$|[?!][\"”]$")
_DOTTED_END = re.compile(r"(?:\b[A-Za-z]\.){2,}$|(?:\.\.\.|…)[\"'”’]*$|\b(?:Inc|Ltd|Co|Jr|Sr|St|etc|No)\.$")
_NAME_DATE = re.compile(r"(?<!\d)(\d{4}[-_.]\d{2}[-_.]\d{2})(?!\d)[-_. ]*")
_HASH_PART = re.compile(r"\d+|[0-9a-f]{8,}", re.I)
_SAYS_NOTHING = re.compile(
    r"untitled|index|readme|new|document|note|notes|text|article|page|file|doc",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Byline:
    """What a byline says. Either may be missing."""

    author: str | None
    published: date | None


@dataclass(frozen=True, slots=True)
class Opening:
    """What the first lines say, and how many of them are not part of the text."""

    title: str | None
    author: str | None
    published: date | None
    lines: int


def read_byline(line: str) -> Byline | None:
    """Return what `line` says as a byline ("By Tom Hale | 3 May 2025"), or None if it is prose."""
    line = one_line(clean_text(line)).strip("*_ ")
    if not line or len(line) > _BYLINE_LENGTH:
        return None
    found = _DATE.search(line)
    day = parse_date(found["day"]) if found else None
    rest = f"{line[: found.start()]}|{line[found.end() :]}" if found else line
    author: str | None = None
    loose: list[str] = []
    for part in _SEPARATOR.split(rest):
        part = _unlabelled(part.strip(" ."))
        by = _BY.match(part)
        if by and author is None and _reads_as_names(part[by.end() :]):
            author = part[by.end() :]
        elif part and not _READING_TIME.fullmatch(part):
            loose.append(part)
    if not found and (author is None or (" " not in author and not _LABEL.match(line))):
        return None
    if author and _BY.match(line) and all(map(_reads_as_role, loose)):
        return Byline(author, day)
    if author is None and found and len(loose) == 1 and _stands_before(line, found) and _reads_as_role(loose[0]):
        # "Tom Hale, 3 May 2025" names somebody; "From our own correspondent, 3 May 2025" does not.
        named = " " in loose[0] and _reads_as_names(loose[0])
        return Byline(loose[0] if named else None, day)
    return None if loose else Byline(author, day)


def read_opening(lines: Sequence[str]) -> Opening:
    """Find the title and the byline in the first `lines` of a plain text."""
    title: str | None = None
    author: str | None = None
    published: date | None = None
    used = at = 0
    while at < len(lines):
        line = lines[at].strip()
        byline = read_byline(line) if line else None
        if byline:
            author, published = author or byline.author, published or byline.published
            used = at + 1
        elif line and title is None and (after := _lines_of_title(lines, at)):
            title = line.lstrip("# ").strip("*_ ")
            used = at = after
            continue
        elif line:
            break
        at += 1
    if not any(line.strip() for line in lines[used:]):
        return Opening(None, None, None, 0)
    return Opening(title, author, published, used)


def title_from_name(name: str, text: str) -> str:
    """Return a readable title from a file name, or the first words of `text` where it says nothing."""
    stem = PurePath(name).stem if name else ""
    bare = _NAME_DATE.sub(" ", stem)
    words = re.sub(r"[-_\s]+" if " " not in bare.strip() else r"[_\s]+", " ", clean_text(bare)).strip()
    parts = words.split()
    if all(_HASH_PART.fullmatch(part) for part in parts) or _SAYS_NOTHING.fullmatch(words):
        return shorten(text[:500], 70)
    return words[0].upper() + words[1:]


def date_from_name(name: str) -> date | None:
    """Return the day in a file name such as ``2024-03-12-bridge.md``."""
    found = _NAME_DATE.search(name)
    return parse_date(found[1].replace("_", "-").replace(".", "-")) if found else None


def _unlabelled(part: str) -> str:
    bare = part
    while label := _DATE_LABEL.match(bare):
        bare = bare[label.end() :]
    return part if bare else ""


def _reads_as_names(part: str) -> bool:
    words = part.split()
    if not 1 <= len(words) <= 8:
        return False
    if any(not _NAME_WORD.fullmatch(word) and word != "&" for word in words):
        return False
    big = [word for word in words if not _SMALL_WORDS.fullmatch(word)]
    return bool(big) and not _SMALL_WORDS.fullmatch(words[-1]) and all(not word[0].islower() for word in big)


def _stands_before(line: str, day: re.Match[str]) -> bool:
    """Say whether `line` is something, a comma or the like, and then the day alone."""
    return day.end() == len(line) and line[: day.start()].rstrip()[-1:] in (",", "|", "·", "•", "-", "–", "—")


def _reads_as_role(part: str) -> bool:
    return len(part.split()) <= 6 and not any(map(str.isdigit, part)) and part[:1].isupper()


def _lines_of_title(lines: Sequence[str], at: int) -> int:
    """Return the index after the title that begins at `at`, its underline included, or 0 if it is none."""
    line = lines[at].strip()
    if len(line) > _TITLE_LENGTH or line[0] in "-*|>•":
        return 0
    if _SENTENCE_END.search(line) and not _DOTTED_END.search(line):
        return 0
    following = lines[at + 1].strip() if at + 1 < len(lines) else ""
    if following and re.fullmatch(r"=+|-{3,}|~{3,}", following):
        return at + 2
    if line.startswith("# ") or not following or read_byline(following):
        return at + 1
    return 0
