"""What is typed into the settings page: checked field by field, and kept where all of it can be used."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from rag import kept_settings
from rag.errors import ChatModelUnavailable, InvalidSetting
from rag.settings import Settings, fixed_by

FIELDS = ("chat_model", "chat_base_url", "chat_api_key", "passages", "reading_ms")
"""Those that are saved together; another embedding model takes work of its own."""
_TEST_SECONDS = 30.0
_TEST = "Reply with one word: ready"
_SHOWN_OF_KEY = 4
_LONGEST_TO_SHOW = 12
"""Characters that a key has at least for its last ones to be shown."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, and what came of checking it."""

    settings: Settings
    """With what can be used of it; as they were where `problems` are."""
    values: Mapping[str, str]
    """By field: as it was typed."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """By field: why it cannot be used."""
    notes: tuple[str, ...] = ()


def checked(typed: Mapping[str, Any], now: Settings) -> Typed:
    """Check what was typed against the settings of `now`, field by field. Nothing is sent, and nothing kept."""
    values = {name: str(typed.get(name, "")).strip() for name in FIELDS}
    changed: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in ("passages", "reading_ms"):
        if not fixed_by(name):
            try:
                changed[name] = int(values[name].replace(",", ""))
            except ValueError:
                problems[name] = "Type a whole number."
    for name in ("chat_model", "chat_base_url"):
        if not fixed_by(name):
            changed[name] = values[name]
    if (url := changed.get("chat_base_url")) and not _is_address(url):
        problems["chat_base_url"] = (
            "Type an address that begins with http:// or https://, such as http://127.0.0.1:8080/v1."
        )
    notes = _keyed(changed, values["chat_api_key"], now, forget=bool(typed.get("forget_key")))
    settings = now
    for name, value in changed.items():
        if name not in problems:
            try:
                settings = _with(settings, **{name: value})
            except InvalidSetting as error:
                problems[name] = _reason(error)
    if not {"chat_model", "chat_base_url"} & problems.keys() and (problem := _not_opened(settings)):
        problems["chat_model"] = problem
    return Typed(now if problems else settings, values, problems, tuple(notes))


def keep(now: Settings, new: Settings, names: tuple[str, ...] = FIELDS) -> None:
    """Keep what `new` changes of `now`; what is as it is by default is taken back. Raises `FootnoteError`."""
    changed: dict[str, Any] = {}
    for name in names:
        value = getattr(new, name)
        if value != getattr(now, name) and not fixed_by(name):
            plain = value.get_secret_value() if isinstance(value, SecretStr) else value
            default = Settings.model_fields[name].default
            changed[name] = None if value == default else plain
    if changed:
        kept_settings.write(now.library, changed)


def taken_over(now: Settings, changed: Mapping[str, Any]) -> Settings:
    """Return the settings of `now` with what another process keeps instead; None is the default."""
    return _with(
        now,
        **{
            name: Settings.model_fields[name].get_default() if value is None else value
            for name, value in changed.items()
            if not fixed_by(name)
        },
    )


def tried(settings: Settings) -> tuple[bool, str]:
    """Ask the chat model a word; return whether it answered, and what came of it."""
    from langchain_core.messages import HumanMessage

    from rag.chat_models.calling import Call
    from rag.chat_models.opening import open_chat_model

    brief = settings.model_copy(
        update={"chat_retries": 0, "chat_timeout": _TEST_SECONDS, "chat_first_word_timeout": _TEST_SECONDS}
    )
    try:
        model = open_chat_model(brief)
        if model is None:
            return False, "No chat model is named. Answers are quoted from the articles."
        started = time.monotonic()
        said = "".join(Call(model, brief).stream([HumanMessage(_TEST)])).strip()
    except ChatModelUnavailable as error:
        return False, str(error)
    seconds = time.monotonic() - started
    return (
        True,
        f"It answered in {seconds:.1f} seconds: “{said[:80]}”" if said else f"It answered nothing in {seconds:.1f} s.",
    )


def end_of(key: SecretStr) -> str:
    """Return what is shown of a key that is kept: its last characters, where that gives little away."""
    secret = key.get_secret_value()
    if not secret:
        return ""
    return (
        f"A key is kept, which ends in {secret[-_SHOWN_OF_KEY:]}."
        if len(secret) >= _LONGEST_TO_SHOW
        else "A key is kept."
    )


def _keyed(changed: dict[str, Any], typed: str, now: Settings, *, forget: bool) -> list[str]:
    """Put the key among what is changed: the one typed, else the one kept, unless it was another server's."""
    if fixed_by("chat_api_key"):
        return []
    if typed or forget:
        changed["chat_api_key"] = SecretStr(typed)
        return []
    goes_elsewhere = any(changed.get(name, getattr(now, name)) != getattr(now, name) for name in ("chat_base_url",))
    goes_elsewhere |= _provider(changed.get("chat_model", now.chat_model)) != _provider(now.chat_model)
    if goes_elsewhere and now.chat_api_key.get_secret_value():
        changed["chat_api_key"] = SecretStr("")
        return ["The key was for another server and is forgotten. Type the new server's key, if it needs one."]
    return []


def _provider(model: str) -> str:
    return model.partition(":")[0].strip().casefold()


def _not_opened(settings: Settings) -> str:
    """Return why the chat model cannot be opened; "" where it can, or none is named."""
    from rag.chat_models.opening import open_chat_model

    try:
        open_chat_model(settings)
    except ChatModelUnavailable as error:
        return str(error)
    return ""


def _with(settings: Settings, **changed: Any) -> Settings:
    """Return settings with some changed, all of them checked. Raises `InvalidSetting`."""
    values = {name: getattr(settings, name) for name in Settings.model_fields}
    return Settings(**{**values, **changed})


def _reason(error: InvalidSetting) -> str:
    reason = str(error).rpartition(": ")[2].rstrip(".").replace("Input should be", "It has to be")
    return f"{reason[:1].upper()}{reason[1:]}."


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
