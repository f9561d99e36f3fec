"""Which files there are to load under the paths that a person names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from rag.errors import UnknownKind, UnreadableSource
from rag.ingest.loaders import media_type_of, source_name

_LEFTOVERS = frozenset({"desktop.ini", "thumbs.db"})


class Problem(NamedTuple):
    """A source that is left out, and why."""

    source: str
    reason: str
    unknown_kind: bool = False
    """Whether it is a file that no loader reads."""


def find_sources(paths: Iterable[str | Path]) -> tuple[list[Path], list[Problem]]:
    """Return the files under `paths` that can be loaded, each once, and the rest with the reason.

    Files come in the order given; folders are walked in the order of their names. Hidden files and
    folders, lock files of open documents and what systems leave in folders are passed over, and so are
    links out of a folder and links back into it. What is missing or of an unknown kind is reported.
    """
    files: dict[str, Path] = {}
    problems: dict[str, Problem] = {}
    for given in paths:
        path = Path(given).expanduser()
        for found in _walk(path, problems) if path.is_dir() else [path]:
            try:
                media_type_of(found)
            except UnreadableSource as error:
                name = source_name(found)
                problems.setdefault(name, Problem(name, str(error), isinstance(error, UnknownKind)))
            else:
                files.setdefault(str(found.resolve()), found)
    return list(files.values()), list(problems.values())


def _walk(folder: Path, problems: dict[str, Problem]) -> Iterator[Path]:
    root = folder.resolve()
    seen = {root}

    def refuse(error: OSError) -> None:
        name = str(error.filename)
        problems[name] = Problem(name, f"{name} cannot be opened ({error.strerror}). Check its rights.")

    for place, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        inside = []
        for name in sorted(folders):
            path = Path(place) / name
            target = None if name.startswith(".") else _target(path, root, problems)
            if target and target not in seen:
                seen.add(target)
                inside.append(name)
        folders[:] = inside
        for name in sorted(names):
            path = Path(place) / name
            if name.startswith((".", "~$")) or name.lower() in _LEFTOVERS:
                continue
            if _target(path, root, problems):
                yield path


def _target(path: Path, root: Path, problems: dict[str, Problem]) -> Path | None:
    """Return what `path` leads to, or None where that is not in `root` to be read."""
    name = source_name(path)
    try:
        target = path.resolve(strict=path.is_symlink())
    except (OSError, RuntimeError):
        problems[name] = Problem(name, f"{name} is a link that leads nowhere. Mend or remove it.")
        return None
    if not target.is_relative_to(root):
        problems[name] = Problem(name, f"{name} is a link out of the folder. Add what it leads to by its own name.")
        return None
    hidden = any(part.startswith(".") for part in target.relative_to(root).parts)
    return None if hidden else target
