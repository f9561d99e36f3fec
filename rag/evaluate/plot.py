"""The plot of an evaluation: is confidence deserved, and how many mistakes do only the surest answers have."""

from __future__ import annotations

from io import BytesIO

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from rag.evaluate.evaluation import Evaluation

# Blue and vermilion are told apart by everyone (Okabe and Ito, "Color universal design", 2008).
_BLUE, _VERMILION, _GREY = "#0072B2", "#D55E00", "#666666"


def drawn(evaluation: Evaluation) -> dict[str, bytes]:
    """Return the plot by the ending of its file: ``png`` and ``svg``. The same evaluation gives the same bytes."""
    figure = Figure(figsize=(11, 6), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _draw_reliability(left, evaluation)
    _draw_risk_coverage(right, evaluation)
    files = {"png": BytesIO(), "svg": BytesIO()}
    with rc_context({"svg.hashsalt": "footnote"}):
        figure.savefig(files["png"], format="png", dpi=150)
        figure.savefig(files["svg"], format="svg", metadata={"Date": None})
    return {ending: file.getvalue() for ending, file in files.items()}


def _draw_reliability(axes: Axes, evaluation: Evaluation) -> None:
    bins = evaluation.reliability
    axes.plot([0, 1], [0, 1], linestyle="--", color=_GREY, label="calibrated")
    axes.bar(
        [held.low for held in bins],
        [held.accuracy for held in bins],
        width=[held.high - held.low for held in bins],
        align="edge",
        color=_BLUE,
        edgecolor="white",
        alpha=0.55,
        label="right, by tenths of confidence",
    )
    axes.plot(
        [held.confidence for held in bins],
        [held.accuracy for held in bins],
        linestyle="none",
        marker="o",
        color=_VERMILION,
        label="at the mean confidence",
    )
    for held in bins:
        middle = (held.low + held.high) / 2
        axes.annotate(
            f"{held.count}",
            (middle, held.accuracy),
            (0, 7),
            textcoords="offset points",
            ha="center",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
        )
    _label(
        axes,
        f"Reliability (calibration error {_figure(evaluation.metrics.calibration_error)})",
        "confidence",
        "answers that are right (above a bar: how many)",
    )


def _draw_risk_coverage(axes: Axes, evaluation: Evaluation) -> None:
    coverages, risks = zip(*evaluation.risk_coverage, strict=True)
    axes.plot(coverages, risks, marker="." if len(risks) <= 200 else "", color=_BLUE, label="surest answers first")
    answered = [row for row in evaluation.rows if row.found]
    if answered:
        wrong = sum(not row.right for row in answered)
        axes.plot(
            [len(answered) / len(evaluation.rows)],
            [wrong / len(answered)],
            linestyle="none",
            marker="D",
            markersize=9,
            color=_VERMILION,
            label=f"as it is set: {len(answered)} answered, {wrong} of them wrong",
        )
    _label(
        axes,
        f"Risk and coverage (area {_figure(evaluation.metrics.risk_coverage_area)})",
        f"coverage: share of the {len(evaluation.rows)} questions that is answered",
        "risk: share of the answers that is wrong",
    )


def _label(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.12)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
        axis.set_ticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.grid(color=_GREY, alpha=0.2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.13), frameon=False)


def _figure(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"
