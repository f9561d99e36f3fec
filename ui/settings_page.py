"""The settings page: what can be changed in the window, and what leaves this machine."""

from __future__ import annotations

from typing import Any

import gradio as gr
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from rag.answering.chain import AnswerChain
from rag.errors import FootnoteError
from rag.index.library import Library
from rag.kept_settings import file_of
from rag.leaving import what_leaves
from rag.settings import SHIPPED_EMBEDDER, Settings, fixed_by
from serve.problems import FRESH
from serve.proxies import seen_here_only
from ui.embedding_job import EmbeddingJob
from ui.rendering.templating import render
from ui.settings_form import FIELDS, Typed, checked, end_of, keep, tried

_SHOWN = """
const tell = () => element.dispatchEvent(new CustomEvent("footnote:settings", { bubbles: true }));
watch("value", tell);
tell();
"""
_CLOSED = (
    "This window can be opened from other machines, so settings are changed where it is started only: in the "
    "environment or in a file .env."
)


class SettingsPage:
    """The settings of one window. What is changed holds from the next question on, and is kept with the library."""

    def __init__(self, library: Library, chain: AnswerChain) -> None:
        self._library, self._chain = library, chain
        self._job = EmbeddingJob(library, self._use)
        self._open = seen_here_only(chain.settings)

    @property
    def now(self) -> Settings:
        """The settings that hold."""
        return self._chain.settings

    def view(self, page: gr.Blocks) -> None:
        """Show the page. Called inside the tab of `page` that it fills."""
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
            return HTMLResponse(render("settings_embedding.html", job=self._job), headers=FRESH)

        return router

    def rendered(self, typed: Typed | None = None, said: str = "") -> str:
        """Render the page, with what was `typed` and what came of it."""
        now = self.now
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
            job=self._job,
            tokens=self._library.tokens.list() if self._open else [],
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
        typed = await request.json()
        answered: Response = await run_in_threadpool(answer, typed if isinstance(typed, dict) else {})
        return answered

    def _save(self, sent: dict[str, Any]) -> Response:
        typed = checked(sent, self.now)
        if typed.problems:
            return HTMLResponse(self.rendered(typed), headers=FRESH)
        try:
            keep(self.now, typed.settings)
        except FootnoteError as error:
            return HTMLResponse(self.rendered(typed, str(error)), headers=FRESH)
        self._use(typed.settings)
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
            self._job.start(str(sent.get("embedding_model", "")), self.now)
        return HTMLResponse(render("settings_embedding.html", job=self._job), headers=FRESH)

    def _change_tokens(self, sent: dict[str, Any]) -> Response:
        """Make a token or revoke one. A new one's secret is in this reply, and in no other."""
        name, secret, problem = str(sent.get("name", "")), "", ""
        try:
            if sent.get("revoke"):
                self._library.tokens.revoke(name)
            else:
                secret = self._library.tokens.make(name, scope="write" if sent.get("write") else "read")
        except FootnoteError as error:
            problem = str(error)
        tokens = self._library.tokens.list()
        html = render("settings_tokens.html", tokens=tokens, secret=secret, problem=problem, closed="")
        return HTMLResponse(html, headers=FRESH)

    def _use(self, settings: Settings) -> None:
        self._library.settings = settings
        self._chain.use(settings)
