"""The settings page: checked beside each field, kept with the library, and heeded from the next question on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Says
from children import HashEmbedder
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag import AnswerChain, Article, Library, Settings
from rag.errors import EmbedderUnavailable
from ui.settings_page import SettingsPage

TYPED = {"chat_model": "", "chat_base_url": "", "chat_api_key": "", "passages": "10", "reading_ms": "600000"}
KEY = "sk-very-secret-1234"


@dataclass
class Shown:
    page: SettingsPage
    chain: AnswerChain
    client: TestClient

    def post(self, to: str = "", **typed: Any) -> Any:
        return self.client.post(f"/settings{to}", json={**TYPED, **typed})

    def save(self, **typed: Any) -> str:
        return str(self.post(**typed).text)


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    monkeypatch.delenv("FOOTNOTE_READING_MS")
    folder = tmp_path / "library"
    settings = Settings(library=folder, reading_ms=600_000)
    with Library(folder, settings=settings) as library:
        library.add_articles([Article("Ferry", "The ferry leaves the harbour at nine.", "ferry.md")])
        yield opened(library, settings)


def opened(library: Library, settings: Settings) -> Shown:
    chain = AnswerChain(library, settings=settings)
    page = SettingsPage(library, chain)
    application = FastAPI()
    application.include_router(page.routes())
    return Shown(page, chain, TestClient(application))


def test_a_value_that_cannot_be_used_is_told_beside_its_field_and_nothing_changes(shown: Shown) -> None:
    html = shown.save(passages="0", reading_ms="soon", chat_base_url="gpu.example", chat_model="nonsense:x")
    assert '<p class="problem" id="passages-problem">It has to be greater than or equal to 1.</p>' in html
    assert '<p class="problem" id="reading_ms-problem">Type a whole number.</p>' in html
    assert 'id="chat_base_url-problem">Type an address that begins with http:// or https://' in html
    assert 'value="soon"' in html  # what was typed is there to be mended
    assert "Nothing was changed" in html
    assert shown.chain.settings.passages == 10
    assert not (shown.chain.settings.library / "settings.json").exists()
    assert "No provider of chat models is known" in shown.save(chat_model="nonsense:x")


def test_what_is_saved_holds_from_the_next_question_on_and_after_a_restart(shown: Shown) -> None:
    assert "Saved." in shown.save(passages="3")
    answer = shown.chain.invoke("When does the ferry leave?")
    assert (shown.chain.settings.passages, shown.chain.retriever.k, answer.found) == (3, 3, True)
    assert Settings(library=shown.chain.settings.library).passages == 3
    shown.save(passages="10")
    assert '"passages"' not in (shown.chain.settings.library / "settings.json").read_text()


def test_a_chat_model_is_tried_then_saved_and_answers(shown: Shown) -> None:
    with ChatServer() as server:
        typed = {"chat_model": "m", "chat_base_url": server.url, "chat_api_key": KEY}
        server.next(Says("ready"))
        tried = shown.post("/chat-model", **typed).json()
        assert tried["answered"]
        assert "“ready”" in tried["said"]
        assert shown.chain.settings.chat_model == ""
        html = shown.save(**typed)
        assert KEY not in html
        assert "A key is kept, which ends in 1234." in html
        server.next(Says("The ferry leaves the harbour at nine. [1]"))
        assert shown.chain.invoke("When does the ferry leave?").written_by == "m"
        assert server.keys[-1] == f"Bearer {KEY}"
        shown.save(**{**typed, "chat_api_key": ""})
        assert shown.chain.settings.chat_api_key.get_secret_value() == KEY
    said = shown.post("/chat-model", chat_model="m", chat_base_url=server.url).json()
    assert not said["answered"]
    assert "reached" in said["said"]


def test_a_key_is_never_sent_to_another_server_than_it_was_typed_for(shown: Shown) -> None:
    shown.save(chat_model="m", chat_base_url="http://127.0.0.1:9/v1", chat_api_key=KEY)
    html = shown.save(chat_model="m", chat_base_url="http://elsewhere.example/v1")
    assert "The key was for another server and is forgotten." in html
    assert shown.chain.settings.chat_api_key.get_secret_value() == ""
    assert "each question" in html.casefold()
    assert "the chat model at elsewhere.example" in html


def test_what_the_environment_fixes_says_so_and_stays(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_PASSAGES", "10")
    html = shown.save(passages="3", reading_ms="500000")
    assert "FOOTNOTE_PASSAGES is set in the environment, which no change here outranks." in html
    assert (shown.chain.settings.passages, shown.chain.settings.reading_ms) == (10, 500_000)


def test_from_other_machines_nothing_can_be_changed(tmp_path: Path) -> None:
    settings = Settings(library=tmp_path / "open", host="0.0.0.0")
    with Library(tmp_path / "open", settings=settings) as library:
        shown = opened(library, settings)
        assert shown.post(passages="3").status_code == 403
        assert "This window can be opened from other machines" in shown.page.rendered()


def test_another_embedding_model_is_taken_while_the_old_one_serves(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(_: Settings) -> HashEmbedder:
        raise EmbedderUnavailable("There is no such model.")

    monkeypatch.setattr("rag.index.library.load_embedder", unavailable)
    shown.post("/embedding-model", embedding_model="no/such-model")
    waited(shown)
    assert 'class="problem"' in shown.client.get("/settings/embedding-model").text
    assert shown.chain.invoke("When does the ferry leave?").found
    monkeypatch.setattr("rag.index.library.load_embedder", lambda _: HashEmbedder())
    shown.post("/embedding-model", embedding_model="tests/hash")
    waited(shown)
    assert "All articles are embedded with tests/hash." in shown.client.get("/settings/embedding-model").text
    assert shown.chain.library.catalog.fact("embedder_name") == "tests/hash"
    assert Settings(library=shown.chain.settings.library).embedding_model == "tests/hash"


def waited(shown: Shown) -> None:
    for _ in range(600):
        if 'data-running="yes"' not in shown.client.get("/settings/embedding-model").text:
            return
        time.sleep(0.05)
    raise AssertionError("The model was not taken.")


def test_a_token_is_shown_once_listed_and_revoked(shown: Shown) -> None:
    html = shown.post("/tokens", name="<b>notes", write=True).text
    secret = html.partition('id="new-token" value="')[2].partition('"')[0]
    found = shown.chain.library.tokens.find(secret)
    assert found is not None
    assert found.allows("write")
    again = shown.page.rendered()
    assert secret not in again
    assert "<bdi>&lt;b&gt;notes</bdi>: may ask, add and remove" in again
    assert "There is a token named" in shown.post("/tokens", name="<b>notes").text
    assert "<bdi>" not in shown.post("/tokens", name="<b>notes", revoke=True).text
    assert shown.chain.library.tokens.find(secret) is None


def test_what_one_process_changes_the_others_use_from_then_on(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(library=shown.chain.settings.library)
    with Library(shown.chain.library.folder, settings=settings) as library:
        other = opened(library, settings)
        shown.save(passages="3")
        other.page.follow()
        assert other.chain.settings.passages == other.chain.retriever.k == 3
        monkeypatch.setattr("rag.index.library.load_embedder", lambda _: HashEmbedder())
        assert 'data-running="yes"' in shown.post("/embedding-model", embedding_model="tests/hash").text
        waited(other)
        assert "All articles are embedded with tests/hash." in other.client.get("/settings/embedding-model").text
        assert other.chain.invoke("When does the ferry leave?").found
        assert library.embedder.name == "tests/hash"
        assert 'value="tests/hash"' in other.page.rendered()
