"""The conversation: its log, the box to ask in, and what happens between the two.

The log is a `gr.HTML` and not a `gr.Chatbot`. A Chatbot puts the raw markup of a message into its
`aria-label`, which a screen reader then reads aloud, and its sanitizer strips the `aria-label` and
`data-` attributes that footnotes need. `gr.HTML` changes only what differs in the page, so focus and
scrolling stay while an answer streams in. It is sent the turn under way alone: `static/footnote.js` takes
those before it out of its hands, so that a question costs the same in a long conversation as in a new one.
Escaping is `ui.rendering`'s; the second wall is the content security policy of `ui.guard`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import Any

import gradio as gr

from rag.answering.chain import LONGEST_QUESTION, AnswerChain
from rag.answering.widening import widened
from rag.errors import ConversationNotFound, FootnoteError
from rag.index.conversations import Conversations
from rag.index.library import Library
from rag.text import clean_text, one_line
from rag.types import Answer
from ui.conversation import (
    INTERRUPTED,
    SHOWN_AT_ONCE,
    STOPPED,
    Shown,
    Turn,
    UnderWay,
    ahead,
    asked_before,
    history,
    put_down,
    titled,
)
from ui.filters import FilterRow, recalled
from ui.rendering import asking, turns
from ui.rendering import conversations as rendered
from ui.side import Side
from ui.welcome import Welcome

_LONGEST_LOG = 60
"""Turns that the page shows at most; before more are added, it is cut to those that are shown when one opens it."""
_AT_ONCE = 8
"""Questions that are answered at once; others wait for their turn."""
_log = logging.getLogger(__name__)

_UNEXPECTED = "Something went wrong while answering; the log says what. Asking again may help."
_GONE = "This conversation was deleted. Bring it back in the list, or begin a new one."
_LOG_TEMPLATE = (
    '<div role="log" aria-live="polite" aria-label="Conversation">${footnote.keep(value), value.turns.join("")}</div>'
)
# What is pressed in a turn comes as an event of the page's own, also from the earlier turns, which stand outside.
_LOG_EVENTS = """
element.addEventListener("footnote:ask", (event) => trigger("click", event.detail));
watch("value", () => element.dispatchEvent(new CustomEvent("footnote:said", { bubbles: true })));
"""
# Gradio puts values into a template as they are: what a person typed goes in escaped.
_SHOWN_TEMPLATE = '<span hidden data-shown="${value.id}" data-title="${value.escaped}"></span>'
_SHOWN_EVENTS = 'watch("value", () => element.dispatchEvent(new CustomEvent("footnote:shown", { bubbles: true })));'

Update = dict[Any, Any]
"""New values by component, as Gradio takes them."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked last, on its way to be answered."""

    under_way: UnderWay
    answers: Iterator[Answer]
    """What is worked out since it was asked."""
    holds: str
    """What the library held when it was asked."""


