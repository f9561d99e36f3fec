"""How sources, days and sentences are worded in print and in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from rag.text import one_line
from rag.types.articles import Copy
from rag.types.frozen import iso
from rag.types.passages import Passage
from rag.types.sentences import Citation, Sentence


def long_date(day: date) -> str:
    """Return a day as people write it: "4 March 2024"."""
    return f"{day.day} {day:%B %Y}"


def support(confidence: float) -> str:
    """Return in words how well an answer of that confidence is supported."""
    if confidence >= 0.75:
        return "Well supported"
    return "Likely; check the source" if confidence >= 0.5 else "Uncertain; check the source"


def in_markdown(sentence: Sentence) -> str:
    """Escape a sentence, its short answer in bold, its numbers as footnotes."""
    text = sentence.text
    start, end = sentence.short or (0, 0)
    parts = [markdown_escape(part) for part in (text[:start], text[start:end], text[end:])]
    marked = f"{parts[0]}**{parts[1]}**{parts[2]}" if sentence.short else parts[2]
    if sentence.standing == "unsupported":
        marked = f"~~{marked}~~"
    remark = f" *({sentence.remark})*" if sentence.remark else ""
    return marked + "".join(f"[^{number}]" for number in sentence.citations) + remark


_MARKDOWN = str.maketrans({c: "\\" + c for c in "\\`*_{}[]<>#|~$&"})
_BLOCK = re.compile(r"^([ \t]*)([-+=])(?=[-+=\s]|$)|^([ \t]*\d{1,9})([.)])(?=\s|$)", re.M)
"""What begins a list or underlines a heading, at the beginning of a line."""
_ADDRESS = re.compile(r":(?=//)|(?<=\bwww)\.", re.IGNORECASE)
"""What GitHub and others take bare addresses by, to make links of them."""


def markdown_escape(text: str) -> str:
    """Return `text` so that Markdown shows it as it stands, HTML tags and addresses included."""
    return _BLOCK.sub(r"\1\3\\\2\4", _ADDRESS.sub(r"\\\g<0>", text.translate(_MARKDOWN)))


def footnote(citation: Citation) -> str:
    """Return a citation as a footnote of Markdown. Its source stays as it is, so that a URL is a link."""
    quote = markdown_escape(one_line(citation.quote))
    source = one_line(citation.source).translate(_MARKDOWN)
    also = "".join(f"; {markdown_escape(words)}" for words in elsewhere(citation))
    return f"[^{citation.number}]: {markdown_escape(label(citation))}: “{quote}” ({source}){also}"


def label(item: Citation | Passage) -> str:
    """Return the title, the day and the page of what is cited or was looked at."""
    particulars = [item.title, iso(item.published), f"p. {item.page}" if item.page else None]
    return ", ".join(filter(None, particulars))


def elsewhere(citation: Citation) -> Iterator[str]:
    """Yield in words which near copies of its article have the quote too, and which have not."""
    for words, found in (("also in", citation.also_in), ("not word for word in", citation.versions)):
        if found:
            yield f"{words}: {'; '.join(map(_named, found))}"


def _named(copy: Copy) -> str:
    return ", ".join(filter(None, [copy.title, iso(copy.published), copy.source]))
