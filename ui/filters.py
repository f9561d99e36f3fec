"""The row above the question that says which articles are asked, and the panel in which to choose them."""

from __future__ import annotations

import logging
from hashlib import sha256
from typing import Any

import gradio as gr

from rag.errors import InvalidFilter
from rag.filters import EVERY_ARTICLE, Filters
from rag.index.library import Library
from ui import render
from ui.choices import Choices

_log = logging.getLogger(__name__)

# Whether the panel is open is the page's own affair, so it opens without a round trip and stays as it is when the
# choices are sent anew. A date is sent when it is whole: its year is typed digit by digit.
_EVENTS = """
const opener = () => element.querySelector("[data-opens]");
const show = (open) => {
  element.classList.toggle("open", open);
  opener()?.setAttribute("aria-expanded", String(open));
};
const chosen = () => {
  const filters = {};
  for (const date of element.querySelectorAll("input[type=date]")) if (date.value) filters[date.name] = date.value;
  for (const box of element.querySelectorAll("input[type=checkbox]:checked")) {
    (filters[box.name] ??= []).push(box.value);
  }
  return filters;
};
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.opens !== undefined) {
    show(!element.classList.contains("open"));
    trigger("click", {});
  } else if (button.dataset.closes !== undefined) {
    show(false);
    opener().focus();
  } else {
    trigger("click", { removed: button.dataset.removes, value: button.dataset.value });
    opener().focus();
  }
});
element.addEventListener("change", (event) => {
  const date = event.target;
  if (date.type === "date" && date.value && date.value < "1000") return;
  trigger("click", { filters: chosen() });
});
element.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !element.classList.contains("open")) return;
  event.stopPropagation();
  show(false);
  opener().focus();
});
document.addEventListener("focusin", (event) => {
  if (event.target.closest("#question")) show(false);
});
watch("value", () => {
  show(element.classList.contains("open"));
  for (const box of element.querySelectorAll("input[type=checkbox]")) box.checked = box.hasAttribute("checked");
  for (const date of element.querySelectorAll("input[type=date]")) {
    if (date !== document.activeElement) date.value = date.getAttribute("value") || "";
  }
});
"""


class FilterRow:
    """Which articles are asked. Made inside a `gr.Blocks`."""

    def __init__(self, library: Library) -> None:
        self._library = library
        name = sha256(str(library.folder).encode()).hexdigest()[:12]
        self.chosen = gr.BrowserState({}, storage_key=f"footnote-{name}-filters", secret="footnote")
        """The filters as `Filters.to_dict` gives them; the browser keeps them, as it does the conversation."""
        self._row = gr.HTML("", js_on_load=_EVENTS, elem_id="filters", apply_default_css=False)

    def connect(self, page: gr.Blocks) -> Any:
        """Tie what a person does to what happens; return the event of another choice."""
        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        page.load(self.shown, self.chosen, self._row, **quietly)
        return self._row.click(
            self._choose, self.chosen, [self.chosen, self._row], trigger_mode="always_last", **quietly
        )

    def refreshed_by(self, event: Any) -> None:
        """Show the library's choices anew after `event`, which has changed what it holds."""
        event.then(self.shown, self.chosen, self._row, show_progress="hidden", api_visibility="private")

    def shown(self, remembered: object) -> str:
        """Render the row with the filters that are set."""
        return self._rendered(recalled(remembered))

    def _choose(self, remembered: object, event: gr.EventData) -> tuple[Any, str]:
        done = event._data if isinstance(event._data, dict) else {}
        filters = recalled(remembered)
        try:
            if "filters" in done:
                # Those of single articles are not among the choices, and stay.
                filters = Filters.of({"articles": filters.articles, **done["filters"]})
            elif done.get("removed"):
                filters = filters.without(str(done["removed"]), str(done.get("value")))
            elif "removed" in done:
                filters = EVERY_ARTICLE
        except InvalidFilter as error:
            return gr.skip(), self._rendered(filters, typed=done.get("filters"), problem=str(error))
        return filters.to_dict(), self._rendered(filters)

    def _rendered(self, filters: Filters, typed: Any = None, problem: str = "") -> str:
        articles = self._library.articles()
        within = self._library.select(filters)
        return render.filters(
            filters,
            Choices.of(articles, filters),
            total=len(articles),
            asked=len(within.articles) if within else len(articles),
            typed=typed if isinstance(typed, dict) else filters.to_dict(),
            problem=problem,
        )


def recalled(remembered: object) -> Filters:
    """Bring back the filters that a browser remembers; what cannot be read, such as another version's, is none."""
    try:
        return Filters.of(remembered or None)  # type: ignore[arg-type]
    except (InvalidFilter, TypeError):
        _log.warning("Remembered filters could not be read and were left out.", exc_info=True)
        return EVERY_ARTICLE
