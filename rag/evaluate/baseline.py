"""A baseline: the metrics of one run, kept in a file so that a later run can be held to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rag import __version__
from rag.errors import UnusableBaseline
from rag.evaluate.evaluation import MEASURES, Evaluation, Metrics
from rag.evaluate.questions import Question, fingerprint
from rag.evaluate.results import write

_AGAIN = "Make it again with --save-baseline."
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Fall:
    """A metric that got worse."""

    name: str
    label: str
    before: float
    now: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """The metrics of an earlier run, and which questions they are of."""

    path: Path
    questions_sha256: str
    count: int
    metrics: Mapping[str, float | None]

    def check(self, questions: Iterable[Question]) -> None:
        """Raise `UnusableBaseline` unless it was made with these very questions."""
        asked = list(questions)
        if fingerprint(asked) != self.questions_sha256:
            raise UnusableBaseline(
                f"The baseline {self.path} was made with other questions: {self.count:,} there, {len(asked):,} here, "
                "and they or their answers differ. Give the file, --limit and --seed that it was made with (without "
                "a file, the same articles too), or make it again with --save-baseline."
            )

    def falls(self, metrics: Metrics, *, tolerance: float) -> list[Fall]:
        """Return the metrics that are worse than here by more than `tolerance`, an absolute difference.

        Times are not compared, nor what is None now or was.
        """
        fallen = []
        for measure in MEASURES:
            before, now = self.metrics.get(measure.name), getattr(metrics, measure.name)
            if not measure.better or before is None or now is None:
                continue
            worse_by = before - now if measure.better == "higher" else now - before
            if worse_by > tolerance + _ROUNDING:
                fallen.append(Fall(measure.name, measure.label, before, now))
        return fallen


def save_baseline(evaluation: Evaluation, path: str | Path) -> None:
    """Write the metrics of `evaluation` to a file. Raises `UnwrittenResults`."""
    stored = {
        "footnote": __version__,
        "questions": {"sha256": evaluation.questions_sha256, "count": len(evaluation.rows)},
        "metrics": asdict(evaluation.metrics),
    }
    write(Path(path).expanduser(), f"{json.dumps(stored, indent=2)}\n".encode())


def read_baseline(path: str | Path) -> Baseline:
    """Read what `save_baseline` wrote. Raises `UnusableBaseline`."""
    path = Path(path).expanduser()
    try:
        stored = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise UnusableBaseline(
            f"The baseline {path} cannot be read: {error.strerror}. Make one with --save-baseline."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnusableBaseline(f"The baseline {path} is not JSON ({error}). {_AGAIN}") from error
    try:
        questions, metrics = stored["questions"], dict(stored["metrics"])
        baseline = Baseline(path, questions["sha256"], int(questions["count"]), metrics)
    except (LookupError, TypeError, ValueError) as error:
        raise UnusableBaseline(f"{path} is not a baseline that Footnote wrote. {_AGAIN}") from error
    for name, value in metrics.items():
        if value is not None and not isinstance(value, int | float):
            raise UnusableBaseline(f"The baseline {path} has {value!r} for {name!r}, which is no number. {_AGAIN}")
    return baseline
