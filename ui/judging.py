"""What a person thinks of an answer, as it is sent from the window: kept beside the library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse, Response

from rag.errors import ConversationNotFound, FootnoteError
from rag.index.conversations import Conversations
from rag.index.feedback import Rated
from rag.index.library import Library
from serve.problems import FRESH


def routes(library: Library, store: Conversations) -> APIRouter:
    """Return the routes that take what is thought of the answers in the conversations of `store`."""
    router = APIRouter(prefix="/conversation/{conversation}/turn/{ordinal}")

    @router.post("/verdict")
    def rate(conversation: str, ordinal: int, verdict: Annotated[Literal[-1, 0, 1], Body(embed=True)]) -> Response:
        """Keep a thumb up or down, or take it back."""
        return _kept(lambda: library.feedback.rate(store.turn(conversation, ordinal).answer, verdict))

    @router.post("/objection")
    def object_to(
        conversation: str, ordinal: int, number: Annotated[int, Body()], objects: Annotated[bool, Body()]
    ) -> Response:
        """Keep that a quote does not support its sentence, or take that back."""
        return _kept(
            lambda: library.feedback.object_to(store.turn(conversation, ordinal).answer, number, objects=objects)
        )

    return router


def _kept(change: Callable[[], Rated]) -> Response:
    try:
        rated = change()
    except ConversationNotFound:
        return JSONResponse({"problem": "This conversation was deleted."}, 404, headers=FRESH)
    except FootnoteError as error:
        return JSONResponse({"problem": str(error)}, 409, headers=FRESH)
    except ValueError as error:
        return JSONResponse({"problem": str(error)}, 422, headers=FRESH)
    return JSONResponse({"verdict": rated.verdict, "objections": list(rated.objections)}, headers=FRESH)
