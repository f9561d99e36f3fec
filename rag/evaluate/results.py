"""A folder with what came of an evaluation: results.json, plot.png and plot.svg."""

from __future__ import annotations

from pathlib import Path

from rag.errors import UnwrittenResults
from rag.evaluate.evaluation import Evaluation


def make_folder(folder: str | Path) -> Path:
    """Make the folder where there is none. Raises `UnwrittenResults`."""
    folder = Path(folder).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritten(folder, error) from error
    return folder


def write_results(evaluation: Evaluation, folder: str | Path) -> list[Path]:
    """Write ``results.json``, ``plot.png`` and ``plot.svg`` into `folder` and return their paths.

    Raises `UnwrittenResults`.
    """
    from rag.evaluate.plot import drawn

    folder = make_folder(folder)
    contents = {"results.json": f"{evaluation.to_json(indent=2)}\n".encode(errors="replace")}
    contents |= {f"plot.{ending}": content for ending, content in drawn(evaluation).items()}
    for name, content in contents.items():
        write(folder / name, content)
    return [folder / name for name in contents]


def write(path: Path, content: bytes) -> None:
    """Write a file. Raises `UnwrittenResults`."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> UnwrittenResults:
    return UnwrittenResults(f"{path} cannot be written: {error.strerror}. Choose another place.")
