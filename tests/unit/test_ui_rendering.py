"""What the window shows, as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Answer, Article, Chunk, Citation, Library, Passage, Sentence
from rag.links import link
from rag.text import one_line
from rag.types import Copy, Usage
from ui.conversation import Turn
from ui.rendering import articles, asking, turns

HOSTILE = '<img src=x onerror="alert(1)"> "><b>x</b> </h2><script>1</script> &lt;i&gt; \'q\''


class _Read(HTMLParser):
    """Collects the tags and the text of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.marked = ""
        self._in_mark = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._in_mark |= tag == "mark"
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._in_mark &= tag != "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        self.marked += data if self._in_mark else ""


def _answer(article: Article, start: int, end: int) -> Answer:
    citation = Citation(article, number=1, start=start, end=end, sentence=article.text[start:end])
    return Answer(
        "When?", True, 0.9, sentences=(Sentence(citation.quote, (1,)),), citations=(citation,), note="A note."
    )


def test_hostile_text_adds_no_tag_and_no_attribute(library: Library) -> None:
    """C53: title, body, question and note hold markup; the page has the same tags as with plain words."""

    def shown(text: str) -> _Read:
        article = Article(title=text, text=f"{text} stands here.", source=text, author=text)
        copy = Copy(text, text, text, date(2024, 5, 6))
        citation = Citation(article, number=1, start=0, end=len(article.text), also_in=(copy,), versions=(copy,))
        answer = replace(_answer(article, 0, len(article.text)), citations=(citation,))
        turn = turns.turn(Turn(text, answer, done=True), library)
        return _Read(
            turn
            + articles.article(article, (0, 3), changed=False, page=True)
            + asking.welcome([text], articles=1, asked=1)
        )

    plain, hostile = shown("Plain words"), shown(HOSTILE)
    assert hostile.tags == plain.tags
    assert set(hostile.attributes) == set(plain.attributes)
    assert hostile.text.count(HOSTILE) >= 9


def test_the_other_versions_of_an_article_are_named_beside_the_quote(library: Library, bridge: Article) -> None:
    library.add_articles([bridge])
    same, corrected = (
        Copy("a" * 16, "In the paper", "paper.txt", date(2026, 1, 2)),
        Copy("b" * 16, "Update", "update.txt"),
    )
    citation = Citation(bridge, number=1, start=0, end=20, also_in=(same,), versions=(corrected,))
    answer = Answer("When?", True, 0.9, sentences=(Sentence("It closes.", (1,)),), citations=(citation,))
    shown = _Read(turns.turn(Turn("When?", answer), library))
    text = one_line(shown.text)
    assert "Also in: In the paper 2 January 2026 paper.txt" in text
    assert "Not word for word in: Update update.txt" in text
    assert {link("a" * 16), link("b" * 16)} <= set(shown.attributes["href"])
    assert "articles say this" not in text


def test_a_table_of_an_article_is_shown_as_one_with_the_quoted_row_marked() -> None:
    text = "Fares\n\n| Ticket | Single |\n| Child |  |\n| Adult | £5 |\n\n| no table\n\nThe end."
    start = text.index("| Adult")
    shown = _Read(
        articles.article(
            Article(title="Fares", text=text, source="fares.md"),
            (start, start + len("| Adult | £5 |")),
            changed=False,
            page=False,
        )
    )
    assert [shown.tags.count(tag) for tag in ("table", "tr", "th", "td", "p")] == [1, 3, 2, 4, 4]
    assert shown.marked == "Adult£5"
    assert shown.attributes["id"].count("quoted") == 1
    assert "| no table" in shown.text


def _paged(text: str, *first_words: str, blank: int = 0) -> Article:
    """An article whose pages begin at `first_words`, with `blank` empty ones before the last of these."""
    starts = [text.index(words) for words in first_words]
    pages = (*starts, *[starts[-1]] * blank)
    return Article(title="Report", text=text, source="report.pdf", pages=pages)


