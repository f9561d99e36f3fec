"""One call of a chat model: its words as they come, within limits, ended when nobody wants them any more."""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rag.chat_models.budget import DailyBudget
from rag.chat_models.failures import Failure, broke_off, explain, too_slow
from rag.chat_models.opening import name_of
from rag.chat_models.running import run
from rag.chat_models.tokens import estimated_tokens, price_of
from rag.errors import ChatModelUnavailable
from rag.settings import Settings
from rag.types import Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig

_log = logging.getLogger(__name__)

_LOOKED_EVERY = 0.05
"""Seconds after which a call looks whether it is still wanted."""
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 20.0
"""Seconds between two tries at most: a server that asks for more is taken for one that does not answer."""
_CUT = ("length", "max_tokens", "MAX_TOKENS")
"""What providers call it when a model had to stop before it was done."""


class Call:
    """Asks one chat model, as often as is wanted; `usage` adds up."""

    def __init__(
        self, model: BaseChatModel, settings: Settings, *, name: str = "", budget: DailyBudget | None = None
    ) -> None:
        """`name` is what a person calls the model; `budget` counts what it takes."""
        self.name = name or name_of(model, settings)
        self._model = model
        self._settings = settings
        self._budget = budget
        self._usage = Usage()
        self.complete = False
        """Whether the last call came to its own end: not cut, not cancelled."""

    @property
    def usage(self) -> Usage:
        """What was asked and given so far; estimated where the provider does not say."""
        return self._usage

    def stream(
        self,
        messages: Sequence[BaseMessage],
        *,
        cancelled: threading.Event | None = None,
        config: RunnableConfig | None = None,
    ) -> Generator[str, None, None]:
        """Yield the model's text in pieces, as it comes. To close the iterator ends the request, as `cancelled` does.

        A request that fails before its first word is sent again, as often as the settings say. Raises
        `ChatModelUnavailable`, which says what to do; after the first word, also where the rest does not come.
        """
        stop = cancelled or threading.Event()
        ends = time.monotonic() + self._settings.chat_timeout
        self.complete = False
        for attempt in range(self._settings.chat_retries + 1):
            if stop.is_set():
                return
            request = _Request(self._model, messages, self._settings, self.name, ends, config)
            estimated = sum(estimated_tokens(message.text) for message in messages)
            if self._budget:
                self._budget.reserve(estimated)
            try:
                yield from request.pieces(stop)
                self.complete = request.complete
                return
            except _Failed as failed:
                wait = self._wait(failed.failure, attempt, ends, begun=request.begun)
                if wait is None:
                    raise ChatModelUnavailable(failed.failure.reason) from failed.__cause__
            finally:
                self._count(request, estimated)
            stop.wait(wait)

    def _wait(self, failure: Failure, attempt: int, ends: float, *, begun: bool) -> float | None:
        """Return how many seconds later the request is sent again; None where it is not."""
        if begun or not failure.passing or attempt >= self._settings.chat_retries:
            return None
        backoff = _FIRST_WAIT * 2**attempt * random.uniform(0.8, 1.2)
        wait = backoff if failure.retry_after is None else failure.retry_after
        return wait if wait <= _LONGEST_WAIT and time.monotonic() + wait < ends else None

    def _count(self, request: _Request, estimated: int) -> None:
        put_in, given_out = request.tokens(estimated)
        if self._budget:
            with suppress(ChatModelUnavailable):
                self._budget.correct(put_in + given_out - estimated)
        total_in = self._usage.input_tokens + put_in
        total_out = self._usage.output_tokens + given_out
        self._usage = Usage(total_in, total_out, self._usage.calls + 1, price_of(total_in, total_out, self._settings))


class _Failed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


class _Request:
    """One try."""

    def __init__(
        self,
        model: BaseChatModel,
        messages: Sequence[BaseMessage],
        settings: Settings,
        name: str,
        ends: float,
        config: RunnableConfig | None,
    ) -> None:
        self._model = model
        self._messages = list(messages)
        self._settings = settings
        self._name = name
        self._ends = ends
        self._config = config
        self._arriving: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._characters = 0
        self._reported: tuple[int, int] | None = None
        self._refused = False
        self._cut = False
        self.begun = False
        """Whether a word has come."""
        self.complete = False

    def pieces(self, stop: threading.Event) -> Generator[str, None, None]:
        work = run(self._ask())
        patience = self._settings.chat_first_word_timeout
        last = time.monotonic()
        try:
            while not stop.is_set():
                try:
                    came = self._arriving.get(timeout=_LOOKED_EVERY)
                except queue.Empty:
                    self._check_time(last + patience)
                    continue
                last = time.monotonic()
                if came is None:
                    self.complete = not self._cut
                    return
                if isinstance(came, BaseException):
                    _log.info("%s did not answer: %s", self._name, type(came).__name__)
                    self._refused = not self.begun
                    failure = broke_off(self._name) if self.begun else explain(came, self._name, self._settings)
                    raise _Failed(failure) from came
                text = self._read(came)
                if text:
                    self.begun = True
                    self._characters += len(text.encode("utf-8", errors="replace"))
                    yield text
                self._check_time(last + patience)
        finally:
            work.cancel()

    def tokens(self, estimated: int) -> tuple[int, int]:
        """Return what was put in and given out. A request that was refused cost nothing."""
        if self._reported:
            return self._reported
        return (0 if self._refused else estimated), -(-self._characters // 3)

    def _read(self, chunk: Any) -> str:
        usage = getattr(chunk, "usage_metadata", None)
        if usage:
            before = self._reported or (0, 0)
            self._reported = (
                before[0] + int(usage.get("input_tokens") or 0),
                before[1] + int(usage.get("output_tokens") or 0),
            )
        told = getattr(chunk, "response_metadata", None) or {}
        if (told.get("finish_reason") or told.get("stop_reason") or told.get("done_reason")) in _CUT:
            self._cut = True
        return str(getattr(chunk, "text", "") or "")

    def _check_time(self, patience_ends: float) -> None:
        now = time.monotonic()
        if now >= self._ends:
            raise _Failed(too_slow(self._name, self._settings.chat_timeout, "chat_timeout"))
        if now >= patience_ends:
            seconds = self._settings.chat_first_word_timeout
            raise _Failed(too_slow(self._name, seconds, "chat_first_word_timeout"))

    async def _ask(self) -> None:
        try:
            async for chunk in self._model.astream(self._messages, config=self._config):
                self._arriving.put(chunk)
            self._arriving.put(None)
        except Exception as error:  # noqa: BLE001 - it is raised again where the pieces are waited for
            self._arriving.put(error)
