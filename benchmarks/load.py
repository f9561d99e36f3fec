"""How a served Footnote holds under many people at once: how long they wait, what fails, how its memory grows.

    BENCH_DATA=... python -m benchmarks.load [--write] [--people 30] [--seconds 300]

Over the 2,225 news stories, each way of serving with default settings: one process over a folder, and two workers over
a Chroma server and PostgreSQL behind nginx. First one person asks alone, then all at once: a third in the window, a
third by the API, a third by its server-sent events (`benchmarks/people.py`), each reading 10 to 30 s between an answer
and the next question. At last as many ask without reading, for a minute: what it answers at most. All of it, and those
who ask, run on this machine. Bars: no errors; of the time to an answer, 95 % within 3 times that of one who asks alone;
memory (proportional set size of all processes) under 10 % more at the end than after the first minute. Then 20,000
articles and more, the largest library of `benchmarks.scale`, from one process: the first answer within 4 s of its
start (the middle of five), and with ten people 95 % of the answers within 0.8 s.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import httpx

from benchmarks import data
from benchmarks.arms import asked_of_news
from benchmarks.measuring import environment, percentile
from benchmarks.people import Asked, Run, people
from benchmarks.results import MAKES_LIBRARY, WORK, kept_folder, parser, report, table, verdict
from benchmarks.topology import Topology, free_port
from rag import Article, Library

TIMES, GROWTH = 3.0, 0.10
ALONE = 90
"""Seconds that one person asks alone, without much reading."""
AT_MOST = 60
STARTS = 5
WAYS = ("window", "API", "SSE")
LARGE = WORK / "scale" / "library-100000"
"""Of `benchmarks.scale`, and left out where that was not run."""


@dataclass(frozen=True, slots=True)
class Served:
    """A Footnote that is served."""

    address: str
    token: str
    processes: Callable[[], Sequence[int]]
    """The ids of its processes, children too."""
    started: float = 0.0
    """When its process was, by `time.monotonic`."""

    @property
    def headers(self) -> dict[str, str]:
        """What a request has, to be let in."""
        return {"Authorization": f"Bearer {self.token}"}


def main() -> None:
    options = _options()
    stories = data.news()[: options.limit]
    news = kept_folder("window-news", MAKES_LIBRARY, fresh=False) / f"library-{options.limit or 'whole'}"
    if not news.exists():
        with Library(news) as library:
            library.add_articles(stories)
    with Library(news) as library:
        questions = asked_of_news([info.title for info in library.articles()])
    rows = []
    for name, serving in (("one process, a folder", one_process(news)), ("two workers, servers", two_workers(stories))):
        if options.only and options.only not in name:
            continue
        with serving as served:
            rows += [(name, *row) for row in _measured(served, questions, options.people, options.seconds)]
    if LARGE.exists() and options.only in "one process, a large folder":
        rows += [("one process, a large folder", *row) for row in _large(options.seconds)]
    body = table(("served by", "", "figure", "bar", ""), rows)
    report("load", "Many at once", body, write=options.write, limit=options.limit)


def _large(seconds: int) -> Iterator[tuple[str, ...]]:
    with Library(LARGE) as library:
        titles = [info.title for info in library.articles()]
    questions = asked_of_news(titles)
    firsts = []
    for _ in range(STARTS):
        with one_process(LARGE, copy=False) as served:
            firsts.append(_first_answer(served, questions[0]))
    said = f"median {percentile(firsts, 50):.2f} s, slowest {max(firsts):.2f} s"
    yield (
        f"{len(titles):,} articles: first answer after start ({STARTS} starts)",
        said,
        "≤ 4 s",
        verdict(percentile(firsts, 50) <= 4),
    )
    with one_process(LARGE, copy=False) as served:
        _first_answer(served, questions[0])
        run = Run()
        ways = {"window": 4, "API": 3, "SSE": 3}
        asyncio.run(people(served.address, served.token, questions, ways=ways, seconds=seconds, run=run, seed=6))
    waited = [each.whole for each in run.asked if not each.problem]
    p95, problems = percentile(waited, 95), len(run.asked) - len(waited)
    yield f"10 people: p95 ({len(run.asked)} questions)", f"{p95:.2f} s", "≤ 0.8 s", verdict(p95 <= 0.8)
    yield "10 people: median, errors", f"{percentile(waited, 50):.2f} s, {problems}", "0", verdict(not problems)


def _first_answer(served: Served, question: str) -> float:
    reply = httpx.post(f"{served.address}/api/answer", headers=served.headers, json={"question": question}, timeout=60)
    reply.raise_for_status()
    return time.monotonic() - served.started


def _measured(served: Served, questions: Sequence[str], count: int, seconds: int) -> Iterator[tuple[str, ...]]:
    def asking(many: int, for_seconds: float, reading: tuple[float, float], seed: int) -> Run:
        run = Run()
        # One who asks alone takes one way after the other.
        for ways in [{way: 1} for way in WAYS] if many == 1 else [dict.fromkeys(WAYS, many // 3)]:
            of_it = for_seconds / 3 if many == 1 else for_seconds
            given = {"ways": ways, "seconds": of_it, "reading": reading, "run": run, "seed": seed}
            asyncio.run(people(served.address, served.token, questions, **given))
        return run

    asking(3, 10, (0, 1), 1)  # what is loaded once is loaded
    alone = asking(1, min(ALONE, seconds), (0.2, 0.6), 4).asked
    single = percentile([each.whole for each in alone], 95)
    with _memory(served) as memory:
        run = asking(count, seconds, (10, 30), 2)
    waited = [each.whole for each in run.asked if not each.problem]
    problems = [each for each in [*alone, *run.asked] if each.problem]
    yield f"alone: to the answer, median and p95 ({len(alone)} questions)", _times(alone), "", ""
    p95 = percentile(waited, 95)
    kept = verdict(p95 <= TIMES * single)
    yield (
        f"{count} people: p95 ({len(run.asked)} questions in {seconds} s)",
        f"{p95:.2f} s",
        f"≤ {TIMES * single:.2f} s",
        kept,
    )
    for way in WAYS:
        yield f"{count} people, by {way}: median and p95", _times([one for one in run.asked if one.way == way]), "", ""
    yield f"{count} people: errors", str(len(problems)), "0", verdict(not problems)
    for said in sorted({each.problem for each in problems})[:5]:
        yield "what was seen", said[:200], "", ""
    wrong = _wrong(alone, run.asked)
    yield "answers that say other than when asked alone", str(wrong), "0", verdict(wrong == 0)
    after, last = memory.at(60), memory.last
    growth = last / after - 1
    said = f"{after:.0f} → {last:.0f} MB, {growth:+.1%}"
    yield "memory after a minute, and at the end", said, f"< {GROWTH:+.0%}", verdict(growth < GROWTH)
    most = asking(count, min(AT_MOST, seconds), (0, 0), 3)
    answered = [each for each in most.asked if not each.problem]
    yield (
        f"{count} that do not read: answers a second",
        f"{len(answered) / most.now():.1f}, p95 {percentile([each.whole for each in answered], 95):.1f} s",
        "",
        "" if len(answered) == len(most.asked) else f"{len(most.asked) - len(answered)} errors",
    )


def _times(asked: Sequence[Asked]) -> str:
    waited = [each.whole for each in asked if not each.problem]
    return f"{percentile(waited, 50):.2f} s, {percentile(waited, 95):.2f} s" if waited else "none answered"


def _wrong(alone: Sequence[Asked], many: Sequence[Asked]) -> int:
    """Count the answers to programs, which lean on no conversation, that differ from those given alone."""
    known = {each.question: each.said for each in alone if each.way != "window" and not each.problem}
    told = [each for each in many if each.way != "window" and not each.problem and each.question in known]
    return sum(each.said != known[each.question] for each in told)


class _Memory:
    def __init__(self) -> None:
        self.samples: list[tuple[float, float]] = []

    def at(self, second: float) -> float:
        """Return what there was by that second, in MB."""
        return next((megabytes for when, megabytes in self.samples if when >= second), self.last)

    @property
    def last(self) -> float:
        """Return the middle of the last ten samples: one answer more or less is no growth."""
        return percentile([megabytes for _, megabytes in self.samples[-10:]], 50)


@contextmanager
def _memory(served: Served) -> Iterator[_Memory]:
    memory, ended, begun = _Memory(), Event(), time.monotonic()

    def look() -> None:
        while not ended.wait(2):
            memory.samples.append((time.monotonic() - begun, sum(map(_proportional, served.processes()))))

    thread = Thread(target=look)
    thread.start()
    yield memory
    ended.set()
    thread.join()


def _proportional(process: int) -> float:
    """Return a process's proportional set size in MB; pages that several share count once in all."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def _with_children(*processes: int) -> list[int]:
    every = list(processes)
    for process in every:
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            try:
                every += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return every


