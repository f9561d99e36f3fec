"""Fetching from a real server that means harm, by names that a test makes up and over real sockets."""

from __future__ import annotations

import ast
import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from hostile_server import PUBLIC, PUBLIC_TOO, Internet, Server, moved, page, reply, talk

import rag
from rag import __version__
from rag.errors import UnreadableSource
from rag.ingest.connection import Network
from rag.ingest.fetch import Fetched, Limits, fetch
from rag.ingest.loaders import LOADERS
from rag.ingest.pages import load_url
from rag.types import Article

pytestmark = pytest.mark.folder  # opens no library

ROOF = "The council voted to mend the roof of the town hall in March."
QUICK = Limits(connect_s=20, read_s=20, total_s=0.6)
SMALL = Limits(max_bytes=100_000)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().serving() as serving:
        yield serving


@pytest.fixture
def internet(server: Server) -> Internet:
    return Internet(server)


@pytest.fixture
def public(internet: Internet) -> Callable[..., Fetched]:
    """`fetch` as it is by default, on an internet where news.example is the server."""
    return lambda url, **given: fetch(url, network=internet.network, **given)


def article_at(url: str) -> Article:
    """The one article at a URL of this machine."""
    (article,) = load_url(url, private=True)
    return article


# Where a request may go


def test_a_page_is_fetched_and_known_by_where_it_is_in_the_end(
    server: Server, internet: Internet, public: Callable[..., Fetched]
) -> None:
    server.answers["/r?id=1"] = moved("https://news.example:443/x", "301 Moved Permanently")
    server.answers["/old?id=1"] = moved("//OTHER.example/2024/roof.html?id=1&utm_source=mail#top")
    server.answers["/2024/roof.html?id=1&utm_source=mail"] = reply(page(ROOF))
    found = public("http://news.example/old?id=1#part")
    assert found.url == "http://other.example/2024/roof.html?id=1"
    assert (found.name, found.media_type, found.data) == ("roof.html", "text/html", page(ROOF))
    assert internet.connected == [str(PUBLIC), str(PUBLIC_TOO)]


def test_this_machine_is_closed_by_default_and_opened_by_name(server: Server) -> None:
    """C35."""
    server.answers["/"] = reply(page(ROOF))
    with pytest.raises(UnreadableSource, match=r"127\.0\.0\.1, which is this machine .*ALLOW_PRIVATE_ADDRESSES=true"):
        fetch(server.url)
    with pytest.raises(UnreadableSource, match=r"localhost leads to .*, which is this machine"):
        fetch(f"http://localhost:{server.port}/")
    assert server.heads == []
    assert fetch(server.url, private=True).data == page(ROOF)
    assert len(server.heads) == 1


@pytest.mark.parametrize(
    "place",
    (
        "127.0.0.1 [::1] [::ffff:7f00:1] 0x7f.1 127.1. 2130706433 １２７.0.0.1 0.0.0.0 [::] 169.254.169.254 10.0.0.1 "
        "192.168.0.1 [fd00::1] [fe80::1] [64:ff9b::7f00:1] [2002:7f00:1::] inside.example half.example metadata.example"
    ).split(),
)
def test_no_hop_leads_inside(server: Server, internet: Internet, public: Callable[..., Fetched], place: str) -> None:
    """C35: named, redirected to, or resolved to by one of several addresses."""
    internet.names["inside.example"] = [[ip_address("10.0.0.1")]]
    internet.names["half.example"] = [[PUBLIC, ip_address("192.168.0.1")]]
    internet.names["metadata.example"] = [[ip_address("::ffff:169.254.169.254")]]
    inside = f"http://{place}:{server.port}/secret"
    server.answers["/secret"] = reply(page("A secret."))
    server.answers["/away"] = moved(inside)
    with pytest.raises(UnreadableSource, match="is not read from"):
        public(inside)
    assert internet.connected == []
    with pytest.raises(UnreadableSource, match=r"it leads to .* is not read from"):
        public("http://news.example/away")
    assert internet.connected == [str(PUBLIC)]
    assert [head.split()[1] for head in server.heads] == ["/away"]


