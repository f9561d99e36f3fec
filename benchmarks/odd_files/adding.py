"""Adds a folder to a new library, in a process of its own, and writes what came of it as JSON.

python -m benchmarks.odd_files.adding FOLDER LIBRARY RESULT
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from rag.index.library import Library


def main() -> None:
    folder, library_folder, result = map(Path, sys.argv[1:])
    started = time.perf_counter()
    with Library(library_folder) as library:
        report = library.add(folder)
        seconds = time.perf_counter() - started
        found = {
            "added": [
                (entry.source, library.article(entry.article_id).text) for entry in [*report.added, *report.copies]
            ],
            "again": [entry.source for entry in [*report.updated, *report.unchanged]],
            "reported": [(item.source, item.reason) for item in [*report.failed, *report.skipped]],
            "seconds": seconds,
            "megabytes": memory("self", "VmHWM"),
        }
    result.write_text(json.dumps(found), "utf-8")


def memory(process: str, what: str) -> float:
    """Return how many megabytes a process has ("VmRSS") or had at its peak ("VmHWM"); 0 where it is gone.

    Only Linux tells. `resource.getrusage` counts what the process had from which it was started.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{what}:")), 0.0)


if __name__ == "__main__":
    main()
