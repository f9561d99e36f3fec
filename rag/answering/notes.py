"""What is said where there is no answer, and of which articles."""

from __future__ import annotations

from rag.index.selection import Selection
from rag.index.terms import content_words

_ALL = "That is all that I found on it in your articles"


def not_found(question: str, within: Selection | None) -> str:
    """Say that the articles asked do not answer, and what was looked for."""
    asked = ", ".join(f"“{word}”" for word in content_words(question)[:6])
    if within is None:
        return f"Your articles do not seem to answer this. I looked for {asked}."
    return (
        f"The articles asked do not seem to answer this. I looked for {asked} in articles {within.filters} "
        f"({len(within.articles):,} in all).{_left_out(within)}"
    )


def nothing_more(within: Selection | None) -> str:
    """Say that what was said is all."""
    return f"{_ALL}." if within is None else f"{_ALL} {within.filters}.{_left_out(within)}"


def none_admitted(within: Selection) -> str:
    """Say that the filters leave no article to ask."""
    return f"You have no articles {within.filters}.{_left_out(within)} Take a filter away to ask others."


def _left_out(within: Selection) -> str:
    """Say how many articles more there would be if they had a date."""
    if not within.undated:
        return ""
    return f" {within.undated:,} without a date {'was' if within.undated == 1 else 'were'} left out."
