"""What is counted, in Prometheus's format, at ``/metrics``: for this machine, or with a token."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from rag.answering.observing import Ended
from rag.errors import FootnoteError
from rag.index.library import Library
from serve.access import Allowed, may_read, nobody

_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 120)


class Metrics:
    """Counts what is asked of one library, and what becomes of it: an observer of a chain."""

    def __init__(self, library: Library) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Held(library))
        self._answers = Counter(
            "footnote_answers", "Questions, by what became of them.", ["outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "footnote_answer_seconds",
            "Seconds an answer took, by stage; total is all of it.",
            ["stage"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._under_way = Gauge(
            "footnote_questions_under_way", "Questions that are being answered.", registry=self.registry
        )
        self._tokens = Counter(
            "footnote_chat_model_tokens", "Tokens of the chat model, in and out.", ["direction"], registry=self.registry
        )
        self._errors = Counter(
            "footnote_errors",
            "What failed: answers, and requests with status 500 and over.",
            ["of"],
            registry=self.registry,
        )
        self._requests = Counter("footnote_requests", "Requests, by status.", ["status"], registry=self.registry)
        for of in ("answer", "request"):
            self._errors.labels(of)

    def begun(self) -> None:
        """Count a question as under way."""
        self._under_way.inc()

    def ended(self, ended: Ended) -> None:
        """Count what became of a question."""
        self._under_way.dec()
        self._answers.labels(ended.outcome).inc()
        self._seconds.labels("total").observe(ended.seconds)
        if ended.outcome == "failed":
            self._errors.labels("answer").inc()
        if ended.answer is None:
            return
        for stage, spent in ended.answer.timings.items():
            if stage != "total":
                self._seconds.labels(stage).observe(spent / 1000)
        if ended.answer.usage:
            self._tokens.labels("in").inc(ended.answer.usage.input_tokens)
            self._tokens.labels("out").inc(ended.answer.usage.output_tokens)

    def request(self, status: int) -> None:
        """Count a request, by the status of its reply; 0 for one that went away."""
        self._requests.labels(str(status)).inc()
        if status >= 500:
            self._errors.labels("request").inc()

    def text(self) -> bytes:
        """Return all of it in Prometheus's format."""
        return generate_latest(self.registry)


class _Held(Collector):
    """What the library holds at the moment it is asked; nothing where its catalog does not answer."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name what is counted, without counting."""
        yield GaugeMetricFamily("footnote_articles", "Articles in the library.")
        yield GaugeMetricFamily("footnote_chunks", "Chunks in the library.")

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Count."""
        try:
            counts = self._library.catalog.counts()
        except (FootnoteError, SQLAlchemyError):
            return
        for family, count in zip(self.describe(), counts, strict=True):
            family.add_metric([], count)
            yield family


def routes(metrics: Metrics, allowed: Allowed = nobody) -> APIRouter:
    """Return the route to read them; from elsewhere, with a token that is `allowed`."""
    router = APIRouter()

    @router.get("/metrics")
    def read(request: Request) -> Response:
        if not may_read(request, allowed):
            return PlainTextResponse("Read this on the machine itself, or send a token.", 403)
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router
