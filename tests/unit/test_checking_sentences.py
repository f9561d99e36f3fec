"""What a chat model wrote is supported by the articles, or is not: with the shipped models."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from rag import Article, Library
from rag.answering.checking import Checker, Support
from rag.types import Chunk, Passage

TOWN = Article(
    title="Carrowdrum opens its tram",
    source="tram.txt",
    published=date(2024, 3, 7),
    text=(
        "The tram in Carrowdrum opened last Tuesday after 1,200 days of building. Dr. Anna Müller, who runs the "
        "transport office, rode in the first car. She said that it had cost $3 million, a fifth more than planned.\n\n"
        "The line is 8.5 km long and has twelve stops. Harlan Works built the cars; Brightwater Council paid for the "
        "rails. Dogs are not allowed on board before 9.30 a.m. Some of the stops have a shelter.\n\n"
        "Passenger numbers rose by 5 per cent in February. Fares will not go up before 2026."
    ),
)
FARES = Article(
    title="What the tram costs",
    source="fares.md",
    published=date(2024, 4, 2),
    text=(
        "Tickets are sold at every stop.\n\n| Ticket | Single | Day |\n"
        "| Adult | £2.40 | £6.00 |\n| Child | £1.10 | £3.00 |\n\n"
        "Children under five ride free. The late tram leaves the harbour at 11.45 p.m."
    ),
)
DOGS = Article(
    title="Onions and pets",
    source="pets.txt",
    text="Onions are not safe for dogs, even in small amounts. Boiled carrots are safe for cats.",
)
MERGER = Article(
    title="Two yards become one",
    source="yards.txt",
    published=date(2023, 5, 4),
    text=(
        "Norwick Marine bought Selby Yachts in 2019. The two yards employ 340 people. "
        "Selby Yachts had lost money for years."
    ),
)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Checker, list[Passage]]]:
    with Library(tmp_path_factory.mktemp("checked")) as library:
        articles = [TOWN, FARES, DOGS, MERGER]
        library.add_articles(articles)
        passages = []
        for article in articles:
            for chunk in library.catalog.chunks_of(article.id) if hasattr(library.catalog, "chunks_of") else []:
                passages.append(Passage(chunk, article.title, article.source, article.published))
            if not any(p.article_id == article.id for p in passages):
                whole = Chunk(article, 0, len(article.text))
                passages.append(Passage(whole, article.title, article.source, article.published))
        yield Checker(library), passages


def check(
    checked: tuple[Checker, list[Passage]], text: str, question: str = "", pointed: tuple[int, ...] = ()
) -> Support:
    checker, passages = checked
    return checker.check(text, passages, question=question, pointed=pointed)


def quotes(checked: tuple[Checker, list[Passage]], support: Support) -> list[str]:
    texts = {article.id: article.text for article in (TOWN, FARES, DOGS, MERGER)}
    return [texts[checked[1][place.passage].article_id][place.start : place.end] for place in support.places]


TRUE = [
    "The line is 8.5 km long.",
    "The line is 8.5 kilometres long and has 12 stops.",
    "The tram cost 3 million dollars.",
    "It took twelve hundred days to build the tram.",
    "The tram opened on 5 March 2024.",
    "Müller said that it had cost $3m.",
    "Passenger numbers went up by 5 % in February.",
    "Passenger numbers rose by five percent.",
    "Dogs are not allowed on the tram before 9:30 a.m.",
    "Harlan Works built the cars.",
    "The rails were paid for by Brightwater Council.",
    "A single ticket for an adult costs £2.40.",
    "Onions are not safe for dogs.",
    "Norwick Marine bought Selby Yachts in 2019.",
    "Selby Yachts was bought by Norwick Marine.",
    "The last tram leaves the harbour at 23:45.",
    "Children under 5 ride free.",
]
FALSE = [
    "The line is 9.5 km long.",
    "The line is 8.5 miles long.",
    "The tram cost £3 million.",
    "The tram opened on 12 March 2024.",
    "Passenger numbers rose by 6 % in February.",
    "The city has 9.7 million people. [1]",
    "The mayor of Carrowdrum is Tobias Venn.",
    "A single ticket for an adult costs £6.10.",
    "Norwick Marine bought Selby Yachts in 2021.",
    "The tram is powered by hydrogen and was designed in Toronto.",
]
TURNED = [
    "Dogs are allowed on board before 9.30 a.m.",
    "Onions are safe for dogs.",
    "Passenger numbers fell by 5 per cent in February.",
    "Fares will go up before 2026.",
    "All of the stops have a shelter.",
    "Brightwater Council built the cars.",
]


@pytest.mark.parametrize("text", TRUE)
def test_what_the_articles_say_in_other_words_is_kept(checked: tuple[Checker, list[Passage]], text: str) -> None:
    assert check(checked, text).standing in ("supported", "weak")


def test_most_of_what_the_articles_say_is_supported_without_a_mark(checked: tuple[Checker, list[Passage]]) -> None:
    supported = [text for text in TRUE if check(checked, text).standing == "supported"]
    assert len(supported) >= 0.8 * len(TRUE), [text for text in TRUE if text not in supported]


@pytest.mark.parametrize("text", FALSE)
def test_what_the_articles_do_not_say_is_dropped(checked: tuple[Checker, list[Passage]], text: str) -> None:
    assert check(checked, text).standing == "unsupported"


@pytest.mark.parametrize("text", TURNED)
def test_what_is_turned_round_is_not_shown_as_supported(checked: tuple[Checker, list[Passage]], text: str) -> None:
    """Case C65 and its kin: said no where the article says yes, fell where it rose, all where it says some."""
    assert check(checked, text).standing != "supported"
