"""`footnote serve --workers`: processes that are started again when they end, and end together."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from rag import Article, Library

pytestmark = pytest.mark.folder


def test_a_worker_that_is_killed_is_started_again_and_all_end_together(tmp_path: Path) -> None:
    with Library(tmp_path / "library") as library:
        library.add_articles([Article(title="Ferry", text="The ferry leaves at nine.", source="ferry.md")])
        token = library.tokens.make("test")
    command = [sys.executable, "-m", "rag.cli", "serve", "--workers", "2", "--port", "18350"]
    environment = {**os.environ, "FOOTNOTE_LIBRARY": str(tmp_path / "library")}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as served:
        try:
            assert served.stdout is not None
            address = re.search(r"http://\S+", served.stdout.readline())
            assert address is not None
            before = _children(served.pid)
            assert len(before) == 3  # two workers and nginx

            def answered() -> bool:
                asked = {"question": "When does the ferry leave?"}
                headers = {"Authorization": f"Bearer {token}"}
                reply = httpx.post(f"{address[0]}/api/answer", json=asked, headers=headers, timeout=60)
                return reply.status_code == 200 and "nine" in reply.json()["text"]

            assert answered()
            os.kill(before[0], signal.SIGKILL)
            ends = time.monotonic() + 60
            while len(now := _children(served.pid)) < 3 or now == before:
                assert time.monotonic() < ends
                time.sleep(0.1)
            assert len(set(now) & set(before)) == 2
            while not answered():
                assert time.monotonic() < ends
        finally:
            served.terminate()
            served.wait(30)
    assert not [process for process in now if Path(f"/proc/{process}/stat").exists()]


def _children(process: int) -> list[int]:
    """Return the processes that one has started and that have not ended."""
    return sorted(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))
