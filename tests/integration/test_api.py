"""The HTTP API: who may do what, errors in one shape, and the same answers as from the library."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from api_server import application, serving
from chat_server import ChatServer, Hangs
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from rag import Answer, AnswerChain, Article, Client, Filters, Library, Settings
from rag.errors import ArticleNotFound, InvalidFilter, ServerUnavailable, TokenRefused, UnreadableSource
from serve.api.guarding import SCOPE
from serve.api.mounting import description

HOST = {"Host": "127.0.0.1:7860"}
FERRY = Article(
    title="Ferry",
    text="The ferry leaves the harbour at nine. A ticket costs four euros. It has a bar.",
    source="ferry.md",
    tags=("harbour",),
    id="a/b ü",
)
BEES = Article(title="Bees", text="Marta keeps forty hives of bees on the library roof.", source="bees.md")


@dataclass
class Served:
    library: Library
    http: TestClient
    document: dict[str, Any]
    tokens: dict[str, str]

    def headers(self, scope: str = "write") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[scope]}"}

    def endpoints(self) -> list[tuple[str, str, str]]:
        """Each endpoint's method, address and scope, as the OpenAPI document has them."""
        return [
            (method, path.replace("{article_id}", "none"), said[SCOPE])
            for path, methods in self.document["paths"].items()
            for method, said in methods.items()
        ]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("api")
    with Library(folder, settings=Settings(library=folder, upload_mb=1)) as library:
        library.add_articles([FERRY, BEES])
        tokens = library.tokens
        secrets = {scope: tokens.make(scope, scope=scope) for scope in ("read", "write")}  # type: ignore[arg-type]
        secrets |= {"revoked": tokens.make("old", scope="write"), "unknown": "footnote_unknown"}
        tokens.revoke("old")
        app = application(library, AnswerChain(library))
        with TestClient(app, base_url="http://127.0.0.1:7860") as http:
            yield Served(library, http, description(app), secrets)


def test_every_endpoint_asks_for_a_token_that_allows_it(served: Served) -> None:
    endpoints = served.endpoints()
    assert len(endpoints) >= 8
    for method, path, scope in endpoints:
        for who in ("", "unknown", "revoked"):
            headers = served.headers(who) if who else {}
            reply = served.http.request(method, path, headers=headers)
            assert (reply.status_code, reply.headers["www-authenticate"][:6]) == (401, "Bearer"), (method, path, who)
            assert "footnote token new" in reply.json()["error"]["message"]
        reply = served.http.request(method, path, headers=served.headers("read"))
        assert (reply.status_code == 403) == (scope == "write"), (method, path, reply.text)
    assert served.http.get("/api/articles", headers={"Authorization": "Basic abc"}).status_code == 401


def test_what_is_not_there_or_too_much_is_told_in_one_shape(served: Served) -> None:
    ask = served.http.request
    headers = served.headers()
    large = {"files": ("large.txt", b"x" * 1_100_000)}
    typed = {**headers, "Content-Type": "application/json"}
    for status, kind, reply in (
        (404, "not_found", ask("GET", "/api/none", headers=headers)),
        (405, "method_not_allowed", ask("PUT", "/api/articles", headers=headers)),
        (404, "article_not_found", ask("GET", "/api/articles/none", headers=headers)),
        (413, "too_large", ask("POST", "/api/articles", headers=headers, files=large)),
        (413, "too_large", ask("POST", "/api/articles", headers=typed, content=iter([b"x" * 600_000] * 2))),
        (415, "unsupported_media_type", ask("POST", "/api/articles", headers=headers, content=b"x")),
        (422, "invalid_request", ask("POST", "/api/answer", headers=headers, json={"question": 3})),
        (422, "invalid_filter", ask("GET", "/api/articles", headers=headers, params={"since": "soon"})),
        (422, "invalid_request", ask("GET", "/api/articles/a%2Fb%20ü", headers=headers, params={"start": 9999})),
        (400, "invalid_request", ask("POST", "/api/answer", headers=typed, content=b"[" * 100_000)),
    ):
        assert (reply.status_code, reply.json()["error"]["type"]) == (status, kind), reply.text
        assert set(reply.json()) == {"error"}
        assert reply.json()["error"]["message"].endswith((".", "!"))


def test_pages_of_other_sites_get_nothing_even_with_a_token(served: Served) -> None:
    headers = {**served.headers(), "Origin": "https://example.org"}
    reply = served.http.get("/api/articles", headers=headers)
    assert (reply.status_code, reply.json()["error"]["type"]) == (403, "other_site")


@pytest.mark.parametrize(
    "url",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "http://[::1]:80/x",
        "http://169.254.169.254/latest",
        "http://2130706433/",
        "http://localhost/",
    ],
)
def test_an_address_that_leads_into_this_machine_or_its_network_is_refused(served: Served, url: str) -> None:
    reply = served.http.post("/api/articles", headers=served.headers(), json={"url": url})
    assert reply.status_code == 422
    assert served.http.get("/api/articles", headers=served.headers()).json()["total"] == 2


def test_files_and_texts_are_added_beside_each_other_and_removed(served: Served) -> None:
    """C26: a file keeps the name that it has, in any script, and no folder of it."""
    files = [("files", ("../テスト.txt", b"Rain is forecast.")), ("files", ("x.png", b"\x89PNG\r\n\x1a\n\0"))]
    report = served.http.post("/api/articles", headers=served.headers(), files=files).json()
    assert [each["source"] for each in report["added"]] == ["テスト.txt"]
    assert [each["source"] for each in report["failed"]] == ["x.png"]
    text = {"title": "Rain", "text": "It rained.", "source": "rain", "published": "2024-03-04", "tags": ["weather"]}
    first = served.http.post("/api/articles", headers=served.headers(), json=text).json()["added"]
    again = served.http.post("/api/articles", headers=served.headers(), json={**text, "text": "It poured."}).json()
    assert again["updated"] == first
    listed = served.http.get("/api/articles", headers=served.headers(), params={"tag": "weather"}).json()
    assert [(each["title"], each["published"]) for each in listed["articles"]] == [("Rain", "2024-03-04")]
    for each in (*report["added"], *first):
        assert served.http.delete(f"/api/articles/{each['id']}", headers=served.headers()).status_code == 200
    assert served.library.status().articles == 2


