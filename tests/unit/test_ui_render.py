"""What the window shows, as HTML."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Answer, Article, Citation, Library, Sentence
from rag.text import one_line
from ui import render
from ui.conversation import Turn

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
        answer = _answer(article, 0, len(article.text))
        turn = render.turn(Turn(text, answer, problem=text), library)
        return _Read(
            turn + render.article(article, (0, 3), changed=False, page=True) + render.welcome([text], articles=1)
        )

    plain, hostile = shown("Plain words"), shown(HOSTILE)
    assert hostile.tags == plain.tags
    assert set(hostile.attributes) == set(plain.attributes)
    assert hostile.text.count(HOSTILE) >= 5


def test_a_card_shows_the_quote_in_its_own_paragraph(library: Library) -> None:
    article = Article(
        title="Tides",
        text="An earlier paragraph.\n\nThe tide turns at nine. It is high at noon. Boats leave then.\n\nA later one.",
        source="tides.txt",
        published=date(2025, 5, 4),
    )
    library.add_articles([article])
    start = article.text.index("It is high")
    html = _Read(render.turn(Turn("When?", _answer(article, start, start + len("It is high at noon."))), library))
    assert "The tide turns at nine. It is high at noon. Boats leave then." in html.text
    assert "earlier" not in html.text
    assert "later" not in html.text
    assert "4 May 2025" in html.text
    assert html.marked == "It is high at noon."


def test_a_quote_of_a_removed_article_keeps_its_words_and_says_so(library: Library) -> None:
    article = Article(title="Tides", text="It is high at noon.", source="tides.txt")
    html = render.turn(Turn("When?", _answer(article, 0, 19)), library)
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
    html = _Read(render.turn(Turn("When?", answer), library))
    assert words in html.text
    assert str(confidence) not in html.text


@given(st.data())
def test_an_article_is_shown_whole_and_marked_exactly(data: st.DataObject) -> None:
    text = data.draw(st.text("ab <&\n", min_size=1, max_size=60).filter(str.strip))
    article = Article(title="T", text=text, source="s")
    start = data.draw(st.integers(0, len(article.text) - 1))
    end = data.draw(st.integers(start + 1, len(article.text)))
    html = render.article(article, (start, end), changed=False, page=False)
    read = _Read(html)
    assert one_line(article.text).replace(" ", "") in one_line(read.text).replace(" ", "")
    assert "".join(read.marked.split()) == "".join(article.text[start:end].split())
    assert html.count('id="quoted"') <= 1


def test_a_list_longer_than_is_shown_says_so(library: Library) -> None:
    library.add_articles([Article(title=f"Story {n}", text="Words.", source=f"{n}.txt") for n in range(3)])
    infos = library.articles() * render.LISTED
    html = render.shelf(infos, total=len(infos), query="")
    assert html.count("<li>") == render.LISTED
    assert f"the first {render.LISTED} shown" in html
