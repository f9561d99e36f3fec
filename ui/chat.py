"""The conversation: its log, the box to ask in, and what happens between the two.

The log is a `gr.HTML` and not a `gr.Chatbot`. A Chatbot puts the raw markup of a message into its
`aria-label`, which a screen reader then reads aloud, and its sanitizer strips the `aria-label` and
`data-` attributes that footnotes need. `gr.HTML` takes a list of turns, is sent only the one that
changed, and changes only what differs in the page, so focus and scrolling stay while an answer
streams in. Escaping is `ui.render`'s; the second wall is the content security policy of `ui.guard`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from rag.answering.chain import AnswerChain
from rag.answering.suggest import suggested_questions
from rag.errors import FootnoteError
from rag.index.library import Library
from rag.text import clean_text, one_line
from rag.types import Answer
from ui import render
from ui.conversation import Turn, finished, history, recall, remember, storage_key
from ui.filters import FilterRow, recalled

LONGEST_QUESTION = 100_000
"""Characters that the box takes. The chain reads fewer of them, and says so."""

_log = logging.getLogger(__name__)

_UNEXPECTED = "Something went wrong while answering; the log says what. Asking again may help."
_LOG_TEMPLATE = '<div role="log" aria-live="polite" aria-label="Conversation">${value.join("")}</div>'
_LOG_EVENTS = """
element.addEventListener("click", (event) => {
  const written = event.target.closest("[data-as-written]");
  if (written) trigger("click", { question: written.dataset.asWritten, literal: true });
});
"""
_WELCOME_EVENTS = """
element.addEventListener("click", (event) => {
  const example = event.target.closest("[data-ask]");
  if (example) trigger("click", { question: example.dataset.ask });
  if (event.target.closest("[data-library]")) trigger("select");
});
"""

Update = dict[Any, Any]
"""New values by component, as Gradio takes them."""


class Chat:
    """The view in which questions are asked. Made inside a `gr.Blocks`."""

    def __init__(self, library: Library, chain: AnswerChain) -> None:
        self._library = library
        self._chain = chain
        self._suggested: tuple[object, list[str]] = (None, [])
        """Questions to try, and of what articles."""
        # The secret only has to stay the same: it hides nothing from a person at this machine.
        self.turns = gr.BrowserState([], storage_key=storage_key(library.name), secret="footnote")
        self.log = gr.HTML(
            [],
            html_template=_LOG_TEMPLATE,
            js_on_load=_LOG_EVENTS,
            elem_id="log",
            apply_default_css=False,
        )
        # The style sheet shows it while the log has no turns, so it never has to be shown or hidden here.
        self.welcome = gr.HTML("", js_on_load=_WELCOME_EVENTS, elem_id="welcome", apply_default_css=False)
        self._asked = gr.State(("", {}))
        self._latest = gr.State({})
        with gr.Column(elem_id="composer"):
            self.filters = FilterRow(library)
            with gr.Row(elem_id="ask-row"):
                self._box = gr.Textbox(
                    "",
                    label="Your question",
                    show_label=False,
                    container=False,
                    placeholder="Ask your articles",
                    lines=1,
                    max_lines=8,
                    max_length=LONGEST_QUESTION,
                    autofocus=True,
                    elem_id="question",
                    html_attributes=gr.InputHTMLAttributes(enterkeyhint="send", spellcheck=True),
                )
                self._send = gr.Button("Ask", variant="primary", elem_id="ask", scale=0)
                self._stop = gr.Button("Stop", elem_id="stop", scale=0, visible=False)
            with gr.Row(elem_id="below"):
                self._hint = gr.HTML("", elem_id="hint", apply_default_css=False)
                self._new = gr.Button("New conversation", elem_id="new", size="sm", scale=0)
        self._beside = [self.turns, self.filters.chosen, self._latest]

    def connect(self, page: gr.Blocks) -> None:
        """Tie what a person does to what happens.

        To ask takes two events: a short one that puts the question down, and a long one that answers.
        Only the second is cancelled; Gradio lets nobody trigger a cancelled "once" event again until
        its function returns, and a model that hangs is the very reason to press Stop.
        """
        shown = [self.log, self.turns]
        buttons = [self._send, self._stop]
        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asking = gr.on(
            [self._box.submit, self._send.click, self.welcome.click, self.log.click],
            self._ask,
            inputs=[self._box, self.turns, self.filters.chosen],
            outputs=[*shown, *buttons, self._box, self._hint, self._asked],
            **quietly,
        )
        answering = asking.then(
            self._answer,
            [self._asked, self.turns, self._latest],
            [*shown, *buttons],
            trigger_mode="multiple",
            **quietly,
        )
        self._stop.click(self._stopped, [self.turns, self._latest], [*shown, *buttons], cancels=answering, **quietly)
        begun = self._new.click(self._begin, self._latest, [*shown, *buttons], cancels=answering, **quietly)
        page.load(self._restored, self.turns, shown, **quietly)
        page.load(self.welcomed, self._beside, self.welcome, **quietly)
        for event in (begun, self.filters.connect(page)):
            self._welcome_after(event)

    def refreshed_by(self, event: Any) -> None:
        """Show what depends on the library anew after `event`, which has changed what it holds."""
        self.filters.refreshed_by(event)
        self._welcome_after(event)

    def welcomed(self, remembered: object, chosen: object, latest: dict[str, object]) -> Iterator[Any]:
        """Show what an empty conversation shows, at first without examples: to find them takes a while.

        Beside a conversation nobody sees them. Where other articles are chosen meanwhile, `latest` is no longer this.
        """
        latest["welcome"] = this = object()
        filters = recalled(chosen)
        infos = self._library.articles(filters)
        counts = {"articles": self._library.catalog.counts()[0], "asked": len(infos)}
        held = (filters, frozenset((info.id, info.updated) for info in infos))
        known, questions = self._suggested
        if known != held:
            yield render.welcome([], **counts)
            if recall(remembered):
                return
            questions = suggested_questions(self._chain, filters=filters, wanted=lambda: latest["welcome"] is this)
            if latest["welcome"] is not this:
                yield gr.skip()  # at its end Gradio sends anew what came last
                return
            self._suggested = (held, questions)
        yield render.welcome(questions, **counts)

    def _welcome_after(self, event: Any) -> None:
        event.then(
            self.welcomed,
            self._beside,
            self.welcome,
            trigger_mode="multiple",
            show_progress="hidden",
            api_visibility="private",
        )

    def _restored(self, remembered: object) -> Update:
        """Show the turns that the browser remembers. One that a reload cut short says so."""
        turns = finished(recall(remembered), "This answer was interrupted. Ask again to get it whole.")
        return {self.log: self._rendered(turns), self.turns: remember(turns)}

    def _ask(self, typed: str, remembered: object, chosen: object, event: gr.EventData) -> Update:
        """Put the question down. An empty one, or one while another is answered, gets a hint.

        A question that is chosen by a button leaves alone what is being typed.
        """
        pressed = event._data if isinstance(event._data, dict) else {}
        question = str(pressed.get("question", typed)).strip()
        if not one_line(clean_text(question)):
            return {self._asked: ("", {}), self._hint: render.hint("Type a question, then press Enter.")}
        turns = recall(remembered)
        if turns and not turns[-1].done:
            return {
                self._asked: ("", {}),
                self._hint: render.hint("Still answering. Press Stop to ask something else."),
            }
        turns.append(Turn(question, literal=bool(pressed.get("literal"))))
        return {
            self.log: self._rendered(turns),
            self.turns: remember(turns),
            self._send: gr.Button(visible=False),
            self._stop: gr.Button(visible=True),
            self._hint: "",
            self._asked: (question, recalled(chosen).to_dict()),
        } | ({} if pressed.get("question") else {self._box: ""})

    def _answer(
        self, asked: tuple[str, dict[str, Any]], remembered: object, latest: dict[str, object]
    ) -> Iterator[Update]:
        """Let the answer to the question put down grow, from the articles that were chosen when it was."""
        question, filters = asked
        *turns, last = recall(remembered) or [Turn("", done=True)]
        if not question or last.done:
            yield gr.skip()
            return
        past = self._rendered(turns)
        before = [] if last.literal else history(turns)
        # Gradio cannot end a function that waits for a model's first word; this does.
        latest["cancelled"] = cancelled = threading.Event()
        for turn in self._growing(replace(last, question=question), before, filters, cancelled):
            yield {
                self.log: [*past, render.turn(turn, self._library)],
                self.turns: remember([*turns, turn]),
            } | (self._idle() if turn.done else {})

    def _growing(
        self, turn: Turn, before: list[Answer], filters: dict[str, Any], cancelled: threading.Event
    ) -> Iterator[Turn]:
        """Yield `turn` as its answer grows; the last is done. `before` is what its question can lean on."""
        asked = {"question": turn.question, "history": before, "filters": filters}
        try:
            for answer in self._chain.stream(asked, cancelled=cancelled):
                turn = replace(turn, answer=answer)
                yield turn
        except FootnoteError as error:
            turn = replace(turn, problem=str(error))
        except Exception:  # noqa: BLE001 - whatever fails, the person gets a sentence and the log the trace
            _log.exception("The question could not be answered.")
            turn = replace(turn, problem=_UNEXPECTED)
        yield replace(turn, done=True)

    def _stopped(self, remembered: object, latest: dict[str, object]) -> Update:
        _cancel(latest)
        turns = finished(recall(remembered), "Stopped.")
        return {self.log: self._rendered(turns), self.turns: remember(turns)} | self._idle()

    def _begin(self, latest: dict[str, object]) -> Update:
        _cancel(latest)
        return {self.log: [], self.turns: []} | self._idle()

    def _idle(self) -> Update:
        return {self._send: gr.Button(visible=True), self._stop: gr.Button(visible=False)}

    def _rendered(self, turns: list[Turn]) -> list[str]:
        return [render.turn(turn, self._library) for turn in turns]


def _cancel(latest: dict[str, object]) -> None:
    cancelled = latest.get("cancelled")
    if isinstance(cancelled, threading.Event):
        cancelled.set()
