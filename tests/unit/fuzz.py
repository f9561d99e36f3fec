"""Damage small files of every format, for as long as one likes, and read them: only UnreadableSource may come out.

    make fuzz SECONDS=600

What breaks a loader, holds it up or takes too much memory is kept in `fuzz-found/` with what it did. `--seed N`
makes the same files again; `--only .pdf` reads one format. What is found becomes a test, and then a mended loader.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from damage import mutant

from benchmarks.odd_files.small import small_files
from rag.errors import UnreadableSource
from rag.ingest.loaders import load_bytes
from rag.ingest.media_types import MEDIA_TYPES

CPU_SECONDS = 20
"""Time of the processor that a damaged file may take."""
MEMORY = 1_500_000_000
"""Bytes of addresses that a process may have beyond those that it has when everything is imported."""
_STUCK = 120
"""Seconds after which a process that does not answer is ended."""


class Stuck(Exception):
    """Reading took too long."""


@contextmanager
def bounded(*, seconds: float = CPU_SECONDS, memory: int = MEMORY) -> Iterator[None]:
    """Raise `Stuck` or `MemoryError` in whatever takes more than that."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stuck(f"It takes more than {seconds} seconds.")

    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGPROF, stop)
    if pages:
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + memory, hard))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGPROF, before)


def read(data: bytes, ending: str) -> None:
    """Read `data` as a file with that ending; whatever it holds, an article has text and nothing else is raised."""
    try:
        for article in load_bytes(
            data, name=f"a{ending}", media_type=MEDIA_TYPES[ending], source="a", on_problem=lambda _left: None
        ):
            assert article.text
    except UnreadableSource:
        return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=sorted(MEDIA_TYPES))
    parser.add_argument("--largest", type=int, default=400_000, help="bytes of a file")
    parser.add_argument("--found", type=Path, default=Path("fuzz-found"))
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        _read_until(options)
        return
    options.found.mkdir(exist_ok=True)
    end = time.monotonic() + options.seconds
    seed = options.seed
    while (left := end - time.monotonic()) > 1:
        command = [sys.executable, *sys.argv, "--inside", "--seconds", str(left), "--seed", str(seed)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        print(done.stderr, end="")
        if done.returncode:
            _keep(options.found, f"died with {done.returncode}\n{done.stderr}")
        seed += 1_000_000
    kept = sorted(options.found.glob("*.log"))
    print(f"{len(kept)} found" + "".join(f"\n  {log}: {log.read_text().splitlines()[-1]}" for log in kept))
    sys.exit(1 if kept else 0)


def _read_until(options: argparse.Namespace) -> None:
    files = small_files()
    for ending, data in files.items():  # what is imported late counts for no damaged file
        read(data, ending)
    endings = [options.only] if options.only else list(files)
    faulthandler.enable()
    end = time.monotonic() + options.seconds
    slowest: dict[str, float] = {}
    seed = options.seed
    while time.monotonic() < end:
        ending = endings[seed % len(endings)]
        drawn = random.Random(seed)
        data = mutant(files[ending], list(files.values()), drawn.randint, largest=options.largest)
        (options.found / f"current{ending}").write_bytes(data)
        faulthandler.dump_traceback_later(_STUCK, exit=True)
        began = time.process_time()
        try:
            with bounded():
                read(data, ending)
        except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
            _keep(options.found, f"seed {seed}\n{traceback.format_exc()}", only=ending)
        else:
            (options.found / f"current{ending}").unlink()
        slowest[ending] = max(slowest.get(ending, 0), time.process_time() - began)
        seed += 1
    faulthandler.cancel_dump_traceback_later()
    times = ", ".join(f"{ending} {seconds:.1f}" for ending, seconds in slowest.items())
    print(f"{seed - options.seed:,} files from seed {options.seed:,}; seconds of the slowest: {times}")


def _keep(folder: Path, what: str, only: str = "*") -> None:
    """Give the file that was read last a name of its own, with what it did beside it."""
    for current in folder.glob(f"current{only}"):
        number = sum(1 for _ in folder.glob("*.log"))
        shutil.move(current, folder / f"{number}{current.suffix}")
        (folder / f"{number}{current.suffix}.log").write_text(what)


if __name__ == "__main__":
    main()
