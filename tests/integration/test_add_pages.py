"""Adding pages by their URLs, beside files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_server import Server, moved, page, reply

from rag import Library, Settings
from rag.cli import main

ROOF = "The council voted to mend the roof of the town hall in March."


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().serving() as serving:
        serving.answers["/roof?id=1"] = reply(page(ROOF))
        serving.answers["/roof?id=1&utm_source=mail"] = reply(page(ROOF))
        serving.answers["/short"] = moved("/roof?id=1&utm_source=mail")
        yield serving


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library whose person keeps an intranet."""
    with Library(tmp_path / "library", settings=Settings(allow_private_addresses=True)) as opened:
        yield opened


def test_pages_and_files_are_added_together_and_each_is_accounted_for(
    library: Library, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "bees.txt").write_text("Bees\n\nMarta keeps forty hives of bees on the library roof.\n")
    url, missing = f"{server.url}/roof?id=1", f"{server.url}/gone"
    report = library.add([url, missing, tmp_path / "bees.txt", str(tmp_path / "none.txt")])
    assert [(article.title, article.source) for article in report.added] == [
        ("Bees", str(tmp_path / "bees.txt")),
        ("The roof", url),
    ]
    assert {failure.source for failure in report.failed} == {missing, str(tmp_path / "none.txt")}
    assert f"{missing}: there is no such page (404)." in str(report)
    assert library.search("Who votes on the roof?")[0].source == url


def test_a_page_is_named_while_it_is_waited_for(library: Library, server: Server) -> None:
    """A site may take a minute, in which nothing else would be said."""
    calls: list[tuple[int, int, str]] = []
    url, missing = f"{server.url}/roof?id=1", f"{server.url}/gone"
    library.add([missing, url], progress=lambda *call: calls.append(call))
    assert calls == [(0, 2, missing), (1, 2, url), (2, 2, url)]


def test_adding_a_url_again_updates_its_article(library: Library, server: Server) -> None:
    """C22: by whatever way the page is come to, it is one article."""
    url = f"{server.url}/roof?id=1"
    assert [article.source for article in library.add(f"{server.url}/short").added] == [url]
    ways = [url, f"{url}#part", f"{url}&utm_source=mail", f" {url} "]
    assert [article.source for article in library.add(ways).unchanged] == [url] * 3
    server.answers["/roof?id=1"] = reply(page("The council voted to leave the roof of the town hall as it is."))
    assert [article.source for article in library.add(url).updated] == [url]
    (info,) = library.articles()
    assert "leave the roof" in library.article(info.id).text


def test_a_page_that_fails_leaves_its_article_as_it_was(library: Library, server: Server) -> None:
    url = f"{server.url}/roof?id=1"
    library.add(url)
    server.answers["/roof?id=1"] = reply(status="500 Internal Server Error")
    assert "a fault of its own" in library.add(url).failed[0].reason
    (info,) = library.articles()
    assert library.article(info.id).text == ROOF


def test_a_private_address_is_refused_by_default(tmp_path: Path, server: Server) -> None:
    """C35."""
    with Library(tmp_path / "library") as library:
        report = library.add([f"{server.url}/roof?id=1", "http://169.254.169.254/latest/meta-data/"])
        assert len(report.failed) == 2
        assert "FOOTNOTE_ALLOW_PRIVATE_ADDRESSES=true" in report.failed[0].reason
        assert library.articles() == []
    assert server.heads == []


def test_the_command_takes_urls_and_the_setting_opens_the_intranet(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place, url = f"--library={tmp_path / 'l'}", f"{server.url}/roof?id=1"
    (tmp_path / "bees.txt").write_text("Bees\n\nMarta keeps forty hives of bees on the library roof.\n")
    assert main(["add", place, url, str(tmp_path / "bees.txt")]) == 1
    out = capsys.readouterr().out
    assert "1 added, 1 failed" in out
    assert f"  {url}: its address is 127.0.0.1, which is this machine itself" in out
    monkeypatch.setenv("FOOTNOTE_ALLOW_PRIVATE_ADDRESSES", "true")
    assert main(["add", place, "--json", url]) == 0
    assert json.loads(capsys.readouterr().out)["added"][0]["source"] == url
    assert main(["add", place, "file:///etc/passwd"]) == 1
    assert "only addresses with http:// or https://" in capsys.readouterr().out


def test_nobody_waits_for_the_library_while_a_site_is_slow(
    library: Library, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may write while a page is on its way."""
    monkeypatch.setattr("rag.index.folder.SECONDS_TO_WAIT_FOR_WRITER", 0.1)
    free: list[bool] = []

    def watched(connection: object) -> None:
        with Library(library.folder) as other, other.home.one_writer():
            free.append(True)
        connection.sendall(reply(page(ROOF)))  # type: ignore[attr-defined]

    server.answers["/slow"] = watched
    assert len(library.add(f"{server.url}/slow").added) == 1
    assert free == [True]


def feed(*titles: str) -> bytes:
    """Return a reply with an RSS feed."""
    items = "".join(
        f"<item><title>{t}</title><guid>{t}</guid><description>The {t} is open.</description></item>" for t in titles
    )
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>Town</title>'
    return reply(f"{head}{items}</channel></rss>".encode(), kind="application/rss+xml")


@pytest.fixture
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.index.pages.time.sleep", lambda _: None)


@pytest.mark.usefixtures("_unhurried", "cheap_embedder")
def test_a_feed_is_followed(library: Library, server: Server) -> None:
    """What is new comes in, what left the feed stays, and the site is asked whether programs may come."""
    url = f"{server.url}/feed.xml"
    server.answers["/feed.xml"] = feed("pier", "mole")
    assert len(library.sync(url).added) == 2
    server.answers["/feed.xml"] = feed("weir", "pier")
    report = library.sync(url)
    assert ([a.title for a in report.added], len(report.unchanged), report.removed) == (["weir"], 1, [])
    assert len(library.articles()) == 3
    assert list(library.followed()) == [url]
    assert sum("GET /robots.txt" in head for head in server.heads) == 2
    library.unfollow(url)
    assert not library.followed()


@pytest.mark.usefixtures("_unhurried", "cheap_embedder")
def test_a_feed_that_programs_are_asked_not_to_fetch_is_left_alone(library: Library, server: Server) -> None:
    server.answers["/feed.xml"] = feed("pier")
    server.answers["/robots.txt"] = reply(b"User-agent: *\nDisallow: /feed", kind="text/plain")
    report = library.sync(f"{server.url}/feed.xml")
    assert "asks programs not to fetch this" in report.failed[0].reason
    assert not any("/feed.xml" in head for head in server.heads)
    assert not library.followed()
    assert len(library.add(f"{server.url}/feed.xml").added) == 1  # a person may
