"""A library on a Footnote server, asked from Python: the same answers as from a library that is opened here.

    client = Client("http://127.0.0.1:7860", token)
    print(client.answer("When does the ferry leave?"))

What fails raises a `FootnoteError` that says what to do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from rag import errors
from rag.errors import FootnoteError, RequestRefused, ServerUnavailable, TokenRefused
from rag.filters import EVERY_ARTICLE, Filters
from rag.ingest.urls import is_url
from rag.types import Answer, Passage

if TYPE_CHECKING:
    import httpx

SECONDS = 300.0
"""How long an answer is waited for; a chat model may take its time."""
_SECONDS_TO_REACH = 10.0


class Client:
    """Asks a Footnote server with a token, which `footnote token new NAME` makes. `close()` it, or use ``with``."""

    def __init__(self, url: str, token: str, *, timeout: float = SECONDS) -> None:
        """Ask the server at `url`, such as http://127.0.0.1:7860. `timeout` is in seconds."""
        import httpx

        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=f"{self.url}/api",
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(timeout, connect=_SECONDS_TO_REACH),
        )

    def answer(self, question: str, *, filters: Filters = EVERY_ARTICLE, history: Sequence[Answer] = ()) -> Answer:
        """Answer a question, as `rag.answer` does."""
        return Answer.from_dict(self._asked("POST", "/answer", json=_question(question, filters, history)))

    def stream(
        self, question: str, *, filters: Filters = EVERY_ARTICLE, history: Sequence[Answer] = ()
    ) -> Iterator[Answer]:
        """Yield the answer so far; the last one is whole. To close the iterator ends the server's work."""
        asked = {**_question(question, filters, history), "stream": True}
        with self._reaching(), self._http.stream("POST", "/answer", json=asked) as reply:
            if reply.is_error:
                reply.read()
            _raise_refusal(reply)
            name, ended = "", False
            for line in reply.iter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data" and name == "error":
                    raise _error(json.loads(value), 503)
                elif field == "data" and name == "partial":
                    yield Answer.from_dict(json.loads(value))
                elif field == "data":
                    ended = True
            if not ended:
                raise ServerUnavailable(f"The server at {self.url} ended before the answer was whole. Ask again.")

    def search(self, query: str, k: int = 10, *, filters: Filters = EVERY_ARTICLE) -> list[Passage]:
        """Return the `k` passages that fit `query` best, best first."""
        found = self._asked("POST", "/search", json={"query": query, "k": k, "filters": filters.to_dict()})
        return [Passage.from_dict(passage) for passage in found["passages"]]

    def articles(self, words: str = "", *, filters: Filters = EVERY_ARTICLE) -> Iterator[dict[str, Any]]:
        """Yield what is known of each article but its text, newest first; asks for them part by part."""
        wanted: dict[str, Any] = {"words": words, "most": 200, "source": filters.sources, "tag": filters.tags}
        wanted |= {"language": filters.languages, "article": filters.articles}
        wanted |= {name: str(day) for name in ("since", "until") if (day := getattr(filters, name))}
        first = 0
        while True:
            part = self._asked("GET", "/articles", params={**wanted, "first": first})
            if part["first"] != first:
                return
            yield from part["articles"]
            first += len(part["articles"])
            if first >= part["found"] or not part["articles"]:
                return

    def article(self, article_id: str, start: int | None = None, end: int | None = None) -> dict[str, Any]:
        """Return an article, its text under ``text``; with `start` and `end` only these characters of it."""
        span = {name: at for name, at in (("start", start), ("end", end)) if at is not None}
        found: dict[str, Any] = self._asked("GET", _path(article_id), params=span)
        return found

    def add(self, *sources: str | Path) -> dict[str, Any]:
        """Add files of this machine by their paths, and pages by their addresses; return what became of them.

        Takes a token that may write. Where nothing could be added, it raises.
        """
        report: dict[str, Any] = {}
        files = [Path(source) for source in sources if not is_url(source)]
        for url in (str(source) for source in sources if is_url(source)):
            _extend(report, self._asked("POST", "/articles", json={"url": url}))
        for file in files:  # one by one: each may be as large as a request can be
            try:
                with file.open("rb") as opened:
                    _extend(report, self._asked("POST", "/articles", files=[("files", (file.name, opened))]))
            except OSError as error:
                raise errors.UnreadableSource(f"{file}: {error.strerror}. Check its path.") from error
        return report

    def add_text(self, text: str, **said: Any) -> dict[str, Any]:
        """Add a text. `said`: title, author, published ("2025-03-31"), tags, language, source."""
        added: dict[str, Any] = self._asked("POST", "/articles", json={"text": text, **said})
        return added

    def remove(self, *article_ids: str) -> None:
        """Remove articles; for a week they can be put back in the window. Takes a token that may write."""
        for article_id in article_ids:
            self._asked("DELETE", _path(article_id))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _asked(self, method: str, path: str, **sent: Any) -> Any:
        with self._reaching():
            reply = self._http.request(method, path, **sent)
            _raise_refusal(reply)
            try:
                return reply.json()
            except ValueError as error:
                raise ServerUnavailable(f"What answers at {self.url} is no Footnote server. Check it.") from error

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except httpx.TimeoutException as error:
            raise ServerUnavailable(
                f"The server at {self.url} did not answer in time. Ask again, or give the client a longer timeout."
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnavailable(
                f"The server at {self.url} cannot be reached: {error}. Check the address, and that "
                "`footnote serve` runs there."
            ) from error


def _question(question: str, filters: Filters, history: Iterable[Answer]) -> dict[str, Any]:
    return {"question": question, "filters": filters.to_dict(), "history": [each.to_dict() for each in history]}


def _path(article_id: str) -> str:
    return f"/articles/{quote(article_id, safe='')}"


def _extend(report: dict[str, Any], added: Mapping[str, Any]) -> None:
    for name, entries in added.items():
        report[name] = [*report.get(name, []), *entries]


def _raise_refusal(reply: httpx.Response) -> None:
    if reply.is_success:
        return
    try:
        body = reply.json()
    except ValueError:
        body = {}
    raise _error(body, reply.status_code)


def _error(body: Any, status: int) -> FootnoteError:
    """Return what a server refused as the error that the library would have raised here, where there is one."""
    said = body.get("error") if isinstance(body, dict) else None
    said = said if isinstance(said, dict) else {}
    message = str(said.get("message") or f"The server answered with status {status}. Check its address.")
    if status in (401, 403):
        return TokenRefused(message)
    name = re.sub(r"(?:^|_)([a-z])", lambda letter: letter[1].upper(), str(said.get("type", "")))
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, FootnoteError):
        return kind(message)
    return (ServerUnavailable if status >= 500 else RequestRefused)(message)
