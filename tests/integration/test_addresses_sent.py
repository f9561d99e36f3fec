"""Addresses that come over the network, by the API and by the window: none leads inside (C35), none costs much."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from functools import partial
from html import unescape
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from api_server import application
from children import HashEmbedder
from fastapi.testclient import TestClient
from hostile_server import PUBLIC, Internet, Server, moved, page, reply, talk

from rag import AnswerChain, Library, Settings
from rag.index.listing import Wanted
from rag.ingest.connection import Network
from rag.ingest.fetch import Limits
from ui.shelf import actions

pytestmark = pytest.mark.folder  # what is tried comes before any library

SECRET = page("The secret of the machine room is a number.", "Machine room")
Send = Callable[[str], str]
"""Sends an address, and returns why nothing was added; "" where something was."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().serving() as serving:
        serving.answers["/secret"] = reply(SECRET)
        yield serving


@pytest.fixture
def internet(server: Server, monkeypatch: pytest.MonkeyPatch) -> Internet:
    """An internet in which news.example is the server; all pages are fetched from it."""
    made = Internet(server)
    monkeypatch.setattr("rag.ingest.fetch.Network", lambda: made.network)
    return made


@pytest.fixture
def opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, internet: Internet
) -> Iterator[Callable[..., tuple[Library, dict[str, Send]]]]:
    """Opens a library with settings, and gives it and the ways in which addresses come to it."""
    monkeypatch.setattr("rag.index.library.load_embedder", lambda _: HashEmbedder())
    libraries = []

    def open_library(**given: Any) -> tuple[Library, dict[str, Send]]:
        settings = Settings(library=tmp_path / "library", **given)
        library = Library(tmp_path / "library", settings=settings)
        libraries.append(library)
        app = application(library, AnswerChain(library))
        app.router.routes[:0] = actions.routes(library, local=True).routes
        client = TestClient(app, base_url="http://127.0.0.1:7860")
        token = {"Authorization": f"Bearer {library.tokens.make('mine', scope='write')}"}
        return library, {
            "api": partial(_by_api, client, token),
            "pages": partial(_by_window, client, "/library/add/pages", "urls"),
            "place": partial(_by_window, client, "/library/add/place", "place"),
            "follow": partial(_by_window, client, "/library/add/place", "place", follow="1"),
        }

    yield open_library
    for library in libraries:
        library.close()


def _by_api(client: TestClient, token: dict[str, str], url: str) -> str:
    sent = client.post("/api/articles", headers=token, json={"url": url})
    if sent.status_code == 200:
        return ""
    assert sent.status_code == 422
    return str(sent.json()["error"]["message"])


def _by_window(client: TestClient, to: str, name: str, url: str, **more: str) -> str:
    begun = client.post(to, data={name: url, **more}).json()
    if "problem" in begun:
        return str(begun["problem"])
    for _ in range(2000):
        told = client.get(f"/library/jobs/{begun['job']}").text
        if 'data-job="over"' in told:
            return unescape(told) if "not added" in told else ""
        time.sleep(0.005)
    raise AssertionError(told)


INSIDE = (
    "127.0.0.1 [::1] 169.254.169.254 10.1.2.3 [fd00::1] [fe80::1%25eth0] [::ffff:127.0.0.1] [::ffff:a9fe:a9fe] "
    "2130706433 0x7f000001 0x7f.1 0177.0.0.1 127.1 0 localhost inside.example half.example metadata.example "
    "１２７.0.0.1 [64:ff9b::7f00:1] [2002:7f00:1::] localhost. 127.0.0.1.example"
).split()
USERINFO = (
    "http://news.example@127.0.0.1:{port}/secret",
    "http://news.example%40127.0.0.1:{port}/secret",
    "http://127.0.0.1:{port}\\@news.example/secret",
    "http://127.0.0.1:{port}#@news.example/secret",
    "http://news.example:80@[::1]:{port}/secret",
    "http:\\\\127.0.0.1:{port}/secret",
    "http:///127.0.0.1:{port}/secret",
)
OTHER = (
    "file:///etc/passwd",
    "FILE:/etc/passwd",
    "file://localhost/etc/passwd",
    "ftp://127.0.0.1/x",
    "gopher://127.0.0.1:{port}/_GET%20/secret",
    "dict://127.0.0.1:{port}/x",
    "data:text/html,<p>x",
    "javascript:alert(1)",
    "jar:http://127.0.0.1:{port}/secret!/x",
    "//127.0.0.1:{port}/secret",
)


