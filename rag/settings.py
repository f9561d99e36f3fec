"""Every knob, once. Each can be set as FOOTNOTE_<NAME> in the environment or in a `.env` file, some in the window."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import DotEnvSettingsSource, EnvSettingsSource

from rag import kept_settings
from rag.errors import InvalidSetting

SHIPPED_EMBEDDER = "footnote/all-MiniLM-L6-v2-int8"
"""The embedding model that comes with the package, in `rag/models/embedder`."""

_PRICE = re.compile(r"\s*\d+(?:\.\d+)?\s*,\s*\d+(?:\.\d+)?\s*")
_ROOT = re.compile(r"[\w~-][\w.~-]*(?:/[\w~-][\w.~-]*)*", re.ASCII)
_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent


def in_checkout() -> bool:
    """Say whether this code runs from a checkout of the project rather than an installed wheel."""
    return (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / "seeds").is_dir()


def samples_folder() -> Path:
    """Return the folder of sample articles: `seeds/` of the checkout, or the copy inside the wheel."""
    return _CHECKOUT / "seeds" if in_checkout() else _PACKAGE / "seeds"


def _default_library() -> Path:
    return _CHECKOUT / "vectorstore" if in_checkout() else platformdirs.user_data_path("footnote") / "library"


class Settings(BaseSettings):
    """What can be set. Arguments win over the environment, the environment over `.env`, that over the window's file."""

    model_config = SettingsConfigDict(env_prefix="FOOTNOTE_", env_file=".env", extra="ignore", frozen=True)

    library: Path = Field(default_factory=_default_library)
    """Folder of the library: `vectorstore/` in a checkout, else the user's data folder."""
    catalog_url: SecretStr = SecretStr("")
    """postgresql://user:password@host:5432/database: keeps the library there instead; takes `chroma_url` too."""
    chroma_url: SecretStr = SecretStr("")
    """http://host:8000: the Chroma server that has its vectors."""
    embedding_model: str = SHIPPED_EMBEDDER
    """The shipped model, or any sentence-transformers model by its hub name or folder."""
    threads: int = Field(default=0, ge=0)
    """Threads of the shipped models; 0 takes one a core."""

    candidates: int = Field(default=50, ge=1, le=1000)
    """Chunks that each of the two searches puts forward."""
    passages: int = Field(default=10, ge=1, le=100)
    """Passages that are read for an answer, and that `Answer.passages` holds. Each takes some 20 ms."""
    reading_ms: int = Field(default=600, ge=0)
    """Milliseconds after which no further passage is read; the first three always are."""
    max_sentences: int = Field(default=3, ge=1, le=20)
    """Sentences that an answer has at most, but for what supports it or says otherwise."""
    max_listed: int = Field(default=10, ge=1, le=100)
    """Sentences of an answer to a question that asks for all of something."""
    min_confidence: float | None = Field(default=None, ge=0, le=1)
    """Under this the articles are said not to answer. None takes the value fitted with the model."""
    max_question_length: int = Field(default=1000, ge=50)
    """Characters of a question that are read; of a longer one the beginning and the end are kept."""

    keep_conversations: bool = True
    """Whether conversations are kept with the library."""
    chat_model: str = ""
    """A chat model that writes the answers, as "provider:name": "ollama:llama3.2". Without one they are quoted."""
    chat_base_url: str = ""
    """Address of a server that speaks as OpenAI's does, such as http://127.0.0.1:8080/v1, or of the provider's own."""
    chat_api_key: SecretStr = SecretStr("")
    """The provider's key; without it, the variable that the provider names, such as OPENAI_API_KEY, is taken."""
    chat_context_tokens: int = Field(default=4096, ge=512)
    """Tokens that the chat model takes in at once, its answer included."""
    chat_temperature: float | None = Field(default=None, ge=0, le=2)
    """None takes 0 for models of one's own (ollama, `chat_base_url`), the provider's own value for others."""
    chat_connect_timeout: float = Field(default=10, gt=0)
    """Seconds in which the server of the chat model has to be reached."""
    chat_first_word_timeout: float = Field(default=60, gt=0)
    """Seconds until the first word, and between two; a model that is loaded first may take most of it."""
    chat_timeout: float = Field(default=120, gt=0)
    """Seconds that an answer may take as a whole, with all that is tried again."""
    chat_retries: int = Field(default=2, ge=0, le=10)
    """How often a request is sent again that a busy or failing server did not answer."""
    chat_price: str = ""
    """US dollars for a million tokens put in and given out, "0.15,0.60": then `Answer.usage` has a price."""
    chat_daily_tokens: int = Field(default=0, ge=0)
    """Tokens that the chat model may take a day (UTC) over this library; 0 sets no bound."""
    check: bool = True
    """Whether what a chat model writes is held against the articles. Without, it is shown as it was written."""
    show_unsupported: bool = False
    """Whether sentences stay, marked, that a chat model wrote and no article supports."""

    allow_private_addresses: bool = False
    """Whether pages are read from this machine and from private networks, where a URL leads there."""

    upload_mb: int = Field(default=100, ge=1)
    """Megabytes that one request of a program may bring: files, a text, or several of them."""

    host: str = "127.0.0.1"
    """Address that the chat window listens on."""
    port: int = Field(default=7860, ge=1, le=65535)
    """Port of the chat window; the next free one is taken where it is in use."""
    auth: bool = False
    """Whether the window and the API ask for an account. Needed to listen on another address than this machine's."""
    session_idle_hours: float = Field(default=12, gt=0)
    """Hours without a request after which one has to sign in again."""
    session_days: float = Field(default=30, gt=0)
    """Days after which one has to sign in again however that may be."""
    window_url: str = ""
    """Address of the window as browsers see it, such as https://example.org/footnote: behind a proxy, and for links."""
    root_path: str = ""
    """Path below which a proxy has the window, such as /footnote; without it, the path of `window_url`."""
    trusted_proxies: str = "127.0.0.1,::1"
    """Addresses and networks of proxies, with commas between, whose X-Forwarded-For, -Proto and -Host are believed."""
    mcp_token: SecretStr = SecretStr("")
    """What clients of `footnote mcp --http` may send in place of a token of the library (`footnote token new`)."""

    log: Literal["", "text", "json"] = ""
    """Logs a line for each request and each answer, as text or as JSON; else only what is wrong."""
    log_level: Literal["", "debug", "info", "warning", "error"] = ""
    """What is logged at least; without it, info where `log` is set."""
    log_questions: bool = False
    """Whether the log has the words of questions and answers, and of errors."""

    @field_validator("log", "log_level", mode="before")
    @classmethod
    def _in_small_letters(cls, given: Any) -> Any:
        return given.strip().lower() if isinstance(given, str) else given

    @field_validator("root_path")
    @classmethod
    def _rooted(cls, given: str) -> str:
        path = given.strip().strip("/")
        if path and not _ROOT.fullmatch(path):
            raise ValueError("a path such as /footnote, of letters, digits, dots, dashes and slashes")
        return f"/{path}" if path else ""

    @field_validator("window_url")
    @classmethod
    def _addressed(cls, given: str) -> str:
        found = urlsplit(given.strip())
        if given.strip() and (found.scheme not in ("http", "https") or not found.hostname or found.query):
            raise ValueError("an address such as https://example.org/footnote")
        if found.path.strip("/") and not _ROOT.fullmatch(found.path.strip("/")):
            raise ValueError("an address whose path has letters, digits, dots, dashes and slashes only")
        return given.strip().rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _trusted(cls, given: str) -> str:
        named = [each.strip() for each in given.split(",") if each.strip()]
        try:
            return ",".join(
                str(ip_network(each, strict=False)) if "/" in each else str(ip_address(each)) for each in named
            )
        except ValueError as error:
            raise ValueError(f"{error}; write addresses and networks, such as 10.0.0.7,10.0.1.0/24") from error

    @field_validator("chat_price")
    @classmethod
    def _priced(cls, given: str) -> str:
        if given and not _PRICE.fullmatch(given):
            raise ValueError("two numbers with a comma between, such as 0.15,0.60")
        return given

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where values are looked for, the first of highest rank."""
        return init_settings, env_settings, dotenv_settings, _Kept(settings_cls)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            reasons = "; ".join(
                f"{'.'.join(map(str, e['loc'])).upper()}={e['input']!r}: {e['msg']}" for e in error.errors()
            )
            raise InvalidSetting(f"A setting cannot be used (FOOTNOTE_...): {reasons}.") from error


class _Kept(PydanticBaseSettingsSource):
    """What the window keeps with the library that the sources before this one name."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return no field by itself: all come at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the values."""
        return kept_settings.read(Path(self.current_state.get("library") or _default_library()))


def address_of(provider: str) -> str:
    """Return the address that the variable of a provider's own package names for it; "" for the provider's own."""
    named = (os.environ.get(variable, "") for variable in _ADDRESSES.get(provider, ()))
    found = next(filter(None, named), "")
    return found if "://" in found or not found else f"http://{found}"


_ADDRESSES = {
    "ollama": ("OLLAMA_HOST",),
    "openai": ("OPENAI_API_BASE", "OPENAI_BASE_URL"),
    "anthropic": ("ANTHROPIC_API_URL", "ANTHROPIC_BASE_URL"),
}


def fixed_by(name: str) -> str:
    """Return where the setting of that name is given, over which the window's file has no say; "" where it has."""
    for source, place in (
        (EnvSettingsSource(Settings), "in the environment"),
        (DotEnvSettingsSource(Settings), "in the file .env"),
    ):
        if name in source():
            return f"FOOTNOTE_{name.upper()} is set {place}"
    return ""
