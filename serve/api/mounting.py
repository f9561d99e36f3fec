"""All of it on one application, with a description of it, and errors in one shape also where no endpoint is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from starlette.routing import Match

from rag import __version__
from rag.answering.chain import AnswerChain
from rag.index.library import Library
from rag.index.tokens import Tokens
from serve import problems
from serve.api import openai, routes
from serve.api.guarding import SCOPE
from serve.proxies import root

DESCRIPTION = (
    "Ask a library of articles: every sentence of an answer opens the exact words. Offsets count characters of an "
    "article's text, times are in UTC. Each endpoint asks for a token (`footnote token new NAME`); what changes "
    "articles for one that may write."
)


def mount(application: FastAPI, library: Library, chain: AnswerChain, tokens: Tokens) -> None:
    """Add the API, what OpenAI's clients ask for, and the description of both, ``/api/openapi.json``."""
    for make, prefix, reply in ((routes.routes, "/api", problems.reply), (openai.routes, "/v1", problems.openai_reply)):
        router = make(library, chain, tokens)
        application.include_router(router)
        if prefix == "/api":
            application.include_router(_described(application))
        application.include_router(_otherwise(router, prefix, reply))


def description(application: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the endpoints that are for programs."""
    document = get_openapi(title="Footnote", version=__version__, description=DESCRIPTION, routes=application.routes)
    document["servers"] = [{"url": "/"}]
    document["paths"] = {
        path: methods for path, methods in document["paths"].items() if any(SCOPE in each for each in methods.values())
    }
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"token": []}]
    return document


def _described(application: FastAPI) -> APIRouter:
    router = APIRouter()
    made: dict[str, Any] = {}

    @router.get("/api/openapi.json", include_in_schema=False)
    def openapi() -> JSONResponse:
        made.update(made or description(application))
        return JSONResponse({**made, "servers": [{"url": root.get() or "/"}]})

    return router


def _otherwise(router: APIRouter, prefix: str, reply: problems.Reply) -> APIRouter:
    """Return what answers where there is no endpoint, or none for that method."""
    rest = APIRouter()

    @rest.api_route(
        f"{prefix}/{{path:anything}}",
        methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"],
        include_in_schema=False,
    )
    def nothing(request: Request) -> JSONResponse:
        partly = [route for route in router.routes if route.matches(request.scope)[0] is Match.PARTIAL]
        allowed = sorted({method for route in partly for method in getattr(route, "methods", None) or ()})
        if allowed:
            said = f"This address takes {', '.join(allowed)} only."
            return reply(405, "method_not_allowed", said, {"Allow": ", ".join(allowed)})
        return reply(404, "not_found", "There is nothing at this address. /api/openapi.json says what there is.")

    return rest
