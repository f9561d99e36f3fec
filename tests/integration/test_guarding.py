"""What stands before the window and the API: which addresses there are, who may ask, and what browsers are told."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.types import Message, Receive, Scope, Send

from rag import Answer, AnswerChain, Article, Library, Settings
from rag.errors import InvalidSetting
from rag.links import link
from serve.bounds import LONGEST_ADDRESS, Bounds
from serve.connections import Connection
from serve.proxies import root_of, seen_here_only
from ui import app as app_module
from ui.app import OWN, build
from ui.gradio_page import NEEDED, is_needed

TIDES = Article(title="Tides", text="The tide turns at nine. It is high at noon.", source="tides.txt", id="a/b ü")
HERE, PROXY, ELSEWHERE = "127.0.0.1", "10.0.0.7", "203.0.113.5"
PUBLIC = "https://example.org/footnote"


def opened(folder: Path, **given: Any) -> Iterator[tuple[FastAPI, Library]]:
    settings = Settings(library=folder, upload_mb=1, **given)
    with Library(folder, settings=settings) as library:
        library.add_articles([TIDES])
        yield build(library, AnswerChain(library), settings), library


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, Library]]:
    """The window as it is by default."""
    yield from opened(tmp_path_factory.mktemp("local"))


@pytest.fixture(scope="module")
def client(local: tuple[FastAPI, Library]) -> Iterator[TestClient]:
    with TestClient(local[0], base_url="http://127.0.0.1:7860", client=(HERE, 5)) as client:
        yield client


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The window behind a proxy, below a path."""
    given = {"window_url": PUBLIC, "trusted_proxies": PROXY}
    yield from (app for app, _ in opened(tmp_path_factory.mktemp("below"), **given))


