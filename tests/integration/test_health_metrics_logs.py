"""What whoever serves a library sees of it: whether it is well, what is counted, what is logged."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from articles import BRIDGE
from chat_server import ChatServer, Says
from prometheus_client.parser import text_string_to_metric_families

import rag
from rag import AnswerChain, Library, Settings
from rag.errors import InvalidFilter
from serve.watching import logs
from ui.app import build

QUESTION = "When will the Tanner's Bridge close?"
OUTCOMES = {"quoted": 1, "not_found": 1, "library": 2, "refused": 1, "failed": 1}
ELSEWHERE = {"X-Forwarded-For": "203.0.113.7"}
"""What a proxy on this machine says of who asks."""


@dataclass
class Window:
    """A window that is served."""

    library: Library
    chain: AnswerChain
    url: str

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=30)

    def counted(self) -> dict[str, float]:
        """Return what is counted, by name and labels."""
        families = text_string_to_metric_families(self.get("/metrics").text)
        return {
            " ".join([sample.name, *sample.labels.values()]): sample.value
            for family in families
            for sample in family.samples
        }


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    with Library(tmp_path / "library") as library:
        library.add_articles([BRIDGE])
        chain = AnswerChain(library)
        config = uvicorn.Config(build(library, chain, Settings()), port=0, log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
        yield Window(library, chain, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
        server.should_exit = True
        thread.join(10)


def test_counts_move_with_answers_requests_and_errors(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    before = window.counted()
    assert before["footnote_articles"] == 1
    assert before["footnote_chunks"] == window.library.status().chunks
    assert before["footnote_errors_total answer"] == before["footnote_errors_total request"] == 0

    window.chain.invoke(QUESTION)
    *_, _last = window.chain.stream("What is the capital of France?")
    window.chain.invoke("What do you have?")
    asyncio.run(window.chain.ainvoke("What do you have?"))
    window.chain.extractive.invoke(QUESTION)  # which nobody asked
    with pytest.raises(InvalidFilter):
        window.chain.invoke({"question": QUESTION, "filters": {"since": "soon"}})
    monkeypatch.setattr(window.library, "search", _fail)
    with pytest.raises(RuntimeError):
        window.chain.invoke("Who is Ines Ward?")
    after = window.counted()
    assert {name: after[f"footnote_answers_total {name}"] for name in OUTCOMES} == OUTCOMES
    assert after["footnote_errors_total answer"] == 1
    assert after["footnote_questions_under_way"] == 0
    assert after["footnote_answer_seconds_count total"] == sum(OUTCOMES.values())
    assert after["footnote_answer_seconds_sum retrieve"] > 0
    assert after["footnote_requests_total 200"] > before.get("footnote_requests_total 200", 0)


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("the inside")


def test_a_chat_models_tokens_are_counted_and_a_question_that_is_given_up(window: Window) -> None:
    with ChatServer() as chat:
        chat.next(Says("The Tanner's Bridge will close on 4 May 2026. [1]", usage=(120, 14)))
        window.chain.use(chat.settings())
        window.chain.invoke(QUESTION)
        counted = window.counted()
        assert counted["footnote_answers_total written"] == 1
        assert counted["footnote_chat_model_tokens_total in"] == 120
        assert counted["footnote_chat_model_tokens_total out"] == 14

        growing = window.chain.stream(QUESTION)
        next(growing)
        assert window.counted()["footnote_questions_under_way"] == 1
        with closing(growing):  # type: ignore[type-var]
            pass
        counted = window.counted()
        assert counted["footnote_questions_under_way"] == 0
        assert counted["footnote_answers_total stopped"] == 1


def test_metrics_are_for_this_machine(window: Window) -> None:
    assert window.get("/metrics").headers["content-type"].startswith("text/plain")
    assert window.get("/metrics", **ELSEWHERE).status_code == 403
    assert window.get("/metrics", Host="articles.example").status_code == 403  # by the window's guard


@pytest.mark.folder  # changes the catalog's file behind its back
def test_it_is_well_until_its_catalog_is_broken(window: Window) -> None:
    reply = window.get("/healthz")
    assert reply.status_code == 200
    assert reply.json()["checks"] == {"catalog": "answers", "index": "agrees with the catalog"}
    assert reply.json()["versions"]["footnote"] == rag.__version__

    execute(window.library, "DROP TABLE facts")
    reply = window.get("/healthz")
    assert reply.status_code == 503
    assert reply.json()["checks"]["catalog"].startswith("does not answer: ")
    assert window.get("/healthz", **ELSEWHERE).json()["checks"]["catalog"] == "does not answer"
    assert window.get("/metrics").status_code == 200


@pytest.mark.folder  # changes the catalog's file behind its back
def test_an_index_that_was_not_told_all_is_being_mended_and_one_that_lacks_chunks_is_not_well(window: Window) -> None:
    execute(window.library, "UPDATE articles SET indexed = 0")
    reply = window.get("/healthz")
    assert reply.status_code == 200
    assert "is being mended" in reply.json()["checks"]["index"]

    execute(window.library, "UPDATE articles SET indexed = 1")
    (article,) = window.library.articles()
    window.library._vectors.delete([chunk.id for chunk in window.library.catalog.chunks_of(article.id)][:1])
    reply = window.get("/healthz")
    assert reply.status_code == 503
    assert "footnote repair" in reply.json()["checks"]["index"]
    window.library.repair()
    assert window.get("/healthz").status_code == 200


def execute(library: Library, statement: str) -> None:
    with closing(sqlite3.connect(library.folder / "catalog.sqlite3")) as connection:
        connection.execute(statement)
        connection.commit()


def test_a_line_a_request_and_a_line_an_answer_and_no_word_of_them(
    window: Window, logged: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.start(Settings(log="json"))
    asked = [f"/article/{BRIDGE.id}?start=0&end=9", "/nowhere/Tanner", "/healthz?q=hangers", QUESTION]
    for address in asked[:3]:
        window.get(address)
    window.chain.invoke(QUESTION)
    monkeypatch.setattr(window.library, "search", _fail)
    try:
        window.chain.invoke("Were the hangers of the Tanner's Bridge rusty?")
    except RuntimeError:
        logging.getLogger("ui.chat").exception("It could not be answered.")

    written = logged()
    lines = [json.loads(line) for line in written]
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["status"] for line in requests] == [200, 404, 200]
    assert (requests[0]["route"], requests[0]["article_id"]) == ("/article/{article_id:path}", BRIDGE.id)
    assert requests[0]["bytes"] > 100

    answered, failed = [line for line in lines if line["event"] == "answer"]
    assert (answered["outcome"], answered["articles"], answered["level"]) == ("quoted", [BRIDGE.id], "info")
    assert answered["sentences"] == 1
    assert answered["seconds"] > 0
    assert (failed["outcome"], failed["error"], failed["level"]) == ("failed", "RuntimeError", "error")
    assert "_fail" in lines[-1]["at"][-1]

    said = [QUESTION, BRIDGE.title, BRIDGE.text, "hangers", "Tanner", "rusty", "the inside"]
    words = {word.strip(".,?'") for text in said for word in text.split() if len(word) > 5}
    assert not [word for word in words for line in written if word in line]
