"""What came of an evaluation: a row for each question, and the metrics over them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from rag import __version__
from rag.evaluate import metrics as by
from rag.evaluate.questions import Question

DEPTH = 10
"""Passages of a ranking that are looked at."""


@dataclass(frozen=True, slots=True)
class Row:
    """A question and what came of it."""

    question: Question
    found: bool
    confidence: float
    quoted: bool
    """An accepted answer stands in a quote of the answer; of a refused question, of the answer that was held back."""
    short: str = ""
    """The short answer; "" where the question was refused."""
    quotes: tuple[str, ...] = ()
    rank: int | None = None
    """Of the first passage that holds an accepted answer, from 1 to `DEPTH`; None where there is none."""
    milliseconds: float | None = None

    @property
    def answerable(self) -> bool:
        """Whether the articles answer."""
        return bool(self.question.answers)

    @property
    def right(self) -> bool:
        """Whether an accepted answer was quoted or, where the articles do not answer, none was given."""
        return self.found and self.quoted if self.answerable else not self.found

    @property
    def exact(self) -> float:
        """The exact match of the short answer: 0 or 1."""
        return by.exact_match(self.short, self.question.answers) if self.found else 0.0

    @property
    def f1(self) -> float:
        """The token F1 of the short answer."""
        return by.token_f1(self.short, self.question.answers) if self.found else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return {
            "question": self.question.question,
            "answers": list(self.question.answers),
            "source": self.question.source or None,
            "found": self.found,
            "confidence": self.confidence,
            "short": self.short,
            "right": self.right,
            "quoted": self.quoted,
            "exact_match": self.exact if self.answerable else None,
            "token_f1": self.f1 if self.answerable else None,
            "rank": self.rank,
            "quotes": list(self.quotes),
            "milliseconds": self.milliseconds,
        }


@dataclass(frozen=True, slots=True)
class Metrics:
    """Counts, and metrics over them. A metric without the data that it needs is None."""

    questions: int
    answerable: int
    unanswerable: int
    refused: int
    hit_at_1: float | None
    hit_at_5: float | None
    hit_at_10: float | None
    mrr_at_10: float | None
    answer_found: float | None
    exact_match: float | None
    token_f1: float | None
    refusal_precision: float | None
    refusal_recall: float | None
    right: float | None
    calibration_error: float | None
    risk_coverage_area: float | None
    auroc: float | None
    median_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Measure:
    """How a metric is shown and compared."""

    name: str
    """The field of `Metrics`."""
    label: str
    over: str
    """The field of `Metrics` with the number of questions that it is taken over."""
    meaning: str
    better: str = "higher"
    """Or "lower"; "" where it says nothing of quality."""


MEASURES = (
    Measure("hit_at_1", "hit@1", "answerable", "the first passage holds an accepted answer"),
    Measure("hit_at_5", "hit@5", "answerable", "one of the first 5 does"),
    Measure("hit_at_10", "hit@10", "answerable", "one of the first 10 does"),
    Measure("mrr_at_10", "MRR@10", "answerable", "1 / rank of the first that does, on average"),
    Measure("answer_found", "answer found", "answerable", "a quote of the answer holds an accepted answer"),
    Measure("exact_match", "exact match", "answerable", "the short answer is an accepted one"),
    Measure("token_f1", "token F1", "answerable", "words it shares with an accepted one"),
    Measure("refusal_precision", "refusal precision", "refused", "of the refused, those not in the articles"),
    Measure("refusal_recall", "refusal recall", "unanswerable", "of those not in the articles, the refused"),
    Measure("right", "right", "questions", "accepted answer quoted, or rightly refused"),
    Measure("calibration_error", "calibration error", "questions", "confidence against right; 0 is best", "lower"),
    Measure("risk_coverage_area", "risk-coverage area", "questions", "mistakes, surest first; 0 is best", "lower"),
    Measure("auroc", "AUROC", "questions", "confidence tells the answerable apart; 0.5 is chance"),
    Measure("median_ms", "median time", "questions", "half of the questions took less", ""),
    Measure("p95_ms", "95th percentile", "questions", "19 of 20 took less", ""),
)


@dataclass(frozen=True)
class Evaluation:
    """The rows, in the order of the questions, and what follows from them. ``print(evaluation)`` shows the metrics."""

    rows: tuple[Row, ...]
    questions_sha256: str
    """Of the questions, their accepted answers and sources."""
    notes: tuple[str, ...] = ()
    """What to know when reading the figures."""

    @cached_property
    def metrics(self) -> Metrics:
        """The metrics over all rows."""
        return _measured(self.rows)

    @property
    def misses(self) -> tuple[Row, ...]:
        """The rows that went wrong."""
        return tuple(row for row in self.rows if not row.right)

    @property
    def reliability(self) -> list[by.Bin]:
        """Confidence against the share of answers that is right, in bins of a tenth."""
        return by.reliability(*_confidences(self.rows))

    @property
    def risk_coverage(self) -> list[tuple[float, float]]:
        """The share of wrong answers (risk) when only so many of the surest (coverage) are given."""
        return by.risk_coverage(*_confidences(self.rows))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return {
            "footnote": __version__,
            "questions": {"sha256": self.questions_sha256, "count": len(self.rows)},
            "notes": list(self.notes),
            "metrics": asdict(self.metrics),
            "reliability": [asdict(held) for held in self.reliability],
            "risk_coverage": [{"coverage": coverage, "risk": risk} for coverage, risk in self.risk_coverage],
            "rows": [row.to_dict() for row in self.rows],
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=indent)

    def __str__(self) -> str:
        from rag.evaluate.report import summary

        return summary(self)


def _measured(rows: Sequence[Row]) -> Metrics:
    answerable = [row for row in rows if row.answerable]
    ranks = [row.rank for row in answerable]
    refused, unanswerable = [not row.found for row in rows], [not row.answerable for row in rows]
    confidences, quoted = _confidences(rows)
    times = [row.milliseconds for row in rows if row.milliseconds is not None]
    return Metrics(
        questions=len(rows),
        answerable=len(answerable),
        unanswerable=sum(unanswerable),
        refused=sum(refused),
        hit_at_1=by.hit_rate(ranks, k=1),
        hit_at_5=by.hit_rate(ranks, k=5),
        hit_at_10=by.hit_rate(ranks, k=DEPTH),
        mrr_at_10=by.mean_reciprocal_rank(ranks, k=DEPTH),
        answer_found=by.share(row.right for row in answerable),
        exact_match=by.mean(row.exact for row in answerable),
        token_f1=by.mean(row.f1 for row in answerable),
        refusal_precision=by.refusal_precision(refused, unanswerable),
        refusal_recall=by.refusal_recall(refused, unanswerable),
        right=by.share(row.right for row in rows),
        calibration_error=by.expected_calibration_error(confidences, quoted),
        risk_coverage_area=by.area_under_risk_coverage(confidences, quoted),
        auroc=by.auroc(confidences, [row.answerable for row in rows]),
        median_ms=by.percentile(times, 0.5),
        p95_ms=by.percentile(times, 0.95),
    )


def _confidences(rows: Sequence[Row]) -> tuple[list[float], list[bool]]:
    """Return confidences, and whether each answer is right, be it given or held back."""
    return [row.confidence for row in rows], [row.quoted for row in rows]
