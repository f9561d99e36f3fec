"""The real chat model answers as an OpenAI-compatible server does. Needs `make chat-model`."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chat_model.models import named
from benchmarks.chat_model.server import Served, serving
from benchmarks.writer.drafts import kept_drafts
from rag import AnswerChain, Article, Library, Settings

pytestmark = [pytest.mark.chat_model, pytest.mark.timeout(1800)]

MODEL = named("0.5b")
FERRY = Article(
    title="Ferry",
    text="The ferry to Marrow leaves Skerrin quay at 06:40. Dogs travel free on the lower deck.",
    source="ferry",
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(MODEL) as running:
        yield running


def ask(url: str, question: str, **options: Any) -> bytes:
    body = {"model": MODEL.name, "messages": [{"role": "user", "content": question}], "max_tokens": 16, **options}
    asked = urllib.request.Request(
        f"{url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=900) as response:
        said: bytes = response.read()
        return said


def test_the_model_answers_a_question(served: Served) -> None:
    said = json.loads(ask(served.url, "What is the capital of France? One word.", temperature=0))
    assert "Paris" in said["choices"][0]["message"]["content"]


def test_an_answer_comes_word_by_word(served: Served) -> None:
    said = ask(served.url, "Count from one to five.", stream=True)
    assert said.count(b"data: {") > 3
    assert b"[DONE]" in said


def test_a_kept_draft_is_given_again_without_asking_the_model(served: Served, tmp_path: Path) -> None:
    with kept_drafts(tmp_path, MODEL, server=served.url) as drafts:
        first = ask(drafts.url, "Name a colour.", stream=True, temperature=0)
    with kept_drafts(tmp_path, MODEL, server="http://127.0.0.1:9/v1") as drafts:
        assert ask(drafts.url, "Name a colour.", stream=True, temperature=0) == first
        assert drafts.made == 0
        assert drafts.used[0].text
        assert drafts.used[0].seconds > 0


def test_the_chain_writes_with_it_and_quotes_the_article(served: Served, tmp_path: Path) -> None:
    settings = Settings(
        chat_model=f"openai:{MODEL.name}",
        chat_base_url=served.url,
        chat_first_word_timeout=900,
        chat_timeout=1200,
    )
    with Library(tmp_path / "library") as library:
        library.add_articles([FERRY])
        answer = AnswerChain(library, settings=settings).invoke("When does the ferry to Marrow leave?")
    assert "06:40" in answer.text
    assert answer.usage
    assert answer.usage.calls == 1
    assert all(citation.quote in FERRY.text for citation in answer.citations)


def test_the_server_is_gone_when_it_is_no_longer_needed() -> None:
    with serving(MODEL) as running:
        address = f"{running.url}/models"
        assert urllib.request.urlopen(address, timeout=60).status == 200
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=5)