def test_where_a_page_begins_is_told_beside_the_text_and_is_no_part_of_it() -> None:
    """A page may begin in a sentence, in its quote and in a table; the text and the marked words stay as they are."""
    text = "The harbour is old. It was\nbuilt in 1811.\n\n| Ship | Year |\n| Anna | 1902 |\n\nThe end of it."
    article = _paged(text, "The harbour", "built", "1902", "end", blank=1)
    quote = "It was\nbuilt in 1811."
    start = text.index(quote)

    html = articles.article(article, (start, start + len(quote)), changed=False, page=False)

    shown, plain = _Read(html), _Read(articles.article(replace(article, pages=()), None, changed=False, page=False))
    assert shown.attributes["data-page"] == ["1", "2", "3", "5"]
    assert shown.attributes["aria-label"] == ["Page 1", "Page 2", "Table", "Page 3", "Page 5"]
    assert one_line(shown.text) == one_line(plain.text)
    assert shown.marked == quote
    assert shown.attributes["id"].count("quoted") == 1
    assert html.index('data-page="2"') < html.index("built in 1811") < html.index('data-page="3"') < html.index("1902")
    assert "data-page" not in plain.attributes


@given(st.text(alphabet="ab |\n", min_size=1), st.data())
def test_every_page_that_shows_something_is_told_once_in_its_place(text: str, data: st.DataObject) -> None:
    starts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    if not text.strip():
        return
    article = Article(title="Report", text=text, source="report.pdf", pages=tuple(starts))

    shown = _Read(articles.article(article, None, changed=False, page=False))

    letters = [at for at, letter in enumerate(article.text) if letter not in " |\n"]
    begun = {next((at for at in letters if at >= start), None) for start in article.pages} - {None}
    assert len(shown.attributes.get("data-page", ())) == len(begun)


def test_a_card_shows_the_quote_in_its_own_paragraph(library: Library) -> None:
    article = Article(
        title="Tides",
        text="An earlier paragraph.\n\nThe tide turns at nine. It is high at noon. Boats leave then.\n\nA later one.",
        source="tides.txt",
        published=date(2025, 5, 4),
    )
    library.add_articles([article])
    start = article.text.index("It is high")
    html = _Read(turns.turn(Turn("When?", _answer(article, start, start + len("It is high at noon."))), library))
    assert "The tide turns at nine. It is high at noon. Boats leave then." in html.text
    assert "earlier" not in html.text
    assert "later" not in html.text
    assert "4 May 2025" in html.text
    assert html.marked == "It is high at noon."


def test_a_quote_of_a_removed_article_keeps_its_words_and_says_so(library: Library) -> None:
    article = Article(title="Tides", text="It is high at noon.", source="tides.txt")
    html = turns.turn(Turn("When?", _answer(article, 0, 19)), library)
    assert "<mark>It is high at noon.</mark>" in html
    assert "no longer in your library" in html


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.9, "Well supported"), (0.6, "Likely; check the source"), (0.3, "Uncertain; check the source")],
)
def test_confidence_is_told_in_words(library: Library, confidence: float, words: str) -> None:
    article = Article(title="Tides", text="It is high at noon.", source="tides.txt")
    library.add_articles([article])
    citation = Citation(article, number=1, start=0, end=19)
    answer = Answer("When?", True, confidence, sentences=(Sentence("Noon.", (1,)),), citations=(citation,))
    html = _Read(turns.turn(Turn("When?", answer), library))
    assert words in html.text
    assert str(confidence) not in html.text


def _whole(text: str, article: Article, **further: Any) -> Turn:
    """Return a turn whose answer quotes all of `article` for the one sentence `text`."""
    citation = Citation(article, number=1, start=0, end=len(article.text))
    sentence = Sentence(text, (1,), further.pop("short", None), further.pop("role", "answer"))
    return Turn("When?", Answer("When?", True, 0.9, sentences=(sentence,), citations=(citation,), **further))


TIDES = Article(title="Tides", text="It is high at noon.", source="tides.txt", published=date(2025, 11, 22))


