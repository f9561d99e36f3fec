"""Another embedding model for the whole library, in the background: the old one serves until all is embedded again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from rag.errors import FootnoteError
from rag.index.library import Library
from rag.settings import SHIPPED_EMBEDDER, Settings
from ui.settings_form import keep

_log = logging.getLogger(__name__)


class EmbeddingJob:
    """At most one runs at a time. Its state is read while it runs."""

    def __init__(self, library: Library, use: Callable[[Settings], None]) -> None:
        """`use` makes the window answer by other settings."""
        self._library, self._use = library, use
        self._lock = threading.Lock()
        self.running = False
        self.done, self.total, self.what = 0, 0, ""
        self.problem, self.said = "", ""

    def start(self, name: str, now: Settings) -> None:
        """Embed all articles with the model of that name; "" is the one that comes with Footnote."""
        wanted = name.strip() or SHIPPED_EMBEDDER
        with self._lock:
            if self.running:
                self.problem = "Another model is being taken already. Wait until that is done."
                return
            self.problem, self.said = "", ""
            if wanted == now.embedding_model:
                self.said = "This is the model that is used."
                return
            self.running, self.done, self.total, self.what = True, 0, 0, "loading the model"
        new = now.model_copy(update={"embedding_model": wanted})
        threading.Thread(target=self._run, args=(now, new), daemon=True, name="embedding").start()

    def _run(self, now: Settings, new: Settings) -> None:
        try:
            self._library.settings = new
            self._library.reembed(progress=self._show)
            keep(now, new, ("embedding_model",))
            self._use(new)
            self.said = f"All articles are embedded with {new.embedding_model}."
        except FootnoteError as error:
            self._library.settings = now
            self.problem = str(error)
        except Exception:  # noqa: BLE001 - whatever fails, the person gets a sentence and the log the trace
            _log.exception("The articles could not be embedded again.")
            self._library.settings = now
            self.problem = "Something went wrong; the log says what. The library is as it was."
        finally:
            self.running = False

    def _show(self, done: int, total: int, what: str) -> None:
        self.done, self.total, self.what = done, total, what
