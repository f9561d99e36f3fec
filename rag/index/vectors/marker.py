"""A small file of our own that says which folder is the current vector index, and in what state it was left."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Self

from rag.index.files import write_whole

_NAME = "index.json"
_HNSW_IS_ON_DISK = "index_metadata.pickle"
"""Chroma reads the graph's other files only beside this one; without it, it starts them anew at each opening."""


class State(StrEnum):
    """How an index was left, as far as the disk can tell."""

    CLOSED = "closed cleanly"
    READ = "open, only read"
    WRITTEN = "written to"


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands in the marker."""

    folder: str
    """Name of the folder in the library that is the index: all others of its kind are left over."""
    state: State
    vectors: str
    """Which vectors of the catalog it was made from; where the catalog now has others, it is out of date."""
    graphs: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By name: size and time of change (ns) of the files of Chroma's graph."""

    def now(self, state: State, library: Path) -> Self:
        """Return the mark with `state`, and with the files as they are."""
        return replace(self, state=state, graphs=graphs_in(library / self.folder))

    def agrees_with(self, library: Path) -> bool:
        """Say whether the graph's files are those that were marked.

        Times are compared only where it was not closed: a library that was copied has others.
        """
        found = graphs_in(library / self.folder)
        if self.state is State.CLOSED:
            return _sizes(found) == _sizes(self.graphs)
        return found == self.graphs


class Marker:
    """Reads and writes the marker of the library in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME

    def read(self) -> Mark | None:
        """Return what is marked; None where nothing is, or nothing that makes sense."""
        try:
            stored = json.loads(self._path.read_text("utf-8"))
            return Mark(
                folder=Path(str(stored["folder"])).name,
                state=State(stored["state"]),
                vectors=str(stored["vectors"]),
                graphs={str(name): (int(size), int(time)) for name, (size, time) in stored["graphs"].items()},
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, mark: Mark) -> None:
        """Mark, in one step; when this returns it is on the disk."""
        write_whole(self._path, json.dumps(asdict(mark), indent=1).encode())


def graphs_in(index: Path) -> dict[str, tuple[int, int]]:
    """Return by name the size and the time of change of each file of Chroma's graph that Chroma will read."""
    files = [file for beside in index.glob(f"*/{_HNSW_IS_ON_DISK}") for file in beside.parent.iterdir()]
    stats = {f"{file.parent.name}/{file.name}": file.stat() for file in files}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in sorted(stats.items())}


def _sizes(graphs: dict[str, tuple[int, int]]) -> dict[str, int]:
    return {name: size for name, (size, _) in graphs.items()}
