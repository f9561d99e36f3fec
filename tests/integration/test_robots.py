"""Whether a site lets programs come again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hostile_server import Internet, Server, moved, reply

from rag.errors import UnreadableSource
from rag.ingest.fetch import Limits, fetch
from rag.ingest.robots import Robots

pytestmark = pytest.mark.folder  # opens no library

RULES = b"User-agent: *\nDisallow: /\n\nUser-agent: Footnote\nDisallow: /private/\nCrawl-delay: 5\n"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().serving() as serving:
        yield serving


@pytest.fixture
def robots(server: Server) -> Robots:
    network = Internet(server).network
    return Robots(lambda url: fetch(url, network=network, limits=Limits(read_s=0.5)))


def test_what_is_closed_to_us_by_name_is_left_alone(server: Server, robots: Robots) -> None:
    server.answers["/robots.txt"] = reply(RULES, kind="text/plain")
    assert robots.check("http://news.example/feed.xml") == 5
    with pytest.raises(UnreadableSource, match=r"asks programs not to fetch this \(robots.txt\)"):
        robots.check("http://news.example/private/feed.xml?a=b")
    assert len(server.heads) == 1


def test_what_is_closed_to_all_is_closed_to_us(server: Server, robots: Robots) -> None:
    server.answers["/robots.txt"] = reply(b"User-agent: *\r\nDisallow: /\r\n", kind="text/plain")
    with pytest.raises(UnreadableSource, match="asks programs not to"):
        robots.check("http://news.example/feed.xml")


@pytest.mark.parametrize(
    "answer",
    [
        reply(status="404 Not Found"),
        reply(status="403 Forbidden"),
        reply(b""),
        reply(b"<html>Not here"),
        reply(b"\x89PNG\r\n\x1a\n" + bytes(100)),
        reply(b"User-agent: *\nCrawl-delay: 0\nDisallow:\n"),
    ],
    ids=["missing", "forbidden", "empty", "page", "picture", "open"],
)
def test_a_site_without_rules_is_open_and_not_hurried(server: Server, robots: Robots, answer: bytes) -> None:
    server.answers["/robots.txt"] = answer
    assert robots.check("http://news.example/feed.xml") == 1


@pytest.mark.parametrize(
    "answer",
    [
        reply(status="503 Service Unavailable"),
        reply(status="429 Too Many Requests"),
        lambda connection: connection.recv(1),
        moved("http://127.0.0.1/robots.txt"),
    ],
    ids=["fault", "too often", "silence", "inside"],
)
def test_a_site_that_does_not_say_is_closed(
    server: Server, robots: Robots, answer: bytes | Callable[[object], None]
) -> None:
    server.answers["/robots.txt"] = answer
    with pytest.raises(UnreadableSource, match="cannot be read now"):
        robots.check("http://news.example/feed.xml")


def test_each_site_has_its_own_rules(server: Server, robots: Robots) -> None:
    server.answers["/robots.txt"] = reply(RULES)
    robots.check("http://news.example/a")
    robots.check("http://other.example/b")
    robots.check("http://OTHER.example:80/c")
    assert len(server.heads) == 2


def test_a_long_delay_is_cut(server: Server, robots: Robots) -> None:
    server.answers["/robots.txt"] = reply(b"User-agent: *\nCrawl-delay: 86400\n")
    assert robots.check("http://news.example/a") == 60
