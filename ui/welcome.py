"""What an empty conversation shows: how many articles are asked, and questions to try."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from rag.answering.chain import AnswerChain
from rag.answering.suggest import suggested_questions
from rag.index.library import Library
from rag.index.listing import Wanted
from ui.conversation import Shown
from ui.filters import recalled
from ui.rendering import asking

_EVENTS = """
element.addEventListener("click", (event) => {
  const example = event.target.closest("[data-ask]");
  if (example) trigger("click", { question: example.dataset.ask });
  if (event.target.closest("[data-library]")) trigger("select");
});
"""


class Welcome:
    """The part of the window that greets. Made inside a `gr.Blocks`."""

    def __init__(self, library: Library, chain: AnswerChain, *, idle: Callable[[], bool]) -> None:
        """`idle` says whether no question is being answered, which would be slower beside a search for examples."""
        self._library = library
        self._chain = chain
        self._idle = idle
        self._suggested: tuple[object, list[str]] = (None, [])
        """Questions to try, and of what articles."""
        # The style sheet shows it while the log has no turns, so it never has to be shown or hidden here.
        self.html = gr.HTML("", js_on_load=_EVENTS, elem_id="welcome", apply_default_css=False)
        self._latest = gr.State({})
        self._told: list[Any] = []

    def connect(self, page: gr.Blocks, shown: gr.HTML, chosen: Any) -> None:
        """Greet when the page is loaded: of the articles that are `chosen`, and where no conversation is `shown`."""
        self._told = [shown, chosen, self._latest]
        page.load(self._welcomed, self._told, self.html, show_progress="hidden", api_visibility="private")

    def refreshed_by(self, event: Any) -> None:
        """Greet anew after `event`, which has changed what is asked, or what the library holds."""
        event.then(
            self._welcomed,
            self._told,
            self.html,
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
        )

    def _welcomed(self, shown: object, chosen: object, latest: dict[str, object], request: gr.Request) -> Iterator[Any]:
        """Greet, at first without examples: to find them takes a while.

        Beside a conversation nobody sees them. Where other articles are chosen meanwhile, `latest` is no longer this.
        """
        latest["welcome"] = this = object()
        filters = recalled(chosen)
        page = self._library.listing.page(Wanted(filters=filters), most=1)
        counts = {"articles": page.total, "asked": page.found}
        held = (filters, self._library.listing.edition())
        known, questions = self._suggested

        def wanted() -> bool:
            return latest["welcome"] is this and self._idle()

        if known != held:
            yield asking.welcome([], **counts)
            if Shown.of(shown).id or request.query_params.get("conversation"):
                return
            questions = suggested_questions(self._chain, filters=filters, wanted=wanted)
            if not wanted():
                yield gr.skip()  # at its end Gradio sends anew what came last
                return
            self._suggested = (held, questions)
        yield asking.welcome(questions, **counts)
