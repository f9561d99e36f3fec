"""The line of time beneath an answer."""

from __future__ import annotations

from datetime import date

from rag import Answer, Article, Citation, Sentence
from ui.rendering.templating import render
from ui.rendering.timeline import timeline

HOSTILE = '"><img src=x onerror="window.ran=1">'


def told(*days: date | None) -> Answer:
    cited = [
        Citation(
            Article(title=f"{HOSTILE} {number}", text="It rained.", source=str(number), published=day),
            number=number,
            start=0,
            end=10,
            sentence="",
        )
        for number, day in enumerate(days, start=1)
    ]
    said = (Sentence("It rained.", tuple(citation.number for citation in cited)),) if cited else ()
    return Answer("Did it rain?", found=bool(cited), confidence=0.9, sentences=said, citations=tuple(cited))


def test_sources_of_several_days_stand_on_a_line_in_their_order() -> None:
    shown = timeline(told(date(2024, 5, 1), None, date(2020, 1, 1), date(2024, 5, 2), date(2020, 1, 1)))
    html = render("timeline.html", timeline=shown)
    assert html.index(">3, 5</a>") < html.index(">1</a>") < html.index(">4</a>")
    places = [float(part.partition("%")[0]) for part in html.split("left: ")[1:]]
    assert places[0] == 0
    assert places[-1] == 100
    assert places[2] - places[1] >= 7.9  # a day apart, and still two dots
    assert "1 January 2020" in html
    assert "no date" in html  # in the table, which holds all of them
    assert html.count("<tr>") == 6
    assert "<img" not in html


def test_what_says_nothing_is_not_drawn() -> None:
    for days in ((), (None, None), (date(2024, 5, 1), date(2024, 5, 1))):
        assert timeline(told(*days)) is None