def test_a_public_page_leads_nowhere_inside_even_where_that_is_open(
    server: Server, internet: Internet, public: Callable[..., Fetched]
) -> None:
    """C35: the setting is for what a person names themselves."""
    server.answers["/away"] = moved(f"{server.url}/secret")
    server.answers["/secret"] = reply(page("A secret."))
    server.answers["/start"] = moved("/secret")
    with pytest.raises(UnreadableSource, match="is not read from"):
        public("http://news.example/away", private=True)
    assert fetch(f"{server.url}/start", private=True).data == page("A secret.")


@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "[fd00:ec2::254]", "224.0.0.1", "100.100.100.200"])
def test_what_is_no_intranet_stays_closed(internet: Internet, address: str) -> None:
    """C35: the secrets of a machine in a cloud are behind such addresses."""
    with pytest.raises(UnreadableSource, match="No setting opens it"):
        fetch(f"http://{address}/latest/meta-data/", private=True, network=internet.network)
    assert internet.connected == []


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "only addresses with http"),
        ("javascript:alert(1)", "only addresses with http"),
        ("gopher://news.example/", "only addresses with http"),
        ("http://user:word@news.example/", "user name"),
        ("http://news.example:25/", "port 25"),
        ("http://[::1/", "not the address of a page|not followed"),
        ("/\x1b[2J\x07", r"leads to /\?\[2J\?.*control characters"),
    ],
)
def test_a_redirect_to_what_is_no_page_is_not_followed(
    server: Server, public: Callable[..., Fetched], location: str, reason: str
) -> None:
    """C35."""
    server.answers["/"] = talk(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
    with pytest.raises(UnreadableSource, match=f"(?:{reason})|not proper HTTP"):
        public("http://news.example/")
    assert len(server.heads) == 1


def test_an_answer_of_dns_that_changes_changes_nothing(
    server: Server, internet: Internet, public: Callable[..., Fetched]
) -> None:
    """C35: rebinding. A name is resolved once a hop, and the connection goes to the address that was checked."""
    internet.names["news.example"] = [[PUBLIC], [ip_address("127.0.0.1")]]
    server.answers["/"] = reply(page(ROOF))
    assert public("http://news.example/").data == page(ROOF)
    assert (internet.resolved, internet.connected) == (["news.example"], [str(PUBLIC)])
    server.answers["/"] = moved("/again")
    internet.names["news.example"] = [[PUBLIC], [ip_address("127.0.0.1")]]
    with pytest.raises(UnreadableSource, match=r"news.example leads to 127\.0\.0\.1"):
        public("http://news.example/")
    assert internet.connected == [str(PUBLIC)] * 2


def test_a_connection_resolves_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """C35: the system is never asked for a name after the check."""

    def unasked(*_: object, **__: object) -> None:
        raise AssertionError("a name was resolved")

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "create_connection"):
        monkeypatch.setattr(socket, name, unasked)
    server.answers["/"] = reply(page(ROOF))
    network = Network(resolve=lambda name: [ip_address("127.0.0.1")])
    assert fetch(f"http://localhost:{server.port}/", private=True, network=network).data == page(ROOF)
    assert f"\r\nHost: localhost:{server.port}\r\n" in server.heads[0]


def test_the_next_address_is_tried_where_one_does_not_answer(
    server: Server, internet: Internet, public: Callable[..., Fetched]
) -> None:
    dead = ip_address("2606:2800:220:1::1")
    internet.names["news.example"] = [[dead, PUBLIC]]
    server.answers["/"] = reply(page(ROOF))
    assert public("http://news.example/").data == page(ROOF)
    assert internet.connected == [str(dead), str(PUBLIC)]
    internet.names["news.example"] = [[dead]]
    with pytest.raises(UnreadableSource, match=r"news.example cannot be reached \(Connection refused\)"):
        public("http://news.example/")


def test_an_ipv6_address_is_connected_to() -> None:
    try:
        server = Server("::1")
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with server.serving():
        server.answers["/"] = reply(page(ROOF))
        assert fetch(server.url, private=True).data == page(ROOF)
        assert f"\r\nHost: [::1]:{server.port}\r\n" in server.heads[0]
        with pytest.raises(UnreadableSource, match="this machine itself"):
            fetch(server.url)


