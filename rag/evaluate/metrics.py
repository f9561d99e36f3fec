"""The metrics: functions of plain sequences. One that lacks the data it needs is None."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_SYMBOLS = frozenset("$+<=>^`|~")


def share(flags: Iterable[bool]) -> float | None:
    """Return how many of `flags` are true, from 0 to 1."""
    return _mean([float(flag) for flag in flags])


def mean(values: Iterable[float]) -> float | None:
    """Return the arithmetic mean."""
    return _mean(list(values))


def hit_rate(ranks: Iterable[int | None], *, k: int) -> float | None:
    """Return hit@k, also called success@k: the share of questions with a right passage among the first `k`.

    `ranks` holds for each question the rank, from 1, of its first right passage; None where there is none.
    """
    return share(rank is not None and rank <= k for rank in ranks)


def mean_reciprocal_rank(ranks: Iterable[int | None], *, k: int = 10) -> float | None:
    """Return MRR@k: the mean of 1 / rank of the first right passage, 0 where none is among the first `k`.

    Voorhees, "The TREC-8 question answering track report", 1999; `ranks` as for `hit_rate`.
    """
    return mean(1 / rank if rank is not None and rank <= k else 0.0 for rank in ranks)


def normalised(text: str) -> str:
    """Return `text` as SQuAD compares answers: small letters, no punctuation, no a, an or the, single spaces.

    Rajpurkar et al., "SQuAD", EMNLP 2016. Theirs drops the punctuation of ASCII; this, that of Unicode as well.
    """
    kept = (c for c in text.lower() if c not in _SYMBOLS and not unicodedata.category(c).startswith("P"))
    return " ".join(_ARTICLES.sub(" ", "".join(kept)).split())


def exact_match(prediction: str, answers: Iterable[str]) -> float:
    """Return 1 where `prediction` is one of `answers` once `normalised`, else 0 (Rajpurkar et al., EMNLP 2016)."""
    return float(any(normalised(prediction) == normalised(answer) for answer in answers))


def token_f1(prediction: str, answers: Iterable[str]) -> float:
    """Return the harmonic mean of precision and recall of the words of `prediction`, against its best answer.

    Words are those of the `normalised` text, each counted as often as it stands (Rajpurkar et al., EMNLP 2016).
    """
    return max((_f1(normalised(prediction).split(), normalised(answer).split()) for answer in answers), default=0.0)


def refusal_precision(refused: Sequence[bool], unanswerable: Sequence[bool]) -> float | None:
    """Return the share of the refused questions that cannot be answered. None where nothing was refused."""
    return share(kind for no, kind in zip(refused, unanswerable, strict=True) if no)


def refusal_recall(refused: Sequence[bool], unanswerable: Sequence[bool]) -> float | None:
    """Return the share of the questions that cannot be answered that were refused. None where all can."""
    return share(no for no, kind in zip(refused, unanswerable, strict=True) if kind)


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers whose confidence lies in ``(low, high]``; the first bin holds 0 as well."""

    low: float
    high: float
    count: int
    confidence: float
    """Mean confidence of its answers."""
    accuracy: float
    """The share of them that is right."""


def reliability(confidences: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> list[Bin]:
    """Return the bins of equal width that hold an answer: the reliability diagram.

    Guo et al., "On calibration of modern neural networks", ICML 2017.
    """
    borders = [number / bins for number in range(1, bins)]
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, is_right in zip(confidences, right, strict=True):
        held[bisect_left(borders, confidence)].append((confidence, is_right))
    return [
        Bin(at / bins, (at + 1) / bins, len(pairs), fmean(c for c, _ in pairs), fmean(r for _, r in pairs))
        for at, pairs in enumerate(held)
        if pairs
    ]


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> float | None:
    """Return the gap between confidence and accuracy of a bin, averaged over the answers.

    Sum over bins of count / n * |accuracy - mean confidence| (Guo et al., ICML 2017); 0 is calibrated.
    """
    filled = reliability(confidences, right, bins=bins)
    total = sum(held.count for held in filled)
    return sum(held.count * abs(held.accuracy - held.confidence) for held in filled) / total if total else None


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """Return the risk-coverage curve: for i = 1 .. n, (i / n, the share of wrong ones among the i surest answers).

    El-Yaniv and Wiener, JMLR 2010. Answers of equal confidence are in no order: among them stands what is to
    be expected of a random one.
    """
    ordered = sorted(zip(confidences, right, strict=True), key=lambda pair: -pair[0])
    curve: list[tuple[float, float]] = []
    done, wrong = 0, 0.0
    for _, tied in groupby(ordered, key=lambda pair: pair[0]):
        outcomes = [is_right for _, is_right in tied]
        errors = outcomes.count(False)
        for taken in range(1, len(outcomes) + 1):
            risk = (wrong + errors * taken / len(outcomes)) / (done + taken)
            curve.append(((done + taken) / len(ordered), risk))
        done, wrong = done + len(outcomes), wrong + errors
    return curve


def area_under_risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Return AURC: the mean risk over the points of the `risk_coverage` curve; 0 is best.

    Geifman and El-Yaniv, "Selective classification for deep neural networks", NeurIPS 2017.
    """
    return mean(risk for _, risk in risk_coverage(confidences, right))


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Return the chance that a positive scores above a negative, a tie counting half. None unless there are both.

    The area under the ROC curve by the Mann-Whitney statistic (Hanley and McNeil, Radiology 1982).
    """
    positives = sum(positive)
    negatives = len(positive) - positives
    if not positives or not negatives:
        return None
    below, wins = 0, 0.0
    for _, tied in groupby(sorted(zip(scores, positive, strict=True)), key=lambda pair: pair[0]):
        kinds = [kind for _, kind in tied]
        losers = kinds.count(False)
        wins += kinds.count(True) * (below + losers / 2)
        below += losers
    return wins / (positives * negatives)


def percentile(values: Iterable[float], part: float) -> float | None:
    """Return the value under which `part` (0 to 1) of `values` lie; 0.5 is the median.

    Between two values it is interpolated on a line (Hyndman and Fan, The American Statistician 1996, type 7).
    """
    ordered = sorted(values)
    if not ordered:
        return None
    place = part * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _f1(predicted: Sequence[str], accepted: Sequence[str]) -> float:
    same = sum((Counter(predicted) & Counter(accepted)).values())
    return 2 * same / (len(predicted) + len(accepted)) if same else 0.0
