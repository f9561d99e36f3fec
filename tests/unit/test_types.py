"""The five types and the rules that hold from the moment one is made."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Answer, Article, Chunk, Citation, Filters, Passage, Sentence
from rag.text import clean_text, shorten
from rag.types import Copy, markdown_escape

ARTICLE = Article(
    title="Ferry", text="The ferry leaves at 7.30 a.m. It costs £4.", source="a/ferry.txt", published=date(2025, 3, 1)
)


def an_answer() -> Answer:
    citation = Citation(ARTICLE, number=1, start=0, end=29, sentence="The ferry leaves at 7.30 a.m.")
    passage = Passage(Chunk(ARTICLE, start=0, end=42), "Ferry", "a/ferry.txt", scores={"dense": 0.5}, sentence=(30, 42))
    return Answer(
        question="When does it leave?",
        found=True,
        confidence=0.75,
        sentences=(Sentence("The ferry leaves at 7.30 a.m.", (1,)),),
        citations=(citation,),
        passages=(passage,),
        models={"answerer": "extractive"},
        timings={"total": 12.5},
    )


def test_near_copies_are_kept_beside_a_citation_and_a_passage_and_escaped_in_markdown() -> None:
    same, other = Copy("c1", "A *copy*", "b/ferry.txt", date(2025, 3, 2)), Copy("c2", "Update", "<b>")
    answer = an_answer()
    (passage,) = answer.passages
    citation = Citation(ARTICLE, number=1, start=0, end=29, also_in=(same,), versions=[other])  # type: ignore[arg-type]
    passage = replace(passage, copies=(same, other), superseded=((0, 29),))
    kept = replace(answer, citations=(citation,), passages=(passage,))
    assert Answer.from_json(kept.to_json()) == kept
    assert "\n    also in: A *copy*, 2025-03-02, b/ferry.txt\n    not word for word in: Update, <b>" in str(kept)
    escaped = "; also in: A \\*copy\\*, 2025-03-02, b/ferry.txt; not word for word in: Update, \\<b\\>"
    assert kept.to_markdown().endswith(escaped)


def test_an_article_and_its_near_copies_are_one_account() -> None:
    same = Article(title="Ferry", text=ARTICLE.text, source="b")
    names = {article.id: Copy(article.id, "Ferry", article.source) for article in (ARTICLE, same)}
    first, second = (
        Passage(Chunk(article, start=0, end=42), "Ferry", article.source, copies=(names[other.id],))
        for article, other in ((ARTICLE, same), (same, ARTICLE))
    )
    alone = Passage(Chunk(ARTICLE, start=0, end=42), "Ferry", "a")
    assert first.account == second.account
    assert alone.account == ARTICLE.id


def test_title_text_and_source_are_enough_to_make_an_article() -> None:
    article = Article(title="T", text="Some words.", source="x", published=None)
    assert len(article.id) == 16
    assert len(article.content_hash) == 64


def test_an_article_keeps_its_id_when_its_text_changes() -> None:
    first = Article(title="T", text="Old.", source="x")
    second = Article(title="T", text="New.", source="x")
    assert first.id == second.id
    assert first.content_hash != second.content_hash


def test_a_datetime_becomes_a_date() -> None:
    assert Article(title="T", text="x", source="s", published=datetime(2025, 1, 2, 3)).published == date(2025, 1, 2)


@pytest.mark.parametrize(("text", "source"), [("", "x"), (" \n\u200b\x00", "x"), ("words", " ")])
def test_an_article_without_text_or_source_is_refused(text: str, source: str) -> None:
    with pytest.raises(ValueError, match=r"has no text|needs a source"):
        Article(title="T", text=text, source=source)


@pytest.mark.parametrize("sentence", [(0, 10), (5, 43), (20, 20)])
def test_the_sentence_of_a_passage_stands_in_its_chunk(sentence: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="No sentence of the chunk"):
        Passage(Chunk(ARTICLE, start=5, end=42), "Ferry", "a/ferry.txt", sentence=sentence)


def test_text_is_cleaned_before_offsets_are_taken() -> None:
    """C05 and C71: soft hyphens, zero-width marks and NUL are gone from what is stored."""
    article = Article(title="T", text="Wert\u00adpapier\r\nfoot\u200bnote a\x00b ﬁeld", source="x")
    assert article.text == "Wertpapier\nfootnote ab field"


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text(alphabet=" \t\n\r\u00a0a.", max_size=30))
def test_no_line_ends_in_a_space(text: str) -> None:
    assert not re.search(r"[ \t](?=\n|\Z)", clean_text(text))


@given(st.text(min_size=1), st.data())
def test_chunks_and_citations_are_cut_out_of_the_article(text: str, data: st.DataObject) -> None:
    if not clean_text(text):
        return
    article = Article(title="T", text=text, source="x")
    start = data.draw(st.integers(0, len(article.text) - 1))
    end = data.draw(st.integers(start + 1, len(article.text)))
    assert Chunk(article, start=start, end=end).text == article.text[start:end]
    assert Citation(article, number=1, start=start, end=end).quote == article.text[start:end]


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (5, 2), (0, 10_000)])
def test_a_place_that_is_not_in_the_article_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="No text at"):
        Chunk(ARTICLE, start=start, end=end)
    with pytest.raises(ValueError, match="No text at"):
        Citation(ARTICLE, number=1, start=start, end=end)


def test_a_citation_cannot_be_given_another_quote() -> None:
    with pytest.raises(TypeError):
        Citation(ARTICLE, number=1, start=0, end=9, quote="The ferry sank")  # type: ignore[call-arg]


def test_an_answer_survives_json() -> None:
    answer = an_answer()
    assert Answer.from_json(answer.to_json()) == answer
    assert Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_a_quote_that_does_not_fill_its_place_is_refused_when_read_back() -> None:
    data = an_answer().to_dict()
    data["citations"][0]["quote"] = "The ferry leaves at 8.30 p.m. sharp"
    with pytest.raises(ValueError, match="cannot stand at"):
        Answer.from_dict(data)


def test_text_has_marks_and_str_names_the_sources() -> None:
    answer = an_answer()
    assert answer.text == "The ferry leaves at 7.30 a.m. [1]"
    assert "[1] Ferry, 2025-03-01: “The ferry leaves at 7.30 a.m.”" in str(answer)


def test_a_sentence_without_a_citation_is_refused() -> None:
    with pytest.raises(ValueError, match="Every sentence needs a citation"):
        Answer(question="q", found=True, confidence=1.0, sentences=(Sentence("It is so.", ()),))


def test_a_citation_number_that_opens_nothing_is_refused() -> None:
    """C55: no number in an answer is without its source."""
    with pytest.raises(ValueError, match="Every sentence needs a citation"):
        Answer(question="q", found=True, confidence=1.0, sentences=(Sentence("It is so.", (9,)),))


FARES = (
    Article(title="Fares", text="The ferry costs £4.", source="fares/2023", published=date(2023, 4, 1)),
    Article(
        title="Fares rise",
        text="Boats have a café. The ferry costs £5.",
        source="fares/2025",
        published=date(2025, 4, 1),
    ),
)


def a_full_answer() -> Answer:
    """An answer with all that one can have: context, a short answer, a verdict, and someone who says otherwise."""
    old, new = FARES
    return Answer(
        question="Does the ferry cost £5?",
        found=True,
        confidence=0.5,
        verdict="yes",
        note="Read in haste.",
        standalone_question="Does the Skail ferry cost £5?",
        sentences=(
            Sentence("Boats have a café.", (1,), role="context"),
            Sentence("The ferry costs £5.", (2,), short=(16, 18)),
            Sentence("The ferry costs £4.", (3,), short=(16, 18), role="otherwise"),
        ),
        citations=(
            Citation(new, number=1, start=0, end=18),
            Citation(new, number=2, start=19, end=38),
            Citation(old, number=3, start=0, end=19),
        ),
    )


def test_the_short_answer_is_that_of_the_first_sentence_that_answers_and_has_one() -> None:
    assert a_full_answer().short == "£5"


def test_a_sentence_that_says_otherwise_gives_no_short_answer() -> None:
    answer = a_full_answer()
    plain = replace(
        answer, sentences=(answer.sentences[0], replace(answer.sentences[1], short=None), answer.sentences[2])
    )
    assert plain.short == ""


def test_an_answer_is_as_of_the_day_of_the_newest_article_that_it_rests_on() -> None:
    assert a_full_answer().as_of == date(2025, 4, 1)


def test_who_says_otherwise_or_is_there_for_context_does_not_date_an_answer() -> None:
    old, new = FARES
    answer = Answer(
        question="q",
        found=True,
        confidence=1.0,
        sentences=(Sentence("The ferry costs £4.", (1,)), Sentence("The ferry costs £5.", (2,), role="otherwise")),
        citations=(Citation(old, number=1, start=0, end=19), Citation(new, number=2, start=19, end=38)),
    )
    assert answer.as_of == date(2023, 4, 1)


def test_an_answer_from_articles_without_a_day_is_as_of_no_day() -> None:
    undated = Article(title="T", text="It is so.", source="x")
    answer = Answer(
        question="q",
        found=True,
        confidence=1.0,
        sentences=(Sentence("It is so.", (1,)),),
        citations=(Citation(undated, number=1, start=0, end=9),),
    )
    assert answer.as_of is None


def test_text_begins_with_the_verdict_and_says_who_says_otherwise() -> None:
    assert a_full_answer().text == (
        "Yes. Boats have a café. [1] The ferry costs £5. [2] Otherwise, on 1 April 2023: The ferry costs £4. [3]"
    )


def test_an_article_without_a_day_says_otherwise_without_one() -> None:
    undated = Article(title="T", text="It is so. It is not so.", source="x")
    answer = Answer(
        question="q",
        found=True,
        confidence=1.0,
        sentences=(Sentence("It is so.", (1,)), Sentence("It is not so.", (2,), role="otherwise")),
        citations=(Citation(undated, number=1, start=0, end=9), Citation(undated, number=2, start=10, end=23)),
    )
    assert answer.text == "It is so. [1] Otherwise: It is not so. [2]"


def test_markdown_has_the_verdict_the_short_answer_in_bold_and_who_says_otherwise() -> None:
    first, *_ = a_full_answer().to_markdown().splitlines()
    assert first == (
        "Yes. Boats have a café.[^1] The ferry costs **£5**.[^2] "
        "Otherwise, on 1 April 2023: The ferry costs **£4**.[^3]"
    )


def test_an_answer_with_roles_short_answers_and_a_verdict_survives_json() -> None:
    answer = a_full_answer()
    again = Answer.from_json(answer.to_json())
    assert again == answer
    assert (again.short, again.as_of, again.verdict, again.text) == ("£5", answer.as_of, "yes", answer.text)
    assert again.to_markdown() == answer.to_markdown()


def test_an_answer_stored_before_there_were_roles_and_verdicts_still_reads() -> None:
    stored = an_answer().to_dict()
    del stored["verdict"]
    for sentence in stored["sentences"]:
        del sentence["short"], sentence["role"]
    assert Answer.from_dict(stored) == an_answer()


@pytest.mark.parametrize("short", [(0, 0), (-1, 2), (2, 99), (3, 1)])
def test_a_short_answer_outside_its_sentence_is_refused(short: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="No short answer can stand"):
        Sentence("It is so.", (1,), short=short)


def test_a_sentence_of_an_unknown_role_is_refused() -> None:
    with pytest.raises(ValueError, match="not 'aside'"):
        Sentence("It is so.", (1,), role="aside")  # type: ignore[arg-type]


@given(st.text(min_size=1), st.data())
def test_any_short_answer_survives_json_and_is_cut_out_of_its_sentence(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    sentence = Sentence(text, (1,), short=(start, end), role=data.draw(st.sampled_from(["answer", "context"])))
    assert Sentence.from_dict(json.loads(json.dumps(sentence.to_dict()))) == sentence


def test_markdown_shows_html_and_marks_from_articles_as_characters() -> None:
    """C53: text of an article is never markup, in exports either."""
    article = Article(title="<img src=x>", text="A *b* <script>alert(1)</script>.", source="x")
    citation = Citation(article, number=1, start=0, end=len(article.text))
    answer = Answer(
        question="q", found=True, confidence=1.0, sentences=(Sentence(article.text, (1,)),), citations=(citation,)
    )
    assert "<script>" not in answer.to_markdown().replace("\\<", "")
    assert markdown_escape("*b*") == "\\*b\\*"
    assert "[^1]" in answer.to_markdown()


def test_markdown_escapes_the_short_answer_too() -> None:
    """C53: what stands in bold is text of an article like the rest."""
    article = Article(title="T", text="It is <b>*2*</b>.", source="x")
    sentence = Sentence(article.text, (1,), short=(6, 16))
    citation = Citation(article, number=1, start=0, end=len(article.text))
    answer = Answer(question="q", found=True, confidence=1.0, sentences=(sentence,), citations=(citation,))
    assert answer.to_markdown().splitlines()[0] == "It is **\\<b\\>\\*2\\*\\</b\\>**.[^1]"


def test_markdown_makes_no_link_of_an_address_in_an_article_but_of_where_it_came_from() -> None:
    """C53: an address that stands in an article is read, not followed."""
    article = Article(title="T", text="See https://a.example/b or www.c.example.", source="https://paper.example/1")
    citation = Citation(article, number=1, start=0, end=len(article.text))
    answer = Answer(
        question="q", found=True, confidence=1.0, sentences=(Sentence(article.text, (1,)),), citations=(citation,)
    )
    words = answer.to_markdown()
    assert "See https\\://a.example/b or www\\.c.example." in words
    assert "(https://paper.example/1)" in words


def test_a_long_text_is_shortened_at_a_word() -> None:
    assert shorten("one two three four", 12) == "one two…"
    assert shorten("short", 12) == "short"


def on_pages(*pages: str, between: str = " ") -> Article:
    starts = [len(between.join(pages[:n])) + (len(between) if n else 0) for n in range(len(pages))]
    return Article(title="Report", text=between.join(pages), source="report.pdf", pages=tuple(starts))


@pytest.mark.parametrize(
    ("pages", "between", "starts"),
    [
        (("One.", "Two."), " ", (0, 5)),
        (("  One.  ", "\n\n Two."), "\n\n\n\n", (0, 7)),
        (("", "", "Three."), "", (0, 0, 0)),
        (("Wert\u00adpapier ", "ﬁeld", " \x0c"), "", (0, 11, 16)),
        (("cafe", "\u0301 ole"), "", (0, 5)),  # the accent belongs to the page before
        (("One\r", "\nTwo"), "", (0, 4)),
        (("日本", "語"), "", (0, 2)),
    ],
)
def test_pages_begin_where_their_first_words_stand_once_the_text_is_cleaned(
    pages: tuple[str, ...], between: str, starts: tuple[int, ...]
) -> None:
    assert on_pages(*pages, between=between).pages == starts


@given(st.lists(st.text(), min_size=1, max_size=6), st.sampled_from(["", " ", "\n", "\n\n"]))
def test_pages_stay_true_whatever_cleaning_takes_away(pages: list[str], between: str) -> None:
    if not clean_text(between.join(pages)):
        return
    article = on_pages(*pages, between=between)
    for number, start in enumerate(article.pages):
        before = "".join(clean_text(between.join(pages[:number]) + (between if number else "")).split())
        assert len("".join(article.text[:start].split())) == len(before)


def test_pages_that_leave_the_text_are_refused() -> None:
    for starts in ((0, 9), (3, 1), (-1,)):
        with pytest.raises(ValueError, match="Pages cannot begin"):
            Article(title="T", text="One two.", source="x", pages=starts)


def test_a_quote_knows_its_page_and_every_rendering_names_it() -> None:
    article = on_pages("The pier opened in 1888.", "It burned down in 1921.")
    start = article.text.index("It burned")
    citation = Citation(article, number=1, start=start, end=len(article.text))
    passage = Passage(Chunk(article, start=0, end=24), "Report", "report.pdf", page=article.page_at(0))
    answer = Answer("When?", True, 0.9, (Sentence(citation.quote, (1,)),), (citation,), (passage,))
    assert (citation.page, passage.page) == (2, 1)
    assert "[1] Report, p. 2: “It burned" in str(answer)
    assert "[^1]: Report, p. 2: “It burned" in answer.to_markdown()
    assert Answer.from_json(answer.to_json()) == answer
    assert (answer.to_dict()["citations"][0]["page"], answer.to_dict()["passages"][0]["page"]) == (2, 1)
    assert Citation(ARTICLE, number=1, start=0, end=9).page is None


def test_answers_that_were_kept_before_there_were_pages_are_read() -> None:
    kept = an_answer().to_dict()
    for item in (*kept["citations"], *kept["passages"]):
        del item["page"]
    assert Answer.from_dict(kept) == an_answer()


def test_an_answer_remembers_which_articles_were_asked_and_older_ones_asked_all() -> None:
    filtered = replace(an_answer(), filters=Filters(since="2025-01", tags=["sport"]))
    assert Answer.from_json(filtered.to_json()) == filtered
    kept = an_answer().to_dict()
    del kept["filters"]
    assert Answer.from_dict(kept).filters == Filters()
    with pytest.raises(ValueError, match="since"):
        Answer.from_dict({**kept, "filters": {"since": "soon"}})


def test_pages_are_part_of_what_an_article_is() -> None:
    bare = Article(title="T", text="One two.", source="x")
    assert Article(title="T", text="One two.", source="x", pages=(0, 4)).content_hash != bare.content_hash


def test_a_written_answer_says_how_far_each_sentence_is_supported_and_what_was_left_out() -> None:
    article = Article(title="Ferry", text="It leaves at noon.", source="ferry")
    answer = Answer(
        "When?",
        True,
        0.8,
        sentences=(
            Sentence("It leaves at noon.", (1,), standing="supported", support=0.9),
            Sentence("It is *blue*.", (1,), standing="weak", support=0.5),
            Sentence("It sank.", (), standing="unsupported", support=0.0),
        ),
        citations=(Citation(article, number=1, start=0, end=18),),
        models={"answerer": "small"},
        dropped=("It sank.", "It flew."),
        aside=("It is a ship.", "It is old."),
    )
    assert answer.text == (
        "It leaves at noon. [1] It is *blue*. [1] (weakly supported) It sank. (no article says this)"
    )
    words = (
        "Written by small, each sentence checked against the articles. 1 sentence was left out, because no article "
        "supports it. 2 sentences were left out, because they do not answer the question."
    )
    assert words in str(answer)
    markdown = answer.to_markdown()
    assert r"It is \*blue\*.[^1] *(weakly supported)* ~~It sank.~~ *(no article says this)*" in markdown
    assert words in markdown
    assert Answer.from_json(answer.to_json()) == answer
