"""From weighed sentences to what is said, with evidence made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Article, Chunk, Passage
from rag.answering.compose import Composed, Line, compose, marked, row_text, table_header
from rag.answering.evidence import FEATURES, Candidate, Evidence, Lacks, candidates
from rag.answering.question import Question
from rag.index.terms import content_words, stem, words

FERRY = "How much is the ferry?"
OPENED = "When did the hall open?"
SAFE = "Is mistletoe tea safe for dogs?"


@dataclass(frozen=True, slots=True)
class Seen:
    """A sentence of an article of its own, the short answer seen in it, and how likely it is."""

    sentence: str
    short: str = ""
    chance: float = 0.9
    source: str = ""
    """The same source makes the same article, in which sentences stand in the order given."""
    published: date | None = None
    score: float = 5.0
    direction: int = 0
    """Sentences of one direction have a likeness of 1, those of two a likeness of 0."""


@dataclass(slots=True)
class Told:
    """What was composed, in words."""

    composed: Composed
    lines: list[tuple[str, str]] = field(default_factory=list)
    """Role and sentence."""

    def said(self, role: str = "answer") -> list[str]:
        return [text for kind, text in self.lines if kind == role]


def candidate(article: Article, seen: Seen) -> Candidate:
    passage = Passage(
        Chunk(article, start=0, end=len(article.text)), article.title, article.source, published=article.published
    )
    (found,) = [c for c in candidates([passage]) if c.text == seen.sentence]
    place = found.start + seen.sentence.index(seen.short)
    return replace(found, short=(place, place + len(seen.short)) if seen.short else None, score=seen.score)


def tell(
    question: str, *seen: Seen, sentences: int = 3, listed: int = 10, further: float = 0.5, lead: str = ""
) -> Told:
    """Compose an answer from what was seen; `lead` stands before the sentences of every article."""
    sources = [item.source or f"article {number}" for number, item in enumerate(seen)]
    articles = {
        source: Article(
            title="Notes",
            text="\n".join([lead, *(item.sentence for item, own in zip(seen, sources, strict=True) if own == source)]),
            source=source,
            published=next((i.published for i, own in zip(seen, sources, strict=True) if own == source), None),
        )
        for source in sources
    }
    asked = Question.of(question, dict.fromkeys(content_words(question), 1), chunks=100)
    holding = {
        word: {article.id for article in articles.values() if word in map(stem, words(article.text))}
        for word in asked.weights
    }
    found = tuple(candidate(articles[source], item) for source, item in zip(sources, seen, strict=True))
    evidence = Evidence(
        asked,
        tuple(replace(c, lacks=Lacks.of(asked, c.passage, holding)) for c in found),
        np.zeros((len(seen), len(FEATURES))),
        np.eye(10, dtype=np.float32)[[item.direction for item in seen]],
    )
    texts = {article.id: article.text for article in articles.values()}
    composed = compose(
        evidence,
        np.array([item.chance for item in seen]),
        texts.__getitem__,
        max_sentences=sentences,
        max_listed=listed,
        further=further,
    )
    return Told(composed, [(line.role, line.quoted.text) for line in composed.lines])


def sources(line: Line) -> list[str]:
    return [c.passage.source for c in (line.quoted, *line.support)]


def test_a_sentence_that_another_version_has_is_no_candidate() -> None:
    """It would be quoted twice, or once as it was and once as it was corrected."""
    article = Article(title="Ferry", text="The ferry costs £4. It leaves at nine in the morning.", source="ferry")
    passage = Passage(Chunk(article, start=0, end=len(article.text)), "Ferry", "ferry")
    assert [c.text for c in candidates([passage])] == ["The ferry costs £4.", "It leaves at nine in the morning."]
    (left,) = candidates([replace(passage, superseded=((0, 19),))])
    assert left.text == "It leaves at nine in the morning."
    assert left.text_before == "The ferry costs £4."


# Which sentences are said


def test_nothing_seen_gives_nothing_to_say() -> None:
    evidence = Evidence(Question.of(FERRY, {"much": 1, "ferry": 1}, 1), (), np.zeros((0, len(FEATURES))))
    composed = compose(evidence, np.zeros(0), dict[str, str]().__getitem__, max_sentences=3, max_listed=9, further=0.5)
    assert composed == Composed(())


def test_further_sentences_join_only_when_they_come_near_the_best() -> None:
    told = tell(
        "Tell me about the boat",
        Seen("The boat was built in Ulm.", chance=0.2, source="a"),
        Seen("The boat saved 41 people.", chance=0.9, source="a"),
        Seen("The boat was sold to Spain.", chance=0.6, source="a"),
    )
    assert told.said() == ["The boat saved 41 people.", "The boat was sold to Spain."]


def test_sentences_of_an_article_stay_together_and_in_its_own_order() -> None:
    told = tell(
        "Tell me about the boat",
        Seen("The boat was built in Ulm.", chance=0.7, source="a"),
        Seen("The boat was sold to Spain.", chance=0.9, source="a"),
        Seen("The boat is painted blue.", chance=0.8, source="b"),
    )
    assert told.said() == ["The boat was built in Ulm.", "The boat was sold to Spain.", "The boat is painted blue."]


def test_an_answer_has_no_more_sentences_than_are_wanted() -> None:
    seen = [Seen(f"The boat saved crew number {n} that day.", source="a") for n in range(6)]
    assert len(tell("Tell me about the boat", *seen, sentences=2).lines) == 2


def test_the_same_words_are_said_once() -> None:
    """C22: a copy of an article does not repeat its sentence."""
    told = tell("Tell me about the boat", Seen("The boat was sold to Spain."), Seen("The boat was sold to Spain."))
    assert told.said() == ["The boat was sold to Spain."]


def test_a_list_has_one_sentence_of_each_article() -> None:
    """C68: five articles, five tools, five sentences."""
    names = ["chisel", "plane", "rasp", "gouge", "saw"]
    told = tell("Which tools do I use?", *(Seen(f"I use a {name} for this.", name, chance=0.5) for name in names))
    assert told.said() == [f"I use a {name} for this." for name in names]


def test_a_list_leaves_out_what_is_far_less_likely() -> None:
    seen = [Seen(f"I use tool {n} for this.", chance=0.8 - n / 100) for n in range(3)]
    told = tell("Which tools do I use?", *seen, Seen("Spain was sunny and warm.", chance=0.1, score=-3.0), listed=6)
    assert told.said() == ["I use tool 0 for this.", "I use tool 1 for this.", "I use tool 2 for this."]


def test_a_list_has_what_the_reader_sees_in_passages_that_came_up_late() -> None:
    """C68: chances fall from passage to passage, and every one can name a thing."""
    late = [Seen(f"I use tool {n} for this.", f"tool {n}", chance=0.5**n, score=1.0) for n in range(8)]
    assert len(tell("Which tools do I use?", *late).said()) == 8


def test_a_list_is_no_longer_than_is_wanted() -> None:
    seen = [Seen(f"I use tool {n} for this.") for n in range(5)]
    assert len(tell("Which tools do I use?", *seen, listed=3).said()) == 3


def test_a_list_for_a_year_has_nothing_of_another() -> None:
    """C68: all of 2023, and only of 2023."""
    seen = [Seen(f"The fair of {year} took place.", published=date(year, 5, 1)) for year in (2022, 2023, 2024)]
    assert tell("Which fairs took place in 2023?", *seen).said() == ["The fair of 2023 took place."]


# What a sentence needs beside it


@pytest.mark.parametrize(
    "sentence", ["She saved 41 people in all.", "The club was sold in 2001.", "“It was cold,” he said."]
)
def test_a_sentence_that_points_back_brings_the_one_before_it(sentence: str) -> None:
    told = tell("Who was saved?", Seen(sentence, source="a"), lead="Hester Quill led Tallow Rowing Club.")
    assert told.lines == [("context", "Hester Quill led Tallow Rowing Club."), ("answer", sentence)]


def test_where_there_is_room_for_one_sentence_it_is_the_answer() -> None:
    told = tell("Who was saved?", Seen("She saved 41 people."), lead="Hester Quill led the club.", sentences=1)
    assert told.lines == [("answer", "She saved 41 people.")]


def test_the_sentence_before_is_said_once_and_as_an_answer_where_it_is_one() -> None:
    told = tell(
        "Tell me about Hester",
        Seen("Hester Quill led the club.", chance=0.6, source="a"),
        Seen("She saved 41 people in all.", chance=0.9, source="a"),
    )
    assert told.lines == [("answer", "Hester Quill led the club."), ("answer", "She saved 41 people in all.")]


def test_the_sentence_before_is_not_said_again_where_it_is_the_best() -> None:
    told = tell(
        "Tell me about Hester",
        Seen("Hester Quill led the club.", chance=0.9, source="a"),
        Seen("She saved 41 people in all.", chance=0.6, source="a"),
    )
    assert told.lines == [("answer", "Hester Quill led the club."), ("answer", "She saved 41 people in all.")]


def test_a_row_of_a_table_is_nobodys_antecedent() -> None:
    lead = "| Year | Launches |\n| 1987 | 12 |"
    assert tell("How many?", Seen("It was a hard year."), lead=lead).said("context") == []


def test_a_row_of_a_table_comes_with_its_header() -> None:
    told = tell(
        "What is the fee for a child?", Seen("| Child | £3.20 |", "£3.20"), lead="| Ticket | Fee |\n| Adult | £6 |"
    )
    (line,) = told.composed.lines
    assert line.header is not None
    assert line.quoted.passage.text[slice(*line.header)] == "| Ticket | Fee |"


def test_of_the_rows_of_a_table_the_likeliest_comes_first() -> None:
    rows = [
        Seen("| Adult | £6 |", "£6", chance=0.6, source="a"),
        Seen("| Child | £3 |", "£3", chance=0.9, source="a"),
        Seen("| Dog | £1 |", "£1", chance=0.7, source="a"),
    ]
    told = tell("What is the fee for a child?", *rows, lead="| Ticket | Fee |")
    assert told.said() == ["| Child | £3 |", "| Adult | £6 |", "| Dog | £1 |"]


@pytest.mark.parametrize(
    ("header", "row", "text"),
    [
        ("| Ticket | Fee |", "| Child | £3.20 |", "Ticket: Child; Fee: £3.20"),
        ("|  | Adult | Child |", "| Monday | £3 | £2 |", "Monday; Adult: £3; Child: £2"),
        ("||Adult|Child|", "|Monday|£3|£2|", "Monday; Adult: £3; Child: £2"),
        ("| Ticket | Fee | Note |", "| Child | £3.20 |  |", "Ticket: Child; Fee: £3.20"),
        ("| Ticket |", "| Child | £3.20 |", "Ticket: Child; £3.20"),
    ],
)
def test_each_cell_of_a_row_stands_beside_its_heading(header: str, row: str, text: str) -> None:
    assert row_text(header, row) == text


def test_the_header_of_a_table_is_its_first_row_and_has_none_itself() -> None:
    text = "Fees\n\n| Ticket | Fee |\n| Adult | £6 |\n| Child | £3.20 |\n\nAsk us."
    header = table_header(text, text.index("| Child"))
    assert header is not None
    assert text[slice(*header)] == "| Ticket | Fee |"
    assert table_header(text, text.index("| Ticket")) is None


# Agreement


def test_an_article_that_says_the_same_supports_the_sentence() -> None:
    told = tell(FERRY, Seen("The ferry is £4 each way.", "£4", source="a"), Seen("A ferry costs £4.", "£4", 0.8, "b"))
    (line,) = told.composed.lines
    assert sources(line) == ["a", "b"]


@pytest.mark.parametrize(
    "other",
    [
        Seen("The café was sold for £4.", "£4", chance=0.8, direction=1),
        Seen("A ferry costs £4.", "£4", chance=0.1),
        Seen("A ferry costs £4.", "£4", chance=0.8, score=-3.0),
        Seen("A ferry costs £40.", "£40", chance=0.4),
    ],
    ids=["of something else", "unlikely", "read as no answer", "another number"],
)
def test_a_sentence_supports_nothing_by_chance(other: Seen) -> None:
    first = tell(FERRY, Seen("The ferry is £4 each way.", "£4"), other).composed.lines[0]
    assert first.support == ()


def test_the_second_sentence_of_the_same_article_is_no_support() -> None:
    told = tell(
        FERRY, Seen("The ferry is £4 each way.", "£4", source="a"), Seen("A ferry costs £4.", "£4", 0.8, source="a")
    )
    assert all(not line.support for line in told.composed.lines)


# Disagreement

OLD = Seen("The ferry is £3 each way.", "£3", chance=0.9, published=date(2023, 4, 1))
NEW = Seen("The ferry is £5 each way.", "£5", chance=0.7, published=date(2025, 4, 1))


def test_of_two_articles_that_disagree_the_newer_comes_first_and_the_other_is_shown_as_otherwise() -> None:
    assert tell(FERRY, OLD, NEW).lines == [("answer", NEW.sentence), ("otherwise", OLD.sentence)]


def test_where_days_are_not_known_the_likelier_comes_first() -> None:
    told = tell(FERRY, replace(OLD, published=None), NEW)
    assert told.lines == [("answer", OLD.sentence), ("otherwise", NEW.sentence)]


def test_of_several_that_disagree_the_side_of_the_newest_article_counts() -> None:
    newest = Seen("It is £3 for the ferry again.", "£3", chance=0.6, published=date(2026, 1, 1))
    told = tell(FERRY, OLD, NEW, newest)
    assert told.lines == [("answer", OLD.sentence), ("otherwise", NEW.sentence)]
    assert sources(told.composed.lines[0]) == ["article 0", "article 2"]


def test_those_who_say_otherwise_and_agree_are_said_once() -> None:
    also_old = Seen("A ferry was £3 in those days.", "£3", chance=0.6, published=date(2022, 4, 1))
    told = tell(FERRY, OLD, NEW, also_old)
    assert told.lines == [("answer", NEW.sentence), ("otherwise", OLD.sentence)]
    assert sources(told.composed.lines[1]) == ["article 0", "article 2"]


def test_who_disagrees_only_with_the_old_does_not_say_otherwise() -> None:
    also_new = Seen("The ferry is £5, or £2 for children.", "£5, or £2", chance=0.6, published=date(2024, 9, 1))
    assert tell(FERRY, OLD, NEW, also_new).said("otherwise") == [OLD.sentence]


def test_an_article_that_says_otherwise_says_nothing_else() -> None:
    beside = Seen("Ferry fares are set by the council.", chance=0.8, source="old")
    told = tell(FERRY, replace(OLD, source="old"), NEW, beside)
    assert told.lines == [("answer", NEW.sentence), ("otherwise", OLD.sentence)]


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (OPENED, "4 May 2024", "9 May 2024"),
        (OPENED, "4 May 2024", "4 June 2024"),
        (OPENED, "in 2023", "in 2024"),
        (OPENED, "on Monday", "on Friday"),
        ("How many people came to the hall?", "sixty people", "eighty-three people"),
        ("How many people came to the hall?", "1,200", "1,300"),
        ("Who opened the hall?", "Anna Lee", "Sam Reed"),
    ],
)
def test_answers_of_one_kind_that_differ_disagree(question: str, one: str, other: str) -> None:
    told = tell(question, Seen(f"The hall: {one}, says one.", one), Seen(f"The hall: {other}, says two.", other))
    assert [role for role, _ in told.lines] == ["answer", "otherwise"]


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (OPENED, "4 May 2024", "May 2024"),
        (OPENED, "in 2024", "on 4 May"),
        (OPENED, "at 7.30", "at 7:30"),
        (OPENED, "on Monday", "on 4 May"),
        ("How many people came to the hall?", "1,200", "1200"),
        ("How many people came to the hall?", "twenty-one", "21"),
        ("How much did the hall cost?", "£4", "£4.00"),
        ("Who opened the hall?", "Councillor Anna Lee", "Anna Lee"),
        ("Why did the hall close?", "the roof leaked", "rain came in"),
    ],
)
def test_one_thing_put_in_two_ways_is_no_disagreement(question: str, one: str, other: str) -> None:
    told = tell(question, Seen(f"The hall: {one}, says one.", one), Seen(f"The hall: {other}, says two.", other))
    assert told.said("otherwise") == []


@pytest.mark.parametrize(
    "other",
    [
        Seen("The café was sold for £5.", "£5", chance=0.8, direction=1),
        Seen("The ferry is £5 each way.", "£5", chance=0.2),
        Seen("The ferry is £5 each way.", "£5", chance=0.8, score=-3.0),
        Seen("The ferry is £5 each way.", "£5", chance=0.8, source="article 0"),
    ],
    ids=["of something else", "unlikely", "read as no answer", "of the same article"],
)
def test_a_sentence_says_otherwise_only_of_the_same_fact(other: Seen) -> None:
    assert tell(FERRY, OLD, other).said("otherwise") == []


def test_facts_of_two_named_things_do_not_disagree() -> None:
    told = tell(
        "How much is the ferry to Skail?",
        Seen("The ferry to Skail is £4.", "£4"),
        Seen("The ferry to Orr is £5.", "£5"),
    )
    assert told.said("otherwise") == []


def test_a_sentence_about_another_named_thing_neither_joins_nor_disagrees() -> None:
    """C61: of plan B nothing is said when plan A is asked about."""
    a, b = Seen("The fee of plan A is £10.", "£10"), Seen("The fee of plan B is £25, for a family.", "£25")
    assert tell("What is the fee of plan A?", a, b).lines == [("answer", a.sentence)]
    assert tell("What is the fee of plan B?", b, a).lines == [("answer", b.sentence)]


def test_a_name_elsewhere_in_the_article_is_of_the_same_thing() -> None:
    """A passage need not repeat the name that its article is on."""
    told = tell(
        "How much is the ferry to Skail now?",
        Seen("The ferry to Skail is £4.", "£4", source="old", published=date(2023, 1, 1)),
        Seen("It is £5 from Monday.", "£5", source="new", published=date(2024, 1, 1), chance=0.2),
        lead="Skail:",
    )
    assert told.said() == ["It is £5 from Monday."]
    assert told.said("otherwise") == ["The ferry to Skail is £4."]


def test_a_sentence_that_gives_a_part_of_a_name_joins() -> None:
    one, other = Seen("Percy Roule steered the boat.", chance=0.9), Seen("Mr. Roule died in 2003.", chance=0.8)
    told = tell("What happened to our captain Percy Roule?", one, other)
    assert told.said() == [one.sentence, other.sentence]


def test_no_more_than_two_say_otherwise() -> None:
    seen = [Seen(f"The ferry is £{n} each way.", f"£{n}", chance=0.9 - n / 100) for n in range(1, 6)]
    assert len(tell(FERRY, *seen).said("otherwise")) == 2


# Time

FARES = tuple(
    Seen(f"The ferry is £{fare} each way.", f"£{fare}", chance=chance, published=date(year, 4, 1))
    for fare, year, chance in ((2, 2022, 0.9), (3, 2023, 0.8), (5, 2025, 0.85))
)


@pytest.mark.parametrize(
    ("when", "fare"),
    [
        ("", "£5"),
        (" now", "£5"),
        (" as of March 2024", "£3"),
        (" as of 2022", "£2"),
        (" before 2023", "£2"),
        (" before the 2025 rise", "£3"),
        (" in 2023", "£3"),
        (" since 2024", "£5"),
    ],
)
def test_the_time_that_is_asked_about_chooses_the_article(when: str, fare: str) -> None:
    assert tell(f"How much is the ferry{when}?", *FARES).said() == [f"The ferry is {fare} each way."]


def test_what_was_said_later_does_not_say_otherwise() -> None:
    later = replace(FARES[2], chance=0.99)
    told = tell("How much was the ferry as of March 2024?", replace(FARES[0], chance=0.5), later, further=0.1)
    assert told.lines == [("answer", "The ferry is £2 each way.")]


def test_what_was_said_later_does_not_join_either() -> None:
    later = Seen("The ferry has a café.", chance=0.99, published=date(2025, 4, 1), direction=1)
    told = tell("How much was the ferry as of March 2024?", replace(FARES[0], chance=0.5), later, further=0.1)
    assert told.lines == [("answer", "The ferry is £2 each way.")]


def test_of_two_reports_of_the_year_asked_about_the_likelier_comes_first() -> None:
    later = Seen("The ferry is £4 each way.", "£4", chance=0.7, published=date(2023, 9, 1))
    told = tell("How much was the ferry in 2023?", FARES[1], later)
    assert told.lines == [("answer", "The ferry is £3 each way."), ("otherwise", "The ferry is £4 each way.")]


def test_a_sentence_that_names_the_year_counts_whatever_its_articles_day() -> None:
    later = Seen("In 2021 the ferry was £1 each way.", "£1", chance=0.5, published=date(2026, 1, 1))
    assert tell("How much was the ferry in 2021?", *FARES, later).said()[0] == later.sentence


# Yes and no


@pytest.mark.parametrize(
    ("question", "sentence", "verdict"),
    [
        (SAFE, "Mistletoe tea is safe for dogs.", "yes"),
        (SAFE, "Mistletoe tea is not safe for dogs.", "no"),
        (SAFE, "Mistletoe tea isn’t safe for dogs.", "no"),
        (SAFE, "No mistletoe tea is safe for dogs.", "no"),
        (SAFE, "Mistletoe tea is not only safe for dogs.", "yes"),
        (SAFE, "Sold in tins, mistletoe tea is safe for dogs, not for cats.", "yes"),
        ("Does the ferry run on Sundays?", "The ferry no longer runs on Sundays.", "no"),
        ("Did the bridge reopen?", "The bridge reopened on 4 May 2025.", "yes"),
        ("Did the ferry stop at Orr?", "The ferry stopped at Orr.", "yes"),
        ("Will the bridge reopen?", "The bridge will reopen in May.", "yes"),
        ("Did repairs cost £412,000?", "Repairs cost £412,000 in all.", "yes"),
    ],
)
def test_yes_or_no_is_said_where_a_sentence_plainly_says_so(question: str, sentence: str, verdict: str) -> None:
    """C65: the opposite of what a sentence says is never said."""
    assert tell(question, Seen(sentence)).composed.verdict == verdict


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (SAFE, "Mistletoe tea may be safe for dogs."),
        (SAFE, "Mistletoe tea is rarely safe for dogs."),
        (SAFE, "It is a myth that mistletoe tea is safe for dogs."),
        (SAFE, "Is mistletoe tea safe for dogs?"),
        (SAFE, "Mistletoe tea is safe for cats."),
        (SAFE, "Dogs are safe, and mistletoe tea is good."),
        (SAFE, "Mistletoe tea is safe for dogs without a doubt."),
        (SAFE, "Mistletoe tea is safe for dogs that are not ill."),
        (SAFE, "No mistletoe tea is not safe for dogs."),
        ("Is the hall open on Sundays?", "The hall was open on Sundays."),
        ("Is the hall open on Sundays?", "The hall will be open on Sundays."),
        ("Does the hall open on Sundays?", "The hall opened on Sundays."),
        ("Does the ferry run on Sundays?", "The ferry used to run on Sundays."),
        ("Does the ferry run on Sundays?", "The ferry stopped running on Sundays."),
        ("Did the council close the hall?", "The council voted to close the hall."),
        ("Did the bridge reopen?", "The bridge will reopen in May."),
        ("Is it open?", "Yes, it is open."),
        ("When did the hall open?", "When the hall did open it rained."),
    ],
)
def test_neither_yes_nor_no_is_said_where_a_sentence_leaves_it_open(question: str, sentence: str) -> None:
    assert tell(question, Seen(sentence)).composed.verdict == ""


def test_an_article_that_says_no_where_another_says_yes_disagrees_and_there_is_no_verdict() -> None:
    """C65: the opposite statement does not take the place of the sentence, nor is it hidden."""
    yes = Seen("Mistletoe tea is safe for dogs.", chance=0.9, published=date(2020, 1, 1))
    no = Seen("Mistletoe tea is not safe for dogs.", chance=0.8, published=date(2024, 1, 1))
    told = tell(SAFE, yes, no)
    assert told.lines == [("answer", no.sentence), ("otherwise", yes.sentence)]
    assert told.composed.verdict == ""


def test_articles_that_both_say_no_support_one_another() -> None:
    told = tell(SAFE, Seen("Mistletoe tea is not safe for dogs."), Seen("Never is mistletoe tea safe for dogs."))
    assert [sources(line) for line in told.composed.lines] == [["article 0", "article 1"]]
    assert told.composed.verdict == "no"


def test_two_sentences_of_an_article_that_say_yes_and_no_give_no_verdict() -> None:
    told = tell(
        SAFE,
        Seen("Mistletoe tea is safe for dogs.", source="a"),
        Seen("Mistletoe tea is not safe for dogs.", source="a"),
    )
    assert told.composed.verdict == ""


# Where the short answer stands


def test_only_the_best_sentence_of_an_answer_has_a_short_answer_and_every_one_of_a_list() -> None:
    seen = (
        Seen("I use a chisel for this.", "chisel", chance=0.6, source="a"),
        Seen("I use a rasp for that.", "rasp", chance=0.9, source="a"),
    )
    fact, listed = tell("What do I use?", *seen), tell("Which tools do I use?", *seen)
    assert [line.quoted.short_text for line in fact.composed.lines] == ["", "rasp"]
    assert [line.quoted.short_text for line in listed.composed.lines] == ["chisel", "rasp"]


def test_the_short_answer_is_marked_where_it_was_seen() -> None:
    article = Article(title="Boats", text="Of 14 boats 4 sank, and 4 more leaked.", source="boats")
    found = candidate(article, Seen(article.text))
    assert marked(article.text, replace(found, short=(12, 13))) == (12, 13)
    assert marked(article.text, replace(found, short=(24, 25))) == (24, 25)


def test_the_short_answer_is_marked_in_a_sentence_over_two_lines() -> None:
    article = Article(title="Boats", text="The old boat was sold to the\ncity of Ulm.", source="boats")
    found = replace(candidate(article, Seen(article.text)), short=(25, 33))
    place = marked("The old boat was sold to the city of Ulm.", found)
    assert place is not None
    assert "The old boat was sold to the city of Ulm."[slice(*place)] == "the city"


@pytest.mark.parametrize(("short", "shown"), [("6.40 p.m", "6.40 p.m."), ("6.40", "6.40"), ("London", "London")])
def test_the_last_dot_of_an_abbreviation_belongs_to_the_short_answer(short: str, shown: str) -> None:
    text = "It leaves London at 6.40 p.m. from the quay."
    place = marked(text, candidate(Article(title="Ferry", text=text, source="ferry"), Seen(text, short)))
    assert place is not None
    assert text[slice(*place)] == shown


@pytest.mark.parametrize("short", ["", "The boat sank."], ids=["none", "all of it"])
def test_what_is_no_short_answer_is_not_marked(short: str) -> None:
    article = Article(title="Boats", text="The boat sank.", source="boats")
    assert marked(article.text, candidate(article, Seen(article.text, short))) is None


def test_a_short_answer_that_runs_over_cells_is_not_marked_in_the_row_as_it_is_said() -> None:
    article = Article(title="Fees", text="| Ticket | Fee |\n| Child | £3.20 |", source="fees")
    found = candidate(article, Seen("| Child | £3.20 |", "Child | £3.20"))
    assert marked("Ticket: Child; Fee: £3.20", found) is None
    assert marked("Ticket: Child; Fee: £3.20", candidate(article, Seen("| Child | £3.20 |", "£3.20"))) == (20, 25)


def test_the_short_answer_is_not_marked_within_a_number() -> None:
    article = Article(title="Boats", text="| Fleet | Sunk |\n| 144 boats | 4 |", source="boats")
    found = candidate(article, Seen("| 144 boats | 4 |"))
    found = replace(found, short=(found.end - 3, found.end - 2))
    text = row_text("| Fleet | Sunk |", found.text)
    assert marked(text, found) == (len(text) - 1, len(text))


# Whatever is seen

SENTENCES: Sequence[str] = (
    "The ferry is £3 each way.",
    "The ferry is £5 each way.",
    "It is not £4.",
    "| Child | £3.20 |",
    "The ferry ran in 2023.",
)
many_seen = st.lists(
    st.builds(
        Seen,
        sentence=st.sampled_from(SENTENCES),
        chance=st.floats(0.001, 0.999),
        published=st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2026, 1, 1))),
        score=st.floats(-20, 10),
        direction=st.integers(0, 2),
    ),
    min_size=1,
    max_size=8,
)
questions = st.sampled_from([FERRY, "Which ferries run?", "Does the ferry run?", "How much was the ferry in 2023?"])


@given(questions, many_seen, st.integers(1, 4))
def test_every_line_is_one_of_the_sentences_and_none_is_said_twice(question: str, seen: list[Seen], limit: int) -> None:
    told = tell(question, *seen, sentences=limit, listed=limit, lead="| Ticket | Fee |")
    places = [(line.quoted.passage.article_id, line.quoted.start) for line in told.composed.lines]
    assert told.said()
    assert len(set(places)) == len(places)
    assert len(told.said() + told.said("context")) <= limit
    assert all(line.quoted.text in SENTENCES for line in told.composed.lines if line.role != "context")