def test_proxies_of_the_environment_are_not_used(
    server: Server, public: Callable[..., Fetched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would resolve the name again, out of our sight."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answers["/"] = reply(page(ROOF))
    assert public("http://news.example/").data == page(ROOF)
    assert server.heads[0].startswith("GET / HTTP/1.1\r\n")


def test_one_module_opens_connections() -> None:
    """Beside it, two speak between processes of one library, over 127.0.0.1, three with servers that are set, the
    client of a Footnote server with that one, and what starts workers looks whether they listen on this machine."""
    allowed = {
        "socket": {
            "ingest/connection.py",
            "index/vectors/asked.py",
            "index/vectors/serving.py",
            "index/databases/postgres.py",
            "cli/workers.py",
            "listening.py",
        },
        "httpcore2": {"ingest/connection.py", "ingest/fetch.py"},
        "urllib.request": set(),
        "http.client": set(),
        "httpx": {"chat_models/opening.py", "client.py", "index/vectors/server.py"},
        "requests": set(),
        "aiohttp": set(),
        "urllib3": set(),
    }
    root = Path(rag.__file__).parent
    found: dict[str, set[str]] = {name: set() for name in allowed}
    for file in root.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in found.keys() & set(names):
                found[name].add(file.relative_to(root).as_posix())
    assert found == allowed


# What a request says


def test_a_request_says_what_it_is_for_and_nothing_of_the_person(
    server: Server, public: Callable[..., Fetched]
) -> None:
    """No cookie is kept, no referrer sent, from one hop to the next and from one fetch to the next."""
    server.answers["/"] = reply(status="302 Found", Location="/page", Set_Cookie="who=you; Path=/")
    server.answers["/page"] = reply(page(ROOF), Set_Cookie="who=you; Path=/")
    public("http://news.example/")
    public("http://news.example/")
    assert len(server.heads) == 4
    for head in server.heads:
        names = {line.partition(":")[0].lower() for line in head.split("\r\n")[1:] if line}
        assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert f"\r\nUser-Agent: Footnote/{__version__} (" in head
        assert "\r\nAccept-Encoding: gzip, deflate\r\n" in head


# What a server may do


def test_redirects_end(server: Server, public: Callable[..., Fetched]) -> None:
    server.answers["/loop"] = moved("/pool")
    server.answers["/pool"] = moved("/loop")
    server.answers["/wall"] = reply(status="302 Found", Location="/wall", Set_Cookie="seen=1")
    for number in range(9):
        server.answers[f"/{number}"] = moved(f"/{number + 1}", "308 Permanent Redirect")
    server.answers["/9"] = reply(page(ROOF))
    for path, asked in (("/loop", 2), ("/wall", 1), ("/3", 6)):
        server.heads.clear()
        with pytest.raises(UnreadableSource, match=r"without end.*cookies"):
            public(f"http://news.example{path}")
        assert len(server.heads) == asked
    assert public("http://news.example/4").url == "http://news.example/9"
    server.answers["/"] = reply(status="301 Moved Permanently")
    with pytest.raises(UnreadableSource, match="elsewhere, but not where"):
        public("http://news.example/")


@pytest.mark.parametrize(
    "answer",
    [
        talk(reply(length=400), *[b"a"] * 400, pause=0.05),
        talk(*[bytes([byte]) for byte in reply(page(ROOF))], pause=0.05),
        talk(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\na\r\n"] * 400, pause=0.05),
        talk(b"HTTP/1.1 103 Early Hints\r\n\r\n", pause=0.001, times=8000, end=reply(page(ROOF))),
        talk(reply(page(ROOF))[:20], pause=3, end=reply(page(ROOF))[20:]),
    ],
    ids=["body", "head", "chunks", "hints", "silence"],
)
def test_a_server_that_takes_its_time_is_left(
    server: Server, public: Callable[..., Fetched], answer: Callable[[socket.socket], None]
) -> None:
    """Each of these would go on for seconds, and only the last is ever silent for long."""
    server.answers["/"] = answer
    with pytest.raises(UnreadableSource, match=r"news.example is too slow"):
        public("http://news.example/", limits=QUICK)


def test_silence_alone_has_an_end_of_its_own(server: Server, public: Callable[..., Fetched]) -> None:
    server.answers["/"] = talk(reply(page(ROOF))[:20], pause=15)
    with pytest.raises(UnreadableSource, match=r"0\.3 s of silence"):
        public("http://news.example/", limits=Limits(read_s=0.3))


def test_a_name_that_does_not_resolve_is_said_so_and_not_waited_for(public: Callable[..., Fetched]) -> None:
    with pytest.raises(UnreadableSource, match=r"no site nowhere.example. Check the address"):
        public("http://nowhere.example/")
    done = threading.Event()
    network = Network(resolve=lambda name: [PUBLIC] * (1 + done.wait(20)))
    with pytest.raises(UnreadableSource, match="too slow"):
        fetch("http://news.example/", limits=QUICK, network=network)
    done.set()


@pytest.mark.parametrize(
    "answer",
    [
        reply(b"a" * 100_001),
        talk(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"a" * 10_000, times=10_000),
        talk(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"2710\r\n" + b"a" * 10_000 + b"\r\n"] * 1000),
        talk(reply(length=10**15)),
        talk(reply(length=int("9" * 19))),
    ],
    ids=["whole", "endless", "chunks", "announced", "absurd"],
)
def test_too_much_is_not_read(
    server: Server, public: Callable[..., Fetched], answer: bytes | Callable[[socket.socket], None]
) -> None:
    server.answers["/"] = answer
    with pytest.raises(UnreadableSource, match=r"larger than 0\.1 MB"):
        public("http://news.example/", limits=SMALL)


def test_a_page_of_the_largest_size_is_read(server: Server, public: Callable[..., Fetched]) -> None:
    server.answers["/"] = reply(b"a" * 100_000)
    assert len(public("http://news.example/", limits=SMALL).data) == 100_000


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP", "deflate", "raw"])
def test_packed_pages_are_unpacked(server: Server, public: Callable[..., Fetched], encoding: str) -> None:
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "deflate": zlib.compress(page(ROOF)),
        "raw": raw.compress(page(ROOF)) + raw.flush(),
    }.get(encoding, gzip.compress(page(ROOF)))
    server.answers["/"] = reply(packed, Content_Encoding="deflate" if encoding == "raw" else encoding)
    assert public("http://news.example/").data == page(ROOF)


@pytest.mark.parametrize(
    ("packed", "encoding", "reason"),
    [
        (gzip.compress(bytes(3_000_000)), "gzip", "unpacks to more than 1 MB"),
        (zlib.compress(bytes(3_000_000)), "deflate", "unpacks to more than 1 MB"),
        (gzip.compress(gzip.compress(bytes(900_000))), "gzip, gzip", "packed as 'gzip, gzip'"),
        (gzip.compress(page(ROOF))[:-9], "gzip", "incomplete or damaged"),
        (gzip.compress(page(ROOF))[:40] + b"no" * 40, "gzip", "incomplete or damaged"),
        (page(ROOF), "gzip", "incomplete or damaged"),
        (page(ROOF), "deflate", "incomplete or damaged"),
        (b"", "gzip", "incomplete or damaged"),
        (gzip.compress(page(ROOF)) + gzip.compress(b"And more."), "gzip", "packed in several pieces"),
        (page(ROOF), "br", "packed as 'br', which was not asked for"),
    ],
    ids=["bomb", "deflate bomb", "twice", "cut", "damaged", "unpacked", "unpacked deflate", "empty", "pieces", "br"],
)
def test_what_unpacks_to_something_else_is_refused(
    server: Server, public: Callable[..., Fetched], packed: bytes, encoding: str, reason: str
) -> None:
    server.answers["/"] = reply(packed, Content_Encoding=encoding)
    with pytest.raises(UnreadableSource, match=reason):
        public("http://news.example/")


def test_a_page_may_unpack_far_while_it_is_small(server: Server, public: Callable[..., Fetched]) -> None:
    server.answers["/"] = reply(gzip.compress(b"a" * 900_000), kind="text/plain", Content_Encoding="gzip")
    assert len(public("http://news.example/").data) == 900_000
    with pytest.raises(UnreadableSource, match=r"unpacks to more than 0\.1 MB"):
        public("http://news.example/", limits=SMALL)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(page(ROOF), length=100_000), "broke off in the middle"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc", "broke off in the middle"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", "not proper HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "not proper HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\n\r\n", "head of the site's answer is larger"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 50_000 + b"\r\n", "head of the site's answer is larger"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "broke off in the middle"),
        (b"\x1b[2J\x00\r\n\r\n", "not proper HTTP"),
        (b"", "broke off in the middle"),
    ],
    ids=["length", "chunk", "size", "lengths", "long header", "headers", "ssh", "bytes", "nothing"],
)
def test_an_answer_that_is_not_whole_or_not_http_is_refused(
    server: Server, public: Callable[..., Fetched], answer: bytes, reason: str
) -> None:
    server.answers["/"] = answer
    with pytest.raises(UnreadableSource, match=reason) as caught:
        public("http://news.example/")
    assert str(caught.value).isprintable()


