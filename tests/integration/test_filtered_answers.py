"""Answers under filters: no word of an article that is filtered out is in them, whatever way they are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from langchain_core.runnables import ConfigurableField, RunnableLambda

from rag import Answer, AnswerChain, Article, Filters, HybridRetriever, Library, Settings, answer, stream
from rag.answering.suggest import suggested_questions
from rag.errors import InvalidFilter

MAYOR = Article(
    title="Zebedee opens the bridge",
    text=(
        "The Ropewalk Bridge was opened by Zara Quillfeather on 4 May 2023. "
        "Zara Quillfeather was born in Zennor. The zinc railing cost £40 in all."
    ),
    source="town/mayor.md",
    published=date(2023, 5, 5),
    tags=("town",),
)
"""Its words with a z are in no other article."""
BRIDGE = Article(
    title="The bridge and its keeper",
    text=(
        "The Ropewalk Bridge was opened by Ann Sedge in the rain. Ann Sedge was born in Skail. "
        "The keeper of the Ropewalk Bridge lives in the toll house. The toll house cost £900."
    ),
    source="notes/bridge.md",
    published=date(2025, 3, 1),
    tags=("bridges",),
)
FARES = tuple(
    Article(
        title=f"Ferry fares {year}",
        text=f"A single ticket for the Skail ferry costs £{fare}. Tickets are sold on board.",
        source=f"fares/{year}.md",
        published=date(year, 4, 1) if year else None,
        tags=("fares",),
    )
    for year, fare in ((2022, 2), (2023, 3), (2025, 5), (0, 9))
)
OPENED = "Who opened the Ropewalk Bridge?"
FARE = "What does a single ticket for the Skail ferry cost?"
NOT_TOWN = Filters(tags=["bridges", "fares"])
RECENT = Filters(since="2025-01", tags="fares")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnswerChain]:
    """A chain over the articles that refuses nothing. Only ask it."""
    with Library(tmp_path_factory.mktemp("town") / "library") as library:
        library.add_articles([MAYOR, BRIDGE, *FARES])
        yield AnswerChain(library, settings=Settings(min_confidence=0, reading_ms=600_000))


def assert_clean(result: Answer) -> None:
    """Nothing in an answer is of the article on the mayor."""
    assert "z" not in result.to_json().casefold()


Way = Callable[[AnswerChain, str, Filters], Answer]
WAYS: dict[str, Way] = {
    "a field": lambda chain, question, filters: chain.invoke({"question": question, "filters": filters}),
    "a field as JSON": lambda chain, q, filters: chain.invoke({"question": q, "filters": filters.to_dict()}),
    "an argument": lambda chain, question, filters: chain.invoke(question, filters=filters),
    "bound": lambda chain, question, filters: chain.bind(filters=filters).invoke(question),
    "the config": lambda chain, question, filters: chain.invoke(question, {"configurable": {"filters": filters}}),
    "the config of a chain around": lambda chain, question, filters: (RunnableLambda(str) | chain).invoke(
        question, {"configurable": {"filters": filters}}
    ),
    "a batch": lambda chain, question, filters: chain.batch([question], filters=filters)[0],
    "a stream": lambda chain, question, filters: list(chain.stream(question, filters=filters))[-1],
    "ainvoke": lambda chain, question, filters: asyncio.run(chain.ainvoke(question, filters=filters)),
    "astream": lambda chain, question, filters: asyncio.run(_last(chain, question, filters)),
    "answer": lambda chain, question, filters: answer(question, filters=filters, library=chain.library),
    "stream": lambda chain, question, filters: list(stream(question, filters=filters, library=chain.library))[-1],
}


async def _last(chain: AnswerChain, question: str, filters: Filters) -> Answer:
    return [partial async for partial in chain.astream(question, filters=filters)][-1]


@pytest.mark.parametrize("way", WAYS)
def test_filters_are_heeded_and_remembered_whatever_way_they_are_given(town: AnswerChain, way: str) -> None:
    result = WAYS[way](town, FARE, RECENT)
    assert (result.short, result.filters) == ("£5", RECENT)
    assert {c.source for c in result.citations} | {p.source for p in result.passages} == {"fares/2025.md"}
    assert Answer.from_json(result.to_json()) == result


def test_the_questions_own_filters_come_before_the_arguments_and_those_before_the_config(town: AnswerChain) -> None:
    config = {"configurable": {"filters": Filters(tags="town")}}
    asked = {"question": FARE, "filters": RECENT}
    assert town.invoke(asked, config, filters=Filters(tags="bridges")).filters == RECENT
    assert town.invoke(FARE, config, filters=RECENT).filters == RECENT
    assert town.invoke(FARE, config, filters=Filters()).filters == Filters()
    with pytest.raises(InvalidFilter, match="by tag, but by since"):
        town.invoke({"question": FARE, "filters": {"tag": "fares"}})


def test_an_article_that_is_filtered_out_neither_agrees_nor_disagrees(town: AnswerChain) -> None:
    assert [s.role for s in town.invoke(FARE).sentences].count("otherwise") >= 1
    result = town.invoke({"question": FARE, "filters": RECENT})
    assert [s.role for s in result.sentences if "£" in s.text] == ["answer"]
    assert all(fare not in result.to_json() for fare in ("£2", "£3", "£9"))


def test_nothing_of_an_article_that_is_filtered_out_is_in_the_answer(town: AnswerChain) -> None:
    assert "Quillfeather" in town.invoke(OPENED).to_json()
    result = town.invoke({"question": OPENED, "filters": NOT_TOWN})
    assert "Ann Sedge" in result.text
    assert_clean(result)


def test_where_nothing_is_found_the_nearest_passages_are_of_the_articles_admitted_and_it_is_said_which(
    town: AnswerChain,
) -> None:
    refusing = AnswerChain(town.library)
    result = refusing.invoke({"question": "Who invented the telescope?", "filters": RECENT})
    assert not result.found
    assert result.note == (
        "The articles asked do not seem to answer this. I looked for “invented”, “telescope” in articles since January "
        "2025, tagged fares (1 in all). 1 without a date was left out."
    )
    assert {passage.source for passage in result.passages} == {"fares/2025.md"}
    assert "articles since January 2025, tagged fares" in str(result)
    everywhere = refusing.invoke("Who invented the telescope?")
    assert everywhere.note.endswith("I looked for “invented”, “telescope”.")


@pytest.mark.parametrize(
    ("filters", "note"),
    [
        (Filters(tags="chess"), "You have no articles tagged chess. Take a filter away to ask others."),
        (
            Filters(since="2030", languages="de"),
            "You have no articles since January 2030, in German. Take a filter away to ask others.",
        ),
        (
            Filters(since="2030"),
            "You have no articles since January 2030. 1 without a date was left out. Take a filter away to ask others.",
        ),
    ],
)
def test_filters_that_no_article_passes_are_named(town: AnswerChain, filters: Filters, note: str) -> None:
    result = town.invoke({"question": FARE, "filters": filters})
    assert (result.found, result.passages, result.note, result.filters) == (False, (), note, filters)


def test_what_needs_no_article_remembers_the_filters_too(town: AnswerChain) -> None:
    for question in ("???", "thanks"):
        assert town.invoke({"question": question, "filters": RECENT}).filters == RECENT


# Follow-ups


def test_a_follow_up_under_the_same_filters_leans_on_the_turn_before(town: AnswerChain) -> None:
    first = town.invoke({"question": OPENED, "filters": NOT_TOWN})
    second = town.invoke({"question": "Where was she born?", "history": [first], "filters": NOT_TOWN})
    assert second.standalone_question == "Where was Ann Sedge born?"
    assert_clean(second)


@pytest.mark.parametrize(
    "follow_up", ["Where was she born?", "Who said that?", "and when?", "go on", "What about the keeper?", "why?"]
)
def test_a_follow_up_takes_no_word_from_an_answer_that_is_filtered_out(town: AnswerChain, follow_up: str) -> None:
    """The turn before was asked of every article and answered by one that no longer counts."""
    only = {"filters": Filters(tags="town")}
    first = town.invoke({"question": OPENED, **only})
    assert "Quillfeather" in first.text
    second = town.invoke({"question": follow_up, "history": [first], "filters": NOT_TOWN})
    assert_clean(second)
    third = town.invoke({"question": "Where was she born?", "history": [first], **only})
    assert third.standalone_question == "Where was Zara Quillfeather born?"
    for history in ([first, third], [third]):
        assert_clean(town.invoke({"question": follow_up, "history": history, "filters": NOT_TOWN}))


def test_what_was_asked_is_leant_on_though_its_answer_is_filtered_out(town: AnswerChain) -> None:
    first = town.invoke({"question": OPENED, "filters": Filters(tags="town")})
    second = town.invoke({"question": "Who is the keeper of it?", "history": [first], "filters": NOT_TOWN})
    assert second.standalone_question == "Who is the keeper of the Ropewalk Bridge?"


# Beside the chain


def test_questions_to_try_come_from_the_articles_admitted(town: AnswerChain) -> None:
    railing, house = "How much did the zinc railing cost?", "How much did the toll house cost?"
    assert {railing, house} <= set(suggested_questions(town, limit=9))
    assert suggested_questions(town, limit=9, filters=NOT_TOWN) == [house]
    assert suggested_questions(town, filters=Filters(tags="none")) == []


def test_the_retriever_takes_filters_as_langchain_gives_them(town: AnswerChain) -> None:
    retriever = HybridRetriever(library=town.library)
    config = {"configurable": {"filters": RECENT}}
    given = HybridRetriever(library=town.library, filters=RECENT.to_dict())
    documents = [
        retriever.invoke(FARE, filters=RECENT),
        retriever.invoke(FARE, filters=RECENT.to_dict()),
        retriever.invoke(FARE, config),
        retriever.bind(filters=RECENT).invoke(FARE),
        retriever.batch([FARE], config)[0],
        (RunnableLambda(str) | retriever).invoke(FARE, config),
        asyncio.run(retriever.ainvoke(FARE, filters=RECENT)),
        asyncio.run((RunnableLambda(str) | retriever).ainvoke(FARE, config)),
        retriever.configurable_fields(filters=ConfigurableField(id="filters")).invoke(FARE, config),
        given.invoke(FARE),
    ]
    assert [{document.metadata["source"] for document in found} for found in documents] == [{"fares/2025.md"}] * 10
    assert len(given.invoke(FARE, filters=Filters())) == 6
    with pytest.raises(InvalidFilter):
        retriever.invoke(FARE, filters="fares")
