"""What stands around a conversation, as HTML: what to ask, and of which articles."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rag.filters import Filters
from ui.choices import Choices, chips_of
from ui.rendering.templating import render


def welcome(questions: Sequence[str], *, articles: int, asked: int) -> str:
    """Render what an empty conversation shows: questions to try, or how to add the first articles.

    Of the library's `articles` so many are `asked`.
    """
    return render("welcome.html", questions=questions, articles=articles, asked=asked)


def hint(text: str) -> str:
    """Render a word beneath the box to ask in."""
    return render("hint.html", text=text)


def keys() -> str:
    """Render the hint at the keys that the window takes."""
    return render("keys.html")


def filters(
    filters: Filters,
    choices: Choices,
    *,
    dates: Mapping[str, str],
    total: int,
    asked: int,
    number: int = 0,
    problem: str = "",
    titles: Mapping[str, str] | None = None,
) -> str:
    """Render which articles are asked, `asked` of `total`, and what can be chosen, the `dates` as they were typed.

    `number` is that of the choice to which this is the reply; `titles` are those of articles that are named by id.
    """
    return render(
        "filters.html",
        chips=chips_of(filters, titles or {}),
        articles=filters.articles,
        offered=[(json.dumps(scope.to_dict()), str(scope)) for scope in choices.scopes] if not filters else [],
        choices=choices,
        dates=dates,
        total=total,
        asked=asked,
        number=number,
        problem=problem,
    )
