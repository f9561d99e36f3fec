"""Files as they are after something went wrong with them: cut, flipped, spliced, repeated."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO

from hypothesis import strategies as st

Pick = Callable[[int, int], int]
"""Chooses a whole number from the first to the second, both included."""

TOKENS = (
    b" ", b"\t", b"\r", b"\n", b"\n\n", b'"', b"'", b",", b"|", b"<", b"</p>", b"<p>", b"<![CDATA[", b"-->", b"<!--",
    b"&", b"&#0;", b"&#x1F600;", b"<!DOCTYPE d [<!ENTITY e 'e'>]>", b"[", b"{", b"}", b"\\", b"---\n", b"+++\n",
    b"> ", b"- ", b"# ", b"```", b"*", b"_", b"=?utf-8?q?=", b"--b", b"From ", b"9" * 20, b"-1", b"1e999", b"\x00",
    b"\x80", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b$B", b"\xed\xa0\x80", "\u202e".encode(), "e\u0301".encode(),
    "\U0001f600".encode(), b"BT /F1 9 Tf (x) Tj ET ", b" 0 obj", b"stream\n", b"/Kids[1 0 R]",
)  # fmt: skip
"""What means something in one format or another."""


@st.composite
def damaged(draw: st.DrawFn, real: bytes, *, bytes_at_most: int = 20, cut: bool = True) -> bytes:
    """Cut `real` short half of the time, if it may be, and exchange some of its bytes."""
    broken = bytearray(real[: draw(st.integers(0, len(real)))] if cut and draw(st.booleans()) else real)
    for _ in range(draw(st.integers(0, bytes_at_most)) if broken else 0):
        broken[draw(st.integers(0, len(broken) - 1))] = draw(st.integers(0, 255))
    return bytes(broken)


@st.composite
def mutants(draw: st.DrawFn, real: bytes, others: Sequence[bytes], *, largest: int) -> bytes:
    """Give mutants of `real`, as `mutant` makes them."""
    return mutant(real, others, lambda low, high: draw(st.integers(low, high)), largest=largest)


def mutant(real: bytes, others: Sequence[bytes], pick: Pick, *, largest: int) -> bytes:
    """Return `real` changed a few times: cut, flipped, spliced, with parts that are repeated very often.

    `others` are files of other kinds, parts of which get into it. Of a ZIP archive, half of the time, files in it are
    changed instead, so that the change reaches what reads them. The result has at most some `largest` bytes.
    """
    if real.startswith(b"PK") and pick(0, 1):
        with zipfile.ZipFile(BytesIO(real)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        for _ in range(pick(1, 2)):
            name = sorted(files)[pick(0, len(files) - 1)]
            files[name] = _changed(files[name], others, pick, largest)
        made = BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return made.getvalue()
    return _changed(real, others, pick, largest)


def _changed(data: bytes, others: Sequence[bytes], pick: Pick, largest: int) -> bytes:
    for _ in range(pick(1, 4)):
        way = pick(0, 5)
        at = pick(0, len(data))
        if way == 0:
            data = data[:at]
        elif way == 1 and data:
            broken = bytearray(data)
            for _ in range(pick(1, 8)):
                broken[pick(0, len(broken) - 1)] = pick(0, 255)
            data = bytes(broken)
        elif way == 2:
            source = [data, *others][pick(0, len(others))]
            start = pick(0, len(source))
            data = data[:at] + source[start : start + pick(1, 200)] + data[at + pick(0, 40) :]
        elif way == 3:
            data = data[:at] + TOKENS[pick(0, len(TOKENS) - 1)] + data[at:]
        elif way == 4:
            part = data[at : at + pick(1, 60)]
            data = data[:at] + part * pick(2, max(2, largest // max(1, len(part)))) + data[at:]
        else:
            token = TOKENS[pick(0, len(TOKENS) - 1)]
            data = data[:at] + token * pick(2, max(2, largest // len(token))) + data[at:]
        data = data[:largest]
    return data
