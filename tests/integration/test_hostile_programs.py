"""Text that means harm, as other programs and a terminal get it (C53): as characters, whatever shows them."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from api_server import application
from fastapi.testclient import TestClient
from hostile import ANSWERS, ARTICLES, BEGINS, DOOR, HARM, OUTSIDE, QUESTION, kept
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag import Answer, AnswerChain, Article, Library
from rag.answering.document import document
from rag.answering.transcript import transcript
from rag.cli import main

pytestmark = [pytest.mark.folder, pytest.mark.usefixtures("cheap_embedder")]


@pytest.fixture
def harmed(tmp_path: Path, cheap_embedder: None) -> Iterator[Library]:
    with Library(tmp_path / "library") as library:
        library.add_articles(ARTICLES)
        yield library


@pytest.fixture
def client(harmed: Library, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """What speaks HTTP over that library; its chain gives the answer made by hand."""

    async def stream(self: AnswerChain, *_: Any, **__: Any) -> AsyncIterator[Answer]:
        yield ANSWERS[0]

    monkeypatch.setattr(AnswerChain, "invoke", lambda *_, **__: ANSWERS[0])
    monkeypatch.setattr(AnswerChain, "astream", stream)
    token = harmed.tokens.make("mine", scope="write")
    return TestClient(
        application(harmed, AnswerChain(harmed)),
        base_url="http://127.0.0.1:7860",
        headers={"Authorization": f"Bearer {token}"},
    )


def rendered(markdown: str) -> list[Token]:
    """What a renderer makes of Markdown that leaves HTML as it is: all tokens, those within others too."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)
    return [each for token in tokens for each in (token, *(token.children or ()))]


def harms(markdown: str, *allowed: str) -> list[str]:
    """What of Markdown is markup that nobody wrote: HTML, images, code, and links but to what is `allowed`."""
    found = rendered(markdown)
    links = [str(token.attrs["href"]) for token in found if token.type == "link_open"]
    made = [
        token.content for token in found if token.type in ("html_inline", "html_block", "image", "fence", "code_inline")
    ]
    return made + [link for link in links if not link.startswith(allowed or ("#",))]


def test_the_api_gives_it_back_as_it_is_and_never_as_a_page(client: TestClient) -> None:
    reply = client.post("/api/answer", json={"question": QUESTION})
    assert Answer.from_dict(reply.json()) == ANSWERS[0]
    for address in ("/api/articles", f"/api/articles/{DOOR.id}", "/api/articles?words=%3Cimg", f"/api/{HARM[:30]}"):
        reply = client.get(address)
        assert reply.headers["content-type"].startswith("application/json")
        assert reply.headers["x-content-type-options"] == "nosniff"
    streamed = client.post("/api/answer", json={"question": QUESTION, "stream": True})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert streamed.text.count("\nevent: ") <= 2
    told = client.post("/api/articles", json={"url": f"http://{HARM}"})
    assert told.headers["content-type"] == "application/json"


def test_in_openai_form_the_only_links_are_to_the_words(client: TestClient) -> None:
    for stream in (False, True):
        body = {"model": "footnote", "stream": stream, "messages": [{"role": "user", "content": QUESTION}]}
        reply = client.post("/v1/chat/completions", json=body)
        assert reply.status_code == 200
    content = client.post("/v1/chat/completions", json={**body, "stream": False}).json()["choices"][0]["message"][
        "content"
    ]
    assert harms(content, "http://127.0.0.1:7860/article/") == []
    assert content.count("](http://127.0.0.1:7860/article/") >= 6


def test_kept_conversations_are_text_in_markdown_and_in_html(harmed: Library) -> None:
    conversation = kept(harmed.conversations)
    assert harms(transcript(conversation)) == []
    for answer in ANSWERS:
        assert harms(answer.to_markdown()) == []
    assert "<script" not in document(conversation)
    assert f'<a href="{OUTSIDE}/page' in document(conversation)


def _orders(text: str) -> list[str]:
    """The characters that a terminal obeys."""
    turning = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"  # marks such as U+200F belong to Arabic and Hebrew
    return [c for c in text if (unicodedata.category(c) == "Cc" and c not in "\n\t") or c in turning]


def test_a_terminal_gets_characters_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / f"\x1b[2J{BEGINS[:12].replace('/', '')}\u202e"
    folder.mkdir()
    (folder / "\x1b]0;owned\x07\x9b31m.md").write_text(
        f"---\ntitle: {BEGINS!r}\nauthor: {BEGINS[:30]!r}\n---\n{BEGINS} The gate is red.\n"
    )
    place = f"--library={tmp_path / 'l'}"
    assert main(["add", place, str(folder)]) == 0
    with Library(tmp_path / "l") as library:
        library.add_articles(
            [Article(f"Gate {BEGINS}", f"{BEGINS} The gate was blue.", f"gate{BEGINS}", author=BEGINS)]
        )
        ids = [info.id for info in library.articles()]
    for command in (
        ["ask", f"Which colour is the gate? {BEGINS}"],
        ["ask", f"Who sold the moon? {BEGINS}"],
        ["search", f"gate {BEGINS}"],
        ["list"],
        ["list", "--search", BEGINS],
        *(["show", each] for each in ids),
        ["show", BEGINS],
        ["add", f"/none/{BEGINS}"],
        ["status"],
        ["conversations"],
    ):
        try:
            main([command[0], place, *command[1:]])
        except SystemExit:
            continue
        told = capsys.readouterr()
        assert _orders(told.out + told.err) == [], (command, told)
