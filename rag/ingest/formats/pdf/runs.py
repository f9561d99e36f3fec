"""The letters of a page, put together to runs: what stands on one line without a wide gap in it."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

CHARACTERS_A_PAGE = 200_000
"""Characters of a page that are read; no page that people read has as many."""

_WIDE = 0.9
"""Gap, in heights of the letters, that separates columns and cells rather than words."""
_WORD_GAP = 0.2
"""Gap that is a space where PDFium adds none."""
_HYPHEN = "\x02"
"""What PDFium gives for a hyphen at the end of a line."""
_MIRRORED = str.maketrans("()[]{}", ")(][}{")
_LEFT_TO_RIGHT = re.compile(r"[A-Za-zÀ-ɏ](?:[\w .,'’&-]*[A-Za-zÀ-ɏ\d])?|\d(?:[\d.,:/%-]*\d)?")


@dataclass(frozen=True, slots=True)
class Run:
    """Text on one line and the box around it, in points; y grows downwards."""

    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    bold: bool = False

    @property
    def height(self) -> float:
        """Height of the letters, ascenders and descenders included."""
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        """Half way down."""
        return (self.y0 + self.y1) / 2


@dataclass(slots=True)
class _Letter:
    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    place: int
    spaced: bool = False
    """A space that PDFium adds comes before it."""


def page_runs(textpage: Any) -> list[Run]:
    """Return the runs of a page in the order in which it was written.

    Text that stands at another angle than most, such as a stamp in the margin, is left out.
    """
    import pypdfium2.raw as pdfium

    count = min(pdfium.FPDFText_CountChars(textpage), CHARACTERS_A_PAGE)
    angle = _main_angle(pdfium, textpage, count)
    runs: list[Run] = []
    turned: list[int] = []
    for line in _lines(_letters(pdfium, textpage, count, angle)):
        backwards = is_right_to_left("".join(letter.text for letter in line))
        for letters in _apart(_backwards(line) if backwards else line):
            texts = [letter.text for letter in letters]
            text = "".join(_left_to_right_inside(texts) if backwards else texts).strip()
            if text:
                turned += [len(runs)] if backwards else []
                runs.append(_run(text, letters, _is_bold(pdfium, textpage, letters[len(letters) // 2].place)))
    if _are_mirrored("".join(runs[place].text for place in turned)):
        for place in turned:
            runs[place] = replace(runs[place], text=runs[place].text.translate(_MIRRORED))
    return runs


def is_right_to_left(text: str) -> bool:
    """Say whether most letters of `text` are Hebrew, Arabic or the like."""
    if text.isascii():
        return False
    directions = Counter(map(unicodedata.bidirectional, text))
    return directions["R"] + directions["AL"] > directions["L"]


def _letters(pdfium: Any, textpage: Any, count: int, angle: int) -> Iterator[_Letter | None]:
    """Yield the letters and spaces that stand at `angle`, turned upright, and None for a line end."""
    box = pdfium.FS_RECTF()
    spaced = False
    for place in range(count):
        text = chr(pdfium.FPDFText_GetUnicode(textpage, place))
        if text in "\r\n":
            yield None
        elif pdfium.FPDFText_IsGenerated(textpage, place):
            spaced = True
        elif "\ud800" <= text <= "\udfff" or (text < " " and text != _HYPHEN):
            pass
        elif _quarter(pdfium.FPDFText_GetCharAngle(textpage, place)) == angle and pdfium.FPDFText_GetLooseCharBox(
            textpage, place, box
        ):
            x0, x1, y0, y1 = _turned(box.left, box.right, box.bottom, box.top, angle)
            if math.isfinite(x0 + x1 + y0 + y1) and y1 > y0:
                yield _Letter(text, x0, x1, y0, y1, place, spaced)
                spaced = False


def _lines(letters: Iterable[_Letter | None]) -> Iterator[list[_Letter]]:
    """Yield the letters that follow each other on a line; accents go with their letters."""
    line: list[_Letter] = []
    for letter in letters:
        if letter and line and unicodedata.combining(letter.text):
            line[-1].text += letter.text
            continue
        if line and (letter is None or line[-1].text == _HYPHEN or not _beside(line[-1], letter)):
            yield line
            line = []
        if letter:
            line.append(letter)
    if line:
        yield line


def _beside(before: _Letter, letter: _Letter) -> bool:
    shared = min(before.y1, letter.y1) - max(before.y0, letter.y0)
    return shared >= 0.4 * min(before.y1 - before.y0, letter.y1 - letter.y0)


def _apart(line: Iterable[_Letter]) -> Iterator[list[_Letter]]:
    """Cut a line at wide gaps, and make its other gaps spaces."""
    run: list[_Letter] = []
    spaced = False
    for letter in line:
        if letter.text.isspace():
            spaced = True
            continue
        if run:
            before = run[-1]
            gap = max(letter.x0 - before.x1, before.x0 - letter.x1)
            height = max(before.y1 - before.y0, letter.y1 - letter.y0)
            if gap >= _WIDE * height:
                yield run
                run = []
            elif spaced or letter.spaced or gap > _WORD_GAP * height:
                run.append(replace(before, text=" "))
        spaced = False
        run.append(letter)
    if run:
        yield run


def _backwards(line: Iterable[_Letter]) -> list[_Letter]:
    """Put letters in the order of their places from right to left; PDFium mixes up marks beside numbers."""
    return sorted((replace(letter, spaced=False) for letter in line), key=lambda letter: -letter.x0 - letter.x1)


def _are_mirrored(text: str) -> bool:
    """Say whether brackets close before they open.

    In a line from right to left "(" is drawn as ")". Some programs say what is drawn, some what is meant, and
    PDFium takes it for the first.
    """
    return _unmatched(text.translate(_MIRRORED)) < _unmatched(text)


def _unmatched(text: str) -> int:
    unmatched = opened = 0
    for letter in text:
        if letter in "([{":
            opened += 1
        elif letter in ")]}":
            unmatched += opened == 0
            opened = max(0, opened - 1)
    return unmatched + opened


def _left_to_right_inside(letters: list[str]) -> list[str]:
    """Turn numbers and Latin words, which are written from left to right among the others, the right way round."""
    signs = "".join(letter[0] for letter in letters)
    for found in _LEFT_TO_RIGHT.finditer(signs):
        letters[found.start() : found.end()] = letters[found.start() : found.end()][::-1]
    return letters


def _main_angle(pdfium: Any, textpage: Any, count: int) -> int:
    sampled = range(0, count, max(1, count // 400))
    angles = Counter(_quarter(pdfium.FPDFText_GetCharAngle(textpage, place)) for place in sampled)
    return angles.most_common(1)[0][0] if angles else 0


def _quarter(angle: float) -> int:
    """Return an angle in radians as quarter turns, -1 where it is none of them."""
    turns = angle / (math.pi / 2)
    return round(turns) % 4 if math.isfinite(turns) and abs(turns - round(turns)) < 0.1 else -1


def _turned(left: float, right: float, bottom: float, top: float, angle: int) -> tuple[float, float, float, float]:
    if angle == 3:  # written upwards
        return bottom, top, left, right
    if angle == 2:
        return -right, -left, bottom, top
    if angle == 1:
        return -top, -bottom, -right, -left
    return left, right, -top, -bottom


def _run(text: str, letters: list[_Letter], bold: bool) -> Run:
    tallest = max(letter.y1 - letter.y0 for letter in letters)
    tall = [letter for letter in letters if letter.y1 - letter.y0 >= 0.8 * tallest]
    return Run(
        text=unicodedata.normalize("NFC", text.replace(_HYPHEN, "-")),
        x0=min(letter.x0 for letter in letters),
        x1=max(letter.x1 for letter in letters),
        y0=min(letter.y0 for letter in tall),
        y1=max(letter.y1 for letter in tall),
        bold=bold,
    )


def _is_bold(pdfium: Any, textpage: Any, place: int) -> bool:
    flags = ctypes.c_int()
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(textpage, place, name, 128, flags)
    return any(word in name.value.lower() for word in (b"bold", b"black", b"heavy"))
