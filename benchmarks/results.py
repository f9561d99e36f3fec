"""Tables, and where they are kept: a section each of `benchmarks/RESULTS.md`, between two markers."""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import random
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from statistics import stdev
from typing import TypeVar

WORK = Path(__file__).parent / "work"
"""What is made on the way and may be used again; not in git."""

_ROOT = Path(__file__).parent.parent
MAKES_LIBRARY = (
    *sorted((_ROOT / "rag" / "index").rglob("*.py")),
    *sorted((_ROOT / "rag" / "ingest").rglob("*.py")),
    _ROOT / "rag" / "models" / "embedder" / "card.json",
    _ROOT / "rag" / "text.py",
    _ROOT / "benchmarks" / "data.py",
)
"""The files on which it depends what a library of the benchmarks holds."""

Row = tuple[str, str, str, str]
"""What, figure, bar, whether it was kept."""

_RESAMPLES = 1000
_T = TypeVar("_T")
_FILE = Path(__file__).parent / "RESULTS.md"
_HEAD = """# Results

Each section is written by the command it names, with `--write`; running that again replaces it.
What is measured and how stands at the top of each script, what they need in [README.md](README.md).
"""


def parser(about: str | None) -> argparse.ArgumentParser:
    """Return a command line with `--write` and `--limit`; `about` is the script's docstring."""
    made = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    kept = made.add_mutually_exclusive_group()
    kept.add_argument("--write", action="store_true", help="put the table into benchmarks/RESULTS.md")
    kept.add_argument("--limit", type=int, metavar="N", help="take only N of each thing, to try the script")
    return made


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def share(count: int, total: int) -> str:
    """Return "40 of 45, 88.9 %"."""
    return f"{count:,} of {total:,}, {count / total:.1%}".replace("%", " %") if total else "none"


def verdict(kept: bool) -> str:
    """Return the word for a bar that was kept, or missed."""
    return "kept" if kept else "**missed**"


def measured(
    name: str,
    items: Sequence[_T],
    measure: Callable[[Sequence[_T]], float],
    *,
    least: float | None = None,
    most: float | None = None,
    digits: int = 3,
) -> Row:
    """Return a row with `measure` of `items`, ± one standard error, and the bar that it has to reach or stay under."""
    value = measure(items)
    figure = f"{value:.{digits}f} ± {standard_error(items, measure):.{digits}f}"
    if least is not None:
        return name, figure, f"≥ {least:g}", verdict(value >= least)
    if most is not None:
        return name, figure, f"≤ {most:g}", verdict(value <= most)
    return name, figure, "", ""


def standard_error(items: Sequence[_T], measure: Callable[[Sequence[_T]], float]) -> float:
    """Return the standard deviation of `measure` over 1,000 seeded draws of as many items, with replacement.

    The bootstrap (Efron, The Annals of Statistics 1979).
    """
    drawn = random.Random(0)
    return stdev(measure(drawn.choices(items, k=len(items))) for _ in range(_RESAMPLES))


def kept_folder(name: str, makers: Sequence[Path], *, fresh: bool) -> Path:
    """Return the folder `name` of the work folder, emptied if `makers` are not the code that filled it."""
    folder = WORK / name
    stamp = folder / "made-by.txt"
    now = hashlib.sha256(b"".join(file.read_bytes() for file in makers)).hexdigest()
    if fresh or not stamp.is_file() or stamp.read_text("utf-8") != now:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        stamp.write_text(now, "utf-8")
    return folder


def report(name: str, title: str, body: str, *, write: bool, limit: int | None = None, command: str = "") -> None:
    """Print a section; with `write`, put it in the place of the section `name` of RESULTS.md."""
    command = command or " ".join([f"python -m benchmarks.{name}", *sys.argv[1:]])
    made = f"`{command}`, {date.today().isoformat()}. {machine()}."
    if limit:
        made = f"A trial on {limit} of each thing; the figures mean nothing. {made}"
    section = f"## {title}\n\n{made}\n\n{body.strip()}\n"
    print(section)
    if write:
        _put(name, section)


def machine() -> str:
    """Return the processor's model, cores, memory, system and Python of this machine, in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{_processor()}, {_cores()} cores, {memory:.0f} GiB of memory, {system}"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    text = described.read_text("utf-8") if described.is_file() else ""
    model = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return model[1] if model else platform.processor() or "processor unknown"


def _put(name: str, section: str) -> None:
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    stored = _FILE.read_text("utf-8") if _FILE.is_file() else _HEAD
    block = f"{begin}\n{section}{end}"
    before, found, rest = stored.partition(begin)
    whole = before + block + rest.partition(end)[2] if found else f"{stored.rstrip()}\n\n{block}\n"
    _FILE.write_text(whole, "utf-8")


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
