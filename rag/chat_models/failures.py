"""What can go wrong with a chat model, in words, and whether to try again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelTimeoutError,
)

from rag.chat_models.opening import key_advice, provider_of
from rag.settings import Settings

_BUSY = 429
_CONNECTION_NAMES = ("ConnectError", "ConnectTimeout", "APIConnectionError", "ReadError", "RemoteProtocolError")
_GARBAGE = (json.JSONDecodeError, ValueError, TypeError, KeyError, AttributeError)
_GARBAGE_NAMES = ("ValidationError", "APIResponseValidationError", "ResponseError")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a chat model did not answer."""

    reason: str
    """A sentence that says what to do."""
    passing: bool = False
    """Whether the same request may succeed a little later."""
    retry_after: float | None = None
    """Seconds that the server asks to wait."""


def explain(error: BaseException, name: str, settings: Settings) -> Failure:
    """Say in words why the chat model called `name` did not answer."""
    status = _status(error)
    if isinstance(error, ModelAuthenticationError | ModelPermissionDeniedError) or status in (401, 403):
        return Failure(f"{name} does not accept the key. {key_advice(provider_of(settings), settings)}.")
    if isinstance(error, ModelNotFoundError) or status == 404:
        return Failure(f"{_server(settings)} has no model of the name {name}. {_get_it(settings)}")
    if status == _BUSY:
        return Failure(
            f"{name} takes no more requests just now. Ask again in {_a_while(wait := _retry_after(error))}, or see "
            "what your account allows.",
            passing=True,
            retry_after=wait,
        )
    if status is not None and status >= 500:
        return Failure(
            f"The server of {name} failed (HTTP {status}). Ask again in a while; its own log says why.",
            passing=True,
            retry_after=_retry_after(error),
        )
    if isinstance(error, ContextOverflowError):
        return Failure(f"{name} takes less text at once. Set FOOTNOTE_CHAT_CONTEXT_TOKENS to fewer.")
    if isinstance(error, ModelTimeoutError | TimeoutError) or _is(error, "ConnectTimeout", "ReadTimeout"):
        return Failure(f"{_server(settings)} did not answer in time. {_start_it(settings)}", passing=True)
    if _is(error, *_CONNECTION_NAMES) or isinstance(error, ModelConnectionError | ConnectionError):
        return Failure(f"{_server(settings)} cannot be reached. {_start_it(settings)}", passing=True)
    text = str(error).casefold()
    if "api_key" in text or "api key" in text:
        return Failure(
            f"The chat model {name} needs a key that is good. {key_advice(provider_of(settings), settings)}."
        )
    if status is not None:
        return Failure(f"{name} refuses the request (HTTP {status}). Check FOOTNOTE_CHAT_MODEL and its settings.")
    if _is(error, *_GARBAGE_NAMES) or isinstance(error, _GARBAGE):
        return Failure(
            f"What came from {_server(settings, small=True)} is no chat model's answer. Check FOOTNOTE_CHAT_BASE_URL; "
            "it usually ends in /v1."
        )
    return Failure(f"{name} failed ({type(error).__name__}). Ask again, or check FOOTNOTE_CHAT_MODEL.")


def broke_off(name: str) -> Failure:
    """Say that an answer began and did not end."""
    return Failure(f"{name} broke off before its answer was whole. Ask again to get it whole.")


def too_slow(name: str, seconds: float, setting: str) -> Failure:
    """Say that a bound of time was reached, and which setting it is."""
    return Failure(f"{name} took longer than {seconds:g} seconds. FOOTNOTE_{setting.upper()} sets how long it may.")


def _server(settings: Settings, *, small: bool = False) -> str:
    the = "the" if small else "The"
    return f"{the} chat model's server{f' at {settings.chat_base_url}' if settings.chat_base_url else ''}"


def _a_while(seconds: float | None) -> str:
    return "a while" if seconds is None else f"{seconds:g} seconds"


def _get_it(settings: Settings) -> str:
    if provider_of(settings) == "ollama":
        return f"Get it: ollama pull {settings.chat_model.partition(':')[2]}"
    return "Check FOOTNOTE_CHAT_MODEL" + (", and FOOTNOTE_CHAT_BASE_URL." if settings.chat_base_url else ".")


def _start_it(settings: Settings) -> str:
    if provider_of(settings) == "ollama":
        return "Start it: ollama serve"
    if settings.chat_base_url:
        return "Start it, or check FOOTNOTE_CHAT_BASE_URL."
    return "Check your connection, then ask again."


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        yield now
        seen.add(id(now))
        now = now.__cause__ or now.__context__


def _is(error: BaseException, *names: str) -> bool:
    return any(kind.__name__ in names for link in _chain(error) for kind in type(link).__mro__)


def _status(error: BaseException) -> int | None:
    """Return the HTTP status that an error of any provider's package tells of."""
    for link in _chain(error):
        for value in (getattr(link, "status_code", None), getattr(link, "code", None)):
            if isinstance(value, int) and 400 <= value < 600:
                return int(value)
        response = getattr(link, "response", None)
        if isinstance(getattr(response, "status_code", None), int) and response is not None:
            status = int(response.status_code)
            if status >= 400:
                return status
    return None


def _retry_after(error: BaseException) -> float | None:
    for link in _chain(error):
        headers: Any = getattr(getattr(link, "response", None), "headers", None)
        if isinstance(headers, Mapping) or hasattr(headers, "get"):
            try:
                return max(0.0, float(headers.get("retry-after")))
            except (TypeError, ValueError):
                continue  # none, or a date
    return None
