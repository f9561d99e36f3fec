"""Logs for whoever serves a library: a line a request and a line an answer, as JSON or as text, on standard error.

What people ask, what they are told and what their articles are called is in no line, unless a setting says so. Of an
error neither: its kind and where it came from are logged, and not its words, which may hold what was asked.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from rag.answering.observing import Ended
from rag.settings import Settings

answers = logging.getLogger("footnote.answers")
requests = logging.getLogger("footnote.requests")

_OWN = ("footnote", "rag", "serve", "ui")
"""Loggers that the level is set for; of all others only warnings are logged."""


def start(settings: Settings) -> None:
    """Log as the settings say, from here on, whatever logged before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(as_json=settings.log == "json", in_full=settings.log_questions))
    root = logging.getLogger()
    for before in list(root.handlers):
        root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    level = settings.log_level or ("info" if settings.log else "warning")
    for name in _OWN:
        logging.getLogger(name).setLevel(level.upper())


def line(logger: logging.Logger, event: str, level: int = logging.INFO, **fields: Any) -> None:
    """Log that something happened, with what is known of it; what is None is left out."""
    known = {name: value for name, value in fields.items() if value is not None}
    logger.log(level, event, extra={"footnote": known})


class AnswerLog:
    """An observer that logs a line for each question."""

    def __init__(self, *, in_full: bool = False) -> None:
        """With `in_full` the words of questions and answers are logged too."""
        self._in_full = in_full

    def begun(self) -> None:
        """Log nothing yet."""

    def ended(self, ended: Ended) -> None:
        """Log what became of a question."""
        answer = ended.answer
        said: dict[str, Any] = {}
        if answer is not None:
            said = {
                "confidence": round(answer.confidence, 3),
                "sentences": len(answer.sentences),
                "articles": list(dict.fromkeys(citation.article_id for citation in answer.citations)),
                "passages": len(answer.passages),
                "model": answer.models.get("answerer"),
                "filtered": True if answer.filters else None,
                **{f"{stage}_ms": round(spent, 1) for stage, spent in answer.timings.items() if stage != "total"},
            }
            if answer.usage:
                said |= {"tokens_in": answer.usage.input_tokens, "tokens_out": answer.usage.output_tokens}
        if self._in_full:
            said |= {"question": ended.question, "text": answer.text if answer else None}
        if ended.error is not None:
            said["error"] = type(ended.error).__name__
        level = logging.ERROR if ended.outcome == "failed" else logging.INFO
        line(answers, "answer", level, outcome=ended.outcome, seconds=round(ended.seconds, 3), **said)


class _Lines(logging.Formatter):
    """Writes each record as one line."""

    def __init__(self, *, as_json: bool, in_full: bool) -> None:
        super().__init__()
        self._as_json = as_json
        self._in_full = in_full

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line, which nothing in it can break."""
        logged: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": self._said(record),
            **getattr(record, "footnote", {}),
        }
        if record.exc_info and record.exc_info[0]:
            logged |= self._raised(*record.exc_info[:3])
        if self._as_json:
            return json.dumps(logged, ensure_ascii=False, default=str)
        words = [logged.pop("time"), logged.pop("level"), logged.pop("event")]
        words += [f"{name}={_plain(value)}" for name, value in logged.items()]
        return " ".join(json.dumps(word, ensure_ascii=False)[1:-1] for word in words)

    def _said(self, record: logging.LogRecord) -> str:
        """Return the message: of what others log the first line as it was written, since they may log anything."""
        if self._in_full:
            return record.getMessage()
        if record.name.partition(".")[0] not in _OWN:
            return (str(record.msg).splitlines() or [""])[0]
        if not isinstance(record.args, tuple):
            return record.getMessage()
        kinds = tuple(type(a).__name__ if isinstance(a, BaseException) else a for a in record.args)
        return str(record.msg) % kinds if kinds else str(record.msg)

    def _raised(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> dict[str, Any]:
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        raised: dict[str, Any] = {"error": kind.__name__ if kind else "", "at": places[-8:]}
        if self._in_full:
            raised["said"] = str(error)
        return raised


def _plain(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
