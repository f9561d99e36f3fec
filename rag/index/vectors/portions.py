"""Many things a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

_T = TypeVar("_T")
_CHUNKS_A_STEP = 500


def batches(items: Iterator[_T], size: int = _CHUNKS_A_STEP) -> Iterator[list[_T]]:
    """Yield the items some hundred at a time."""
    batch: list[_T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
