"""The chain over the sample articles, and over articles made for one fault each."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from langchain_core.runnables import Runnable, RunnableLambda

from rag import Answer, AnswerChain, Article, Library, Settings, answer, stream
from rag.answering.suggest import suggested_questions
from rag.settings import samples_folder

UNREFUSING = Settings(min_confidence=0, reading_ms=600_000)
"""For tests whose subject is not whether there is an answer at all."""

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


Ask = Callable[..., Answer]
"""Asks a library of its own a question, the answers of the turns before it behind."""


@pytest.fixture
def ask(library: Library) -> Ask:
    """Ask `library`, with no answer refused."""
    chain = AnswerChain(library, settings=UNREFUSING)
    return lambda question, *history: chain.invoke({"question": question, "history": history})


PLANS = (
    Article(
        title="Plan A",
        text="Plan A is for one person. The monthly fee of plan A is £10. You can leave plan A on any day.",
        source="plan-a",
    ),
    Article(
        title="Plan B",
        text="Plan B is for a family of four. The monthly fee of plan B is £25. You can leave plan B after a year.",
        source="plan-b",
    ),
)
REOPENED = Article(
    title="The bridge reopens",
    text=(
        "The Ropewalk Bridge reopened on 4 May 2025. "
        "The Ropewalk Bridge reopened because its rusty hangers had been replaced. "
        "The repair of the Ropewalk Bridge cost £2 million."
    ),
    source="bridge",
)
MARKET = Article(
    title="Market", text="The fish market sells herring on Mondays. Bring a bag of your own.", source="fish"
)
FARES = tuple(
    Article(
        title=f"Ferry fares {year}",
        text=f"A single ticket for the Skail ferry costs £{fare}. Tickets are sold on board.",
        source=f"fares-{year}",
        published=date(year, 4, 1),
    )
    for year, fare in ((2022, 2), (2023, 3), (2025, 5))
)


# Turns


@pytest.mark.parametrize("follow_up", ["and for B?", "and for plan B?", "What about plan B?"])
def test_a_follow_up_is_answered_about_the_other_thing(library: Library, ask: Ask, follow_up: str) -> None:
    """C61: the fee of plan A, then "and for B?"; what was answered first is not quoted again."""
    library.add_articles(PLANS)
    first = ask("What is the monthly fee of plan A?")
    second = ask(follow_up, first)
    assert (first.short, second.short) == ("£10", "£25")
    assert second.standalone_question == "What is the monthly fee of plan B?"
    assert {c.source for c in second.citations} == {"plan-b"}
    assert_exact(second, library)


def test_a_follow_up_can_lean_on_a_follow_up(library: Library, ask: Ask) -> None:
    library.add_articles(PLANS)
    first = ask("What is the monthly fee of plan A?")
    second = ask("and for plan B?", first)
    assert ask("and for plan A?", first, second).short == "£10"


def test_an_answer_of_a_turn_before_is_no_evidence(library: Library, ask: Ask) -> None:
    """C61: what an article said that is gone is not said again."""
    library.add_articles([*PLANS, MARKET])
    first = ask("What is the monthly fee of plan A?")
    library.remove(PLANS[0].id)
    assert "£10" not in ask("what is the monthly fee of plan A?", first).text


def test_a_pronoun_is_searched_as_what_it_stands_for(library: Library, ask: Ask) -> None:
    """C61: the literal pronoun is not what is looked for."""
    library.add_articles([REOPENED, MARKET])
    second = ask("how much did the repair of it cost?", ask("When did the Ropewalk Bridge reopen?"))
    assert second.standalone_question == "How much did the repair of the Ropewalk Bridge cost?"
    assert second.short == "£2 million"


def test_why_goes_on_with_the_topic(library: Library, ask: Ask) -> None:
    """C62: a bare question word asks about what was spoken of."""
    library.add_articles([REOPENED, MARKET])
    second = ask("why?", ask("When did the Ropewalk Bridge reopen?"))
    assert second.standalone_question == "Why did the Ropewalk Bridge reopen?"
    assert "because its rusty hangers had been replaced" in second.text


def test_yes_says_what_was_not_said_yet_and_at_last_that_this_is_all(library: Library, ask: Ask) -> None:
    """C62: an offer that is accepted goes on with the topic."""
    library.add_articles([REOPENED])
    said = [ask("When did the Ropewalk Bridge reopen?")]
    while said[-1].found and len(said) < 6:
        said.append(ask("yes", *said))
    quotes = [c.quote for turn in said for c in turn.citations]
    assert len(said) > 2
    assert sorted(quotes) == sorted(set(quotes))
    assert said[-1].text == "That is all that I found on it in your articles."


@pytest.mark.parametrize("word", ["thanks", "Thank you!", "ok"])
def test_thanks_searches_nothing(library: Library, ask: Ask, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """C62: a courtesy is answered with one."""
    library.add_articles([REOPENED])
    first = ask("When did the Ropewalk Bridge reopen?")
    monkeypatch.setattr(library.embedder, "query", lambda _: pytest.fail("something was looked for"))
    result = ask(word, first)
    assert not result.citations
    assert result.text.endswith("Ask on whenever you like.")


def test_a_follow_up_after_thanks_leans_on_the_last_question(library: Library, ask: Ask) -> None:
    """C62: the topic outlives a courtesy."""
    library.add_articles([REOPENED, MARKET])
    first = ask("When did the Ropewalk Bridge reopen?")
    third = ask("Thanks, and why?", first, ask("thanks", first))
    assert third.standalone_question == "Why did the Ropewalk Bridge reopen?"


def test_a_question_of_its_own_takes_nothing_from_the_turns_before(library: Library, ask: Ask) -> None:
    library.add_articles([REOPENED, MARKET])
    second = ask("What does the fish market sell on Mondays?", ask("When did the Ropewalk Bridge reopen?"))
    assert second.standalone_question == "What does the fish market sell on Mondays?"
    assert {c.source for c in second.citations} == {"fish"}


def test_two_hundred_turns_are_no_burden(library: Library, ask: Ask) -> None:
    """C59: a long conversation still answers."""
    library.add_articles([REOPENED, MARKET])
    first = ask("When did the Ropewalk Bridge reopen?")
    assert ask("why?", *[first] * 200).found


# Forms of answers


def test_a_negated_sentence_is_quoted_whole(library: Library, ask: Ask) -> None:
    """C65: never cut before "not", and the opposite statement does not take its place."""
    library.add_articles(
        [
            Article(title="Mistletoe", text="Mistletoe tea is not safe for dogs. Ask a vet first.", source="dogs"),
            Article(title="Catnip", text="Catnip tea is safe for cats. They sleep after it.", source="cats"),
        ]
    )
    result = ask("Is mistletoe tea safe for dogs?")
    assert result.sentences[0].text == "Mistletoe tea is not safe for dogs."
    assert result.text.startswith("No. Mistletoe tea is not safe for dogs. [1]")


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("The Skail ferry runs on Sundays.", "yes"),
        ("The Skail ferry does not run on Sundays.", "no"),
        ("The Skail ferry might run on Sundays.", ""),
        ("Sundays are busy on the Skail ferry, whose crews run late.", ""),
    ],
)
def test_yes_or_no_is_said_only_where_a_sentence_says_so(
    library: Library, ask: Ask, sentence: str, verdict: str
) -> None:
    library.add_articles([Article(title="Ferry", text=f"{sentence} Tea is served on board.", source="ferry"), MARKET])
    result = ask("Does the Skail ferry run on Sundays?")
    assert result.verdict == verdict
    assert sentence in result.text


def test_an_article_that_says_no_is_shown_beside_one_that_says_yes(library: Library, ask: Ask) -> None:
    """C65: neither is hidden, and no verdict is given for the reader."""
    texts = ("Mistletoe tea is safe for dogs.", "Mistletoe tea is not safe for dogs.")
    library.add_articles([Article(title="Mistletoe tea", text=text, source=text) for text in texts])
    result = ask("Is mistletoe tea safe for dogs?")
    assert {s.text for s in result.sentences} == set(texts)
    assert [s.role for s in result.sentences] == ["answer", "otherwise"]
    assert result.verdict == ""


TOOLS = ("chisel", "gouge", "rasp", "spokeshave", "mallet")


def test_a_list_names_what_each_of_five_articles_names(library: Library, ask: Ask) -> None:
    """C68: five articles, five tools, five citations."""
    library.add_articles(
        Article(
            title=f"Workshop on day {number}",
            text=f"It rained on day {number}. The tool I use for this job is a {tool}. Then we had tea.",
            source=tool,
        )
        for number, tool in enumerate(TOOLS)
    )
    result = ask("Which tools do I use?")
    assert {c.source for c in result.citations} == set(TOOLS)
    assert all(any(tool in s.text for s in result.sentences) for tool in TOOLS)
    assert "incomplete" not in result.note


def test_a_list_that_may_be_incomplete_says_so(library: Library) -> None:
    """C68: not everything could be read."""
    library.add_articles(
        Article(title="Workshop", text=f"The tool I use for this job is a {tool}.", source=tool) for tool in TOOLS
    )
    result = answer(
        "Which tools do I use?",
        library=library,
        settings=Settings(min_confidence=0, reading_ms=600_000, passages=3),
    )
    assert result.note.startswith("The list may be incomplete: it comes from the 3 passages")


def test_a_number_in_a_table_comes_with_its_row_and_its_header(library: Library, ask: Ask) -> None:
    text = (
        "These are the prices of the baths.\n\n"
        "| Ticket | Price |\n| Adult swim | £5.80 |\n| Family ticket | £14.20 |\n\nThe baths are warm."
    )
    library.add_articles([Article(title="Prices of the baths", text=text, source="baths"), MARKET])
    result = ask("What is the price of a family ticket?")
    first = result.sentences[0]
    assert first.text == "Ticket: Family ticket; Price: £14.20"
    quotes = {c.number: c.quote for c in result.citations}
    assert [quotes[number] for number in first.citations] == ["| Family ticket | £14.20 |", "| Ticket | Price |"]
    assert result.short == "£14.20"
    assert_exact(result, library)


def test_two_questions_at_once_are_both_answered(library: Library, ask: Ask) -> None:
    library.add_articles([REOPENED, MARKET])
    result = ask("When did the Ropewalk Bridge reopen and how much did the repair of it cost?")
    assert "The Ropewalk Bridge reopened on 4 May 2025." in result.text
    assert "The repair of the Ropewalk Bridge cost £2 million." in result.text
    assert_exact(result, library)


def test_of_two_questions_the_one_without_an_answer_is_named(library: Library) -> None:
    """C64: the half that the articles do not answer is said to be missing."""
    library.add_articles([REOPENED, MARKET])
    result = answer("When did the Ropewalk Bridge reopen and who is the capital of France?", library=library)
    assert "4 May 2025" in result.text
    assert result.note == "The articles do not seem to answer: Who is the capital of France?"


def test_articles_that_say_the_same_are_cited_together(library: Library, ask: Ask) -> None:
    library.add_articles(
        [
            Article(title="Bridge", text="The Ropewalk Bridge reopened on 4 May 2025.", source="one"),
            Article(
                title="Traffic", text="Cars cross the Ropewalk Bridge since it reopened on 4 May 2025.", source="two"
            ),
        ]
    )
    first = ask("When did the Ropewalk Bridge reopen?").sentences[0]
    assert len(first.citations) == 2


# Time


def test_where_articles_disagree_the_newest_comes_first_and_others_are_shown_as_otherwise(
    library: Library, ask: Ask
) -> None:
    library.add_articles(FARES[1:])
    result = ask("What does a single ticket for the Skail ferry cost?")
    assert [(s.role, s.text) for s in result.sentences] == [
        ("answer", "A single ticket for the Skail ferry costs £5."),
        ("otherwise", "A single ticket for the Skail ferry costs £3."),
    ]
    assert "Otherwise, on 1 April 2023: A single ticket for the Skail ferry costs £3. [2]" in result.text
    assert (result.short, result.as_of) == ("£5", date(2025, 4, 1))


@pytest.mark.parametrize(
    ("question", "fare"),
    [
        ("What does a single ticket for the Skail ferry cost now?", "£5"),
        ("What is the latest price of a single ticket for the Skail ferry?", "£5"),
        ("What did a single ticket for the Skail ferry cost as of March 2024?", "£3"),
        ("As of 2022, what did a single ticket for the Skail ferry cost?", "£2"),
        ("What did a single ticket for the Skail ferry cost before the 2025 rise?", "£3"),
        ("What did a single ticket for the Skail ferry cost before 2023?", "£2"),
        ("What did a single ticket for the Skail ferry cost in 2023?", "£3"),
        ("What was the 2022 price of a single ticket for the Skail ferry?", "£2"),
    ],
)
def test_the_time_that_is_asked_about_chooses_the_article(library: Library, ask: Ask, question: str, fare: str) -> None:
    library.add_articles(FARES)
    result = ask(question)
    assert result.sentences[0].text == f"A single ticket for the Skail ferry costs {fare}."
    assert result.short == fare


def test_what_was_reported_later_is_not_said_of_an_earlier_time(library: Library, ask: Ask) -> None:
    library.add_articles(FARES)
    assert "£5" not in ask("What did a single ticket for the Skail ferry cost as of March 2024?").text


def test_a_follow_up_can_ask_about_another_time(library: Library, ask: Ask) -> None:
    """C61: what was asked stays, and the time changes."""
    library.add_articles(FARES)
    first = ask("What did a single ticket for the Skail ferry cost in 2023?")
    second = ask("and in 2022?", first)
    assert (first.short, second.short, ask("and now?", first, second).short) == ("£3", "£2", "£5")


def test_an_order_inside_an_article_is_not_obeyed(chain: AnswerChain) -> None:
    """C52: at most it is quoted as text."""
    result = chain.invoke("What do the community notices say?")
    assert result.text.strip() != "PWNED"
    assert_exact(result, chain.library)


# What is not answered


@pytest.mark.parametrize("question", ["What is the capital of France?", "How do I bake a sourdough loaf?"])
def test_what_is_not_in_the_articles_is_said_to_be_missing(question: str, chain: AnswerChain) -> None:
    """C64: no answer from general knowledge, nearest passages as such, no citation."""
    result = chain.invoke(question)
    assert not result.found
    assert not result.citations
    assert "do not seem to answer" in result.text
    assert result.passages


@pytest.mark.parametrize("question", ["What is the capital of France?", "What is the price of the cast iron pan?"])
def test_a_near_miss_is_said_to_be_missing(question: str, library: Library) -> None:
    """C64: a thing is described without its price, and nobody makes one up."""
    library.add_articles(
        [
            Article(title="Sourdough", text="Feed the starter at night. Bake the loaf for 40 minutes.", source="bread"),
            Article(title="My pan", text="My cast iron pan weighs two kilos. It browns onions evenly.", source="pan"),
        ]
    )
    result = answer(question, library=library)
    assert not result.found
    assert not result.citations
    assert result.text.startswith("Your articles do not seem to answer this.")
    assert {p.source for p in result.passages} == {"bread", "pan"}


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
    for question in suggestions:
        first = chain.invoke(question)
        assert first.confidence >= 0.6
        assert first.citations
    assert suggested_questions(chain, limit=4) == suggestions


def test_an_article_is_asked_for_questions_to_try_once_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    with Library(tmp_path / "library") as library:
        library.add_articles([Article("Market", "The fish market opened on 12 May 2024.", "market.md")])
        chain = AnswerChain(library)
        invoke = AnswerChain.invoke
        monkeypatch.setattr(AnswerChain, "invoke", lambda self, q, *a, **k: asked.append(q) or invoke(self, q, *a, **k))
        assert suggested_questions(chain) == ["When did the fish market open?"]
        assert suggested_questions(chain) == ["When did the fish market open?"]
        assert len(asked) == 1
        library.add_articles([Article("Market", "The fish market is a hall. It smells.", "market.md")])
        assert suggested_questions(chain) == []


def test_a_lower_threshold_lets_more_through(chain: AnswerChain) -> None:
    eager = AnswerChain(chain.library, settings=Settings(min_confidence=0.0))
    assert eager.invoke("What is the capital of France?").found
