"""What is asked about the library itself is answered from its catalog; a misspelt word is told; filters are widened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag import Answer, AnswerChain, Article, Filters, Library
from rag.answering.spelling import respelt
from rag.answering.widening import widened
from rag.cli import main


def article(name: str, text: str, day: str = "", author: str = "", tags: tuple[str, ...] = (), **more: str) -> Article:
    published = date.fromisoformat(day) if day else None
    return Article(name, text, f"{name}.md", published, author or None, tags, more.get("language"))


ARTICLES = (
    article("Pier", "The pier is closed. Hester Quill says that the harbour is safe.", "2023-05-01", "Owen Tasker"),
    article("Ferry", "The ferry has a bar. It leaves the harbour at nine.", "2024-02-01", "Ruth Pengelly", ("sea",)),
    article(
        "Fair",
        "The summer fair was held in June. Nobody was hurt, or had to pay.",
        "2024-06-30",
        "Owen Tasker",
        ("Sea", "fun"),
    ),
    article("Foire", "La foire a eu lieu en juin.", language="fr"),
)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnswerChain]:
    with Library(tmp_path_factory.mktemp("about")) as library:
        library.add_articles(ARTICLES)
        yield AnswerChain(library)


def said(chain: AnswerChain, question: str, *history: Answer, filters: Filters | None = None) -> tuple[str, list[str]]:
    """Return what is said to a question about the library, and the titles of the articles that are named."""
    answer = chain.invoke({"question": question, "history": list(history), "filters": filters})
    assert answer.found
    assert answer.holdings is not None
    assert Answer.from_json(answer.to_json()) == answer
    return answer.text, [held.title for held in answer.holdings.articles]


@pytest.mark.parametrize(
    ("question", "text", "titles"),
    [
        ("How many articles are there?", "You have 4 articles.", 4),
        ("How many articles from 2024?", "2 of your 4 articles are from 2024. 1 has no date.", ["Fair", "Ferry"]),
        ("Which articles mention the harbour?", "2 of your 4 articles mention “harbour”.", ["Ferry", "Pier"]),
        ("How many articles by Owen Tasker?", "2 of your 4 articles are by Owen Tasker.", ["Fair", "Pier"]),
        ("articles tagged sea", "2 of your 4 articles are tagged sea.", ["Fair", "Ferry"]),
        ("Which articles are in French?", "1 of your 4 articles is in French.", ["Foire"]),
        ("How many articles are from 1999?", "None of your 4 articles is from 1999. 1 has no date.", []),
        ("What is the newest article?", "The newest article is “Fair”, of 30 June 2024.", ["Fair"]),
        ("What is the oldest article?", "The oldest article is “Pier”, of 1 May 2023.", ["Pier"]),
        (
            "Who writes about the harbour?",
            "2 authors wrote the articles that mention “harbour”: Owen Tasker (1), Ruth Pengelly (1).",
            ["Ferry", "Pier"],
        ),
        (
            "Who are the authors?",
            "2 authors wrote the articles: Owen Tasker (2), Ruth Pengelly (1). 1 has no author.",
            [],
        ),
        ("What tags are there?", "2 tags: Sea (2), fun (1). 2 articles have no tag.", []),
        ("What languages are there?", "1 language: French (1). 3 articles have no language named.", []),
    ],
)
def test_a_question_about_the_library_is_answered_from_the_catalog(
    chain: AnswerChain, question: str, text: str, titles: list[str] | int
) -> None:
    found, named = said(chain, question)
    assert found == text
    assert (len(named) if isinstance(titles, int) else named) == titles


def test_what_there_is_is_told_in_short(chain: AnswerChain) -> None:
    text, named = said(chain, "What do you have?")
    assert text.startswith("You have 4 articles. They are from 1 May 2023 to 30 June 2024.")
    assert named == ["Fair", "Ferry", "Pier"]


def test_each_article_is_quoted_where_it_mentions_what_was_asked(chain: AnswerChain) -> None:
    answer = chain.invoke("Which articles mention the harbour?")
    assert answer.holdings
    for held in answer.holdings.articles:
        assert held.quote == chain.library.article(held.article_id).text[held.start : held.end]
        assert "harbour" in held.quote
    assert "“It leaves the harbour at nine.”" in str(answer)
    assert "- Ferry, 2024-02-01, Ruth Pengelly: “It leaves the harbour at nine.”" in answer.to_markdown()


def test_the_scope_of_an_answer_asks_just_its_articles(chain: AnswerChain) -> None:
    for question in ("Which articles mention the harbour?", "How many articles from 2024?", "articles tagged sea"):
        holdings = chain.invoke(question).holdings
        assert holdings
        admitted = {info.title for info in chain.library.articles(holdings.scope)}
        assert admitted == {held.title for held in holdings.articles}


def test_a_follow_up_leans_on_a_question_about_the_library(chain: AnswerChain) -> None:
    first = chain.invoke("How many articles from 2023?")
    assert said(chain, "and from 2024?", first)[1] == ["Fair", "Ferry"]
    assert said(chain, "more", first)[0] == "That was all of it: 1 article."


def test_more_names_the_articles_that_were_not_named(tmp_path: Path, cheap_embedder: None) -> None:
    with Library(tmp_path / "many") as library:
        library.add_articles(article(f"No. {n:02}", f"Note {n} is short.") for n in range(12))
        chain = AnswerChain(library)
        first = chain.invoke("List all articles")
        assert first.holdings
        assert (len(first.holdings.articles), first.holdings.rest) == (10, "and 2 more")
        assert said(chain, "more", first)[1] == ["No. 10", "No. 11"]


def test_only_the_articles_asked_are_counted(chain: AnswerChain) -> None:
    text, named = said(chain, "Which articles mention the harbour?", filters=Filters(since="2024"))
    assert (text, named) == ("1 of the 2 articles asked mentions “harbour”.", ["Ferry"])


def test_where_no_article_mentions_it_the_nearest_are_shown_as_such(chain: AnswerChain) -> None:
    answer = chain.invoke("Which articles mention the harbuor?")
    assert not answer.found
    assert answer.note == "None of your articles mentions “harbuor”."
    assert answer.instead == ("Which articles mention the harbour?",)
    assert len(answer.passages) == 3


def test_an_article_answers_before_the_library_what_both_could(chain: AnswerChain) -> None:
    answer = chain.invoke("What do you know about the summer fair?")
    assert answer.found
    assert answer.citations or [held.title for held in answer.holdings.articles] == ["Fair"]  # type: ignore[union-attr]


def test_who_is_asked_says_what_it_does(chain: AnswerChain) -> None:
    answer = chain.invoke("Who are you?")
    assert not answer.passages
    assert answer.note.startswith("I am Footnote. I answer questions from your 4 articles, in their own words")


@pytest.mark.parametrize("question", ["", "   ", "\u200b", "???", "yes", "thanks", "hello"])
def test_what_asks_nothing_is_not_searched_for(chain: AnswerChain, question: str) -> None:
    """C58 and C62: a friendly word, no search."""
    answer = chain.invoke(question)
    assert (answer.found, answer.passages, answer.timings) == (False, (), {})
    assert answer.note


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Who is Hester Quil?", ("Who is Hester Quill?",)),
        ("When does the fery leave the habrour?", ("When does the ferry leave the harbour?",)),
        ("When does the ferry leave?", ()),
        ("Who is Zebulon?", ()),
        ("Who is the mayor of Paris?", ()),
    ],
)
def test_a_misspelt_word_is_spelt_as_the_articles_do(chain: AnswerChain, question: str, meant: tuple[str, ...]) -> None:
    assert respelt(question, chain.library, None) == meant


def test_a_name_is_taken_for_no_word_that_is_none(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        library.add_articles([Article(title="Green", text="The boats in Tarn Park are painted in pairs.", source="a")])
        assert respelt("What is the population of Paris?", library, None) == ()
        assert respelt("Who painted the boot?", library, None) == ("Who painted the boats?",)


def test_no_word_of_an_article_that_is_filtered_out_is_proposed(chain: AnswerChain) -> None:
    within = chain.library.select(Filters(since="2024"))
    assert respelt("Who is Hester Quil?", chain.library, within) == ()


def test_a_filter_in_the_way_is_told_and_what_is_beyond_it_is_not(chain: AnswerChain) -> None:
    filters = Filters(since="2024-03")
    narrow = chain.invoke({"question": "When does the ferry leave the harbour?", "filters": filters})
    assert not narrow.found
    wide = widened(chain, narrow)
    assert wide.note.endswith("3 articles are left out by the filter. Without the filter there is an answer.")
    assert (wide.wider, wide.found, wide.passages) == (True, False, narrow.passages)
    assert "left out" not in narrow.note.replace("without a date was left out", "")
    nowhere = chain.invoke({"question": "What is the capital of France?", "filters": filters})
    assert widened(chain, nowhere).note.endswith("Without the filter there is none either.")


def test_the_command_line_answers_from_the_catalog(
    chain: AnswerChain, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOOTNOTE_LIBRARY", str(chain.library.folder))
    assert main(["ask", "how", "many", "articles", "from", "2023?"]) == 0
    assert capsys.readouterr().out == (
        "1 of your 4 articles is from 2023. 1 has no date.\n- Pier, 2023-05-01, Owen Tasker\n"
    )
    assert main(["ask", "--since", "2024-03", "When does the ferry leave the harbour?"]) == 1
    assert "Without the filter there is an answer." in capsys.readouterr().out
