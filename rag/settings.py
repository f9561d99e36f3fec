"""Every knob, once. Each can be set as FOOTNOTE_<NAME> in the environment or in a `.env` file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import InvalidSetting

SHIPPED_EMBEDDER = "footnote/all-MiniLM-L6-v2-int8"
"""The embedding model that comes with the package, in `rag/models/embedder`."""

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
    """What can be set. Arguments win over the environment, the environment over `.env`."""

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

    allow_private_addresses: bool = False
    """Whether pages are read from this machine and from private networks, where a URL leads there."""

    host: str = "127.0.0.1"
    """Address that the chat window listens on."""
    port: int = Field(default=7860, ge=1, le=65535)
    """Port of the chat window; the next free one is taken where it is in use."""

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            reasons = "; ".join(
                f"{'.'.join(map(str, e['loc'])).upper()}={e['input']!r}: {e['msg']}" for e in error.errors()
            )
            raise InvalidSetting(f"A setting cannot be used (FOOTNOTE_...): {reasons}.") from error
