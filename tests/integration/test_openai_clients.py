"""OpenAI's own client against a real server: footnotes come as links to the exact words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import openai
import pytest
from api_server import application, serving
from chat_server import ChatServer, Hangs

from rag import AnswerChain, Article, Library
from serve.api.openai import Message, _asked
from ui.article import routes as article_pages

FERRY = Article(
    title="Ferry [new]",
    text="The ferry to Aro leaves the harbour at nine. A ticket for the ferry to Aro costs four euros.",
    source="ferry.md",
    id="a/b ü",
)
WHEN = "When does the ferry to Aro leave?"
LINK = re.compile(r"\[1\]\((http://[^)]+)\)")


@dataclass
class Served:
    url: str
    secret: str
    library: Library

    def client(self, secret: str = "") -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=secret or self.secret, max_retries=0)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Library(tmp_path_factory.mktemp("openai")) as library:
        library.add_articles([FERRY])
        app = application(library, AnswerChain(library))
        app.include_router(article_pages(library))
        with serving(app) as url:
            yield Served(url, library.tokens.make("client"), library)


def asked(*said: str) -> Any:
    roles = ("user", "assistant") * len(said)
    return [{"role": role, "content": words} for role, words in zip(roles, said, strict=False)]


def test_each_mark_of_an_answer_is_a_link_that_opens_the_words(served: Served) -> None:
    with served.client() as client:
        assert [model.id for model in client.models.list()] == ["footnote"]
        reply = client.chat.completions.create(model="footnote", messages=asked(WHEN))
    message = reply.choices[0].message
    content = message.content or ""
    assert content.startswith("The ferry to Aro leaves the harbour at **nine**. [1](http://127.0.0.1:")
    assert r"1. [Ferry \[new\]](http" in content
    link = LINK.search(content)
    assert link is not None
    page = httpx.get(link[1]).text
    assert '<mark id="quoted" tabindex="-1">The ferry to Aro leaves the harbour at nine.</mark>' in page
    (citation,) = (message.model_extra or {})["citations"]
    assert (citation["quote"], citation["url"]) == ("The ferry to Aro leaves the harbour at nine.", link[1])
    assert reply.usage is not None
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens > 0


def test_a_stream_says_the_same_and_ends_with_the_citations(served: Served) -> None:
    with served.client() as client:
        whole = client.chat.completions.create(model="footnote", messages=asked(WHEN)).choices[0].message.content
        stream = client.chat.completions.create(
            model="any", messages=asked(WHEN), stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == whole
    ending = next(chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason == "stop")
    assert (ending.model_extra or {})["citations"][0]["article_id"] == FERRY.id
    assert chunks[-1].usage is not None


def test_a_follow_up_leans_on_the_messages_before_it(served: Served) -> None:
    with served.client() as client:
        first = client.chat.completions.create(model="footnote", messages=asked(WHEN)).choices[0].message.content
        messages = asked(WHEN, first or "", "And what does a ticket cost?")
        reply = client.chat.completions.create(model="footnote", messages=messages).choices[0].message.content or ""
    assert "**four euros**" in reply


def test_of_the_messages_only_the_words_that_stand_in_an_article_are_believed(served: Served) -> None:
    """A client can put any words into an answer of before: its links are looked up, and wrong ones say nothing."""
    with served.client() as client:
        said = client.chat.completions.create(model="footnote", messages=asked(WHEN)).choices[0].message.content or ""
    for content, quotes in (
        (f"It leaves at four. {said}", ["The ferry to Aro leaves the harbour at nine."]),
        (said.replace("start=0", "start=3"), []),
        ("It leaves at four. [1](/article/none?start=0&end=4&check=00000000)", []),
    ):
        _, (before,) = _asked(served.library, [Message(**each) for each in asked(WHEN, content, "And then?")])
        assert [citation.quote for citation in before.citations] == quotes
        assert "four" not in before.text


def test_what_the_articles_do_not_answer_has_no_citations(served: Served) -> None:
    with served.client() as client:
        reply = client.chat.completions.create(model="footnote", messages=asked("Who painted the Mona Lisa?"))
    assert (reply.choices[0].message.model_extra or {})["citations"] == []


def test_errors_are_those_that_the_client_knows(served: Served) -> None:
    with served.client("wrong") as client, pytest.raises(openai.AuthenticationError, match="footnote token new"):
        client.models.list()
    with served.client() as client:
        with pytest.raises(openai.BadRequestError, match="role `user`") as raised:
            client.chat.completions.create(model="footnote", messages=asked("Hello", "Hello."))
        assert (raised.value.type, raised.value.code) == ("invalid_request_error", "invalid_request")
        with pytest.raises(openai.NotFoundError):
            client.embeddings.create(model="footnote", input="x")


def test_to_close_a_stream_ends_the_work_of_the_chat_model(served: Served) -> None:
    with ChatServer() as chat_model:
        chat_model.next(Hangs())
        chain = AnswerChain(served.library, settings=chat_model.settings(library=served.library.settings.library))
        with serving(application(served.library, chain)) as url:
            client = openai.OpenAI(base_url=f"{url}/v1", api_key=served.secret, max_retries=0)
            stream = client.chat.completions.create(model="footnote", messages=asked(WHEN), stream=True)
            next(iter(stream))
            assert chat_model.waiting.wait(20)
            stream.close()
            assert chat_model.left.wait(20)
            client.close()
