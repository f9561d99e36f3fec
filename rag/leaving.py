"""What leaves this machine: computed from the settings, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from rag.settings import SHIPPED_EMBEDDER, Settings, address_of

_PROVIDERS = {
    "openai": "OpenAI (api.openai.com)",
    "anthropic": "Anthropic (api.anthropic.com)",
    "google_genai": "Google (generativelanguage.googleapis.com)",
}


@dataclass(frozen=True, slots=True)
class Leaving:
    """Something that is sent to another machine."""

    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.what}, to {self.where}"


def what_leaves(settings: Settings, follows: Sequence[str] = ()) -> list[Leaving]:
    """Return what Footnote sends to other machines of its own accord or for an answer; nothing is left out.

    `follows` are the folders and addresses that the library follows. A page that a person adds by its address is asked
    for at that address, then and there.
    """
    return list(_leaving(settings, follows))


def _leaving(settings: Settings, follows: Sequence[str]) -> Iterator[Leaving]:
    if model := _chat_model_at(settings):
        yield Leaving("each question, the passages found for it and the questions before it", model)
    for address, what in (
        (settings.catalog_url.get_secret_value(), "all articles, to be kept"),
        (settings.chroma_url.get_secret_value(), "the vectors of all articles, and of each question"),
    ):
        if address and not is_here(address):
            yield Leaving(what, f"the server {_host(address)}, which the settings name")
    if settings.embedding_model != SHIPPED_EMBEDDER and not Path(settings.embedding_model).expanduser().exists():
        yield Leaving("the name of the embedding model, to fetch it", "huggingface.co")
    sites = sorted({_host(place) for place in follows if place.startswith(("http://", "https://"))})
    if sites:
        yield Leaving("a request for what is new", ", ".join(sites))
    if _is_traced():
        yield Leaving("each question and answer, as traces (LANGSMITH_TRACING is set)", "LangSmith")


def _chat_model_at(settings: Settings) -> str:
    """Return where the chat model is; "" for none, or one on this machine."""
    if not (settings.chat_model or settings.chat_base_url):
        return ""
    provider = settings.chat_model.partition(":")[0].replace("-", "_").lower()
    if address := settings.chat_base_url or address_of(provider):
        return "" if is_here(address) else f"the chat model at {_host(address)}, which the settings name"
    if provider == "ollama":
        return ""
    return f"the chat model {settings.chat_model} of {_PROVIDERS.get(provider, f'the provider {provider!r}')}"


def is_here(address: str) -> bool:
    """Say whether an address is on this machine."""
    return is_loopback(urlsplit(address).hostname or "")


def is_loopback(host: str) -> bool:
    """Say whether `host` is this machine by itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _host(address: str) -> str:
    return urlsplit(address).hostname or address


def _is_traced() -> bool:
    """Say whether LangChain sends traces, which only its own environment variables can make it do."""
    from langsmith.utils import tracing_is_enabled

    return bool(tracing_is_enabled())
