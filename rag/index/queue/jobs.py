"""What is to be done, in steps that are done whole, and what came of it: as it stands in the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pydantic import TypeAdapter

from rag.index.report import AddReport, FailedSource

Kind = Literal["file", "page", "files", "followed", "text", "repair", "reembed", "left out"]
"""What a step does; `doing.py` knows how."""
State = Literal["waiting", "running", "done", "stopped", "lost"]

STOPPED = "Stopped before it was added."
LOST = (
    "Footnote ended {tries} times in the middle of this, and does not try it again by itself. Where memory is scarce, "
    "try it alone."
)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a job."""

    kind: Kind
    name: str
    """As a person knows it."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """What it takes to do it, as JSON holds it."""
    size: int = 1
    """How many files or pages there are in it."""
    key: str = ""
    """Of steps with the same key, one at a time is done."""
    here: bool = False
    """Whether it is about the files of this machine."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that was added under another name, since its own was taken by another text."""

    name: str
    added_as: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step."""

    report: AddReport = field(default_factory=AddReport)
    beside: tuple[Beside, ...] = ()
    again: tuple[Step, ...] = ()
    """What is to be done to try again what failed."""
    said: str = ""
    """What there is to say, of a step that adds nothing."""


@dataclass(frozen=True, slots=True)
class Doing:
    """A step of a job, and how far it is."""

    step: Step
    state: State = "waiting"
    part: tuple[int, int] = (0, 0)
    """How much is done, and of how much, where it tells."""
    now: str = ""
    """What is being done; of one that waits for something, for what."""
    tries: int = 0
    outcome: Outcome | None = None

    @property
    def result(self) -> Outcome | None:
        """What came of it; None where it is not over."""
        if self.state == "stopped":
            return failed(self.step, STOPPED)
        if self.state == "lost":
            return failed(self.step, LOST.format(tries=self.tries))
        return self.outcome


@dataclass(frozen=True)
class Job:
    """Steps, and what came of those that are over, at one moment."""

    id: str
    kind: str
    """What it is: "add", "pages", "repair" and the like."""
    steps: tuple[Doing, ...]
    asked_by: str = ""
    """Who had it done."""
    stopping: bool = False

    @property
    def total(self) -> int:
        """How many files or pages there are in it."""
        return sum(each.step.size for each in self.steps)

    @property
    def done(self) -> int:
        """How many of them are over."""
        return sum(each.step.size for each in self.steps if each.result)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be done."""
        return all(each.result for each in self.steps)

    @property
    def now(self) -> str:
        """What is being done."""
        left = [each for each in self.steps if not each.result]
        under_way = next((each for each in left if each.state == "running"), left[0] if left else None)
        return (under_way.now or under_way.step.name) if under_way else ""

    @property
    def part(self) -> float:
        """How much is done of the steps under way, in files or pages."""
        parts = [each.part for each in self.steps if each.state == "running"]
        return sum(min(1.0, done / total) for done, total in parts if total)

    @cached_property
    def report(self) -> AddReport:
        """What became of the sources, in the order in which they were given."""
        report = AddReport()
        for outcome in self._outcomes:
            report.extend(outcome.report)
        return report

    @property
    def beside(self) -> list[Beside]:
        """What was added beside something of the same name."""
        return [each for outcome in self._outcomes for each in outcome.beside]

    @property
    def again(self) -> list[Step]:
        """What is to be done to try again what failed."""
        return [step for outcome in self._outcomes for step in outcome.again]

    @property
    def said(self) -> list[str]:
        """What there is to say beside."""
        return [outcome.said for outcome in self._outcomes if outcome.said]

    @property
    def _outcomes(self) -> list[Outcome]:
        return [result for each in self.steps if (result := each.result)]


def failed(step: Step, reason: str) -> Outcome:
    """Return what came of a step that could not be done, and can be tried again."""
    return Outcome(AddReport(failed=[FailedSource(step.name, reason)]), again=(step,))


_PLAIN: TypeAdapter[Outcome] = TypeAdapter(Outcome)


def to_plain(outcome: Outcome) -> Any:
    """Return an outcome as JSON holds it."""
    return _PLAIN.dump_python(outcome, mode="json")


def from_plain(values: Any) -> Outcome:
    """Return the outcome that `to_plain` gave."""
    return _PLAIN.validate_python(values, strict=False)
