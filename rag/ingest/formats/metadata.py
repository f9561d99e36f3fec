"""What programs write into files about their titles and authors, and whether it says something."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.text import clean_text, one_line

_FILE_NAME = re.compile(
    r"\.(?:docx?|rtf|odt|pdf|pptx?|xlsx?|indd|qxp|qxd|tex|dvi|ps|eps|pub|pages|html?|txt|md)\s*$", re.I
)
_MADE_BY = re.compile(
    r"^(?:microsoft\s+(?:word|powerpoint|excel|office)|powerpoint|slide|layout)\b\s*[-–:\d]*\s*", re.I
)
_SAYS_NOTHING = re.compile(
    r"\(?(?:untitled|unbenannt|sans titre|sin título|no title|title|titel|(?:word )?document|dokument|doc|presentation|"
    r"(?:un)?known|anonymous|author|user|admin(?:istrator)?|owner|default|root|test|none|null|n/?a|temp|new|"
    r"microsoft office user|python-docx|print(?:er)?|scan(?:ner|ned document)?|(?:full )?page (?:photo|fax print))"
    r"[\s\d()_.-]*",
    re.I,
)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")


def said_title(title: str | None) -> str | None:
    """Return a title that says more than which program wrote which file, else None."""
    title = one_line(clean_text(title or ""))
    bare = _MADE_BY.sub("", title)
    return None if _FILE_NAME.search(bare) or bare != title else said(title)


def said(text: str | None) -> str | None:
    """Return what a field says, or None where it says nothing: "user", "Untitled 1"."""
    text = one_line(clean_text(text or ""))
    says = sum(map(str.isalpha, text)) > 1 and "\ufffd" not in text and not _SAYS_NOTHING.fullmatch(text)
    return text if says else None


def tags_in(*fields: str | None) -> tuple[str, ...]:
    """Return the key words in `fields`, which commas or semicolons keep apart, each once."""
    return _once(one_line(clean_text(tag)) for field in fields for tag in re.split(r"[,;]", field or ""))


def language_code(language: str | None) -> str | None:
    """Return the language that "en-GB" and the like name, as "en"."""
    found = _LANGUAGE.fullmatch((language or "").strip())
    return found[1].lower() if found else None


def _once(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in tags if tag))
