"""What a chat model wrote is supported by the articles, or is not: with the shipped models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag import Article, Library
from rag.answering.checking import Checker, Support
from rag.ingest import sentence_spans
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
        "Passenger numbers rose by 5 per cent in February. Fares will not go up before 2026. "
        "The council does not claim that traffic will shrink."
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


Checked = tuple[Checker, list[Passage]]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Checker, list[Passage]]]:
    with Library(tmp_path_factory.mktemp("checked")) as library:
        articles = [TOWN, FARES, DOGS, MERGER]
        library.add_articles(articles)
        whole = [Chunk(article, 0, len(article.text)) for article in articles]
        passages = [
            Passage(chunk, article.title, article.source, article.published)
            for chunk, article in zip(whole, articles, strict=True)
        ]
        yield Checker(library), passages


def check(checked: Checked, text: str, question: str = "", pointed: tuple[int, ...] = ()) -> Support:
    checker, passages = checked
    return checker.check(text, passages, question=question, pointed=pointed)


def quotes(checked: Checked, support: Support) -> list[str]:
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
    "Traffic will shrink.",
    "All of the stops have a shelter.",
    "Brightwater Council built the cars.",
]


@pytest.mark.parametrize("text", TRUE)
def test_what_the_articles_say_in_other_words_is_kept(checked: Checked, text: str) -> None:
    assert check(checked, text).standing in ("supported", "weak")


def test_most_of_what_the_articles_say_is_supported_without_a_mark(checked: Checked) -> None:
    supported = [text for text in TRUE if check(checked, text).standing == "supported"]
    assert len(supported) >= 0.8 * len(TRUE), [text for text in TRUE if text not in supported]


@pytest.mark.parametrize("text", FALSE)
def test_what_the_articles_do_not_say_is_dropped(checked: Checked, text: str) -> None:
    assert check(checked, text).standing == "unsupported"


@pytest.mark.parametrize("text", TURNED)
def test_what_is_turned_round_is_not_shown_as_supported(checked: Checked, text: str) -> None:
    """Case C65 and its kin: said no where the article says yes, fell where it rose, all where it says some."""
    assert check(checked, text).standing != "supported"


@pytest.mark.parametrize("text", TRUE)
def test_what_is_opened_are_whole_sentences_of_the_article(checked: Checked, text: str) -> None:
    support = check(checked, text)
    assert 1 <= len(support.places) <= 3
    for place in support.places:
        passage = checked[1][place.passage]
        offset = passage.chunk.start
        assert (place.start - offset, place.end - offset) in sentence_spans(passage.text)


def test_the_footnote_opens_the_quote_and_not_the_number_that_the_model_gave(
    checked: Checked,
) -> None:
    support = check(checked, "Norwick Marine bought Selby Yachts in 2019.", pointed=(1,))
    assert quotes(checked, support) == ["Norwick Marine bought Selby Yachts in 2019."]


def test_a_sentence_merged_from_two_articles_opens_both(checked: Checked) -> None:
    support = check(checked, "Harlan Works built the cars, and Norwick Marine bought Selby Yachts in 2019.")
    assert support.standing in ("supported", "weak")
    assert {quote.split()[0] for quote in quotes(checked, support)} == {"Harlan", "Norwick"}


def test_a_merged_sentence_of_which_half_is_wrong_is_not_supported(checked: Checked) -> None:
    support = check(checked, "Harlan Works built the cars, and Norwick Marine bought Selby Yachts in 2021.")
    assert support.standing == "unsupported"
    assert support.faults == ("2021 stands nowhere",)


def test_a_row_of_a_table_opens_with_its_header(checked: Checked) -> None:
    support = check(checked, "A day ticket for a child costs £3.00.")
    assert quotes(checked, support) == ["| Child | £1.10 | £3.00 |", "| Ticket | Single | Day |"]


def test_a_price_of_another_row_is_not_supported(checked: Checked) -> None:
    assert check(checked, "A day ticket for a child costs £2.40.").standing != "supported"


def test_a_name_that_the_sentence_before_tells_is_opened_too(checked: Checked) -> None:
    support = check(checked, "Müller said that it had cost $3m.")
    assert [quote[:8] for quote in quotes(checked, support)] == ["Dr. Anna", "She said"]


@pytest.mark.parametrize(
    "text",
    [
        "Here is what the articles say:",
        "I hope this helps!",
        "In summary:",
        "Let me know if you have further questions.",
    ],
)
def test_a_sentence_that_claims_nothing_is_no_part_of_an_answer(checked: Checked, text: str) -> None:
    support = check(checked, text)
    assert support == Support("unsupported", 0.0, (), ("says nothing that can be checked",))


def test_a_yes_before_a_sentence_takes_nothing_from_it(checked: Checked) -> None:
    question = "Are children under five free?"
    assert check(checked, "Yes, children under five ride free. [2]", question).standing == "supported"
    assert check(checked, "Yes, **children under five** ride free.", question).standing == "supported"


def test_a_short_yes_or_no_says_what_was_asked(checked: Checked) -> None:
    question = "Are onions safe for dogs?"
    assert check(checked, "No, they are not.", question).standing != "unsupported"
    assert check(checked, "Yes, they are.", question).standing != "supported"


def test_what_stands_nowhere_is_named(checked: Checked) -> None:
    assert check(checked, "The city has 9.7 million people.").faults == ("9.7 million stands nowhere",)
    assert check(checked, "Tobias Venn rode in the first car.").faults == ("Tobias and Venn stand nowhere",)


def test_without_passages_nothing_is_supported(checked: Checked) -> None:
    assert checked[0].check("The line is 8.5 km long.", []).standing == "unsupported"


def test_what_a_newer_version_has_corrected_supports_nothing(checked: Checked) -> None:
    at = MERGER.text.index("Norwick Marine bought Selby Yachts in 2019.")
    old = replace(checked[1][3], superseded=((at, at + len("Norwick Marine bought Selby Yachts in 2019.")),))
    support = checked[0].check("Norwick Marine bought Selby Yachts in 2019.", [old])
    assert support.standing == "unsupported"


@given(text=st.text(max_size=60))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_model_writes_there_is_a_verdict(checked: Checked, text: str) -> None:
    support = check(checked, text)
    assert 0 <= support.chance <= 1
    assert bool(support.places) == (support.standing != "unsupported")
