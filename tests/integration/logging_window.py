"""A window that logs: asks it what the command line names, each address and question in turn, and leaves."""

from __future__ import annotations

import sys
import threading
import time

import httpx

from rag import AnswerChain, FootnoteError, Library, Settings
from serve import logs
from ui.app import build, listen, serve

if __name__ == "__main__":
    settings = Settings()
    logs.start(settings)
    with Library(settings=settings) as library:
        chain = AnswerChain(library)
        application = build(library, chain, settings)
        listener = listen("127.0.0.1", 7990)
        threading.Thread(target=serve, args=(application, listener), daemon=True).start()
        for asked in sys.argv[1:]:
            if asked.startswith("/"):
                httpx.get(f"http://127.0.0.1:{listener.getsockname()[1]}{asked}", timeout=30)
            elif asked == "break":
                library.catalog.close()
                library.search = lambda *_, **__: 1 // len("")  # type: ignore[method-assign, assignment]
            else:
                try:
                    chain.invoke(asked)
                except (FootnoteError, ZeroDivisionError):
                    logs.answers.exception("It could not be answered.")
        time.sleep(0.1)
