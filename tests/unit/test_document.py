"""A conversation as an HTML document: numbered footnotes, their sources, and nothing of an article is markup."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from test_transcript import FERRY, HOSTILE, answered, conversation

from rag import Answer, Article
from rag.answering.document import document, fragment

PAGE = Article(title="Tides", text="High at noon.", source="https://example.org/tides")


class _Read(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.text += " " * (tag in ("p", "li", "h2"))
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def _words(html: str) -> str:
    return " ".join(_Read(html[html.index("<body>") :]).text.split())


def test_footnotes_are_numbered_through_and_the_sources_name_theirs() -> None:
    """C56: the sources of one answer are not shown with another."""
    html = document(
        conversation(
            answered(FERRY, "When and what?", (0, 18), (19, 32)),
            answered(PAGE, "When is it high?", (0, 13), standalone_question="When is the tide high?"),
            answered(FERRY, "And when?", (0, 18)),
        )
    )
    words = _words(html)
    assert "The ferry 3 questions, 4 March 2026, 05:06 UTC to 4 March 2026, 05:06 UTC" in words
    assert "It leaves at nine.1 It has a bar.2" in words
    assert "Ferry, 2 January 2025: “It leaves at nine.”" in words
    assert "Understood as: When is the tide high? High at noon.3" in words
    assert words.endswith(
        "Sources Ferry, 2 January 2025, ferry.txt (footnotes 1, 2, 4) Tides, https://example.org/tides (footnote 3)"
    )
    read = _Read(html)
    linked = [value for name, value in read.attributes if name == "href" and value != "data:,"]
    assert linked == ["#note-1", "#note-2", "#note-3", "#note-4", "https://example.org/tides"]
    assert {f"note-{n}" for n in range(1, 5)} <= {value for name, value in read.attributes if name == "id"}


def test_what_was_not_found_is_said() -> None:
    html = document(conversation(Answer("Who?", False, 0.0, note="Your articles do not answer.")))
    assert _words(html).endswith("Who? Your articles do not answer.")
    assert "Sources" not in html


def test_text_from_articles_and_questions_is_shown_as_it_stands() -> None:
    """C53: titles, quotes, sources and questions are characters, in exports too."""
    hostile = answered(HOSTILE, "1. <b>x</b>\x1b[0m", (0, len(HOSTILE.text)))
    html = document(conversation(hostile, title="</title><script>1</script>"))
    plain = document(conversation(answered(replace(FERRY, published=None), "When?", (0, 18))))
    assert "\x1b" not in html
    tags = _Read(html).tags
    assert tags == _Read(plain).tags
    assert "script" not in tags
    assert {name for name, _ in _Read(html).attributes} == {name for name, _ in _Read(plain).attributes}
    assert "<script>alert(1)</script>" in _words(html)


def test_only_the_addresses_of_pages_are_links() -> None:
    odd = Article(title="Odd", text="High at noon.", source="javascript:alert(1)//https://")
    linked = [
        v
        for n, v in _Read(document(conversation(answered(odd, "When?", (0, 13))))).attributes
        if n == "href" and v != "data:,"
    ]
    assert linked == ["#note-1"]


def test_an_answer_is_copied_with_its_footnotes() -> None:
    copied = fragment(answered(FERRY, "When and what?", (0, 18), (19, 32)))
    text = " ".join(_Read(copied).text.split())
    assert text.startswith("It leaves at nine.1 It has a bar.2")
    assert text.endswith("Ferry, 2 January 2025: “It leaves at nine.” Ferry, 2 January 2025: “It has a bar.”")
    assert "<html" not in copied
