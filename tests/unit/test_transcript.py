"""A conversation as Markdown: every answer with its own footnotes, nothing of an article is markup."""

from __future__ import annotations

from datetime import date, datetime

from markdown_it import MarkdownIt

from rag import Answer, Article, Citation, Filters, Sentence
from rag.answering.transcript import numbered_from, transcript
from rag.index.conversations import Conversation, ConversationInfo, Turn
from rag.types import markdown_escape

WHEN = datetime(2026, 3, 4, 5, 6)
FERRY = Article(title="Ferry", text="It leaves at nine. It has a bar.", source="ferry.txt", published=date(2025, 1, 2))
HOSTILE = Article(
    title="# <img src=x onerror=alert(1)> [a](javascript:b) \x1b[31m",
    text="- <script>alert(1)</script> *x* [^1]: $y$",
    source="a\n# b<i>.txt",
)


def answered(article: Article, question: str, *spans: tuple[int, int], **more: object) -> Answer:
    citations = tuple(Citation(article, number=n, start=a, end=b) for n, (a, b) in enumerate(spans, start=1))
    sentences = tuple(Sentence(c.quote, (c.number,)) for c in citations)
    return Answer(question, True, 0.9, sentences, citations, **more)  # type: ignore[arg-type]


def conversation(*answers: Answer, title: str = "The ferry") -> Conversation:
    return Conversation(
        ConversationInfo("ab12", title, WHEN, WHEN, len(answers)), tuple(Turn(WHEN, answer) for answer in answers)
    )


def test_footnotes_are_numbered_through_and_each_names_its_source_and_day() -> None:
    """C56: the sources of one answer are not shown with another."""
    text = transcript(
        conversation(
            answered(FERRY, "When and what?", (0, 18), (19, 32)),
            answered(
                FERRY,
                "And when?",
                (0, 18),
                standalone_question="When does it leave?",
                filters=Filters(tags="sea", since="2025"),
            ),
        )
    )
    assert text.splitlines()[:3] == ["# The ferry", "", "2 questions, 2026-03-04 05:06 to 2026-03-04 05:06 UTC."]
    first, second = text.split("## And when?")
    assert "It leaves at nine.[^1] It has a bar.[^2]" in first
    assert "[^2]: Ferry, 2025-01-02: “It has a bar.” (ferry.txt)" in first
    assert "It leaves at nine.[^3]" in second
    assert "[^3]: Ferry, 2025-01-02: “It leaves at nine.” (ferry.txt)" in second
    assert "*understood as: When does it leave?*" in second
    assert "*asked of articles since January 2025, tagged sea*" in second


def test_what_was_not_found_is_said() -> None:
    text = transcript(conversation(Answer("Who?", False, 0.0, note="Your articles do not answer.")))
    assert text.endswith("Your articles do not answer.\n")


def test_text_from_articles_and_questions_is_shown_as_it_stands() -> None:
    """C53: titles, quotes, sources and questions are characters, in exports too."""
    hostile = answered(HOSTILE, "1. <b>x</b>\n- y `z` ---\x1b[0m", (0, len(HOSTILE.text)))
    text = transcript(conversation(hostile, title="<h1>a\n- b</h1>"))
    assert "\x1b" not in text
    html = MarkdownIt("commonmark").render(text)
    shown = html.replace("&lt;", "").replace("&gt;", "").replace("&quot;", "")
    for tag in ("<img", "<script", "<b>", "<i>", "<a ", "<ul", "<ol", "<hr", "<code"):
        assert tag not in shown
    assert html.count("<h1>") == 1
    assert html.count("<h2>") == 1


def test_lists_rules_and_headings_are_escaped_and_numbers_in_text_are_not() -> None:
    assert markdown_escape("- a") == "\\- a"
    assert markdown_escape("12. Mai\n===\n+ b") == "12\\. Mai\n\\===\n\\+ b"
    assert markdown_escape("-5 degrees at 4.30, a - b = c") == "-5 degrees at 4.30, a - b = c"


def test_renumbering_keeps_what_is_cited() -> None:
    answer = answered(FERRY, "When and what?", (0, 18), (19, 32))
    later = numbered_from(7, answer)
    assert [(c.number, c.quote) for c in later.citations] == [(7, "It leaves at nine."), (8, "It has a bar.")]
    assert later.text == "It leaves at nine. [7] It has a bar. [8]"
    assert numbered_from(1, later) == answer
