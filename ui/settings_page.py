"""The settings page: what can be changed in the window, and what leaves this machine."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from rag import kept_settings
from rag.answering.chain import AnswerChain
from rag.errors import FootnoteError
from rag.index.accounts.accounts import Accounts
from rag.index.library import Library
from rag.index.tokens import Scope
from rag.kept_settings import file_of
from rag.leaving import what_leaves
from rag.settings import SHIPPED_EMBEDDER, Settings, fixed_by
from serve.accounts import acting
from serve.problems import FRESH
from serve.proxies import seen_here_only
from ui.embedding import Embedding, Told
from ui.rendering.templating import render
from ui.settings_form import FIELDS, Typed, checked, end_of, keep, taken_over, tried

if TYPE_CHECKING:
    import gradio as gr

_SHOWN = """
const tell = () => element.dispatchEvent(new CustomEvent("footnote:settings", { bubbles: true }));
watch("value", tell);
tell();
"""
_SECONDS_BETWEEN_LOOKS = 1.0
_CLOSED = (
    "This window can be opened from other machines, so settings are changed where it is started only: in the "
    "environment or in a file .env."
)

_log = logging.getLogger(__name__)


class SettingsPage:
    """The settings of one window. What is changed holds from the next question on, and is kept with the library."""

    def __init__(self, library: Library, chain: AnswerChain, accounts: Accounts | None = None) -> None:
        self._library, self._chain, self._accounts = library, chain, accounts
        self._embeds = Embedding(library)
        self._followed = kept_settings.Followed(chain.settings.library)
        self._open = chain.settings.auth or seen_here_only(chain.settings)

    @property
    def now(self) -> Settings:
        """The settings that hold."""
        return self._chain.settings

    def follow(self) -> None:
        """Use what another process that serves the library has kept since."""
        if changed := self._followed.changed():
            self._use(taken_over(self.now, changed))

    def follow_from_now_on(self) -> None:
        """Look for that once a second, in a thread, as long as this is used."""
        page = weakref.ref(self)

        def look() -> None:
            while following := page():
                try:
                    following.follow()
                except FootnoteError as error:
                    _log.warning("Settings that were changed are not taken over: %s", error)
                del following
                time.sleep(_SECONDS_BETWEEN_LOOKS)

        threading.Thread(target=look, name="settings", daemon=True).start()

    def view(self, page: gr.Blocks) -> None:
        """Show the page. Called inside the tab of `page` that it fills."""
        import gradio as gr

        shown = gr.HTML("", js_on_load=_SHOWN, elem_id="settings", apply_default_css=False)
        page.load(lambda: self.rendered(), None, shown, show_progress="hidden", api_visibility="private")

    def routes(self) -> APIRouter:
        """Return the routes that the page sends to."""
        router = APIRouter(prefix="/settings")

        @router.post("")
        async def save(request: Request) -> Response:
            return await self._answered(request, self._save)

        @router.post("/chat-model")
        async def try_chat_model(request: Request) -> Response:
            return await self._answered(request, self._try)

        @router.post("/embedding-model")
        async def take_embedding_model(request: Request) -> Response:
            return await self._answered(request, self._embed)

        @router.post("/tokens")
        async def change_tokens(request: Request) -> Response:
            return await self._answered(request, self._change_tokens)

        @router.get("/embedding-model")
        def embedding() -> HTMLResponse:
            return self._embedding(self._embeds.told())

        return router

    def rendered(self, typed: Typed | None = None, said: str = "") -> str:
        """Render the page, with what was `typed` and what came of it."""
        self.follow()
        now, embedding = self.now, self._embeds.told()
        admin = acting.may("admin")
        values = {name: str(getattr(now, name)) for name in FIELDS if name != "chat_api_key"}
        if typed and typed.problems:
            values |= {name: value for name, value in typed.values.items() if name in values}
        return render(
            "settings.html",
            values=values,
            key=end_of(now.chat_api_key),
            problems=dict(typed.problems) if typed else {},
            notes=list(typed.notes) if typed else [],
            fixed={name: fixed_by(name) for name in (*FIELDS, "embedding_model")},
            embedding="" if now.embedding_model == SHIPPED_EMBEDDER else now.embedding_model,
            shipped=SHIPPED_EMBEDDER,
            job=replace(embedding, said=""),  # which is told to those who wait for it
            admin=admin,
            tokens=self._library.tokens.list() if self._open and admin else [],
            **self._token_accounts(),
            secret="",
            problem="",
            said=said,
            closed="" if self._open else _CLOSED,
            library=self._library.name,
            status=self._library.status(),
            file=file_of(now.library),
            leaving=what_leaves(now, list(self._library.followed())),
        )

    async def _answered(self, request: Request, answer: Any) -> Response:
        from starlette.concurrency import run_in_threadpool

        if not self._open:
            return JSONResponse({"problem": _CLOSED}, 403, headers=FRESH)
        await run_in_threadpool(self.follow)
        typed = await request.json()
        answered: Response = await run_in_threadpool(answer, typed if isinstance(typed, dict) else {})
        return answered

    def _save(self, sent: dict[str, Any]) -> Response:
        typed = checked(sent, self.now)
        if typed.problems:
            return HTMLResponse(self.rendered(typed), headers=FRESH)
        try:
            keep(self.now, typed.settings)
            self._followed.changed()  # what is kept now is what is used
        except FootnoteError as error:
            return HTMLResponse(self.rendered(typed, str(error)), headers=FRESH)
        changed = [name for name in FIELDS if getattr(typed.settings, name) != getattr(self.now, name)]
        self._use(typed.settings)
        acting.did("settings changed", ", ".join(changed))
        return HTMLResponse(self.rendered(typed, "Saved. It holds from the next question on."), headers=FRESH)

    def _try(self, sent: dict[str, Any]) -> Response:
        typed = checked(sent, self.now)
        about = ("chat_model", "chat_base_url", "chat_api_key")
        if problem := next((typed.problems[name] for name in about if name in typed.problems), ""):
            return JSONResponse({"answered": False, "said": problem}, headers=FRESH)
        answered, said = tried(typed.settings)
        return JSONResponse({"answered": answered, "said": said}, headers=FRESH)

    def _embed(self, sent: dict[str, Any]) -> Response:
        if not fixed_by("embedding_model"):
            acting.did("settings changed", "embedding_model")
            return self._embedding(self._embeds.start(str(sent.get("embedding_model", "")), self.now))
        return self._embedding(self._embeds.told())

    def _embedding(self, told: Told) -> HTMLResponse:
        return HTMLResponse(render("settings_embedding.html", job=told), headers=FRESH)

    def _change_tokens(self, sent: dict[str, Any]) -> Response:
        """Make a token or revoke one. A new one's secret is in this reply, and in no other."""
        name, secret, problem = str(sent.get("name", "")), "", ""
        try:
            if sent.get("revoke"):
                self._library.tokens.revoke(name)
                acting.did("token revoked", name)
            else:
                scope: Scope = "write" if sent.get("write") else "read"
                of = self._accounts.get(str(sent["account"])) if self._accounts and sent.get("account") else None
                account_id = of.id if of else acting.owner() if self._accounts else None
                secret = self._library.tokens.make(name, scope=scope, account_id=account_id)
                acting.did("token made", f"{name}, {scope}" + (f", for {of.name}" if of else ""))
        except FootnoteError as error:
            problem = str(error)
        tokens = self._library.tokens.list()
        told = {"tokens": tokens, "secret": secret, "problem": problem, "closed": "", **self._token_accounts()}
        return HTMLResponse(render("settings_tokens.html", **told), headers=FRESH)

    def _token_accounts(self) -> dict[str, Any]:
        """Return for whom tokens can be made, and who makes them, where there are accounts."""
        acts = acting.current()
        if self._accounts is None or acts is None or not acting.may("admin"):
            return {"accounts": [], "me": ""}
        enabled = [account.name for account in self._accounts.list() if account.disabled is None]
        return {"accounts": enabled, "me": acts.actor.name}

    def _use(self, settings: Settings) -> None:
        self._library.settings = settings
        self._chain.use(settings)
