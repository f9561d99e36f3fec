"""Which files there are to load under the paths that a person names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from rag.errors import UnreadableSource
from rag.ingest.loaders import media_type_of, source_name

_LEFTOVERS = frozenset({"desktop.ini", "thumbs.db"})

Problem = tuple[str, str]
"""A source and why it is left out."""


def find_sources(paths: Iterable[str | Path]) -> tuple[list[Path], list[Problem]]:
    """Return the files under `paths` that can be loaded, each once, and the rest with the reason.

    Files come in the order given; folders are walked in the order of their names. Hidden files and
    folders, lock files of open documents and what systems leave in folders are passed over, and so are
    links out of a folder and links back into it. What is missing or of an unknown kind is reported.
    """
    files: dict[str, Path] = {}
    problems: dict[str, str] = {}
    for given in paths:
        path = Path(given).expanduser()
        for found in _walk(path, problems) if path.is_dir() else [path]:
            try:
                media_type_of(found)
            except UnreadableSource as error:
                problems.setdefault(source_name(found), str(error))
            else:
                files.setdefault(str(found.resolve()), found)
    return list(files.values()), list(problems.items())


def _walk(folder: Path, problems: dict[str, str]) -> Iterator[Path]:
    root = folder.resolve()
    seen = {root}

    def refuse(error: OSError) -> None:
        problems[str(error.filename)] = f"{error.filename} cannot be opened ({error.strerror}). Check its rights."

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


def _target(path: Path, root: Path, problems: dict[str, str]) -> Path | None:
    """Return what `path` leads to, or None where that is not in `root` to be read."""
    try:
        target = path.resolve(strict=path.is_symlink())
    except (OSError, RuntimeError):
        problems[source_name(path)] = f"{source_name(path)} is a link that leads nowhere. Mend or remove it."
        return None
    if not target.is_relative_to(root):
        problems[source_name(path)] = (
            f"{source_name(path)} is a link out of the folder. Add what it leads to by its own name."
        )
        return None
    hidden = any(part.startswith(".") for part in target.relative_to(root).parts)
    return None if hidden else target