def test_the_client_gets_the_same_answers_as_from_the_library(served: Served, tmp_path: Path) -> None:
    with serving(application(served.library, AnswerChain(served.library))) as url:
        with Client(url, served.tokens["write"]) as client:
            answer = client.answer("When does the ferry leave?")
            (citation,) = answer.citations
            part = client.article(citation.article_id, citation.start, citation.end)
            assert part["text"] == citation.quote == "The ferry leaves the harbour at nine."
            *_, last = client.stream("What does a ticket cost?", history=[answer])
            assert last.short == "four euros"
            assert not client.answer("Who keeps bees?", filters=Filters(tags="harbour")).found
            assert client.search("bees", 1)[0].title == "Bees"
            assert [each["id"] for each in client.articles("ferry")] == [FERRY.id]
            (tmp_path / "cows.txt").write_text("Cows eat grass.")
            (added,) = client.add(tmp_path / "cows.txt")["added"]
            client.remove(added["id"])
            with pytest.raises(ArticleNotFound):
                client.article(added["id"])
            with pytest.raises(UnreadableSource, match="this machine itself"):
                client.add("http://127.0.0.1/")
        with Client(url, served.tokens["read"]) as reader, pytest.raises(TokenRefused, match="--write"):
            reader.remove(FERRY.id)
    with Client(url, "x") as client, pytest.raises(ServerUnavailable, match="footnote serve"):
        client.answer("When?")


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_ends_the_work_of_the_chat_model(served: Served, stream: bool) -> None:
    body = json.dumps({"question": "When does the ferry leave?", "stream": stream}).encode()
    with ChatServer() as chat_model:
        chat_model.next(Hangs())
        chain = AnswerChain(served.library, settings=chat_model.settings(library=served.library.settings.library))
        with serving(application(served.library, chain)) as url:
            port = int(url.rpartition(":")[2])
            head = (
                f"POST /api/answer HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n"
                f"Content-Type: application/json\r\nAuthorization: Bearer {served.tokens['read']}\r\n\r\n"
            )
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(head.encode() + body)
                assert chat_model.waiting.wait(20)
            assert chat_model.left.wait(20)


def test_a_stream_tells_an_error_as_its_last_event(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(self: AnswerChain, *_: Any, **__: Any) -> Any:
        yield Answer(question="?", found=False, confidence=0.0, note="So far.")
        raise InvalidFilter("No such day. Write another.")

    monkeypatch.setattr(AnswerChain, "astream", fails)
    reply = served.http.post("/api/answer", headers=served.headers(), json={"question": "?", "stream": True})
    events = [line.removeprefix("event: ") for line in reply.text.splitlines() if line.startswith("event: ")]
    assert events == ["partial", "error"]
    assert json.loads(reply.text.rpartition("data: ")[2])["error"]["type"] == "invalid_filter"


def test_what_is_unexpected_shows_no_trace(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Library, "search", fails)
    reply = served.http.post("/api/search", headers=served.headers(), json={"query": "x"})
    assert reply.status_code == 500
    assert "secret" not in reply.text


def test_nothing_that_is_sent_breaks_the_api_or_gets_a_reply_off_its_schema(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(self: AnswerChain, *_: Any, **__: Any) -> Answer:
        return Answer(question="?", found=False, confidence=0.0, note="Nothing says.")

    monkeypatch.setattr(AnswerChain, "invoke", quick)  # what answers cost is not what is tried here
    monkeypatch.setattr(Library, "search", lambda *_, **__: [])
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", served.http.app, headers=HOST)
    checks = [not_a_server_error, status_code_conformance, response_schema_conformance]
    few = settings(
        max_examples=8,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    tried: set[str] = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in GenerationMode:

            @few
            @given(case=operation.as_strategy(mode))
            def attempt(case: schemathesis.Case) -> None:
                tried.add(case.operation.label)
                reply = case.call(headers={**served.headers(), **HOST})
                case.validate_response(reply, checks=checks)

            attempt()
    assert len(tried) == len(served.endpoints())


def test_what_takes_long_is_added_beside_and_asked_for_by_its_job(served: Served) -> None:
    sent = [("files", ("gulls.md", b"# Gulls\n\nGulls sleep on one leg.")), ("files", ("photo.xyz", b"x"))]
    reply = served.http.post("/api/articles?wait=false", files=sent, headers=served.headers())
    assert reply.status_code == 202
    job = reply.json()
    assert reply.headers["location"] == job["address"] == f"/api/jobs/{job['job']}"
    for _ in range(600):
        told = served.http.get(job["address"], headers=served.headers()).json()
        if told["over"]:
            break
        time.sleep(0.02)
    assert (told["done"], told["total"]) == (2, 2)
    assert [each["source"] for each in told["report"]["added"]] == ["gulls.md"]
    assert told["report"]["failed"][0]["source"] == "photo.xyz"
    served.library.remove(told["report"]["added"][0]["id"])
    nothing = served.http.post("/api/articles?wait=false", json={"text": " "}, headers=served.headers())
    assert nothing.status_code == 422
    assert served.http.get("/api/jobs/none", headers=served.headers()).json()["error"]["type"] == "job_not_found"
    assert served.http.get(job["address"], headers=served.headers("read")).status_code == 403
