"""What the library page asks for: the fields of its form, as they come in an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from starlette.datastructures import QueryParams

from rag.errors import InvalidFilter
from rag.filters import Filters
from rag.index.listing import Order, Wanted

A_PAGE = 50
"""Articles that a page of the list shows."""
_LONGEST = 300
"""Characters of a search that are read."""
_DATES = ("since", "until")
_SEVERAL = ("sources", "tags", "languages")
_ASCENDING_FIRST = frozenset({"title", "author", "source"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Which articles are wanted, and how."""

    wanted: Wanted
    order: Order = "published"
    ascending: bool = False
    page: int = 1
    problem: str = ""
    """What is wrong with the filters; then those that can be read hold."""
    dates: Mapping[str, str] = field(default_factory=dict)
    """The days since and until when, as they were typed."""

    @classmethod
    def of(cls, query: QueryParams) -> Asked:
        """Read a form. What cannot be read is as if it had not been sent, and wrong dates are told."""
        order = query.get("order", "")
        several = {name: [value for value in query.getlist(name) if value.strip()] for name in _SEVERAL}
        dates = {name: query.get(name, "").strip() for name in _DATES}
        problem = ""
        try:
            filters = Filters.of({**{name: day or None for name, day in dates.items()}, **several})
        except InvalidFilter as error:
            filters, problem = Filters.of(several), str(error)
        return cls(
            wanted=Wanted(query.get("words", "").strip()[:_LONGEST], filters),
            order=next((known for known in get_args(Order) if known == order), "published"),
            ascending=query.get("ascending") == "1",
            page=_number(query.get("page", "1")),
            problem=problem,
            dates=dates,
        )

    def turned(self, order: str) -> bool:
        """Say whether a click on that column puts what is smallest first."""
        return not self.ascending if order == self.order else order in _ASCENDING_FIRST


def _number(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) < 9 else 1
