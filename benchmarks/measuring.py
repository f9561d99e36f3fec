"""What several benchmarks measure with: processes of their own, memory, percentiles."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def in_process(module: str, *arguments: str) -> dict[str, Any]:
    """Run a module in a process of its own, and return what the last line it prints holds, JSON."""
    print(f"{arguments[0]} ...", file=sys.stderr)
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{arguments[0]} failed:\n{done.stderr}")
    values: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return values


def environment() -> dict[str, str]:
    """Return the environment without settings of Footnote, and with compiled modules kept as usual."""
    ours = ("FOOTNOTE_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def peak() -> float:
    """Return the largest resident set of this process so far, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the smallest value that `percent` per cent of `values` do not exceed (nearest rank)."""
    return sorted(values)[-(-len(values) * percent // 100) - 1]
