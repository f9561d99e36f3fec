"""Templates: every value is escaped by itself, so that text from an article, a question or a model stays text."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from rag.types import long_date


def filled(name: str, **values: Any) -> str:
    """Return the template `name` of this package with its values filled in."""
    return _templates.get_template(name).render(values)


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


_templates = Environment(
    loader=PackageLoader("ui"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["long_date"] = long_date
_templates.filters["first_upper"] = _first_upper
