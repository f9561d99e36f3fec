"""Another embedding model for the whole library, in the background: the old one serves until all is embedded again."""

from __future__ import annotations

from dataclasses import dataclass

from rag.index.library import Library
from rag.index.queue import steps
from rag.settings import SHIPPED_EMBEDDER, Settings

_FACT = "embedding_job"
"""Under this name the catalog knows the latest of its jobs, so that each process can tell of it."""


@dataclass(frozen=True, slots=True)
class Told:
    """How far it is, or what came of it."""

    running: bool = False
    done: int = 0
    total: int = 0
    what: str = ""
    problem: str = ""
    said: str = ""


class Embedding:
    """At most one runs at a time, in whichever process has it."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def start(self, name: str, now: Settings) -> Told:
        """Embed all articles with the model of that name; "" is the one that comes with Footnote."""
        wanted = name.strip() or SHIPPED_EMBEDDER
        if self.told().running:
            return Told(running=True, problem="Another model is being taken already. Wait until that is done.")
        if wanted == now.embedding_model:
            return Told(said="This is the model that is used.")
        job = self._library.queue.begin("reembed", [steps.reembed(wanted)])
        self._library.catalog.set_facts(**{_FACT: job})
        self._library.worker.start()
        return self.told()

    def told(self) -> Told:
        """Return how far the latest one is, or what came of it."""
        known = self._library.catalog.fact(_FACT)
        job = self._library.queue.find(known) if known else None
        if job is None:
            return Told()
        if not job.is_over:
            done, total = job.steps[0].part
            return Told(running=True, done=done, total=total, what=job.now)
        problem = "; ".join(failure.reason for failure in job.report.failed)
        return Told(problem=problem, said=" ".join(job.said))