def test_no_address_leads_inside_whichever_way_it_comes(
    opened: Callable[..., Any], server: Server, internet: Internet
) -> None:
    """C35: through the API and the window; by its name, its number, a redirect, a trick, another kind of address."""
    internet.names |= {
        "inside.example": [[ip_address("10.0.0.1")]],
        "half.example": [[PUBLIC, ip_address("192.168.0.1")]],
        "metadata.example": [[ip_address("::ffff:169.254.169.254")]],
        "localhost": [[ip_address("127.0.0.1")]],
        "localhost.": [[ip_address("127.0.0.1")]],
        "127.0.0.1.example": [[ip_address("127.0.0.1")]],
    }
    library, ways = opened()
    port = server.port
    wanted = [f"http://{place}:{port}/secret" for place in INSIDE]
    for number, url in enumerate(wanted):
        server.answers[f"/away/{number}"] = moved(url.replace("１２７", "127"))
    wanted += [url.format(port=port) for url in (*USERINFO, *OTHER)]
    wanted += [f"http://news.example/away/{number}" for number in range(len(INSIDE))]
    for way in ("api", "pages"):
        for url in wanted:
            assert ways[way](url), (way, url)
    for way in ("place", "follow"):
        for url in (wanted[0], wanted[2], "http://news.example/away/1", "gopher://127.0.0.1/x"):
            assert ways[way](url), (way, url)
    assert [head for head in server.heads if "/secret" in head] == []
    assert set(internet.connected) <= {str(PUBLIC)}
    assert library.status().articles == 0
    for way in ("api", "pages"):
        said = ways[way](wanted[0])
        assert "this machine itself" in said
        assert "FOOTNOTE_ALLOW_PRIVATE_ADDRESSES=true" in said


def test_a_name_that_leads_elsewhere_once_it_was_looked_at_leads_nowhere_else(
    opened: Callable[..., Any], server: Server, internet: Internet
) -> None:
    """C35: DNS rebinding. The connection goes to the address that was checked."""
    server.answers["/page"] = reply(page("The pier is open.", "Pier"))
    library, ways = opened()
    for way in ("api", "pages"):
        internet.names["rebinds.example"] = [[PUBLIC], [ip_address("127.0.0.1")]]
        assert ways[way]("http://rebinds.example/page") == ""
        assert internet.connected[-1] == str(PUBLIC)
        assert "rebinds.example" in ways[way]("http://rebinds.example/page")
    assert set(internet.connected) == {str(PUBLIC)}
    assert library.status().articles == 1


def test_a_feed_leads_nowhere_inside(opened: Callable[..., Any], server: Server, internet: Internet) -> None:
    """C35: what a feed names is not asked for, and a file of this machine is not in it."""
    entries = "".join(
        f"<item><title>Item {number}</title><link>{url}</link><guid>{number}</guid>"
        f"<description>News of number {number}. &xxe;</description></item>"
        for number, url in enumerate((f"http://127.0.0.1:{server.port}/secret", "file:///etc/passwd", "javascript:1"))
    )
    feed = (
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>'
        f'<rss version="2.0"><channel><title>News</title>{entries}</channel></rss>'
    )
    server.answers["/feed"] = reply(feed.encode(), kind="application/rss+xml")
    library, ways = opened()
    for way in ("place", "follow"):
        ways[way]("http://news.example/feed")
    assert {head.split()[1] for head in server.heads} == {"/feed", "/robots.txt"}
    texts = " ".join(library.article(info.id).text for info in library.listing.page(Wanted()).articles)
    assert "root:" not in texts


def test_what_is_huge_slow_or_grows_is_given_up_with_the_reason(
    opened: Callable[..., Any], server: Server, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.ingest.fetch.Limits", lambda: Limits(max_bytes=300_000, read_s=0.2, total_s=1))
    bomb = gzip.compress(b"0" * 50_000_000)
    endless = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    server.answers |= {
        "/huge": reply(b"x" * 400_000),
        "/endless": talk(endless + b"y" * 100_000, b"x" * 100_000, times=8),
        "/bomb": reply(bomb, Content_Encoding="gzip"),
        "/file.html.gz": reply(bomb, kind="application/gzip"),
        "/silent": talk(b"", pause=3),
        "/drips": talk(b"H", pause=0.05, times=40),
        "/loops": moved("/loops"),
    }
    library, ways = opened()
    for way in ("api", "pages"):
        for address in server.answers:
            if address != "/secret":
                said = ways[way](f"http://news.example{address}")
                assert f"http://news.example{address}" in said, (way, address, said)
                assert said.rstrip().endswith((".", ">")), said
    assert library.status().articles == 0


def test_whoever_keeps_an_intranet_opens_it_by_name(
    opened: Callable[..., Any], server: Server, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C35: the option that allows it, for what a person names and not for where a public page leads."""
    monkeypatch.setattr("rag.ingest.fetch.Network", Network)
    library, ways = opened(allow_private_addresses=True)
    for way in ("api", "pages"):
        assert ways[way](f"{server.url}/secret") == ""
    assert library.status().articles == 1
    monkeypatch.setattr("rag.ingest.fetch.Network", lambda: internet.network)
    server.answers["/away"] = moved(f"{server.url}/secret")
    for way in ("api", "pages"):
        assert "is not read from" in ways[way]("http://news.example/away")