class Chat:
    """The view in which questions are asked. Made inside a `gr.Blocks`."""

    def __init__(self, library: Library, chain: AnswerChain, store: Conversations) -> None:
        self._library = library
        self._chain = chain
        self._store = store
        self._under_way: dict[str, UnderWay] = {}
        """By session: what is being answered."""
        self._working = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="answering")
        self.shown = gr.HTML(
            Shown().to_dict(), html_template=_SHOWN_TEMPLATE, js_on_load=_SHOWN_EVENTS, apply_default_css=False
        )
        self.side = Side(store, kept=store is library.conversations)
        self._earlier = gr.HTML("", elem_id="earlier", apply_default_css=False)
        self.log = gr.HTML(
            _log_of(Shown(), 0, []),
            html_template=_LOG_TEMPLATE,
            js_on_load=_LOG_EVENTS,
            elem_id="log",
            apply_default_css=False,
        )
        self.welcome = Welcome(library, chain, idle=lambda: not self._under_way)
        self._asked: gr.State = gr.State(None)
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
                gr.HTML(asking.keys(), elem_id="keys", apply_default_css=False)
                self._new = gr.Button("New conversation", elem_id="new", size="sm", scale=0)

    def connect(self, page: gr.Blocks) -> None:
        """Tie what a person does to what happens.

        To ask takes two events: a short one that puts the question down, and a long one that answers.
        Only the second is cancelled; Gradio lets nobody trigger a cancelled "once" event again until
        its function returns, and a model that hangs is the very reason to press Stop.
        """
        buttons = [self._send, self._stop]
        conversation = [self.shown, self._earlier, self.log, self._hint, self.side.list, *buttons]
        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asking = gr.on(
            [self._box.submit, self._send.click, self.welcome.html.click, self.log.click],
            self._telling(self._ask, none=[self._asked]),
            inputs=[self._box, self.shown, self.filters.chosen, self.side.words],
            outputs=[*conversation, self._box, self._asked],
            **quietly,
        )
        answering = asking.then(
            self._answer,
            [self._asked, self.shown, self.side.words],
            [self.shown, self.log, self._hint, self.side.list, *buttons],
            trigger_mode="multiple",
            **quietly,
        )
        stopped, begin, opened = (self._telling(each) for each in (self._stopped, self._begin, self._open))
        self._stop.click(stopped, self.shown, [self.log, self._hint, *buttons], cancels=answering, **quietly)
        begun = self._new.click(begin, self.side.words, conversation, cancels=answering, **quietly)
        self.side.list.select(opened, self.side.words, conversation, cancels=answering, **quietly)
        page.load(self._telling(self._restored), None, conversation, **quietly)
        page.unload(self._left)
        self.side.list.click(
            self._telling(self._do),
            [self.shown, self.side.words],
            [*conversation, self.side.words],
            trigger_mode="multiple",
            concurrency_limit=1,
            **quietly,
        )
        self.welcome.connect(page, self.shown, self.filters.chosen)
        for event in (begun, self.filters.connect(page)):
            self.welcome.refreshed_by(event)

    def refreshed_by(self, event: Any) -> None:
        """Show what depends on the library anew after `event`, which has changed what it holds."""
        self.filters.refreshed_by(event)
        self.welcome.refreshed_by(event)

    def _ask(
        self, typed: str, value: object, chosen: object, words: str, event: gr.EventData, request: gr.Request
    ) -> Update:
        """Put the question down. An empty one, or one while another is answered, gets a hint.

        A question that is chosen by a button leaves alone what is being typed.
        """
        pressed = event._data if isinstance(event._data, dict) else {}
        shown, again = Shown.of(value), pressed.get("again")
        if not shown.id and (named := _named(request)):  # asked before what the address names was shown
            with suppress(ConversationNotFound):
                shown = self._last_part(named)
        if isinstance(again, int) and "question" not in pressed:
            pressed = {**pressed, **asked_before(self._store, shown.id, again)}
        question, literal = str(pressed.get("question", typed)).strip(), bool(pressed.get("literal"))
        if not one_line(clean_text(question)):
            return {self._asked: None, self._hint: asking.hint("Type a question, then press Enter.")}
        if str(request.session_hash) in self._under_way:
            busy = "Still answering. Press Stop to ask something else."
            return {self._asked: None, self._hint: asking.hint(busy)}
        holds = self._holds()
        current = bool(shown.id) and shown.state == self._state(shown, holds)
        try:
            under_way = put_down(self._store, shown.id, question, again, literal=literal)
        except FootnoteError as error:
            problem = _GONE if isinstance(error, ConversationNotFound) else str(error)
            return {self._asked: None, self._hint: asking.hint(problem)}
        self._under_way[str(request.session_hash)] = under_way
        turn, filters = under_way.turn, recalled(chosen).to_dict()
        answers = ahead(self._working, partial(self._answers, under_way, filters))
        goes_on = shown.id == turn.conversation
        first = shown.first if goes_on and turn.ordinal - shown.first < _LONGEST_LOG else None
        now = Shown(
            turn.conversation,
            self._store.info(turn.conversation).title if turn.conversation else "",
            max(0, turn.ordinal + 1 - SHOWN_AT_ONCE) if first is None else first,
        )
        keeps = turn.ordinal if goes_on and current else now.first
        past = self._rendered(now, before=turn.ordinal) if keeps < turn.ordinal else []
        return (
            {
                self.shown: now.to_dict(),
                self.log: _log_of(now, keeps, [*past, turns.turn(turn, self._library)]),
                self.side.list: self.side.listed(now, words),
                self._send: gr.Button(visible=False),
                self._stop: gr.Button(visible=True),
                self._hint: "",
                self._asked: _Asked(under_way, answers, holds),
            }
            | ({} if first is not None else {self._earlier: rendered.earlier(now)})
            | ({} if pressed.get("question") else {self._box: ""})
        )

    def _answers(self, under_way: UnderWay, filters: dict[str, Any]) -> Iterator[Answer]:
        turn = under_way.turn
        before = [] if turn.literal else history(self._store, turn.conversation, turn.ordinal)
        question = {"question": turn.question, "history": before, "filters": filters}
        return self._chain.stream(question, cancelled=under_way.cancelled)

    def _answer(self, asked: _Asked | None, value: object, words: str, request: gr.Request) -> Iterator[Update]:
        """Let the answer to the question put down grow, from the articles that were chosen when it was."""
        if asked is None:
            yield gr.skip()
            return
        under_way, shown, note = asked.under_way, Shown.of(value), ""
        try:
            for answer in asked.answers:
                if not under_way.grow(answer):
                    yield gr.skip()  # at its end Gradio sends anew what came last
                    return
                yield {self.log: self._grown(shown, under_way.turn)}
            if under_way.turn.answer:
                under_way.grow(widened(self._chain, under_way.turn.answer))
        except FootnoteError as error:
            note = str(error)
        except Exception:  # noqa: BLE001 - whatever fails, the person gets a sentence and the log the trace
            _log.exception("The question could not be answered.")
            note = _UNEXPECTED
        finally:
            under_way.cancelled.set()
            self._forget(request, under_way)
        turn = under_way.end(note)
        try:
            yield self._ended(asked, turn, shown, words, note)
        except FootnoteError as error:  # the catalog is away
            yield {self._hint: asking.hint(note or str(error))} | self._idle()

    def _ended(self, asked: _Asked, turn: Turn, shown: Shown, words: str, note: str) -> Update:
        """Show an answer that is whole, or as far as it came."""
        shown = titled(self._store, shown)
        # What the library lost or got meanwhile is not seen in the turns before it: they come anew with the next one.
        holds = self._holds()
        shown = replace(shown, state=self._state(shown, holds) if holds == asked.holds else "")
        return {
            self.log: self._grown(shown, turn),
            self.shown: shown.to_dict(),
            self.side.list: self.side.listed(shown, words),
            self._hint: asking.hint(note) if note and asked.under_way.reverted else "",
        } | self._idle()

    def _telling(self, do: Callable[..., Update], none: Sequence[Any] = ()) -> Callable[..., Update]:
        """Return what does the same, and where it cannot be done says why, and gives `none`."""

        @wraps(do)
        def done(*given: Any) -> Update:
            try:
                return do(*given)
            except FootnoteError as error:
                self._end(given[-1], INTERRUPTED)
                return {self._hint: asking.hint(str(error))} | self._idle() | dict.fromkeys(none)

        return done

    def _holds(self) -> str:
        """Return what is another when anything is, of articles or of feedback, that turns show."""
        return f"{self._library.listing.edition()} {self._library.feedback.edition()}"

    def _state(self, shown: Shown, holds: str) -> str:
        """Return what is another when the turns of a conversation would be rendered otherwise."""
        try:
            return f"{self._store.info(shown.id).updated} {holds}" if shown.id else ""
        except ConversationNotFound:
            return ""

    def _grown(self, shown: Shown, turn: Turn) -> Update:
        return _log_of(shown, turn.ordinal, [turns.turn(turn, self._library)])

    def _stopped(self, value: object, request: gr.Request) -> Update:
        self._end(request)
        shown = Shown.of(value)
        return {self.log: _log_of(shown, shown.first, self._rendered(shown))} | self._idle()

    def _left(self, request: gr.Request) -> None:
        """The page is closed or loaded anew: nobody waits for the answer any more."""
        self._end(request, INTERRUPTED)

    def _begin(self, words: str, request: gr.Request) -> Update:
        return self._showing("", words, request)

    def _open(self, words: str, event: gr.EventData, request: gr.Request) -> Update:
        return self._showing(str(event._data.get("id") or ""), words, request)

    def _do(self, value: object, words: str, event: gr.EventData, request: gr.Request) -> Update:
        """Search the list, or change a conversation in it. One that is deleted is shown no more, until it is back."""
        wanted, shown = event._data, Shown.of(value)
        words = str(wanted.get("words", words))
        done = self.side.do(wanted)
        if closes := done.deleted is not None and done.deleted.id == shown.id:
            update, shown = self._showing("", words, request), Shown()
        elif done.restored and wanted.get("reopens"):
            update, shown = self._showing(done.restored.id, words, request), replace(shown, id=done.restored.id)
        else:
            update = {self.shown: titled(self._store, shown).to_dict()}
        listed = self.side.listed(shown, words, done, reopens=closes)
        return {**update, self.side.list: listed, self.side.words: words}

    def _restored(self, request: gr.Request) -> Update:
        """Show the conversation that the address names. A question that was sooner comes with what was before it."""
        if str(request.session_hash) in self._under_way:
            return {}
        return self._showing(_named(request), "", request)

    def _showing(self, conversation: str, words: str, request: gr.Request) -> Update:
        """Show the last part of a conversation, or an empty one, in the place of another."""
        self._end(request)
        shown, said = Shown(), ""
        if conversation:
            try:
                shown = self._last_part(conversation)
                shown = replace(shown, state=self._state(shown, self._holds()))
            except ConversationNotFound:
                said = _GONE
        return {
            self.shown: shown.to_dict(),
            self._earlier: rendered.earlier(shown),
            self.log: _log_of(shown, shown.first, self._rendered(shown)),
            self.side.list: self.side.listed(shown, words),
            self._hint: asking.hint(said) if said else "",
        } | self._idle()

    def _last_part(self, conversation: str) -> Shown:
        """Return what is shown of a conversation at first. Raises `ConversationNotFound`."""
        info = self._store.info(conversation)
        return Shown(info.id, info.title, max(0, info.turns - SHOWN_AT_ONCE))

    def _end(self, request: gr.Request, note: str = STOPPED) -> None:
        if under_way := self._under_way.pop(str(request.session_hash), None):
            under_way.end(note)

    def _forget(self, request: gr.Request, under_way: UnderWay) -> None:
        if self._under_way.get(str(request.session_hash)) is under_way:
            del self._under_way[str(request.session_hash)]

    def _idle(self) -> Update:
        return {self._send: gr.Button(visible=True), self._stop: gr.Button(visible=False)}

    def _rendered(self, shown: Shown, before: int | None = None) -> list[str]:
        """Render the turns of a conversation from the first one shown, up to the ordinal `before`."""
        if not shown.id:
            return []
        end = self._store.info(shown.id).turns if before is None else before
        said = self._store.turns(shown.id, before=end, limit=max(0, end - shown.first))
        return [turns.turn(Turn.of(turn, shown.id), self._library) for turn in said]


def _named(request: gr.Request) -> str:
    """Return the id of the conversation that the page's address named as it was loaded, until that is shown."""
    return str(request.query_params.get("conversation") or "")


def _log_of(shown: Shown, keeps: int, said: list[str]) -> dict[str, Any]:
    """Return what the log is sent: of the conversation shown, turns that follow those before the ordinal `keeps`."""
    return {"conversation": shown.id, "first": shown.first, "keeps": keeps, "turns": said}
