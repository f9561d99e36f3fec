"""A page that takes a while to be made: what else is served does not wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ui.opening import Opening


def _around(make: Callable[[], FastAPI], before: Callable[[], object] | None = None) -> FastAPI:
    app = FastAPI()
    app.get("/api")(lambda: "an answer")
    app.mount("/", Opening(app, make, before=before))
    return app


def _page() -> FastAPI:
    page = FastAPI()
    page.get("/")(lambda: "the page")
    return page


def test_programs_are_answered_while_the_page_is_made_and_who_asks_for_it_waits() -> None:
    goes_on, done = threading.Event(), []

    def make() -> FastAPI:
        assert goes_on.wait(20)
        return _page()

    with TestClient(_around(make, before=lambda: done.append("models"))) as client, ThreadPoolExecutor() as pool:
        assert client.get("/api").json() == "an answer"
        person = pool.submit(client.get, "/")
        assert client.get("/api").json() == "an answer"
        assert not person.done()
        goes_on.set()
        assert person.result(20).json() == "the page"
        assert done == ["models"]


def test_it_is_made_once_and_also_for_who_serves_without_a_lifespan() -> None:
    made = []
    app = _around(lambda: made.append(1) or _page())  # type: ignore[func-returns-value]
    assert [TestClient(app).get("/").json() for _ in range(2)] == ["the page"] * 2
    assert made == [1]


def test_it_lives_and_ends_with_the_application_around_it() -> None:
    lived: list[str] = []

    def make() -> FastAPI:
        page = _page()
        page.router.on_startup.append(lambda: lived.append("began"))
        page.router.on_shutdown.append(lambda: lived.append("ended"))
        return page

    with TestClient(_around(make)) as client:
        client.get("/")
        assert lived == ["began"]
    assert lived == ["began", "ended"]


def test_a_page_that_cannot_be_made_leaves_the_rest_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    def make() -> FastAPI:
        raise RuntimeError("Gradio is not whole.")

    with TestClient(_around(make), raise_server_exceptions=False) as client:
        assert client.get("/").status_code == 500
        assert client.get("/api").json() == "an answer"
    assert "could not be made" in caplog.text
