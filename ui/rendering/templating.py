"""The only place where text becomes HTML.

Templates escape every value by themselves (Jinja2's autoescape). Nothing here or elsewhere in `ui`
joins markup from strings, so text from an article, a question or a model stays text.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from rag.types import long_date
from serve.proxies import root


def render(template: str, /, **values: Any) -> str:
    """Render a template of `ui/templates`."""
    return _templates.get_template(template).render(values)


_templates = Environment(
    loader=PackageLoader("ui"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals["base_path"] = root.get  # the path below which the request under way was made
_templates.filters["long_date"] = long_date
_templates.filters["first_upper"] = lambda text: text[:1].upper() + text[1:]
