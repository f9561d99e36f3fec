"""The side list: the conversations that are kept, by day, and what can be done with each.

The list is sent as finished HTML; `static/conversations.js` tells what is pressed in it, and makes it a drawer on a
narrow screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag.errors import FootnoteError
from rag.index.conversations import ConversationInfo, Conversations
from ui.conversation import Shown
from ui.rendering import conversations as render

# What is pressed comes as events of the page's own.
_EVENTS = """
element.addEventListener("footnote:do", (event) => trigger("click", event.detail));
element.addEventListener("footnote:open", (event) => trigger("select", event.detail));
watch("value", () => element.dispatchEvent(new CustomEvent("footnote:listed", { bubbles: true })));
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done with a conversation."""

    deleted: ConversationInfo | None = None
    restored: ConversationInfo | None = None
    problem: str = ""


class Side:
    """The side list. Made inside a `gr.Blocks`."""

    def __init__(self, store: Conversations, *, kept: bool) -> None:
        """`kept` says whether the conversations are still there when Footnote is started again."""
        self._store = store
        self.words = gr.State("")
        """What the list is searched for."""
        self.list = gr.HTML(
            "",
            html_template=render.side(kept=kept),
            js_on_load=_EVENTS,
            elem_id="conversations",
            apply_default_css=False,
        )

    def listed(self, shown: Shown, words: str, done: Done | None = None, *, reopens: bool = False) -> str:
        """Render the list, with the conversation that is `shown` marked in it, and what was `done` above it.

        To undo that `reopens` the conversation.
        """
        found = self._store.list(search=words)
        hits = {hit.conversation.id: hit for hit in reversed(self._store.search(words, render.LISTED))}
        return render.conversations(found, hits, current=shown.id, words=words, done=done or Done(), reopens=reopens)

    def do(self, wanted: Mapping[str, Any]) -> Done:
        """Rename, delete or bring back a conversation, or do nothing but search."""
        known = str(wanted.get("id") or "")
        try:
            if wanted.get("do") == "rename":
                self._store.rename(known, str(wanted.get("title") or ""))
            elif wanted.get("do") == "delete":
                info = self._store.info(known)
                self._store.delete(known)
                return Done(deleted=info)
            elif wanted.get("do") == "restore":
                self._store.restore(known)
                return Done(restored=self._store.info(known))
        except ValueError:
            return Done(problem="A conversation needs a title of a word or more.")
        except FootnoteError as error:
            return Done(problem=str(error))
        return Done()