@contextmanager
def one_process(library: Path, *, copy: bool = True, settings: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Serve a library, or a copy of it, from one process, with `settings` by name beside."""
    with tempfile.TemporaryDirectory(prefix="footnote-load-") as folder:
        where = Path(folder) / "library" if copy else library
        if copy:
            shutil.copytree(library, where)
        with Library(where) as opened:
            token = opened.tokens.make(f"load {time.time_ns()}", scope="write")
        port = free_port()
        given = {"library": str(where), **(settings or {})}
        environ = environment() | {f"FOOTNOTE_{name.upper()}": value for name, value in given.items()}
        command = [sys.executable, "-m", "rag.cli", "serve", "--port", str(port)]
        with (Path(folder) / "log").open("wb") as log:
            started = time.monotonic()
            process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        try:
            _reached(f"http://127.0.0.1:{port}")
            yield Served(f"http://127.0.0.1:{port}", token, lambda: _with_children(process.pid), started)
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def two_workers(stories: Sequence[Article]) -> Iterator[Served]:
    """Serve the news from two workers over a Chroma server and PostgreSQL, behind nginx."""
    with (
        tempfile.TemporaryDirectory(prefix="footnote-load-", ignore_cleanup_errors=True) as folder,
        Topology(Path(folder), workers=2, articles=stories) as running,
    ):
        _reached(running.address)
        yield Served(
            running.address,
            running.token("load"),
            lambda: _with_children(*(part.pid for part in running.parts if part.is_running)),
        )


def _reached(address: str) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        try:
            if httpx.get(f"{address}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{address} did not answer within a minute.")


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--people", type=int, default=30, metavar="N", help="how many ask at once; a multiple of 3")
    made.add_argument("--seconds", type=int, default=300, metavar="N", help="how long they do")
    made.add_argument("--only", default="", metavar="WORDS", help="serve it in the way of that name only")
    return made.parse_args()


if __name__ == "__main__":
    main()
