"""How fast, and in how much memory: starting, answering, adding; adding beside the plain LangChain chain.

    BENCH_DATA=... python -m benchmarks.speed [--write]

Each thing is timed in a process of its own, with default settings, and nothing else should run meanwhile.
Starting is the median of runs in turn, after one that is not counted, so the files are in the system's
cache. A cold `ask` is a new process each time. Warm answers are distinct questions to one process (see
`benchmarks/arms.py`). Adding counts from a loaded model to the last chunk stored; loading stands apart.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measuring import environment, in_process, percentile
from benchmarks.results import WORK, parser, report, table, verdict

ROOT = Path(__file__).parent.parent
STARTS = 10
COLD_QUESTIONS = (
    "When did the Ropewalk Bridge open again?",
    "How cold is the floor of the fish hall kept?",
    "Who took over from Hester Quill as coxswain?",
    "How big was the crowd for the cup final at Castle Road?",
    "Where had the missing tortoise been hiding?",
)

Row = tuple[str, str, str, str]
"""What, figure, bar, whether it was kept."""


def main() -> None:
    options = parser(__doc__).parse_args()
    folder = WORK / "speed"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    starting = _starting(folder / "samples")
    footnote = _arm("add-footnote", folder / "news", options.limit)
    plain = _arm("add-plain", folder / "plain", options.limit)
    answering = _arm("answers", folder / "news", options.limit)
    modules = _arm("modules", folder / "samples")

    rows = [*starting, *_answering(answering), _light(modules)]
    ratio = plain["seconds"] / footnote["seconds"]
    with_load = (plain["seconds"] + plain["load"]) / (footnote["seconds"] + footnote["load"])
    body = f"""{table(("", "figure", "bar", ""), rows)}

Adding {footnote["articles"]:,} news stories:

{_adding(footnote, plain)}

Footnote adds {ratio:.2f} times as fast (with loading {with_load:.2f} times); bar 2: {verdict(ratio >= 2)}."""
    report("speed", "Speed and memory", body, write=options.write, limit=options.limit)


def _starting(library: Path) -> list[Row]:
    python = sys.executable
    command = str(Path(python).parent / "footnote")
    if not Path(command).is_file():
        sys.exit(f"{command} is missing. Install the project into this Python: pip install -e .")
    nothing, imported, helped = _in_turn(
        [[python, "-c", "pass"], [python, "-c", "import rag"], [command, "--help"]], STARTS
    )
    ask = [command, "ask", "--library", str(library)]
    made = _wall([*ask, COLD_QUESTIONS[0]])
    cold = [_wall([*ask, question]) for question in COLD_QUESTIONS]
    beyond = median(imported) - median(nothing)
    return [
        ("`python -c pass`", f"{median(nothing):.3f} s", "", ""),
        ("`import rag`, beyond that", f"{beyond:.3f} s", "< 0.2 s", verdict(beyond < 0.2)),
        ("`footnote --help`", f"{median(helped):.3f} s", "< 0.4 s", verdict(median(helped) < 0.4)),
        ("the first `footnote ask`, adding the sample articles", f"{made:.2f} s", "", ""),
        (
            f"cold `footnote ask` on the sample articles, median of {len(cold)}",
            f"{median(cold):.2f} s (slowest {max(cold):.2f})",
            "≤ 2.5 s",
            verdict(median(cold) <= 2.5),
        ),
    ]


def _answering(arm: dict[str, Any]) -> list[Row]:
    times = arm["milliseconds"]
    p50, p95 = percentile(times, 50), percentile(times, 95)
    stages = f"search {median(arm['retrieve']):.0f} ms, choosing sentences {median(arm['answer']):.0f} ms"
    name = f"warm answer, {arm['chunks']:,} chunks, {len(times)} questions ({arm['found']} answered)"
    return [
        (f"{name}, p50", f"{p50:.0f} ms ({stages})", "≤ 300 ms", verdict(p50 <= 300)),
        (f"{name}, p95", f"{p95:.0f} ms (slowest {max(times):.0f})", "≤ 600 ms", verdict(p95 <= 600)),
        ("peak memory of that process", f"{arm['peak']:,.0f} MB", "", ""),
    ]


def _light(arm: dict[str, Any]) -> Row:
    """Say whether answering imported what it must not."""
    unwanted = {"torch", "sentence_transformers"} & set(arm["imported"])
    imported = ", ".join(arm["imported"]) or "none"
    bar = "neither torch nor sentence_transformers"
    return ("heavy packages that an answer imports", imported, bar, verdict(not unwanted))


def _adding(footnote: dict[str, Any], plain: dict[str, Any]) -> str:
    return table(
        ("", "seconds", "chunks", "chunks a second", "loading before that", "peak memory"),
        [
            (
                name,
                f"{arm['seconds']:.1f}",
                f"{arm['chunks']:,}",
                f"{arm['chunks'] / arm['seconds']:.1f}",
                f"{arm['load']:.1f} s",
                f"{arm['peak']:,.0f} MB",
            )
            for name, arm in (("Footnote", footnote), ("plain chain", plain))
        ],
    )


def _in_turn(commands: Sequence[Sequence[str]], runs: int) -> list[list[float]]:
    """Return the wall times of each command, run in turn so that a slow minute slows all of them."""
    for command in commands:
        _wall(command)
    rounds = [[_wall(command) for command in commands] for _ in range(runs)]
    return [list(times) for times in zip(*rounds, strict=True)]


def _wall(command: Sequence[str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 1):  # 1: the articles do not answer
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return seconds


def _arm(name: str, folder: Path, limit: int | None = None) -> dict[str, Any]:
    return in_process("benchmarks.arms", name, str(folder), *([str(limit)] if limit else []))


if __name__ == "__main__":
    main()
