"""One event loop in a thread of its own, on which chat models are asked.

A request that waits for its first byte can only be ended at once where it is asynchronous: cancelling its task closes
the connection. There is one loop for all, since clients keep connections that belong to the loop they were made in.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any

_lock = threading.Lock()
_running: tuple[int, asyncio.AbstractEventLoop] | None = None
"""Of which process, since threads do not survive a fork."""


def run(work: Coroutine[Any, Any, None]) -> Future[None]:
    """Start `work`; cancelling what is returned cancels it."""
    return asyncio.run_coroutine_threadsafe(work, _loop())


def _loop() -> asyncio.AbstractEventLoop:
    global _running
    with _lock:
        if _running is None or _running[0] != os.getpid():
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="chat-models", daemon=True).start()
            _running = (os.getpid(), loop)
        return _running[1]
