"""The row above the question that says which articles are asked, and the panel in which to choose them."""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr

from rag.errors import InvalidFilter
from rag.filters import EVERY_ARTICLE, Filters
from rag.index.library import Library
from ui.choices import Choices
from ui.conversation import storage_key
from ui.rendering import asking

_log = logging.getLogger(__name__)

# Whether the panel is open is the page's own affair, so it opens without a round trip and stays as it is when the
# choices are sent anew. What is sent is always all that is chosen, numbered: a reply to an earlier choice must not undo
# a later one. A date is sent when it is whole: its year is typed digit by digit.
_EVENTS = """
let sent = 0, last = {}, after = "", waitsSince = 0, changed = false;
const opener = () => element.querySelector("[data-opens]");
const all = (type) => element.querySelectorAll(`input[type=${type}]`);
const show = (open) => {
  element.classList.toggle("open", open);
  opener()?.setAttribute("aria-expanded", String(open));
};
const send = () => {
  last = {};
  for (const date of all("date")) if (date.value >= "1000") last[date.name] = date.value;
  for (const box of all("checkbox")) if (box.checked) (last[box.name] ??= []).push(box.value);
  tell();
};
// One at a time: of two on their way at once the later one may come first, and the older choice would hold. A reply
// that never comes is not waited for.
const tell = () => {
  changed = Date.now() - waitsSince < 5000;
  if (changed) {
    setTimeout(() => changed && tell(), 5000);
    return;
  }
  waitsSince = Date.now();
  trigger("click", { filters: last, number: ++sent });
};
const remove = (field, value) => {
  for (const date of all("date")) if (!field || date.name === field) date.value = "";
  const goes = (box) => !field || (box.name === field && (!value || box.value === value));
  for (const box of all("checkbox")) if (goes(box)) box.checked = false;
};
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.opens !== undefined) {
    show(!element.classList.contains("open"));
    send();
  } else if (button.dataset.closes !== undefined) {
    show(false);
    opener().focus();
  } else {
    remove(button.dataset.removes, button.dataset.value);
    send();
    opener().focus();
  }
});
element.addEventListener("footnote:scope", (event) => {
  last = event.detail.filters;
  after = event.detail.question;
  tell();
});
element.addEventListener("change", (event) => {
  const typing = event.target.type === "date" && event.target.value && event.target.value < "1000";
  if (!typing) send();
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
  const answered = element.querySelector("[data-number]").dataset.number === String(sent);
  const newest = !sent || (answered && !changed);
  if (answered) waitsSince = 0;
  if (answered && changed) setTimeout(tell);
  for (const box of all("checkbox")) {
    box.checked = newest ? box.hasAttribute("checked") : (last[box.name] ?? []).includes(box.value);
  }
  for (const date of all("date")) {
    const value = (newest ? date.getAttribute("value") : last[date.name]) ?? "";
    if (date !== document.activeElement && date.value !== value) date.value = value;
  }
  if (!newest || !after) return;
  const question = after;
  after = "";
  setTimeout(() => element.dispatchEvent(new CustomEvent("footnote:scoped", { detail: { question }, bubbles: true })));
});
"""
_DATES = ("since", "until")


class FilterRow:
    """Which articles are asked. Made inside a `gr.Blocks`."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.chosen = gr.BrowserState({}, storage_key=storage_key(library.name, "filters"), secret="footnote")
        """The filters as `Filters.to_dict` gives them; the browser keeps them."""
        self._row = gr.HTML("", js_on_load=_EVENTS, elem_id="filters", apply_default_css=False)

    def connect(self, page: gr.Blocks) -> Any:
        """Tie what a person does to what happens; return the event of another choice."""
        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        page.load(self.shown, self.chosen, self._row, **quietly)
        # Each is sent and answered in turn: of those that come amid another, "always_last" sends the wrong one's data.
        return self._row.click(
            self._choose,
            self.chosen,
            [self.chosen, self._row],
            trigger_mode="multiple",
            concurrency_limit=1,
            **quietly,
        )

    def refreshed_by(self, event: Any) -> None:
        """Show the library's choices anew after `event`, which has changed what it holds."""
        event.then(self.shown, self.chosen, self._row, show_progress="hidden", api_visibility="private")

    def shown(self, remembered: object) -> str:
        """Render the row with the filters that are set."""
        return self._rendered(recalled(remembered))

    def _choose(self, remembered: object, event: gr.EventData) -> tuple[Any, str]:
        chosen, number = event._data["filters"], event._data["number"]
        try:
            filters = Filters.of(chosen)
        except InvalidFilter as error:
            # What is wrong stays as it was typed, and what was asked before is asked still.
            undated = Filters.of({name: values for name, values in chosen.items() if name not in _DATES})
            dates = {name: str(chosen.get(name) or "") for name in _DATES}
            return gr.skip(), self._rendered(recalled(remembered), undated, dates, number, str(error))
        return filters.to_dict(), self._rendered(filters, number=number)

    def _rendered(
        self,
        filters: Filters,
        chosen: Filters | None = None,
        dates: dict[str, str] | None = None,
        number: int = 0,
        problem: str = "",
    ) -> str:
        """Render the row, with what is `chosen` and the `dates` typed where these are not the filters that hold."""
        articles = self._library.listing.facets()
        within = self._library.select(filters)
        return asking.filters(
            filters,
            Choices.of(articles, chosen or filters),
            dates=dates or {name: str(getattr(filters, name) or "") for name in _DATES},
            total=len(articles),
            asked=len(within.articles) if within else len(articles),
            number=number,
            problem=problem,
            titles={known.id: known.title for known in self._library.catalog.articles(filters.articles).values()},
        )


def recalled(remembered: object) -> Filters:
    """Bring back the filters that a browser remembers; what cannot be read, such as another version's, is none."""
    try:
        return Filters.of(remembered or None)  # type: ignore[arg-type]
    except (InvalidFilter, TypeError):
        _log.warning("Remembered filters could not be read and were left out.", exc_info=True)
        return EVERY_ARTICLE
