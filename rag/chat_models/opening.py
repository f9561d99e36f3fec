"""From the name of a chat model to the model, by LangChain's `init_chat_model`."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.errors import ChatModelUnavailable
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_log = logging.getLogger(__name__)

_NO_KEY_NEEDED = "none"
"""Sent where a server of one's own was named without a key: OpenAI's client refuses to send nothing, and must not send
the key that stands in OPENAI_API_KEY to somebody else."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What a person has to install and to set for the models of one provider."""

    extra: str = ""
    """The extra of this package that installs it."""
    key: str = ""
    """The environment variable that its package reads the key from."""


PROVIDERS = {
    "openai": Provider("openai", "OPENAI_API_KEY"),
    "ollama": Provider("ollama"),
    "anthropic": Provider("anthropic", "ANTHROPIC_API_KEY"),
    "google_genai": Provider("google", "GOOGLE_API_KEY"),
}
_OPENAI_COMPATIBLE = "openai"


def is_named(settings: Settings) -> bool:
    """Say whether the settings name a chat model."""
    return bool(settings.chat_model or settings.chat_base_url)


def name_of(model: BaseChatModel | None, settings: Settings) -> str:
    """Return what a person calls the chat model: as the settings name it, or what the object says of itself."""
    if model is None:
        return settings.chat_model or settings.chat_base_url
    called = next((str(v) for v in (getattr(model, n, None) for n in ("model_name", "model")) if v), "")
    return called or str(model._llm_type)


def open_chat_model(settings: Settings) -> BaseChatModel | None:
    """Return the chat model that the settings name; None where they name none. Nothing is sent anywhere yet.

    Raises `ChatModelUnavailable` where its package or its key is missing, or where there is no such provider.
    """
    if not is_named(settings):
        return None
    if not settings.chat_model:
        raise ChatModelUnavailable(
            f"FOOTNOTE_CHAT_BASE_URL is {settings.chat_base_url}, and no model is named. Set FOOTNOTE_CHAT_MODEL to "
            "one that this server has."
        )
    provider, name = _parted(settings)
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(name, model_provider=provider or None, **_options(provider, settings))
    except ImportError as error:
        raise ChatModelUnavailable(_to_install(settings.chat_model, provider, error)) from error
    except Exception as error:  # each package has errors of its own for the same few things
        _log.info("The chat model %s could not be opened: %s", settings.chat_model, type(error).__name__)
        raise ChatModelUnavailable(_not_opened(settings, provider, str(error))) from error
    return model


def key_advice(provider: str, settings: Settings) -> str:
    """Say where the key of a provider is set."""
    key = "" if settings.chat_base_url else PROVIDERS.get(provider, Provider()).key
    return f"Set FOOTNOTE_CHAT_API_KEY{f', or {key},' if key else ''} to your key"


def provider_of(settings: Settings) -> str:
    """Return the provider that the settings name, "" where they name none."""
    return _parted(settings)[0] if settings.chat_model else ""


def _parted(settings: Settings) -> tuple[str, str]:
    """Part "provider:name". A name alone is that of an OpenAI-compatible server, where one is set.

    Names can have colons of their own, as "llama3.2:1b" has.
    """
    from langchain.chat_models.base import _BUILTIN_PROVIDERS

    provider, colon, name = settings.chat_model.strip().partition(":")
    provider = provider.replace("-", "_").lower()
    if colon and provider in _BUILTIN_PROVIDERS:
        return provider, name
    return (_OPENAI_COMPATIBLE if settings.chat_base_url else ""), settings.chat_model.strip()


def _options(provider: str, settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {}
    key, address = settings.chat_api_key.get_secret_value(), settings.chat_base_url
    local = provider == "ollama" or bool(address)
    temperature = 0.0 if settings.chat_temperature is None and local else settings.chat_temperature
    if temperature is not None:
        options["temperature"] = temperature
    if address:
        options["base_url"] = address
    if provider == "ollama":
        import httpx

        # Ollama cuts what is longer without a word, at a length of its own.
        options["num_ctx"] = settings.chat_context_tokens
        options["client_kwargs"] = {
            "timeout": httpx.Timeout(settings.chat_timeout, connect=settings.chat_connect_timeout),
            **({"headers": {"Authorization": f"Bearer {key}"}} if key else {}),
        }
        return options
    if provider in PROVIDERS:
        # Trying again is done in one place for all (`calling.py`), where it can be stopped.
        options |= {"max_retries": 1 if provider == "google_genai" else 0, "timeout": settings.chat_timeout}
    if key or (address and provider == "openai"):
        options["api_key"] = key or _NO_KEY_NEEDED
    if provider == "openai":
        import httpx

        options["timeout"] = httpx.Timeout(settings.chat_timeout, connect=settings.chat_connect_timeout)
    return options


def _to_install(model: str, provider: str, error: ImportError) -> str:
    extra = PROVIDERS.get(provider, Provider()).extra
    if extra:
        return f"The chat model {model} needs a package that is missing. Install it: pip install 'footnote[{extra}]'"
    return f"The chat model {model} needs a package that is missing: {error}"


def _not_opened(settings: Settings, provider: str, reason: str) -> str:
    model = settings.chat_model
    if any(word in reason.casefold() for word in ("api_key", "api key", "credentials", "_api_key")):
        return f"The chat model {model} needs a key. {key_advice(provider, settings)}."
    if "infer" in reason or "Unsupported provider" in reason:
        return (
            f"No provider of chat models is known for FOOTNOTE_CHAT_MODEL={model}. Name it with its provider, such as "
            "ollama:llama3.2, openai:gpt-5.5, anthropic:claude-opus-4-7 or google_genai:gemini-3-flash, or set "
            "FOOTNOTE_CHAT_BASE_URL to the address of a server that speaks as OpenAI's does."
        )
    return f"The chat model {model} cannot be opened: {reason.splitlines()[0] if reason else 'no reason was given'}"
