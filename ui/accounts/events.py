"""The window's page where there are accounts: each of its events is answered on behalf of whoever caused it."""

from __future__ import annotations

from typing import Any

import gradio as gr

from serve.accounts.acting import Acting, current, on_behalf_of
from serve.accounts.gate import ACTING, Pages
from ui.rendering.templating import render

_EMPTY = '<nav class="account" aria-label="Your account"></nav>'
"""Until it is known who has signed in, nothing is shown that only some may do."""


class GuardedBlocks(gr.Blocks):
    """A page whose events are refused to all but those who have signed in, on pages that they have opened themselves.

    Every event comes through `call_function`, each step of a stream anew.
    """

    opened: Pages

    async def call_function(
        self, block_fn: Any, processed_input: Any, iterator: Any = None, requests: Any = None, *rest: Any, **more: Any
    ) -> Any:
        """Answer an event, or a step of it."""
        request = requests[0] if isinstance(requests, list) else requests
        acting = _acting(request)
        if (
            acting is None
            or acting.account is None
            or not self.opened.belongs(request.session_hash or "", acting.account)
        ):
            raise gr.Error("Sign in first.", print_exception=False)
        with on_behalf_of(acting):
            return await super().call_function(block_fn, processed_input, iterator, requests, *rest, **more)


class Bar:
    """The part of the header that says who has signed in. Made inside a `gr.Blocks`."""

    def __init__(self, page: gr.Blocks) -> None:
        html = gr.HTML(_EMPTY, elem_id="account", apply_default_css=False)
        page.load(self._rendered, None, html, show_progress="hidden", api_visibility="private")

    def _rendered(self) -> str:
        acting = current()
        if acting is None or acting.account is None:
            return _EMPTY
        return render("accounts/bar.html", account=acting.account)


def _acting(request: gr.Request | None) -> Acting | None:
    asked = request.request if request else None
    acting = asked.scope.get(ACTING) if asked is not None else None
    return acting if isinstance(acting, Acting) else None
