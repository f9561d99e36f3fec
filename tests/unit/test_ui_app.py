"""The addresses of articles, and who may call them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from rag import AnswerChain, Article, FootnoteError, Library, Settings
from rag.errors import LibraryUnusable
from rag.links import link
from rag.listening import listen
from ui.app import build
from ui.away import Away

TIDES = Article(title="Tides", text="The tide turns at nine. It is high at noon.", source="tides.txt", id="a/b ü")
NOON = "It is high at noon."


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with Library(tmp_path_factory.mktemp("app") / "library") as library:
        library.add_articles([TIDES])
        application = build(library, AnswerChain(library), Settings())
        with TestClient(application, base_url="http://127.0.0.1:7860") as opened:
            yield opened


def test_a_link_opens_the_article_with_its_words_marked(client: TestClient) -> None:
    start = TIDES.text.index(NOON)
    reply = client.get(link(TIDES.id, start, start + len(NOON), NOON))
    assert reply.status_code == 200
    assert f'<mark id="quoted" tabindex="-1">{NOON}</mark>' in reply.text
    assert reply.text.startswith("<!doctype html>")


def test_the_panel_gets_the_article_alone(client: TestClient) -> None:
    reply = client.get(link(TIDES.id), params={"view": "panel"})
    assert reply.text.startswith("<article")


@pytest.mark.parametrize("span", [(-1, 4), (4, 4), (9, 2), (0, 10_000)])
def test_a_span_that_is_not_there_marks_nothing(client: TestClient, span: tuple[int, int]) -> None:
    reply = client.get(link(TIDES.id), params={"start": span[0], "end": span[1]})
    assert reply.status_code == 200
    assert "<mark" not in reply.text


def test_other_words_than_were_quoted_are_not_marked(client: TestClient) -> None:
    reply = client.get(link(TIDES.id, 0, 10, "Other words"))
    assert "<mark" not in reply.text
    assert "has changed" in reply.text


def test_an_unknown_article_gets_a_sentence(client: TestClient) -> None:
    reply = client.get("/article/none")
    assert reply.status_code == 404
    assert "no longer, in your library" in reply.text


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://example.org"}, {"origin": "null"}, {"host": "rebound.example.org"}],
)
def test_pages_of_other_sites_get_nothing(client: TestClient, headers: dict[str, str]) -> None:
    for address in ("/", link(TIDES.id), "/gradio_api/info"):
        reply = client.get(address, headers=headers)
        assert reply.status_code == 403
        assert "Tides" not in reply.text


def test_the_next_free_port_is_taken() -> None:
    with listen("127.0.0.1", 17950) as first, listen("127.0.0.1", 17950) as second:
        assert first.getsockname()[1] < second.getsockname()[1]


def test_a_host_that_is_not_this_machines_is_refused_with_advice() -> None:
    with pytest.raises(FootnoteError, match="FOOTNOTE_HOST"):
        listen("203.0.113.1", 17950)


@pytest.mark.parametrize("below", ["", "/footnote"])
def test_a_window_whose_catalog_is_away_says_so_also_below_a_path(below: str) -> None:
    def away() -> None:
        raise LibraryUnusable("The database does not answer.")

    def there(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.url.path)

    app = Starlette(routes=[Route("/", there), Route("/healthz", there)])
    window = Away(app, library=SimpleNamespace(catalog=SimpleNamespace(vectors_version=away)))  # type: ignore[arg-type]
    client = TestClient(window, root_path=below)
    reply = client.get(f"{below}/")
    assert (reply.status_code, "The database does not answer." in reply.text) == (503, True)
    assert client.get(f"{below}/healthz").status_code == 200
