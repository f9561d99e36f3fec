"""Footnote as two workers over PostgreSQL and a Chroma server, behind nginx: whatever is killed, people go on."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from chat_server import ChatServer, Hangs, Says
from conftest import ARTICLES, VisitWindow, Window
from playwright.sync_api import expect

from benchmarks.topology import Topology
from rag import Library
from rag.cli.proxy import COOKIE

QUESTION = "When did the Ropewalk Bridge reopen?"
SAYS = Says("The Ropewalk Bridge reopened on 12 March 2024 after eleven months of repairs. [1]", size=40)


@pytest.fixture(scope="module")
def model() -> Iterator[ChatServer]:
    with ChatServer() as server:
        server.next(SAYS)
        yield server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, model: ChatServer) -> Iterator[Topology]:
    folder = tmp_path_factory.mktemp("served")
    with Topology(folder, articles=ARTICLES, settings={"chat_model": "m", "chat_base_url": model.url}) as running:
        yield running


@pytest.fixture(scope="module")
def token(served: Topology) -> dict[str, str]:
    return {"Authorization": f"Bearer {served.token()}"}


def asked(address: str, question: str, token: dict[str, str]) -> httpx.Response:
    return httpx.post(f"{address}/api/answer", json={"question": question}, headers=token, timeout=60)


def waited(address: str, words: str, **more: object) -> str:
    """Ask until the answer has some words."""
    said = ""
    for _ in range(600):
        said = httpx.get(address, timeout=60).text
        if words in said:
            return said
        time.sleep(0.1)
    raise AssertionError(said)


def test_what_one_worker_adds_the_other_answers_from_at_once(served: Topology, token: dict[str, str]) -> None:
    """C47."""
    one, other = served.worker_url(0), served.worker_url(1)
    new = {"title": "Bees", "text": "Marta keeps forty hives of bees on the library roof."}
    added = httpx.post(f"{one}/api/articles", json=new, headers=token, timeout=60).json()["added"]
    assert "forty" in asked(other, "How many hives of bees does Marta keep?", token).text
    httpx.delete(f"{other}/api/articles/{added[0]['id']}", headers=token, timeout=60)
    assert not asked(one, "How many hives of bees does Marta keep?", token).json()["found"]
    assert asked(served.address, QUESTION, token).json()["found"]


def test_a_window_whose_worker_is_killed_says_so_and_goes_on_with_the_other(
    served: Topology, model: ChatServer, visit: VisitWindow
) -> None:
    shown = visit(Window(served.address, served.folder))
    page = shown.page
    model.next(Hangs())
    model.waiting.clear()
    page.locator("#question textarea").fill(QUESTION)
    page.locator("#question textarea").press("Enter")
    assert model.waiting.wait(20)
    model.next(SAYS)
    cookie = next(each["value"] for each in page.context.cookies() if each["name"] == COOKIE)
    its = served.worker_of(cookie)
    its.kill()
    page.locator("#question textarea").fill("And what did it cost?")  # what is typed meanwhile is not lost
    expect(page.locator(".toast-wrap")).to_contain_text("Connection to the server was lost")
    expect(page.locator("#log")).to_contain_text("This answer was interrupted. Ask again to get it whole.")
    expect(page.locator("#question textarea")).to_have_value("And what did it cost?")
    shown.ask(QUESTION)
    expect(page.locator("#log .turn").last).to_contain_text("12 March 2024")
    its.start()
    shown.ask("When did it reopen?")  # the visitor stays where their session is
    assert next(each["value"] for each in page.context.cookies() if each["name"] == COOKIE) != cookie
    shown.complaints[:] = [said for said in shown.complaints if not re.search("network|INCOMPLETE|Unexpected", said)]


def test_long_work_outlives_its_worker_and_the_database(served: Topology, visit: VisitWindow) -> None:
    """C46: every article is there once, and any worker tells of it."""
    texts = {f"story-{n}.txt": f"Story number {n} tells of day {n} at sea, which was calm." for n in range(60)}
    sent = [("files", (name, text.encode())) for name, text in texts.items()]
    reply = httpx.post(f"{served.worker_url(0)}/library/add/files", files=sent, timeout=60)
    job = f"/library/jobs/{reply.json()['job']}"
    waited(f"{served.worker_url(1)}{job}", " added")
    served.workers[0].kill()
    served.postgres.kill()
    assert httpx.get(f"{served.worker_url(1)}{job}", timeout=60).status_code == 503
    served.postgres.start()
    told = waited(f"{served.address}{job}", 'data-job="over"')
    counts = {what: int(count) for count, what in re.findall(r"(\d+) (added|unchanged|not added)\b", told)}
    # What was in the middle when its worker was killed may have been stored: then it is there when it is done again.
    assert sum(counts.values()) == 60
    assert counts.get("unchanged", 0) <= 2
    assert "not added" not in counts
    served.workers[0].start()
    assert httpx.get(f"{served.worker_url(0)}{job}", timeout=60).text == told
    with Library(settings=served.settings) as library:
        sources = [info.source for info in library.articles()]
        assert sorted(source for source in sources if source.startswith("story-")) == sorted(texts)
        assert library.check().sound


@pytest.mark.parametrize("name", ["postgres", "chroma"])
def test_a_server_that_is_away_is_told_of_and_is_back_without_a_restart(
    served: Topology, token: dict[str, str], visit: VisitWindow, name: str
) -> None:
    server = getattr(served, name)
    shown = visit(Window(served.address, served.folder))
    workers = [worker.pid for worker in served.workers]
    server.kill()
    health = httpx.get(f"{served.address}/healthz", headers=token, timeout=60)
    assert health.status_code == 503
    assert health.json()["status"] == "failing"
    refused = asked(served.address, QUESTION, token)
    assert refused.status_code == 503
    assert "does not answer" in refused.json()["error"]["message"]
    page = shown.page
    page.locator("#question textarea").fill(QUESTION)
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#log .turn, #hint").filter(has_text="does not answer").first).to_be_visible()
    if name == "postgres":  # what is loaded now says it as well, and becomes the window
        page.goto(served.address)
        expect(page.get_by_role("status")).to_contain_text("does not answer")
    server.start()
    assert httpx.get(f"{served.address}/healthz", headers=token, timeout=60).status_code == 200
    expect(page.locator("#question textarea")).to_be_visible()
    shown.ask(QUESTION)
    expect(page.locator("#log .turn").last).to_contain_text("12 March 2024")
    assert asked(served.address, QUESTION, token).json()["found"]
    assert [worker.pid for worker in served.workers] == workers
    shown.complaints[:] = [said for said in shown.complaints if "503" not in said]


def test_a_file_is_read_by_whichever_worker_takes_it(served: Topology, tmp_path: Path) -> None:
    """C26."""
    sent = [("files", ("テスト.md", b"# Test\n\nThe lamp is lit at dusk."))]
    reply = httpx.post(f"{served.address}/library/add/files", files=sent, timeout=60)
    assert "1 added" in waited(f"{served.address}/library/jobs/{reply.json()['job']}", 'data-job="over"')
