"""How far long work is: told to the caller's function, else drawn as a bar where a person watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int, str], None]
"""Called as progress(done, total, what): a source is done, or a page is now fetched; of other work, what is done."""


@contextmanager
def shown(progress: Progress | None, total: int, unit: str = "article") -> Iterator[Progress]:
    """Give what to call as work goes on: the caller's function, else a bar where a person watches a terminal."""
    if progress or not sys.stderr.isatty():
        yield progress or (lambda _done, _total, _what: None)
        return
    from tqdm import tqdm

    with tqdm(total=total, unit=unit, leave=False) as bar:

        def show(done: int, total: int, what: str) -> None:
            bar.total = total
            if unit != "article":
                bar.set_description(what)
            bar.update(done - bar.n)

        yield show
