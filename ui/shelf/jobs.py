"""Work that takes a while, such as adding files: done one job after the other, beside all else, and told as it goes."""

from __future__ import annotations

import logging
import queue
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rag.errors import FootnoteError
from rag.index.progress import Progress
from rag.index.report import AddReport, FailedSource

_log = logging.getLogger(__name__)

_UNEXPECTED = "Something went wrong; the log says what. Trying again may help."
_STOPPED = "Stopped before it was added."
_KEPT = 50
"""Jobs that are done and can still be looked at."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that was added under another name, since its own was taken by another text."""

    name: str
    added_as: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step."""

    report: AddReport
    beside: tuple[Beside, ...] = ()
    again: tuple[Step, ...] = ()
    """What is to be done to try again what failed."""
    said: str = ""
    """What there is to say, of a step that adds nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a job, that is done whole."""

    name: str
    """As a person knows it."""
    run: Callable[[Progress], Outcome]
    """Raises FootnoteError where it cannot be done at all."""
    size: int = 1
    """How many files or pages there are in it."""


@dataclass(slots=True)
class Job:
    """Steps, and what came of those that are done. Read by others while it is under way."""

    kind: str
    """What it is: "add", "pages", "repair" and the like."""
    steps: tuple[Step, ...]
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    done: int = 0
    part: tuple[int, int] = (0, 0)
    """Of the step under way: how much is done, and of how much, where it tells."""
    now: str = ""
    """What is being done."""
    report: AddReport = field(default_factory=AddReport)
    beside: list[Beside] = field(default_factory=list)
    again: list[Step] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    is_over: bool = False
    stopping: bool = False

    @property
    def total(self) -> int:
        """How many files or pages there are in it."""
        return sum(step.size for step in self.steps)

    def run(self) -> None:
        """Do it."""
        for step in self.steps:
            self.now, self.part = step.name, (0, 0)
            if self.stopping:
                self._fail(step, _STOPPED)
            else:
                self._do(step)
            self.done += step.size
        self.is_over = True

    def _do(self, step: Step) -> None:
        try:
            outcome = step.run(self._show)
        except FootnoteError as error:
            self._fail(step, str(error))
        except Exception:  # noqa: BLE001 - whatever fails, the person gets a sentence and the log the trace
            _log.exception("A step could not be done.")
            self._fail(step, _UNEXPECTED)
        else:
            self.report.extend(outcome.report)
            self.beside.extend(outcome.beside)
            self.again.extend(outcome.again)
            if outcome.said:
                self.said.append(outcome.said)

    def _fail(self, step: Step, reason: str) -> None:
        self.report.failed.append(FailedSource(step.name, reason))
        self.again.append(step)

    def _show(self, done: int, total: int, what: str) -> None:
        self.part = done, total
        self.now = what or self.now


class Jobs:
    """The jobs of one window, done in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._worker: threading.Thread | None = None

    def begin(self, kind: str, steps: Sequence[Step]) -> Job:
        """Have a job done."""
        job = Job(kind, tuple(steps))
        with self._lock:
            over = [known for known, old in self._jobs.items() if old.is_over]
            for known in over[:-_KEPT]:
                del self._jobs[known]
            self._jobs[job.id] = job
            self._waiting.put(job)
            if self._worker is None:
                # A daemon, so that the window closes at once. What a kill leaves half done, the library finishes.
                self._worker = threading.Thread(target=self._work, name="jobs", daemon=True)
                self._worker.start()
        return job

    def find(self, job_id: str) -> Job | None:
        """Return the job of that id; None where there is none, or none any more."""
        return self._jobs.get(job_id)

    def _work(self) -> None:
        while True:
            self._waiting.get().run()
