"""How well a library answers: questions of one's own, the metrics, and a baseline to hold them to.

>>> from rag.evaluate import evaluate, read_questions
>>> print(evaluate(read_questions("questions.jsonl")))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.errors import UnusableBaseline as UnusableBaseline
    from rag.errors import UnusableQuestions as UnusableQuestions
    from rag.errors import UnwrittenResults as UnwrittenResults
    from rag.evaluate.baseline import Baseline as Baseline
    from rag.evaluate.baseline import read_baseline as read_baseline
    from rag.evaluate.baseline import save_baseline as save_baseline
    from rag.evaluate.evaluation import Evaluation as Evaluation
    from rag.evaluate.evaluation import Metrics as Metrics
    from rag.evaluate.evaluation import Row as Row
    from rag.evaluate.feedback import FeedbackEvaluation as FeedbackEvaluation
    from rag.evaluate.feedback import evaluate_feedback as evaluate_feedback
    from rag.evaluate.made import made_questions as made_questions
    from rag.evaluate.questions import Question as Question
    from rag.evaluate.questions import read_questions as read_questions
    from rag.evaluate.results import write_results as write_results
    from rag.evaluate.runner import evaluate as evaluate

_HOMES = {
    "Baseline": "rag.evaluate.baseline",
    "read_baseline": "rag.evaluate.baseline",
    "save_baseline": "rag.evaluate.baseline",
    "UnusableBaseline": "rag.errors",
    "UnusableQuestions": "rag.errors",
    "UnwrittenResults": "rag.errors",
    "Evaluation": "rag.evaluate.evaluation",
    "Metrics": "rag.evaluate.evaluation",
    "Row": "rag.evaluate.evaluation",
    "FeedbackEvaluation": "rag.evaluate.feedback",
    "evaluate_feedback": "rag.evaluate.feedback",
    "made_questions": "rag.evaluate.made",
    "Question": "rag.evaluate.questions",
    "read_questions": "rag.evaluate.questions",
    "write_results": "rag.evaluate.results",
    "evaluate": "rag.evaluate.runner",
}

__all__ = [
    "Baseline",
    "Evaluation",
    "FeedbackEvaluation",
    "Metrics",
    "Question",
    "Row",
    "UnusableBaseline",
    "UnusableQuestions",
    "UnwrittenResults",
    "evaluate",
    "evaluate_feedback",
    "made_questions",
    "read_baseline",
    "read_questions",
    "save_baseline",
    "write_results",
]


def __getattr__(name: str) -> Any:
    # Asking needs LangChain and the library; reading questions and comparing figures does not.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
