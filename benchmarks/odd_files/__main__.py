"""Hundreds of odd files are written into a folder, which is added: each has to be added rightly or reported.

    python -m benchmarks.odd_files [--write] [--keep FOLDER]

Formats by encodings by damage, wrong endings, hostile names, links, bombs. Of each file it is known what is right:
to be added with these facts in its text and, where it is said so, no other words; or to be reported by its own name
with a reason that fits. A damaged file may be either, but never has words that it had not. The folder is added by
`Library.add` in a process of its own, with the shipped model. Bars: all are right, the process lives, and it takes
less than 1 GB of memory at its peak, the processes that it starts included (looked at 200 times a second).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.odd_files.adding import memory
from benchmarks.odd_files.bombs import bomb_cases, deep_cases, huge_cases
from benchmarks.odd_files.case import Case, Impossible, Outcome, known_as, wrong
from benchmarks.odd_files.damaged import cut_cases, empty_cases, ending_cases, flipped_cases
from benchmarks.odd_files.encodings import encoded_cases
from benchmarks.odd_files.places import link_cases, name_cases
from benchmarks.odd_files.protected import protected_cases, zip_cases
from benchmarks.odd_files.writers import mail_cases, paper_cases, table_cases
from benchmarks.results import parser, report, table, verdict

FILES = 300
MEGABYTES = 1000
_SECONDS = 3600


def all_cases() -> list[Case]:
    """Return every odd file."""
    makers = (
        encoded_cases, cut_cases, flipped_cases, empty_cases, ending_cases, huge_cases, deep_cases, bomb_cases,
        zip_cases, protected_cases, table_cases, mail_cases, paper_cases, name_cases, link_cases,
    )  # fmt: skip
    return [case for make in makers for case in make()]


def main() -> None:
    options = _parser().parse_args()
    cases = all_cases()
    if options.limit:
        cases = cases[:: max(1, len(cases) // options.limit)]
    # Resolved, since the library knows files by their true paths.
    folder = Path(options.keep or tempfile.mkdtemp(prefix="odd-files-")).resolve()
    try:
        skipped = write(cases, folder / "files")
        made = [case for case in cases if case.name not in skipped]
        found = _added(folder)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    misses = judged(made, folder / "files", found)
    body = _body(made, skipped, misses, found)
    report("odd_files", "Odd files", body, write=options.write, limit=options.limit)
    if misses:
        sys.exit(1)


def _parser() -> Any:
    made = parser(__doc__)
    made.add_argument("--keep", metavar="FOLDER", help="an empty folder to make the files in, and to leave them")
    return made


def write(cases: Sequence[Case], folder: Path) -> dict[str, str]:
    """Make the files in `folder`; return the names of those that cannot be made here, with the reasons."""
    folder.mkdir(parents=True)
    skipped = {}
    for case in cases:
        path = folder / case.name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            if isinstance(case.make, bytes):
                path.write_bytes(case.make)
            else:
                case.make(path)
        except Impossible as error:
            skipped[case.name] = str(error)
    return skipped


def judged(cases: Sequence[Case], folder: Path, found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the names of the files with which something was done wrong, and what."""
    outcomes = {known_as(folder / case.name): Outcome() for case in cases}
    if len(outcomes) != len(cases):
        raise ValueError("Two files have one name.")
    misses = [(source, "it was added twice") for source in found["again"]]
    for source, text in found["added"]:
        if (name := _whole(source, outcomes)) is None:
            misses.append((source, "there is no such file"))
        else:
            outcomes[name].texts.append(text)
    for source, reason in found["reported"]:
        if (name := _whole(source, outcomes)) is None:
            misses.append((source, f"there is no such file: {reason}"))
        else:
            outcomes[name].reports.append((source[len(name) + 1 :], reason))
    for case in cases:
        if said := wrong(case.right, outcomes[known_as(folder / case.name)]):
            misses.append((case.name, said))
    return [(name.encode("utf-8", "backslashreplace").decode(), said) for name, said in misses]


def _whole(source: str, outcomes: dict[str, Outcome]) -> str | None:
    """Return the name of the file that `source`, or a part of it, is: a name may hold the sign of parts itself."""
    at = len(source)
    while at >= 0:
        if source[:at] in outcomes:
            return source[:at]
        at = source.rfind("#", 0, at)
    return None


def _added(folder: Path) -> dict[str, Any]:
    result = folder / "result.json"
    places = [str(folder / "files"), str(folder / "library"), str(result)]
    command = [sys.executable, "-m", "benchmarks.odd_files.adding", *places]
    with (folder / "errors.txt").open("w+") as errors, subprocess.Popen(command, stderr=errors) as process:
        together = _watched(process)
        if process.returncode or not result.is_file():
            errors.seek(0)
            sys.exit(f"The process that adds died with {process.returncode}:\n{errors.read()[-4000:]}")
    found: dict[str, Any] = json.loads(result.read_text("utf-8"))
    found["megabytes"] = max(found["megabytes"], together)
    return found


def _watched(process: subprocess.Popen[bytes]) -> float:
    """Wait for the end of a process; return how many megabytes it and those that it started had together."""
    begun = time.monotonic()
    most = 0.0
    children = Path(f"/proc/{process.pid}/task")
    while process.poll() is None:
        if time.monotonic() - begun > _SECONDS:
            process.kill()
            sys.exit(f"Adding did not end within {_SECONDS} seconds.")
        for thread in children.glob("*/children"):
            with suppress(OSError):  # it ended meanwhile
                started_by_it = filter(_runs_its_own, thread.read_text().split())
                most = max(most, sum(memory(one, "VmRSS") for one in [str(process.pid), *started_by_it]))
        time.sleep(0.005)
    return most


def _runs_its_own(process: str) -> bool:
    """Say whether a process has begun to run what it was started for: before, it shares the memory of another."""
    return b"pdf.letters" in Path(f"/proc/{process}/cmdline").read_bytes()


def _body(
    made: Sequence[Case], skipped: dict[str, str], misses: Sequence[tuple[str, str]], found: dict[str, Any]
) -> str:
    missed = {name for name, _ in misses}
    groups = Counter(case.group for case in made)
    right = Counter(case.group for case in made if case.name.encode("utf-8", "backslashreplace").decode() not in missed)
    rows = [(group, f"{count:,}", f"{right[group]:,}", f"{count - right[group]:,}") for group, count in groups.items()]
    total = sum(groups.values())
    rows.append(("**all**", f"{total:,}", f"{sum(right.values()):,}", f"{total - sum(right.values()):,}"))
    megabytes = found["megabytes"]
    figures = table(
        ("", "figure", "bar", ""),
        [
            ("files", f"{total:,}", f"≥ {FILES}", verdict(total >= FILES)),
            ("added rightly, or reported by name and reason", f"{total - len(misses):,}", "all", verdict(not misses)),
            ("the process that added them", "ended well", "lives", verdict(True)),
            ("memory at its peak", f"{megabytes:,.0f} MB", f"< {MEGABYTES:,} MB", verdict(megabytes < MEGABYTES)),
            ("seconds", f"{found['seconds']:,.0f}", "", ""),
            ("articles", f"{len(found['added']):,}", "", ""),
        ],
    )
    body = f"{table(('', 'files', 'right', 'wrong'), rows)}\n\n{figures}"
    if misses:
        body += f"\n\nEvery wrong one:\n\n{table(('file', 'what was wrong'), misses)}"
    if skipped:
        body += f"\n\nNot tried here:\n\n{table(('file', 'why'), skipped.items())}"
    return body


if __name__ == "__main__":
    main()
