"""Settings that the window keeps: their rank, who may read them, and what they let leave this machine."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from rag import Settings, kept_settings
from rag.errors import InvalidSetting
from rag.leaving import what_leaves
from rag.settings import fixed_by


@pytest.fixture
def folder() -> Path:
    return Path(os.environ["FOOTNOTE_LIBRARY"])


def test_what_is_kept_outranks_the_defaults_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept_settings.write(folder, {"passages": 7, "chat_model": "ollama:kept"})
    assert (Settings().passages, Settings().chat_model) == (7, "ollama:kept")
    assert fixed_by("passages") == ""
    (tmp_path / ".env").write_text("FOOTNOTE_PASSAGES=8\n")
    assert Settings().passages == 8
    assert fixed_by("passages") == "FOOTNOTE_PASSAGES is set in the file .env"
    monkeypatch.setenv("FOOTNOTE_PASSAGES", "9")
    assert Settings().passages == 9
    assert fixed_by("passages") == "FOOTNOTE_PASSAGES is set in the environment"
    assert Settings(passages=10).passages == 10
    assert Settings(library=tmp_path / "another").chat_model == ""


def test_only_the_owner_reads_what_is_kept_and_it_is_replaced_whole(folder: Path) -> None:
    kept_settings.write(folder, {"chat_api_key": "secret", "passages": 7})
    kept_settings.write(folder, {"passages": None})
    file = kept_settings.file_of(folder)
    assert json.loads(file.read_text()) == {"chat_api_key": "secret"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [file.name]


def test_a_file_of_somebody_else_names_no_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_settings.write(folder, {"chat_base_url": "https://collects.example/v1"})
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    monkeypatch.setattr(os, "fstat", lambda _: os.stat_result([0o600, 0, 0, 1, 54321, 0, 0, 0, 0, 0]))
    assert Settings().chat_base_url == ""


def test_what_the_window_does_not_change_is_passed_over(folder: Path) -> None:
    folder.mkdir(parents=True)
    kept_settings.file_of(folder).write_text('{"catalog_url": "postgresql://elsewhere/x", "passages": 4, "what": 1}')
    assert (Settings().catalog_url.get_secret_value(), Settings().passages) == ("", 4)


@pytest.mark.parametrize("content", ["{", "[1]", '"x"', ""])
def test_a_damaged_file_is_named_with_what_to_do(folder: Path, content: str) -> None:
    folder.mkdir(parents=True)
    kept_settings.file_of(folder).write_text(content)
    with pytest.raises(InvalidSetting, match=r"settings\.json .*[Dd]elete it"):
        Settings()


@pytest.mark.parametrize(
    ("changed", "leaves"),
    [
        ({}, []),
        ({"chat_model": "ollama:llama3.2"}, []),
        ({"chat_model": "m", "chat_base_url": "http://127.0.0.1:8080/v1"}, []),
        ({"chat_model": "openai:gpt-5"}, ["OpenAI (api.openai.com)"]),
        ({"chat_model": "m", "chat_base_url": "https://gpu.example/v1"}, ["the chat model at gpu.example"]),
        ({"catalog_url": "postgresql://me:secret@db.example/x"}, ["db.example"]),
        ({"chroma_url": "http://localhost:8000"}, []),
        ({"embedding_model": "intfloat/e5-small"}, ["huggingface.co"]),
    ],
)
def test_what_leaves_the_machine_follows_from_the_settings(changed: dict[str, str], leaves: list[str]) -> None:
    said = [str(one) for one in what_leaves(Settings(**changed))]
    assert len(said) == len(leaves)
    assert all(where in text for where, text in zip(leaves, said, strict=True))
    assert "secret" not in " ".join(said)


def test_sites_that_are_followed_and_servers_that_packages_name_leave_too(monkeypatch: pytest.MonkeyPatch) -> None:
    (feed,) = what_leaves(Settings(), ["https://news.example/feed", "/home/me/notes"])
    assert str(feed) == "a request for what is new, to news.example"
    monkeypatch.setenv("OLLAMA_HOST", "gpu.example:11434")
    (model,) = what_leaves(Settings(chat_model="ollama:llama3.2"))
    assert "gpu.example" in model.where
    monkeypatch.setattr("langsmith.utils.tracing_is_enabled", lambda: True)
    assert "LangSmith" in [one.where for one in what_leaves(Settings())]
