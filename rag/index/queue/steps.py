"""The ways to add articles, and what else takes a while, as steps of a job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from rag.index.naming import plain_name
from rag.index.queue.jobs import Step
from rag.index.queue.sent import Sent
from rag.index.uploads import described
from rag.ingest import find_sources
from rag.ingest.urls import is_url

_FILES_A_STEP = 16
"""Files of a folder that are added at once: together they are quicker, and after each step a person can stop."""


def sent_files(kept: Sent, files: Iterable[tuple[str, BinaryIO]]) -> list[Step]:
    """Add files that are sent, with the names that they have, each under its own or beside what has that name."""
    steps = []
    for given, file in files:
        name = plain_name(given)
        steps.append(Step("file", name, {"sent": kept.keep(name, file)}, key=f"file {name}"))
    return steps


def page(url: str) -> Step:
    """Add the page at `url`."""
    return Step("page", url, key=f"page {url}")


def folder(path: str) -> list[Step]:
    """Add a folder of this machine with all that is in it, some files at a time."""
    files, problems = find_sources([path])
    steps = [some_files(files[at : at + _FILES_A_STEP]) for at in range(0, len(files), _FILES_A_STEP)]
    failures = [_told(p.source, p.reason) for p in problems if not p.unknown_kind]
    skipped = [_told(p.source, p.reason) for p in problems if p.unknown_kind]
    if not files and not problems:
        failures.append([path, "There is nothing in this folder that can be read."])
    if failures or skipped:
        steps.append(Step("left out", path, {"failed": failures, "skipped": skipped}, size=0))
    return steps


def some_files(files: Sequence[Path]) -> Step:
    """Add some files of this machine."""
    names = [str(file) for file in files]
    return Step("files", names[0], {"files": names}, size=len(names), here=True)


def followed(place: str) -> Step:
    """Make the library match a folder, or take in what is new in a feed, and follow it from now on."""
    return Step("followed", place, key=f"followed {place}", here=not is_url(place))


def text(text: str, title: str = "", *, source: str = "", **said: Any) -> Step:
    """Add a text. `source` and what is `said` of it as for `add_text` and `described`.

    Raises `InvalidMetadata` where there is no text, or what is said of it cannot be.
    """
    metadata = described(text, title=title, **said)
    given = {"text": text, "title": title, "source": source, "said": said}
    return Step("text", metadata.title, given, key=f"text {source or metadata.title}")


def repair() -> Step:
    """Make the indexes of the whole library anew."""
    return Step("repair", "the library", key="library")


def reembed(model: str) -> Step:
    """Embed all articles with the model of that name."""
    return Step("reembed", "loading the model", {"model": model}, key="library")


def _told(source: str, reason: str) -> list[str]:
    return [source, reason.removeprefix(f"{source}: ")]