def test_the_short_answer_is_marked_and_its_sentence_stays_whole(library: Library) -> None:
    html = turns.turn(_whole(TIDES.text, TIDES, short=(11, 18), verdict="no"), library)
    assert '<strong class="short">at noon</strong>' in html
    assert TIDES.text in _Read(html).text
    assert html.index(">No.</strong>") < html.index("It is high")
    assert 'As of <time datetime="2025-11-22">22 November 2025</time>' in html


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library without articles, made once for all that hypothesis tries."""
    with Library(tmp_path_factory.mktemp("bare") / "library") as opened:
        yield opened


@given(st.data())
def test_any_short_answer_is_escaped_and_exact(bare: Library, data: st.DataObject) -> None:
    text = data.draw(st.text("ab<&>'\" ", min_size=1, max_size=20))
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    read = _Read(turns.turn(_whole(text, TIDES, short=(start, end)), bare))
    assert text in read.text
    assert read.tags.count("strong") == 1


def test_what_other_articles_say_is_set_apart_with_its_day(library: Library) -> None:
    later = Article(title="Tides, again", text="It is high at one.", source="again.txt", published=date(2024, 3, 12))
    citations = tuple(
        Citation(article, number=n, start=0, end=len(article.text)) for n, article in enumerate((TIDES, later), 1)
    )
    said = (Sentence(TIDES.text, (1,)), Sentence(later.text, (2,), role="otherwise"))
    html = _Read(turns.turn(Turn("When?", Answer("When?", True, 0.9, sentences=said, citations=citations)), library))
    answer, _, otherwise = html.text.partition("Other articles say otherwise")
    assert "It is high at one." not in answer
    assert "On 12 March 2024: It is high at one." in otherwise
    assert "As of 22 November 2025" in answer


@pytest.mark.parametrize(("sources", "words"), [(("a", "b"), True), (("a", "a"), False), (("a",), False)])
def test_agreement_counts_articles_and_not_quotes(library: Library, sources: tuple[str, ...], words: bool) -> None:
    citations = tuple(
        Citation(Article(title="T", text="It is noon. Noon it is.", source=source), number=n, start=0, end=11 * n)
        for n, source in enumerate(sources, 1)
    )
    sentence = Sentence("It is noon.", tuple(citation.number for citation in citations))
    html = turns.turn(Turn("When?", Answer("When?", True, 0.9, sentences=(sentence,), citations=citations)), library)
    assert ("2 articles say this" in html, "articles say this" in html) == (words, words)


def test_added_context_is_said_to_be_that(library: Library) -> None:
    read = _Read(turns.turn(_whole(TIDES.text, TIDES, role="context"), library))
    assert "For context: It is high at noon." in read.text
    assert "As of" not in read.text


def test_a_row_of_a_table_keeps_its_words_without_its_pipes(library: Library) -> None:
    table = Article(title="Fares", text="| Child, 5 to 15 |  | £3.20 |", source="fares.md")
    read = _Read(turns.turn(_whole("Ticket: Child, 5 to 15; Fee: £3.20", table), library))
    assert read.marked.split() == ["Child,", "5", "to", "15", "£3.20"]
    assert read.attributes["class"].count("cell") == 2
    assert "sentence line" in read.attributes["class"]
    assert "|" not in read.text


@pytest.mark.parametrize(
    ("asked", "searched", "shown"),
    [
        ("and when?", "When did the bridge reopen?", True),
        ("  when did  the bridge reopen", "When did the bridge reopen?", False),
        ("When did the bridge reopen? " * 60, "When did the bridge reopen?", False),
    ],
)
def test_how_a_question_was_understood_is_said_where_it_differs(
    library: Library, asked: str, searched: str, shown: bool
) -> None:
    answer = Answer(asked, False, 0.0, note="No.", standalone_question=searched)
    html = turns.turn(Turn(asked, answer), library)
    assert (f"Understood as: <bdi>{searched}</bdi>" in html) == shown
    assert ('aria-label="Ask it as I wrote it: and when?"' in html) == shown
    literally = turns.turn(Turn(asked, answer, literal=True), library)
    assert "Understood as" not in literally
    assert "Asked as written" in literally


def test_only_where_passages_were_looked_at_are_the_articles_said_not_to_answer(library: Library) -> None:
    courtesy = Answer("Thanks", False, 0.0, note="You are welcome.")
    passage = Passage(Chunk(TIDES, start=0, end=19), "Tides", "tides.txt")
    for answer, absent in ((courtesy, False), (replace(courtesy, passages=(passage,)), True)):
        html = turns.turn(Turn("Thanks", answer), library)
        assert ("Not in your articles" in html) == absent
        assert "You are welcome." in html


@pytest.mark.parametrize(
    ("text", "likeliest", "shown"),
    [
        ("Boats leave late. It is high at noon.", "It is high at noon.", "Boats leave late. It is high at noon."),
        ("| Port | High |\n| Skail | 12.10 |", "| Skail | 12.10 |", "Skail; 12.10"),
    ],
)
def test_of_a_near_passage_the_likeliest_sentence_is_shown_and_opened(
    library: Library, text: str, likeliest: str, shown: str
) -> None:
    article = Article(title="Tides", text=f"{text} " + "Nobody came. " * 40, source="tides.txt")
    start = article.text.index(likeliest)
    chunk = Chunk(article, start=0, end=len(article.text))
    near = Passage(chunk, "Tides", "tides.txt", sentence=(start, start + len(likeliest)))
    html = turns.turn(Turn("When?", Answer("When?", False, 0.1, note="No.", passages=(near,))), library)
    assert shown in _Read(html).text
    assert "Nobody came" not in html
    assert f"start={start}&amp;end={start + len(likeliest)}" in html


@given(st.data())
def test_an_article_is_shown_whole_and_marked_exactly(data: st.DataObject) -> None:
    text = data.draw(st.text("ab <&\n", min_size=1, max_size=60).filter(str.strip))
    article = Article(title="T", text=text, source="s")
    start = data.draw(st.integers(0, len(article.text) - 1))
    end = data.draw(st.integers(start + 1, len(article.text)))
    html = articles.article(article, (start, end), changed=False, page=False)
    read = _Read(html)
    assert one_line(article.text).replace(" ", "") in one_line(read.text).replace(" ", "")
    assert "".join(read.marked.split()) == "".join(article.text[start:end].split())
    assert html.count('id="quoted"') <= 1


def test_the_card_of_a_quote_from_a_page_says_which(library: Library) -> None:
    paged = Article(title="Report", text="It opened in 1888. It burned in 1921.", source="r.pdf", pages=(0, 19))
    library.add_articles([paged])
    assert "p. 2" in _Read(turns.turn(Turn("When?", _answer(paged, 19, 37)), library)).text
    plain = replace(paged, pages=())
    assert "p. " not in _Read(turns.turn(Turn("When?", _answer(plain, 19, 37)), library)).text


def _written(article: Article, **values: Any) -> Answer:
    cited = Citation(article, number=1, start=0, end=len(article.text), sentence="")
    return Answer(
        "When?",
        True,
        0.8,
        sentences=(
            Sentence("It leaves at noon.", (1,), standing="supported", support=0.97),
            Sentence("It may be blue.", (1,), standing="weak", support=0.6),
            Sentence("It sank.", (), standing="unsupported", support=0.01),
        ),
        citations=(cited,),
        models={"answerer": "ollama:llama3.2"},
        **values,
    )


def test_how_far_a_written_sentence_is_supported_is_said_in_words(library: Library, bridge: Article) -> None:
    """Not by colour alone: what is weak has a word beside it, what is unsupported is struck through and has another."""
    answer = _written(bridge, usage=Usage(1200, 34, 1), dropped=("It sank.",))
    html = turns.turn(Turn("When?", answer, done=True), library)
    read = _Read(html)
    assert "It may be blue.1 weakly supported" in one_line(read.text)
    assert "<s>It sank.</s>" in html
    assert "no article says this" in read.text
    assert "Written by ollama:llama3.2, 1,234 tokens" in read.text
    assert "details" not in read.tags, "what is shown was not left out"


def test_what_was_left_out_is_counted_and_can_be_unfolded(library: Library, bridge: Article) -> None:
    answer = _written(bridge, dropped=("It sank.", "It was <b>red</b>.", "It flew."))
    read = _Read(turns.turn(Turn("When?", answer, done=True), library))
    assert "2 sentences were left out, because no article supports them." in read.text
    assert "It was <b>red</b>." in read.text
    assert {"details", "summary"} <= set(read.tags)


def test_markup_of_a_model_is_text_at_every_step_of_a_stream(library: Library, bridge: Article) -> None:
    """C73: paired tags, an open link cut in two, an image that runs a script."""
    written = 'So <details><b>it</b> leaves <a href="http://x.y/z">at</a> <img src=x onerror=alert(1)> noon.'
    plain = _Read(turns.turn(Turn("When?", _written(bridge)), library))
    for end in range(1, len(written) + 1):
        answer = _written(bridge)
        first = replace(answer.sentences[0], text=written[:end])
        answer = replace(answer, sentences=(first, *answer.sentences[1:]), models={"answerer": written[:end]})
        read = _Read(turns.turn(Turn("When?", answer), library))
        assert read.tags == plain.tags
        assert read.text.count(written[:end].strip()) >= 2


def test_an_answer_that_is_quoted_names_no_model(library: Library, bridge: Article) -> None:
    answer = replace(_answer(bridge, 0, 19), models={"answerer": "extractive instead of small"}, note="small is away.")
    read = _Read(turns.turn(Turn("When?", answer), library))
    assert "Written by" not in read.text
    assert "small is away." in read.text
