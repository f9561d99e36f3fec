"""The window's page, made of Gradio's components: the views Ask, Library and Settings."""

from __future__ import annotations

from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware

from rag.answering.chain import AnswerChain
from rag.index.conversations import Conversations
from rag.index.library import Library
from rag.settings import Settings
from serve import proxies
from serve.accounts.gate import Pages
from ui.accounts import events
from ui.chat import Chat
from ui.gradio_page import OnlyNeeded
from ui.library import Shelf
from ui.settings_page import SettingsPage

_HEAD = """
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="assets/footnote/footnote.css">
"""
_SCRIPTS = ("theme", "footnote", "reading", "conversations", "shelf", "map", "asking", "draft", "settings")
"""In the page as it is sent, so that they run before Gradio's own; what is in `_HEAD` Gradio adds after its styles."""


def page_of(
    library: Library,
    chain: AnswerChain,
    store: Conversations,
    settings_page: SettingsPage,
    settings: Settings,
    *,
    local: bool,
    pages: Pages | None,
) -> FastAPI:
    """Return the application that serves the page, and what it asks for."""
    scripts = (*_SCRIPTS, *(["signed_in"] if pages else []))
    application: FastAPI = gr.mount_gradio_app(
        FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        _page(library, chain, store, settings_page, local=local, pages=pages),
        path="/",
        app_kwargs={"middleware": [Middleware(OnlyNeeded, scripts=scripts)]},
        root_path=proxies.root_of(settings) or None,
        server_name=settings.host,
        server_port=settings.port,
        theme=_theme(),
        head=_HEAD,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        mcp_server=False,
        pwa=False,
    )
    return application


def _page(
    library: Library,
    chain: AnswerChain,
    store: Conversations,
    settings_page: SettingsPage,
    *,
    local: bool,
    pages: Pages | None,
) -> gr.Blocks:
    kind = events.GuardedBlocks if pages else gr.Blocks
    page: gr.Blocks = kind(title="Footnote", analytics_enabled=False, delete_cache=(3600, 3600))
    with page:
        gr.HTML("<h1>Footnote</h1>", elem_id="masthead", apply_default_css=False)
        if isinstance(page, events.GuardedBlocks) and pages:
            page.opened = pages
            events.Bar(page)
        with gr.Tabs(elem_id="views") as views:
            with gr.Tab("Ask", id="ask"):
                chat = Chat(library, chain, store)
            with gr.Tab("Library", id="library"):
                shelf = Shelf(local=local, largest_mb=chain.settings.upload_mb)
            with gr.Tab("Settings", id="settings"):
                settings_page.view(page)
        chat.connect(page)
        added = shelf.connect(page)
        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        for event in added:
            chat.refreshed_by(event)
        chat.welcome.html.select(lambda: gr.Tabs(selected="library"), None, views, **quietly)
    page.queue(default_concurrency_limit=8)
    return page


def _theme() -> gr.themes.Base:
    """Gradio's plain theme in the system's own fonts; `static/footnote.css` gives the colours."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
