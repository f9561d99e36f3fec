"""Whether a library can be asked, at ``/healthz``: status 200, or 503 with the reason."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse

from rag import __version__
from rag.errors import FootnoteError
from rag.index.library import Library
from rag.index.report import Pulse
from serve.access import Allowed, may_read, nobody
from serve.problems import FRESH

_SECONDS_FOR_THE_INDEX = 1.0


@dataclass(slots=True)
class Health:
    """What was looked at, in words."""

    catalog: str
    index: str
    well: bool
    versions: dict[str, str] = field(default_factory=dict)


class Doctor:
    """Looks at one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._looking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")
        self._look: Future[Pulse] | None = None

    def examine(self) -> Health:
        """Return how the library is, in little more than a second at most."""
        versions = {"footnote": __version__}
        try:
            articles, _ = self._library.catalog.counts()
            facts = self._library.catalog.facts()
        except (FootnoteError, SQLAlchemyError, OSError) as error:
            return Health(f"does not answer: {_words(error)}", "not looked at", False, versions)
        versions["embedding_model"] = facts.get("embedder_name", "")
        index, agrees = self._index()
        return Health("answers" if articles else "answers, and is empty", index, agrees, versions)

    def _index(self) -> tuple[str, bool]:
        """Return how the vector index is. While it is made anew or written to, it keeps who asks waiting."""
        if self._look is None or self._look.done():
            self._look = self._looking.submit(self._library.pulse)
        try:
            pulse = self._look.result(timeout=_SECONDS_FOR_THE_INDEX)
        except TimeoutError:
            return "is being mended or written to", True
        except (FootnoteError, SQLAlchemyError, OSError) as error:
            return f"does not answer: {_words(error)}", False
        if pulse.expected is None:
            return "is being mended: it was not told everything yet", True
        if pulse.vectors != pulse.expected:
            wrong = f"holds {pulse.vectors:,} chunks, the catalog {pulse.expected:,}"
            return f"{wrong}; `footnote repair` makes it anew", False
        return "agrees with the catalog", True


def routes(library: Library, allowed: Allowed = nobody) -> APIRouter:
    """Return the route. The words of a reason are for this machine, and for who has a token that is `allowed`."""
    router = APIRouter()
    doctor = Doctor(library)

    @router.get("/healthz")
    def health(request: Request) -> JSONResponse:
        found = doctor.examine()
        checks = {"catalog": found.catalog, "index": found.index}
        if not may_read(request, allowed):
            checks = {name: said.partition(":")[0] for name, said in checks.items()}
        body = {"status": "ok" if found.well else "failing", "checks": checks, "versions": found.versions}
        return JSONResponse(body, 200 if found.well else 503, headers=FRESH)

    return router


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, FootnoteError) else type(error).__name__
