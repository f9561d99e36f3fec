"""Opens a vector index in a process of its own, where a crash or a hang in native code costs nothing.

python -m rag.index.vectors.probe FOLDER CHUNKS    (a float32 matrix of vectors on standard input, one a line in base64)
"""

from __future__ import annotations

import base64
import faulthandler
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.index.embeddings import Vectors

_SECONDS = 60
"""Opening 100,000 chunks takes some five."""
_PACKAGES = Path(__file__).parents[3]


def opens(index: Path, asked: Sequence[tuple[str, Vectors]], *, chunks: int | None) -> bool:
    """Say whether a child process opens `index`, counts `chunks` where given, and finds those asked for by vector."""
    vectors = [base64.b64encode(vector.astype("<f4").tobytes()).decode() for _, vector in asked]
    path = os.pathsep.join(filter(None, [str(_PACKAGES), os.environ.get("PYTHONPATH")]))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "rag.index.vectors.probe", str(index), "any" if chunks is None else str(chunks)],
            input="\n".join(vectors),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env={**os.environ, "PYTHONPATH": path},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = [line.split() for line in done.stdout.splitlines()]
    if done.returncode or len(found) != len(asked):
        return False
    return all(chunk_id in ids for (chunk_id, _), ids in zip(asked, found, strict=True))


def main(index: str, chunks: str) -> int:
    """Print for each vector the ids of its nearest chunks. Exit code 1: it holds another number of chunks."""
    faulthandler.dump_traceback_later(_SECONDS, exit=True)  # where nobody is left who would end it
    from rag.index.vectors.chroma import ChromaIndex

    opened = ChromaIndex(Path(index))
    count = opened.count()
    if chunks not in ("any", str(count)):
        return 1
    vectors = [np.frombuffer(base64.b64decode(line), dtype="<f4") for line in sys.stdin.read().split()]
    if vectors:
        print(*map(" ".join, opened.nearest_each(np.stack(vectors), min(10, count))), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
