"""A library whose writers are killed: SIGKILL at a random moment, then a look at everything that is left.

    python -m benchmarks.torture [--rounds 500] [--writers 2] [--full-disk] [--seed 0] [--write]

The library begins with 1,500 chunks. In each round one or two processes add, update and remove articles, build the
index again (`repair`) and write all existing chunks to Chroma once more, until they are killed: half of them while they
start or open the library, half while they work. Then another process opens the library, which finishes or undoes
what was half done, and checks it: the catalog is sound, Chroma holds the chunks of the catalog and no others, every
chunk is found first by its own vector, the full text is complete, every article is a version of its story word for
word, and it is the version that was last reported as written, or one that was being written when it was killed.
With two writers, one is killed, and the other has to get on in every second round before it is killed too.
With `--full-disk` the library is on a disk of its own (a tmpfs, for which one has to be root) with room for 0 to 4 MB
more in each round, so that what the writers do also ends for want of room; there is room again when it is looked at.

Vectors come from a hash of the text, so that it is quick; everything else is as it is used.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.results import parser, report, table
from benchmarks.torture.library import GONE, STORIES, opened, story

_SECONDS_TO_CHECK = 300
_SECONDS_TO_GET_ON = 120
_MOST_ROOM = 4_000_000
_ENOUGH_ROOM = 1_000_000_000
"""Bytes."""
_ROOT = Path(__file__).parents[2]


class Writer:
    """A writing process, and what it has reported."""

    def __init__(self, folder: Path, number: int, writers: int, seed: int, ledger: Ledger) -> None:
        self._process = _start("write", folder, number, writers, seed)
        self._ledger = ledger
        self.did = "starting"
        self.refused = 0
        """How often there was no room."""
        self.done = threading.Event()
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def kill(self) -> None:
        """Kill it, and take in what it has said until then."""
        self._process.kill()
        self._process.wait()
        self._reading.join()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if not line.endswith("\n"):  # it was killed while it said that
                return
            match json.loads(line):
                case ["opened"]:
                    self.did = "idle"
                case ["begin", what, versions]:
                    self.did = what
                    self._ledger.begin({int(number): version for number, version in versions.items()})
                case ["done"]:
                    self._ledger.done()
                    self.did = "idle"
                    self.done.set()
                case ["full"]:
                    self.did = "refused for want of room"
                    self.refused += 1
                    self.done.set()


@dataclass
class Ledger:
    """Which versions of each story may be there, by what one writer has reported."""

    may_be: dict[int, set[int]]
    _begun: dict[int, int] = field(default_factory=dict)

    def begin(self, versions: dict[int, int]) -> None:
        """Take in that these are being written: now the old one or the new one may be there."""
        self._begun = versions
        for number, version in versions.items():
            self.may_be.setdefault(number, {GONE}).add(version)

    def done(self) -> None:
        """Take in that they are written."""
        self.may_be.update({number: {version} for number, version in self._begun.items()})

    def settle(self, found: dict[int, int]) -> list[str]:
        """Return what is not as it may be, and go on from what is there."""
        wrong = []
        for number, versions in self.may_be.items():
            there = found.get(number, GONE)
            if there not in versions:
                wrong.append(f"story {number} is version {there}, and should be {sorted(versions)}")
            self.may_be[number] = {there}
        return wrong


@dataclass
class Outcome:
    """What came of all rounds."""

    rounds: int = 0
    refused: int = 0
    killed_at: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--rounds", type=int, default=500, metavar="N", help="kills (default 500)")
    made.add_argument("--writers", type=int, default=1, choices=(1, 2), help="processes that write at once")
    made.add_argument("--full-disk", action="store_true", help="on a disk that has no room for much")
    made.add_argument("--seed", type=int, default=0, metavar="N", help="which moments are drawn")
    options = made.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, _disk(folder, options.full_disk) as disk:
        place = Path(folder) / "library"
        outcome = _tortured(place, options.limit or options.rounds, options.writers, options.seed, disk)
    report(
        "torture" + ("-2" if options.writers == 2 else "") + ("-full-disk" if options.full_disk else ""),
        f"Killed while writing, {options.writers} {'writer' if options.writers == 1 else 'writers'}"
        + (", on a full disk" if options.full_disk else ""),
        _described(outcome),
        write=options.write,
        limit=options.limit,
        command=" ".join(["python -m benchmarks.torture", *sys.argv[1:]]),
    )
    sys.exit(1 if outcome.losses or outcome.hangs else 0)


@dataclass
class Disk:
    """A disk, the room on which can be set."""

    _at: str

    def leave(self, room: int) -> None:
        """Let there be `room` more bytes, to the next page."""
        size = shutil.disk_usage(self._at).used + room
        subprocess.run(["mount", "-o", f"remount,size={size // 4096 * 4096}", self._at], check=True)


@contextmanager
def _disk(at: str, wanted: bool) -> Iterator[Disk | None]:
    if not wanted:
        yield None
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_ENOUGH_ROOM}", "tmpfs", at], check=True)
    try:
        yield Disk(at)
    finally:
        subprocess.run(["umount", "--lazy", at], check=False)


def _tortured(folder: Path, rounds: int, writers: int, seed: int, disk: Disk | None) -> Outcome:
    drawn = random.Random(seed)
    with opened(folder) as library:
        library.add_articles(story(number, 0) for number in range(STORIES))
    ledgers = [Ledger({n: {0} for n in range(STORIES) if n % writers == w}) for w in range(writers)]
    outcome = Outcome()
    for number in range(rounds):
        if disk:
            disk.leave(drawn.randrange(_MOST_ROOM))
        running = [Writer(folder, w, writers, drawn.randrange(2**32), ledgers[w]) for w in range(writers)]
        drawn.shuffle(running)
        if number % 2:  # at work
            for writer in running:
                if not writer.done.wait(_SECONDS_TO_GET_ON):
                    outcome.hangs.append(f"round {number}: a writer did nothing for {_SECONDS_TO_GET_ON} s")
        time.sleep(drawn.uniform(0, 3))
        for writer in running:
            _end(writer, outcome)
            if writer is not running[-1] and number % 2:
                running[-1].done.clear()
                if not running[-1].done.wait(_SECONDS_TO_GET_ON):
                    outcome.hangs.append(f"round {number}: the other writer did not get on after the kill")
        outcome.left[_state(folder)] += 1
        if disk:
            disk.leave(_ENOUGH_ROOM)
        _look(folder, ledgers, outcome, number)
        outcome.rounds += 1
        print(f"{number + 1}/{rounds}  losses {len(outcome.losses)}  hangs {len(outcome.hangs)}", file=sys.stderr)
    return outcome


def _end(writer: Writer, outcome: Outcome) -> None:
    writer.kill()
    outcome.killed_at[writer.did] += 1
    outcome.refused += writer.refused


def _look(folder: Path, ledgers: list[Ledger], outcome: Outcome, number: int) -> None:
    began = time.monotonic()
    checking = _start("check", folder)
    try:
        said, _ = checking.communicate(timeout=_SECONDS_TO_CHECK)
    except subprocess.TimeoutExpired:
        checking.kill()
        outcome.hangs.append(f"round {number}: the check did not end within {_SECONDS_TO_CHECK} s")
        return
    outcome.seconds.append(time.monotonic() - began)
    if checking.returncode:
        outcome.losses.append(f"round {number}: the library could not be opened (exit code {checking.returncode})")
        return
    found = json.loads(said)
    wrong = list(found["problems"])
    if found["inexact"]:
        wrong.append(f"{found['inexact']} passages are not the words of their article")
    inexact = [source for source, version in found["versions"].items() if version is None]
    wrong += [f"story {source} is not what was written" for source in inexact]
    versions = {int(source): version for source, version in found["versions"].items()}
    for ledger in ledgers:
        wrong += ledger.settle(versions)
    outcome.losses += [f"round {number}: {each}" for each in wrong]


def _described(outcome: Outcome) -> str:
    killed = ", ".join(f"{what} {count}" for what, count in outcome.killed_at.most_common())
    left = ", ".join(f"{state} {count}" for state, count in outcome.left.most_common())
    rows = [
        ("rounds", f"{outcome.rounds:,}", ""),
        ("kills, by what the writer did", killed, ""),
        *([("changes refused for want of room", f"{outcome.refused:,}", "")] if outcome.refused else []),
        ("the index was left", left, ""),
        ("opening, finishing and checking all of it, median", f"{median(outcome.seconds or [0.0]):.1f} s", ""),
        ("losses", str(len(outcome.losses)), "0"),
        ("hangs", str(len(outcome.hangs)), "0"),
    ]
    listed = "\n".join(f"- {each}" for each in [*outcome.losses, *outcome.hangs][:50])
    return table(["", "figure", "bar"], rows) + (f"\n\n{listed}" if listed else "")


def _state(folder: Path) -> str:
    try:
        return str(json.loads((folder / "index.json").read_text("utf-8"))["state"])
    except FileNotFoundError:
        return "without a marker"


def _start(what: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.torture.process", what, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=_ROOT)


if __name__ == "__main__":
    main()
