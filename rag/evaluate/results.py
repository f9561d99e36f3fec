"""A folder with what came of an evaluation: results.json, plot.png and plot.svg.

matplotlib is an extra, not a dependency: Gradio would import it at every event of the window.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from rag.errors import UnwrittenResults
from rag.evaluate.evaluation import Evaluation

NO_PLOT = "There is no plot: it needs matplotlib. Install it with: pip install 'footnote[plot]'"


def make_folder(folder: str | Path) -> Path:
    """Make the folder where there is none. Raises `UnwrittenResults`."""
    folder = Path(folder).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritten(folder, error) from error
    return folder


def write_results(evaluation: Evaluation, folder: str | Path) -> list[Path]:
    """Write ``results.json``, and with matplotlib ``plot.png`` and ``plot.svg``, into `folder`; return their paths.

    Raises `UnwrittenResults`.
    """
    folder = make_folder(folder)
    contents = {"results.json": f"{evaluation.to_json(indent=2)}\n".encode(errors="replace")}
    if find_spec("matplotlib"):
        from rag.evaluate.plot import drawn

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
