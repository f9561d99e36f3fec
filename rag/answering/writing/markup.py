"""What stands around the sentences that a model writes: thinking, fences, JSON, Markdown. All of it goes."""

from __future__ import annotations

import json
import re

_THINKING = re.compile(r"<(think|thinking|thought|reasoning|reflection)>.*?(?:</\1>|\Z)", re.S | re.I)
_THOUGHT = re.compile(r"\A.*</(?:think|thinking|thought|reasoning|reflection)>", re.S | re.I)
_TEMPLATE = re.compile(r"<\|[^|<>\n]{1,40}\|>|</?s>|\[/?INST\]")
"""What servers with a wrong chat template let through."""
_CODE_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.M)
_JSON_TEXT = re.compile(
    r'"(?:answer|text|sentences?|content|claims?|statements?|response|quote)"\s*:\s*(?P<list>\[\s*)?(?P<text>"(?:[^"\\]|\\.)*")'
    r'|"(?:sources?|citations?|passages?|references?|cites?)"\s*:\s*\[?(?P<numbers>[\d\s,"]+)'
    r'|(?P<more>"(?:[^"\\]|\\.)*")(?=\s*[,\]])',
    re.I,
)
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]|^[ \t]*(?:\*\*|__)[^*_]{1,60}:?(?:\*\*|__):?[ \t]*$")
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$|^[ \t]*\|?[ \t]*:?-{2,}[-|: \t]*$")
_ITEM = re.compile(r"^[ \t]*(?:[-*+•–][ \t]+|\(?\d{1,2}[.)][ \t]+(?=\S))")
_QUOTE = re.compile(r"^[ \t]*>[ \t]?")
_PREFIX = re.compile(r"^[ \t]*(?:\*\*|__)?(?:final |short )?answer(?:\*\*|__)?[ \t]*:[ \t]*(?:\*\*|__)?[ \t]*", re.I)
_LINK = re.compile(r"!?\[([^\]\n]{1,200})\]\((?:https?|mailto)[^)\s]*\)")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1|(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])|`([^`\n]+)`")
_SOURCES = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]*|\*\*|__)?(?:sources?|references?|citations?|footnotes?|passages(?: used)?|works cited)"
    r"[ \t]*:?(?:\*\*|__)?:?[ \t]*$",
    re.I,
)
_DEFINITION = re.compile(r"^[ \t]*\[\^?\d{1,2}\][ \t]*:")


def visible(text: str) -> str:
    """Return what a model means to be read: without what it thinks, also where that was cut."""
    text = _THINKING.sub("", text)
    text = _THOUGHT.sub("", text)  # some templates swallow the tag that opens it
    return _TEMPLATE.sub("", text)


def lines_of(text: str) -> list[tuple[str, bool]]:
    """Return the lines that say something, each with whether it is an item of a list. Markdown and JSON are undone."""
    text = _CODE_FENCE.sub("", text)
    if text.lstrip()[:1] in ("{", "[") and (unpacked := _unpacked(text)):
        text = unpacked
    lines: list[tuple[str, bool]] = []
    for line in _joined(text.split("\n")):
        if _SOURCES.match(line) and lines:
            break  # the list of sources that some models end with
        if _HEADING.match(line) or _RULE.match(line) or _DEFINITION.match(line):
            continue
        line = _PREFIX.sub("", _QUOTE.sub("", line))
        item = _ITEM.match(line)
        line = _plain(line[item.end() :] if item else line)
        if line.startswith("|") and line.endswith("|"):
            line = ", ".join(filter(None, (cell.strip() for cell in line.split("|"))))
        if line:
            lines.append((line, bool(item)))
    return lines


def _joined(lines: list[str]) -> list[str]:
    """Join lines that were merely wrapped: one that ends in no stop, before one that begins in lower case."""
    joined: list[str] = []
    for line in lines:
        before = joined[-1].rstrip() if joined else ""
        if before and before[-1] not in '.!?:;|”"])' and line.strip()[:1].islower() and not _ITEM.match(line):
            joined[-1] = f"{before} {line.strip()}"
        else:
            joined.append(line)
    return joined


def _plain(line: str) -> str:
    line = _LINK.sub(r"\1", line)
    for _ in range(2):  # bold within italics
        line = _EMPHASIS.sub(lambda found: found[2] or found[3] or found[4], line)
    return line.strip()


def _unpacked(text: str) -> str:
    """Return the sentences in JSON, whole or cut, one a line, each with its numbers behind it; "" where it is none."""
    lines: list[str] = []
    listing = False
    for found in _JSON_TEXT.finditer(text):
        if found["numbers"] and lines:
            numbers = re.findall(r"\d+", found["numbers"])
            lines[-1] += f" [{', '.join(numbers)}]" if numbers else ""
            listing = False
        elif found["text"]:
            listing = bool(found["list"])
            lines.append(_string(found["text"]))
        elif found["more"] and listing:
            lines.append(_string(found["more"]))
    return "\n".join(lines)


def _string(literal: str) -> str:
    try:
        return str(json.loads(literal))
    except json.JSONDecodeError:
        return literal.strip('"')