def test_what_comes_after_the_length_is_not_read(server: Server, public: Callable[..., Fetched]) -> None:
    server.answers["/"] = reply(b"Text. And more.", length=5, kind="text/plain")
    assert public("http://news.example/").data == b"Text."


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("204 No Content", "sent no page"),
        ("206 Partial Content", "sent no page"),
        ("300 Multiple Choices", "sent no page"),
        ("304 Not Modified", "sent no page"),
        ("400 Bad Request", "does not answer as asked"),
        ("401 Unauthorized", "needs a login"),
        ("402 Payment Required", "does not let Footnote read it"),
        ("403 Forbidden", "does not let Footnote read it"),
        ("404 Not Found", "no such page"),
        ("410 Gone", "no such page"),
        ("429 Too Many Requests", "asked too often"),
        ("500 Internal Server Error", "a fault of its own"),
        ("503 Service Unavailable", "a fault of its own"),
    ],
)
def test_each_status_has_its_word(server: Server, public: Callable[..., Fetched], status: str, reason: str) -> None:
    server.answers["/"] = reply(b"" if status[:3] in ("204", "304") else page(ROOF), status=status)
    with pytest.raises(UnreadableSource, match=rf"http://news.example/: .*{reason} \({status[:3]}\)"):
        public("http://news.example/")