def by_proxy(app: FastAPI, sender: str = PROXY, **headers: str) -> TestClient:
    """A browser's requests, as a proxy at `sender` passes them on."""
    told = {"X-Forwarded-For": ELSEWHERE, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "example.org"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return TestClient(app, base_url="http://127.0.0.1:7860", headers=told, client=(sender, 5), follow_redirects=False)


def addresses(routes: Any) -> Iterator[tuple[str, str]]:
    """The methods and addresses of all routes, those that are included or mounted too."""
    for route in routes:
        if included := getattr(route, "original_router", None):
            yield from addresses(included.routes)
        elif isinstance(route, Mount) and route.path:
            yield "GET", f"{route.path}/{{path}}"
        elif isinstance(route, Mount):
            yield from addresses(route.routes)
        else:
            yield from ((method, route.path) for method in route.methods or ())


# Which addresses there are


def test_of_gradio_is_open_what_the_window_needs_and_nothing_else(client: TestClient, local: Any) -> None:
    """Uploads, files, the proxy, other ways to run a function, monitoring and what newer versions bring are closed."""
    gradio = next(route for route in local[0].routes if isinstance(route, Mount) and not route.path)
    known = {(method, path.rstrip("/") or "/") for method, path in addresses(gradio.routes)}
    as_written = {(method, re.sub(r"\{(\w+)(:path)?\}", "{}", path)) for method, path in known}
    needed = {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in NEEDED}
    assert needed <= as_written
    closed = {each for each in known if not is_needed(each[0], re.sub(r"\{\w+(:path)?\}", "x", each[1]))}
    assert {"/gradio_api/upload", "/gradio_api/component_server", "/monitoring", "/gradio_api/deep_link"} <= {
        path for _, path in closed
    }
    assert len(closed) > 40
    for method, path in closed - set(addresses(local[0].routes[:-1])):
        reply = client.request(method, re.sub(r"\{\w+(:path)?\}", "x", path))
        assert reply.status_code in (404, 405), (method, path, reply.status_code)
    for path in ("proxy=https://example.hf.space/x", "file=/etc/passwd", "file%3D/etc/passwd", "stream/a/b/1/x", "mcp"):
        assert client.get(f"/gradio_api/{path}").status_code == 404


def test_a_path_cannot_be_mistaken_for_an_address_of_ours(local: tuple[FastAPI, Library], tmp_path: Path) -> None:
    all_of_them = [*addresses(local[0].routes[:-1]), *NEEDED]
    assert {path.strip("/").partition("/")[0] for _, path in all_of_them} <= OWN | {""}
    with pytest.raises(InvalidSetting, match="/footnote/library"):
        build(local[1], AnswerChain(local[1]), Settings(library=tmp_path, root_path="library/"))


@pytest.mark.parametrize(
    "address",
    [
        "/assets/footnote/..%2f..%2fapp.py",
        "/assets/footnote/%2e%2e/%2e%2e/app.py",
        "/assets/footnote//etc/passwd",
        "/assets/..%2f..%2froutes.py",
        "/assets/../../routes.py",
        "/static/..%2f..%2f..%2froutes.py",
        "/static/%2fetc%2fpasswd",
        "/theme.css/../config.py",
    ],
)
def test_no_address_leads_out_of_its_folder(client: TestClient, address: str) -> None:
    reply = client.get(f"http://127.0.0.1:7860{address}")
    assert reply.status_code in (403, 404)
    assert "import" not in reply.text


def test_an_article_is_found_by_its_id_and_by_no_file(client: TestClient) -> None:
    assert client.get(link(TIDES.id)).status_code == 200
    for wanted in ("..%2f..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "a%00b", "%2e%2e"):
        assert client.get(f"/article/{wanted}").status_code == 404


# Who may ask


def test_a_page_of_another_site_gets_nothing_but_a_link_can_be_followed(client: TestClient) -> None:
    address = link(TIDES.id)
    followed = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for headers in (
        {"Origin": "https://example.org"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:7861"},
        {"Origin": "http://[::1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ):
        reply = client.get(address, headers=headers)
        assert (reply.status_code, "Tides" in reply.text) == (403, False), headers
    for headers in ({"Sec-Fetch-Site": "cross-site", **followed}, {"Sec-Fetch-Site": "same-origin"}, {}):
        assert client.get(address, headers=headers).status_code == 200


def test_a_name_that_leads_here_from_elsewhere_is_told_how_to_be_known(client: TestClient) -> None:
    """DNS rebinding: such a page can send any header but another Host."""
    for headers in (
        {"Host": "rebound.example"},
        {"Host": "rebound.example", "X-Forwarded-Host": "127.0.0.1:7860"},
        {"Host": "rebound.example", "X-Forwarded-Host": "localhost", "X-Forwarded-For": "127.0.0.1"},
        {"Host": ""},
        {"Host": "[::1"},
    ):
        reply = client.get("/", headers=headers)
        assert (reply.status_code, "FOOTNOTE_WINDOW_URL" in reply.text) == (403, True), headers
        assert client.get("/api/articles", headers=headers).json()["error"]["type"] == "other_site"


# Behind a proxy


@pytest.mark.parametrize("strips", [True, False])
def test_below_a_path_every_address_is_below_it_whether_the_proxy_takes_it_off_or_not(
    below: FastAPI, strips: bool
) -> None:
    at = "" if strips else "/footnote"
    asked = by_proxy(below)
    page = asked.get(f"{at}/").text
    assert '"root":"https://example.org/footnote"' in page
    assert not re.search(r'(?:href|src)="/', page)
    article = asked.get(f"{at}/{link(TIDES.id)}").text
    assert '<base href="/footnote/">' in article
    assert not re.search(r'(?:href|src|action)="/(?!footnote/")', article)
    assert asked.get(f"{at}/conversation/abc").headers["location"] == "/footnote/?conversation=abc"
    assert asked.get(f"{at}/api/openapi.json").json()["servers"] == [{"url": "/footnote"}]
    assert asked.get(f"{at}/assets/footnote/shelf.js").status_code == 200
    assert asked.get(f"{at}/nothing").status_code == 404
    sent = asked.post(f"{at}/library/forget-removed", headers={"Origin": "https://example.org"})
    assert sent.status_code == 200
    if not strips:
        assert asked.get("/footnote?conversation=abc").headers["location"] == "/footnote/?conversation=abc"


def test_no_address_in_the_window_is_written_from_the_root_on() -> None:
    """Below a path such an address would be outside of it: all of them are written from the page's base on."""
    ui = Path(app_module.__file__).parent
    files = [file for folder in ("static", "templates", "rendering") for file in (ui / folder).rglob("*.*")]
    first = "|".join(sorted(OWN))
    written = {
        file.name: re.findall(rf"""["'`]/(?:{first})\b""", file.read_text()) for file in files if file.suffix != ".pyc"
    }
    assert {name: found for name, found in written.items() if found} == {}


def test_only_a_proxy_that_is_named_is_believed(below: FastAPI) -> None:
    for asked in (by_proxy(below, ELSEWHERE), by_proxy(below, HERE)):
        page = asked.get("/")
        assert '"root":"http://127.0.0.1:7860/footnote"' in page.text
        assert "strict-transport-security" not in page.headers
        assert asked.post("/library/repair", headers={"Origin": "https://example.org"}).status_code == 403
    page = by_proxy(below).get("/")
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert by_proxy(below, X_Forwarded_Host="evil.example").get("/").status_code == 403
    # Gradio would believe this one from anybody.
    assert "evil" not in by_proxy(below, X_Gradio_Server="https://evil.example").get("/").text


def test_whoever_comes_through_a_proxy_is_not_at_this_machine(below: FastAPI) -> None:
    """Folders, settings and metrics are for who sits here."""
    asked = by_proxy(below)
    place = asked.post("/library/add/place", data={"place": "/etc"})
    assert (place.status_code, "footnote add PATH" in place.json()["problem"]) == (422, True)
    assert asked.post("/settings", json={}).status_code == 403
    assert asked.post("/settings/tokens", json={"name": "mine"}).status_code == 403
    assert asked.get("/metrics").status_code in (401, 403)


def test_what_a_proxy_says_of_who_asks_is_what_the_rest_sees() -> None:
    from serve.proxies import BehindProxies

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        seen = Request(scope)
        told = f"{seen.client.host if seen.client else ''} {seen.base_url} {seen.scope['path']}"
        await PlainTextResponse(told)(scope, receive, send)

    app = BehindProxies(tell, trusted="10.0.0.0/8", root="/deep/er", known=lambda _: True)
    for sender, forwarded, client in (
        (PROXY, ELSEWHERE, ELSEWHERE),
        (PROXY, f"127.0.0.1, {ELSEWHERE}, 10.0.0.9", ELSEWHERE),
        (ELSEWHERE, "127.0.0.1", ELSEWHERE),
        (PROXY, "", PROXY),
    ):
        headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Host": "evil.example, a.example"}
        asked = TestClient(app, base_url="http://b.example", client=(sender, 1), headers=headers)
        name = "b.example" if sender == ELSEWHERE else "a.example"
        assert asked.get("/x").text == f"{client} http://{name}/deep/er/ /deep/er/x"
        assert asked.get("/deep/erx").text.endswith(" /deep/er/deep/erx")


def test_settings_of_a_proxy_are_checked() -> None:
    for name, given in (
        ("root_path", "a b"),
        ("root_path", "/../x"),
        ("window_url", "example.org"),
        ("window_url", "javascript://x"),
        ("window_url", "https://example.org/?x"),
        ("window_url", 'https://example.org/"><b>'),
        ("trusted_proxies", "everybody"),
        ("trusted_proxies", "*"),
    ):
        with pytest.raises(InvalidSetting, match=name.upper()):
            Settings(**{name: given})
    assert Settings(root_path="footnote/").root_path == "/footnote"
    assert root_of(Settings(window_url="https://example.org/a/b/")) == "/a/b"
    assert Settings(trusted_proxies=" 10.0.0.7/8, ::1 ").trusted_proxies == "10.0.0.0/8,::1"
    for given in ({}, {"window_url": "http://localhost:7860"}):
        assert seen_here_only(Settings(**given))
    for given in ({"window_url": "https://example.org"}, {"root_path": "/x"}, {"host": "0.0.0.0"}):
        assert not seen_here_only(Settings(**given))


# What browsers are told


def test_every_kind_of_reply_says_what_browsers_may_do_with_it(client: TestClient, local: Any) -> None:
    conversations = local[1].conversations
    kept = conversations.begin()
    conversations.append(kept, Answer(question="When?", found=False, confidence=0.0, note="Nothing says."))
    pages = {
        "/": 200,
        link(TIDES.id): 200,
        "/article/none": 404,
        "/conversation/none/export?to=html": 404,
        f"/conversation/{kept}/export?to=print": 200,
        f"/conversation/{kept}/export?to=html": 200,
        f"/conversation/{kept}/export?to=markdown": 200,
        "/library/articles": 200,
        "/api/openapi.json": 200,
        "/api/articles": 401,
        "/v1/models": 401,
        "/healthz": 200,
        "/assets/footnote/footnote.css": 200,
        "/favicon.ico": 200,
        "/theme.css": 200,
        "/nothing": 404,
        "/gradio_api/upload": 404,
    }
    for address, status in pages.items():
        reply = client.get(address)
        assert reply.status_code == status, address
        told = reply.headers
        assert told["x-content-type-options"] == "nosniff"
        assert told["x-frame-options"] == "DENY"
        assert told["cross-origin-opener-policy"] == told["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in told["permissions-policy"]
        assert "strict-transport-security" not in told
        policy = told["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'self' 'unsafe-inline'" not in policy
        if address != "/":
            assert "unsafe" not in policy, address
            assert policy.startswith("default-src 'none'")
    page = client.get("/")
    scripts = re.search(r"script-src ([^;]*)", page.headers["content-security-policy"])
    assert scripts
    inline = re.findall(r"<script(?![^>]* src=)", page.text)
    assert len(re.findall(r"'sha256-[^']+'", scripts[1])) == len(inline)


# How much and how slowly


def test_what_is_too_much_is_refused_in_words(client: TestClient) -> None:
    large = b"x" * 1_100_000
    many = [("files", (f"{number}.txt", b"")) for number in range(1001)]
    for status, said, reply in (
        (413, "1 MB", client.post("/library/add/files", files={"files": ("a.txt", large)})),
        (413, "1 MB", client.post("/library/add/text", data={"text": "x" * 1_100_000})),
        (413, "8 MB", client.post("/settings", content=iter([large] * 8))),
        (413, "8 MB", client.post("/library/remove", content=b"x" * 8_100_000)),
        (413, "8 MB", client.post("/gradio_api/queue/join", content=b"x" * 8_100_000)),
        (400, "1,000 files", client.post("/library/add/files", files=many)),
        (422, "urls", client.post("/library/add/pages", data={})),
        (414, "characters", client.get("/library/articles", params={"words": "x" * LONGEST_ADDRESS})),
        (431, "headers", client.get("/", headers={"X-Large": "x" * 40_000})),
    ):
        assert reply.status_code == status, (said, reply.text)
        assert said in (reply.json()["problem"] if "json" in reply.headers["content-type"] else reply.text)
        assert reply.headers["x-frame-options"] == "DENY"
    assert client.get("/library/articles").text.count("data-reader") == 1


def test_a_body_that_stands_still_or_drips_is_ended_and_a_slow_answer_is_not() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        await asyncio.sleep(0.1)  # longer than a body may take
        await PlainTextResponse(f"{len(body)} bytes")(scope, receive, send)

    async def asked(parts: list[bytes], pause: float) -> tuple[int, bytes]:
        coming, sent = list(parts), []

        async def receive() -> Message:
            await asyncio.sleep(pause)
            part = coming.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(coming)}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": []}
        await Bounds(app, largest_mb=1, silence_s=0.05, slowest=1000)(scope, receive, send)
        return sent[0]["status"], sent[1]["body"]

    status, said = asyncio.run(asked([b"x" * 100, b""], pause=5))
    assert (status, b"too slowly" in said) == (408, True)
    status, said = asyncio.run(asked([b"x"] * 500, pause=0.002))
    assert (status, b"too slowly" in said) == (408, True)
    assert asyncio.run(asked([b"x" * 100, b"y"], pause=0)) == (200, b"101 bytes")


def test_the_name_of_an_upload_is_no_path(client: TestClient, local: tuple[FastAPI, Library]) -> None:
    """Whatever folder is in it means nothing. The window places files as the API does."""
    names = {
        "../../climbs.txt": "climbs.txt",
        "/etc/absolute.txt": "absolute.txt",
        "C:\\Windows\\drive.txt": "drive.txt",
        ".hidden.txt": "hidden.txt",
        "<b>bold</b>.txt": "b>.txt",
        "x" * 400 + ".txt": "x" * 130 + ".txt",
        "..": "",
        "a\tb\u202etxt.exe": "",
    }
    token = {"Authorization": f"Bearer {local[1].tokens.make('names', scope='write')}"}
    for number, (name, kept) in enumerate(names.items()):
        files = {"files": (name, f"Text number {number}.".encode())}
        reply = client.post("/api/articles", headers=token, files=files)
        assert reply.status_code in (200, 422), (name, reply.text)
        assert [added["source"] for added in reply.json().get("added", [])] == ([kept] if kept else [])
        local[1].remove(*(added["id"] for added in reply.json().get("added", [])))


def test_a_head_that_is_endless_or_never_comes_ends_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serve.connections.HEAD_S", 0.3)
    asked: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked.append(scope["path"])
            await asyncio.sleep(0.6)  # an answer may take longer than a head
            await PlainTextResponse("Here.")(scope, receive, send)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, http=Connection, log_config=None)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        for said, reply in (
            (b"", b""),
            (b"GET /half HTTP/1.1\r\nHost: x\r\n", b""),
            (b"GET /large HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000, b"HTTP/1.1 400"),
            (b"GET /whole HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200"),
        ):
            with socket.create_connection(listener.getsockname(), timeout=20) as connection, suppress(ConnectionError):
                connection.sendall(said)
                assert connection.recv(12) == reply
        assert asked == ["/whole"]
        server.should_exit = True
        thread.join(10)
