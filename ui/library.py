"""The library in the window: a frame that the page's own script fills, from the addresses under ``/library``.

Nothing of it goes through Gradio's queue, and nothing is asked for before a person looks at it, so that the window is
ready as soon without it. Gradio is only told when the library has changed, for the sake of the conversation beside it.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from serve.bounds import MOST_FILES
from ui.rendering.templating import render

# What a click bubbles up is no event of this component's: only what is triggered here reaches the server.
_EVENTS = """
document.addEventListener("footnote:changed", () => trigger("change"));
"""


class Shelf:
    """The view of the library. Made inside a `gr.Blocks`."""

    def __init__(self, *, local: bool, largest_mb: int) -> None:
        self._page = gr.HTML(
            render("shelf/page.html", local=local, largest_mb=largest_mb, most_files=MOST_FILES),
            js_on_load=_EVENTS,
            elem_id="shelf",
            apply_default_css=False,
        )

    def connect(self, page: gr.Blocks) -> list[Any]:
        """Return the events of the library having changed."""
        return [self._page.change(lambda: None, None, None, show_progress="hidden", api_visibility="private")]