# What comes


@pytest.mark.parametrize(
    "kind", ["image/png", "application/x-custom", "video/mp4; codecs=x", "application/octet-stream"]
)
def test_what_is_no_text_is_refused_before_it_is_read(
    server: Server, public: Callable[..., Fetched], kind: str
) -> None:
    server.answers["/"] = reply(length=10_000_000, kind=kind)
    with pytest.raises(UnreadableSource, match=rf"it is {kind.partition(';')[0]}, which Footnote does not read"):
        public("http://news.example/", media_types=LOADERS)


@pytest.mark.parametrize(
    ("kind", "path", "body", "media_type"),
    [
        ("text/html; charset=utf-8", "/a", page(ROOF), "text/html"),
        ("application/xhtml+xml", "/a", page(ROOF), "text/html"),
        ("TEXT/HTML", "/a.md", page(ROOF), "text/html"),
        ("text/markdown", "/a", b"# Roof", "text/markdown"),
        ("text/plain", "/a", b"# Roof", "text/plain"),
        ("text/plain; charset=utf-8", "/notes/a.md?raw=1", b"# Roof", "text/markdown"),
        ("application/octet-stream", "/a.txt", b"Roof", "text/plain"),
        ("", "/a", b"<!-- made --> <html><p>Roof", "text/html"),
        ("", "/a", b"Roof", "text/plain"),
        ("nonsense", "/a.markdown", b"Roof", "text/markdown"),
    ],
)
def test_the_kind_of_a_page_is_known(
    server: Server, public: Callable[..., Fetched], kind: str, path: str, body: bytes, media_type: str
) -> None:
    server.answers[path] = reply(body, kind=kind)
    assert public(f"http://news.example{path}", media_types=LOADERS).media_type == media_type


