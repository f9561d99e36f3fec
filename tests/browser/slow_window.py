"""The window with an answerer that takes a minute after each sentence, and that fails when told to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from rag import Answer, AnswerChain, Library, Settings
from rag.answering.chain import Asked
from rag.errors import LibraryBusy
from rag.listening import listen
from ui.app import build, serve


class SlowChain(AnswerChain):
    def stream(self, input: Asked, *args: Any, **kwargs: Any) -> Iterator[Answer]:
        asked = input if isinstance(input, str) else input["question"]
        if "busy" in asked:
            raise LibraryBusy("Another process is changing the library. Wait until it is done.")
        if "break" in asked:
            raise RuntimeError("a secret of the inside")
        for partial in super().stream(input, *args, **kwargs):
            yield partial
            time.sleep(60)


if __name__ == "__main__":
    settings = Settings()
    library = Library(settings=settings)
    listener = listen(settings.host, settings.port)
    print(f"Footnote is open at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    serve(build(library, SlowChain(library), settings), listener)
