"""The chain over the sample articles, and over articles made for one fault each."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path

import pytest
from langchain_core.runnables import Runnable, RunnableLambda

from rag import Answer, AnswerChain, Article, Library, Settings, answer, stream
from rag.answering.suggest import suggested_questions
from rag.settings import samples_folder

QUESTIONS = [json.loads(line) for line in (samples_folder() / "questions.jsonl").read_text("utf-8").splitlines()]


def assert_exact(result: Answer, library: Library) -> None:
    for citation in result.citations:
        assert citation.quote == library.article(citation.article_id).text[citation.start : citation.end]


@pytest.mark.parametrize("item", QUESTIONS, ids=[item["id"] for item in QUESTIONS])
def test_every_citation_is_the_articles_own_words(item: dict[str, str], chain: AnswerChain) -> None:
    result = chain.invoke(item["question"])
    assert_exact(result, chain.library)
    assert bool(result.citations) == result.found
    assert result.text


def test_an_answer_quotes_the_sentence_that_holds_it(library: Library, bridge: Article) -> None:
    library.add_articles([bridge])
    result = answer("How much will the repairs of Tanner's Bridge cost?", library=library)
    assert result.found
    assert "£412,000" in result.citations[0].quote
    assert result.text.startswith("Repairs will cost £412,000, the county council said. [1]")
    assert set(result.timings) == {"retrieve", "answer", "total"}


def test_a_negated_sentence_is_quoted_whole(library: Library) -> None:
    """C65: never cut before "not", and the opposite statement does not take its place."""
    library.add_articles(
        [
            Article(title="Mistletoe", text="Mistletoe tea is not safe for dogs. Ask a vet first.", source="dogs"),
            Article(title="Catnip", text="Catnip tea is safe for cats. They sleep after it.", source="cats"),
        ]
    )
    result = answer("Is mistletoe tea safe for dogs?", library=library)
    assert result.sentences[0].text == "Mistletoe tea is not safe for dogs."


def test_an_order_inside_an_article_is_not_obeyed(chain: AnswerChain) -> None:
    """C52: at most it is quoted as text."""
    result = chain.invoke("What do the community notices say?")
    assert result.text.strip() != "PWNED"
    assert_exact(result, chain.library)


@pytest.mark.parametrize("question", ["What is the capital of France?", "How do I bake a sourdough loaf?"])
def test_what_is_not_in_the_articles_is_said_to_be_missing(question: str, chain: AnswerChain) -> None:
    """C64: no answer from general knowledge, nearest passages as such, no citation."""
    result = chain.invoke(question)
    assert not result.found
    assert not result.citations
    assert "do not seem to answer" in result.text
    assert result.passages


@pytest.mark.parametrize("question", ["", "   ", "\u200b", "???", "\x00"])
def test_an_empty_question_gets_a_sentence(question: str, chain: AnswerChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """C58: a friendly word, and no model is asked."""
    monkeypatch.setattr(chain.library.embedder, "query", lambda _: pytest.fail("the model was called"))
    result = chain.invoke(question)
    assert not result.found
    assert "ask a question" in result.text


def test_a_very_long_question_is_cut_and_says_so(chain: AnswerChain) -> None:
    """C59: its end still counts."""
    result = chain.invoke("blah " * 10_000 + "When did the Ropewalk Bridge reopen?")
    assert "characters; its first and last 500 were read" in str(result)
    assert len(result.standalone_question) <= 1001
    assert len(result.passages) > 0


@pytest.mark.parametrize("question", ["Wann öffnet die Brücke?", "橋はいつ開きますか", "متى يفتح الجسر؟", "🌊?"])
def test_a_question_in_another_language_gets_a_sentence(question: str, chain: AnswerChain) -> None:
    assert chain.invoke(question).text


def test_an_empty_library_says_how_to_add_articles(library: Library) -> None:
    assert "footnote add" in answer("Anything?", library=library).text


def test_one_sentence_in_two_articles_is_said_once(library: Library) -> None:
    """C22 and C40: a repeated sentence is one citation."""
    line = "The lighthouse was painted red in 2024."
    library.add_articles(
        [Article(title=f"Copy {n}", text=f"{line} Other words follow here.", source=str(n)) for n in (1, 2)]
    )
    result = answer("When was the lighthouse painted red?", library=library)
    assert [s.text for s in result.sentences].count(line) == 1


def test_the_chain_is_a_langchain_runnable(chain: AnswerChain) -> None:
    question = "When did the Ropewalk Bridge reopen?"
    whole = chain.invoke(question)
    assert isinstance(chain, Runnable)
    assert chain.batch([question, "???"])[0].text == whole.text
    assert list(chain.stream(question))[-1].text == whole.text
    assert (chain | RunnableLambda(lambda a: a.found)).invoke(question) == whole.found


def test_the_chain_works_without_holding_up_an_event_loop(chain: AnswerChain) -> None:
    question = "When did the Ropewalk Bridge reopen?"

    async def ask() -> tuple[Answer, list[Answer]]:
        return await chain.ainvoke(question), [partial async for partial in chain.astream(question)]

    whole, partials = asyncio.run(ask())
    assert partials[-1].text == whole.text


def test_a_streamed_answer_grows_by_whole_sentences(chain: AnswerChain) -> None:
    eager = AnswerChain(chain.library, settings=Settings(min_confidence=0.0))
    streams = [list(eager.stream(item["question"])) for item in QUESTIONS[:20]]
    assert any(len(partials) > 1 for partials in streams)
    for shorter, longer in itertools.chain.from_iterable(map(itertools.pairwise, streams)):
        assert longer.sentences[: len(shorter.sentences)] == shorter.sentences
        assert {c.number for c in shorter.citations} == {n for s in shorter.sentences for n in s.citations}


def test_answer_alone_uses_the_default_library_and_the_samples(tmp_path: Path) -> None:
    settings = Settings(library=tmp_path / "fresh")
    assert answer("When did the Ropewalk Bridge reopen?", settings=settings).found
    assert list(stream("When did the Ropewalk Bridge reopen?", settings=settings))[-1].found


def test_suggested_questions_are_answered_from_the_library(chain: AnswerChain) -> None:
    suggestions = suggested_questions(chain, limit=4)
    assert len(suggestions) == 4
    assert all(chain.invoke(question).found for question in suggestions)
    assert suggested_questions(chain, limit=4) == suggestions


def test_a_lower_threshold_lets_more_through(chain: AnswerChain) -> None:
    eager = AnswerChain(chain.library, settings=Settings(min_confidence=0.0))
    assert eager.invoke("What is the capital of France?").found