@pytest.mark.timeout(60)
@pytest.mark.parametrize("filler", [b"<!---->", b"<!-- a -->\n", b"\n"])
@pytest.mark.parametrize(("end", "media_type"), [(b"<html><p>Roof", "text/html"), (b"Roof", "text/plain")])
def test_what_stands_before_a_page_does_not_hold_up_the_guess_of_its_kind(
    server: Server, public: Callable[..., Fetched], filler: bytes, end: bytes, media_type: str
) -> None:
    """A pattern that tries each way to read hundreds of comments never comes to an end."""
    server.answers["/"] = reply(filler * 300 + end, kind="")
    assert public("http://news.example/").media_type == media_type


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("koi8-r", "koi8-r"),
        ('"windows-1251"', "cp1251"),
        ("iso-8859-1", "cp1252"),
        ("iso-2022-jp", "iso-2022-jp"),
        ("shift_jis", "shift_jis"),
        ("iso-8859-1", "utf-8"),
        ("koi8-r", "utf-8"),
        ("utf-8", "cp1252"),
        ("us-ascii", "cp1252"),
        ("punycode", "cp1252"),
        ("unicode_escape", "cp1252"),
        ("hex", "cp1252"),
        ("no-such-thing", "cp1252"),
        ("euc-jp", "cp1252"),
    ],
)
def test_the_servers_word_for_the_encoding_counts_where_it_can_be_right(
    server: Server, charset: str, encoding: str
) -> None:
    """C01: a label that the bytes contradict, or that is no encoding, is passed over."""
    text = {
        "koi8-r": "Крышу ратуши починят в марте.",
        "cp1251": "Крышу ратуши починят в марте.",
        "iso-2022-jp": "市役所の屋根は三月に直す。",
        "shift_jis": "市役所の屋根は三月に直す。",
        "utf-8": "Das Dach der Stadthalle — für 9 € gemäht.",
    }.get(encoding, "Das Dach – für „9 €“ gemäht.")
    server.answers["/a"] = reply(f"Dach\n\n{text}\n".encode(encoding), kind=f"text/plain; charset={charset}")
    assert article_at(f"{server.url}/a").text == text


def test_the_servers_word_counts_for_pages_too(server: Server) -> None:
    body = page("Крышу ратуши починят в марте.").decode().encode("koi8-r")
    server.answers["/a"] = reply(body, kind="text/html; charset=KOI8-R")
    assert article_at(f"{server.url}/a").text == "Крышу ратуши починят в марте."


def test_a_page_becomes_an_article(server: Server) -> None:
    """C10: what stands around the article is left out."""
    body = page(ROOF).replace(b"<head>", b'<head><meta name="author" content="Ann Sedge">')
    server.answers["/2024/03/12/roof.html?utm_campaign=x"] = reply(body)
    article = article_at(f"{server.url}/2024/03/12/roof.html?utm_campaign=x#top")
    assert (article.title, article.text, article.author) == ("The roof", ROOF, "Ann Sedge")
    assert article.source == f"{server.url}/2024/03/12/roof.html"
    assert str(article.published) == "2024-03-12"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no text in the page"),
        (b"<html><body><div id=app></div><script>go()</script><noscript>Turn it on</noscript>", "no text in the page"),
        (b"<html><body><h1>Sign in</h1><p>Welcome back.</p><form><input name=p type='password'></form>", "for a login"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "PNG picture, not text"),
    ],
    ids=["empty", "program", "login", "picture"],
)
def test_a_page_without_an_article_says_so(server: Server, body: bytes, reason: str) -> None:
    """C11."""
    server.answers["/a"] = reply(body)
    with pytest.raises(UnreadableSource, match=rf"^{server.url}/a: [^:]*{reason}"):
        article_at(f"{server.url}/a")


def test_a_page_that_is_nested_without_end_does_no_harm(server: Server) -> None:
    body = b"<html><body>" + b"<div>" * 50_000 + ROOF.encode()
    server.answers["/a"] = reply(body)
    try:
        assert ROOF in article_at(f"{server.url}/a").text
    except UnreadableSource as error:
        assert "deeper in each other" in str(error)  # noqa: PT017
