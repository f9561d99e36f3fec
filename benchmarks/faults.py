"""What people see when a part of a served Footnote fails while they ask, and how long until all is well again.

    BENCH_DATA=... python -m benchmarks.faults [--write] [--only WORDS]

Six ask without much reading, two each in the window, by the API and by its events (`benchmarks/people.py`), of 300 news
stories. After a while something is done to a part: a worker is killed, the Chroma server, PostgreSQL, each started
again a few seconds later; a disk fills while articles are added (a tmpfs, for which one has to be root; a folder
library); a chat model goes away in the middle of a sentence. All passages of a question are read, however long it takes
(`READING_MS`). Recovery is counted from the moment at which the part is there again (for a worker: from its end,
since the other one is there) to the end of the last question that failed. Afterwards every article has to be there,
and every answer to a program to be the one given before the fault (or, where an article was added meanwhile, after
it).
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks import data
from benchmarks.arms import NATURAL_QUESTIONS
from benchmarks.load import Served, one_process
from benchmarks.measuring import ROOT
from benchmarks.people import Asked, Run, people
from benchmarks.results import parser, report, table, verdict
from benchmarks.topology import Part, Topology
from rag import Article, Library

SIX = {"window": 2, "API": 2, "SSE": 2}
STORIES = 300
BEFORE, AWAY, AFTER = 8.0, 5.0, 25.0
"""Seconds until something fails, that it stays away, and that people go on asking."""
ROOM = 300_000
"""Bytes that are left on the disk when it fills."""

UNHURRIED = {"reading_ms": "20000"}
"""Each answer reads all its passages, so that it hangs on nothing but the articles. By default a processor that is busy
reads fewer of them."""

Row = tuple[str, str, str, str, str]


def main() -> None:
    options = _options()
    stories = data.news()[: options.limit or STORIES]
    questions = NATURAL_QUESTIONS[:30]
    faults: dict[str, Callable[[], Row]] = {
        "a worker is killed": lambda: _part_fails("a worker is killed", stories, questions, lambda it: it.workers[0]),
        "the Chroma server is killed": lambda: _part_fails(
            "the Chroma server is killed", stories, questions, lambda it: it.chroma
        ),
        "PostgreSQL is killed": lambda: _part_fails("PostgreSQL is killed", stories, questions, lambda it: it.postgres),
        "the disk fills": lambda: _disk_fills(stories, questions),
        "the chat model goes away": lambda: _model_goes(stories, questions),
    }
    rows = [fault() for name, fault in faults.items() if options.only in name]
    header = ("what fails", "what was seen", "well again after", "articles lost (bar 0)", "answers wrong (bar 0)")
    report("faults", "Faults while people ask", table(header, rows), write=options.write, limit=options.limit)


def _part_fails(
    name: str, stories: Sequence[Article], questions: Sequence[str], which: Callable[[Topology], Part]
) -> Row:
    with _folder() as folder, Topology(folder, workers=2, articles=stories, settings=UNHURRIED) as running:
        token = running.token()
        expected = [_expected(running.address, token, questions)]
        added = _articles(running.address, token)  # fewer than the stories, where two are one
        part = which(running)
        is_worker = part in running.workers
        with _asking(running.address, token, questions) as run:
            time.sleep(BEFORE)
            gone = run.now()
            part.kill()
            time.sleep(AWAY)
            part.start()
            well = gone if is_worker else run.now()
            time.sleep(AFTER)
        return _row(name, run, gone, well, expected, _articles(running.address, token), added)


def _disk_fills(stories: Sequence[Article], questions: Sequence[str]) -> Row:
    with _folder() as disk:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1000000000", "tmpfs", str(disk)], check=True)
        try:
            with Library(disk / "library") as library:
                library.add_articles(stories)
            with one_process(disk / "library", copy=False, settings=UNHURRIED) as served:
                row = _filled(served, disk, questions)
            with Library(disk / "library") as library:  # and it opens again, whole
                whole = not library.check().problems
            return row if whole else (*row[:3], "the library is not whole", row[4])
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=False)


def _filled(served: Served, disk: Path, questions: Sequence[str]) -> Row:
    expected = [_expected(served.address, served.token, questions)]
    refused: Counter[str] = Counter()
    added = _articles(served.address, served.token)
    with _asking(served.address, served.token, questions) as run:
        time.sleep(BEFORE)
        _leave(disk, ROOM)
        gone = run.now()
        for number in range(12):
            said = _add(served, number)
            added += not said
            refused.update([said] if said else [])
        time.sleep(AWAY)
        _leave(disk, 500_000_000)
        well = run.now()
        said = _add(served, 12)
        added += not said
        refused.update([f"{said} (with room again)"] if said else [])
        time.sleep(AFTER)
    there = _articles(served.address, served.token)
    expected.append(_expected(served.address, served.token, questions))  # of a library that has grown meanwhile
    row = _row("the disk fills", run, gone, well, expected, there, added)
    told = "; ".join(f"adding: “{_short(said)}” ({count})" for said, count in refused.items())
    return row[0], f"{told}; asking: {row[1]}", *row[2:]


def _model_goes(stories: Sequence[Article], questions: Sequence[str]) -> Row:
    sys.path.insert(0, str(ROOT / "tests"))
    from chat_server import ChatServer, Says

    said = "The articles tell of this at some length, and in several places, as one can read below. [1]"
    with _folder() as folder, ChatServer() as model:
        with Library(folder / "library") as library:
            library.add_articles(stories)
        with one_process(folder / "library", copy=False, settings=UNHURRIED) as served:
            expected = _expected(served.address, served.token, questions)
            added = _articles(served.address, served.token)
        named = {"chat_model": "small", "chat_base_url": model.url, "chat_api_key": "none"}
        with one_process(folder / "library", copy=False, settings={**UNHURRIED, **named}) as served:
            model.next(Says(said))
            with _asking(served.address, served.token, questions) as run:
                time.sleep(BEFORE)
                model.next(Says(said, cut_after=3))
                gone = run.now()
                time.sleep(AWAY)
                model.next(Says(said))
                well = run.now()
                time.sleep(AFTER)
            row = _row("the chat model goes away", run, gone, well, [], _articles(served.address, served.token), added)
            away = [each for each in run.asked if gone <= each.at and each.at + each.whole <= well]
            meanwhile = [each for each in away if each.way != "window"]
            # What stands in for the model; where nothing was found, that says why it does, too.
            others = [each for each in meanwhile if not each.said.startswith(expected[each.question])]
            _print("the chat model goes away", others)
            return *row[:4], f"{len(others)} of {len(meanwhile)} while it was away: {verdict(not others)}"


def _expected(address: str, token: str, questions: Sequence[str]) -> dict[str, str]:
    """Return what each question is answered while all is well."""
    answers = {}
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=120) as client:
        for question in questions:
            reply = client.post("/api/answer", json={"question": question}).raise_for_status()
            answers[question] = reply.json()["text"]
    return answers


@contextmanager
def _asking(address: str, token: str, questions: Sequence[str]) -> Iterator[Run]:
    """Let people ask until the block ends."""
    run = Run()
    seconds = BEFORE + AWAY + AFTER + 600
    loop = asyncio.new_event_loop()
    task = loop.create_task(
        people(address, token, questions, ways=SIX, seconds=seconds, reading=(0.5, 1.5), run=run, seed=5)
    )

    def ask() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield run
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


def _row(
    name: str, run: Run, gone: float, well: float, expected: Sequence[dict[str, str]], there: int, should_be: int
) -> Row:
    early = [each for each in run.asked if each.problem and each.at + each.whole < gone]
    problems = [each for each in run.asked if each.problem and each not in early]
    seen = Counter(f"{each.way}: “{_short(each.problem)}”" for each in problems)
    last = max((each.at + each.whole for each in problems), default=well)
    told = "; ".join(f"{said} ({count})" for said, count in seen.most_common(8))
    checked = [each for each in run.asked if expected and not each.problem and each.way != "window"]
    others = [each for each in checked if all(each.said != answers[each.question] for answers in expected)]
    _print(name, others)
    wrong = len(others)
    longest = max((each.whole for each in run.asked if not each.problem and each.at >= gone - 1), default=0.0)
    return (
        f"{name} ({len(run.asked)} questions)" + (f"; {len(early)} failed before" if early else ""),
        f"{told or 'nothing'}; the longest that was answered took {longest:.1f} s",
        f"{max(0.0, last - well):.1f} s",
        f"{should_be - there} of {should_be}: {verdict(there == should_be)}",
        f"{wrong} of {len(checked)}: {verdict(wrong == 0)}",
    )


def _short(said: str) -> str:
    """Leave out what is another each time."""
    said = re.sub(r"/\S*footnote-faults-\w+", "FOLDER", re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", said))
    return said if len(said) <= 160 else f"{said[:160].rsplit(' ', 1)[0]} …"


def _print(name: str, others: Sequence[Asked]) -> None:
    for each in others:
        print(f"{name}: {each.at:.1f} s, {each.question!r} was answered {each.said!r}", file=sys.stderr)


def _articles(address: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return int(
        httpx.get(f"{address}/api/articles?most=1", headers=headers, timeout=60).raise_for_status().json()["total"]
    )


def _add(served: Served, number: int) -> str:
    """Add a text of 60 KB or so; return what is said where it is refused."""
    text = " ".join(f"Barrel {at} of load {number} went to quay {at % 7}." for at in range(1600))
    reply = httpx.post(
        f"{served.address}/api/articles",
        headers={"Authorization": f"Bearer {served.token}"},
        json={"title": f"Load {number}", "text": text},
        timeout=120,
    )
    return "" if reply.status_code == 200 else f"{reply.status_code}: {reply.json()['error']['message']}"


def _leave(disk: Path, room: int) -> None:
    size = (shutil.disk_usage(disk).used + room) // 4096 * 4096
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="footnote-faults-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _options() -> argparse.Namespace:
    made = parser(__doc__)
    made.add_argument("--only", default="", metavar="WORDS", help="only what has these words in its name")
    return made.parse_args()


if __name__ == "__main__":
    main()
