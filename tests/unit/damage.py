"""Files as they are after something went wrong with them: cut short, and with bytes exchanged."""

from __future__ import annotations

from hypothesis import strategies as st


@st.composite
def damaged(draw: st.DrawFn, real: bytes, *, bytes_at_most: int = 20, cut: bool = True) -> bytes:
    """Cut `real` short half of the time, if it may be, and exchange some of its bytes."""
    broken = bytearray(real[: draw(st.integers(0, len(real)))] if cut and draw(st.booleans()) else real)
    for _ in range(draw(st.integers(0, bytes_at_most)) if broken else 0):
        broken[draw(st.integers(0, len(broken) - 1))] = draw(st.integers(0, 255))
    return bytes(broken)
