"""What a chat model said, kept: an OpenAI-compatible server on 127.0.0.1 that asks a model only what is new to it.

It stands below the chain, so that every way of answering sees the same drafts, and a run with another checker costs
no generation. An entry is what the model sent, line by line, each with the seconds since it was asked.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.chat_model.models import Model
from benchmarks.chat_model.server import serving

_FENCE = re.compile(r"(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])")
_PATIENCE = 30 * 60
"""Seconds that a model may take for an answer."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model was asked and what it sent."""

    request: dict[str, Any]
    content_type: str
    lines: tuple[tuple[float, str], ...]
    """Seconds since it was asked, and a line as it was sent, without its end."""

    @property
    def pieces(self) -> list[tuple[float, str]]:
        """The words, each with the seconds after which they came."""
        found = []
        for seconds, line in self.lines:
            data = line.removeprefix("data: ")
            if not data.startswith("{"):
                continue
            for choice in json.loads(data).get("choices", ()):
                said = choice.get("delta") or choice.get("message") or {}
                if said.get("content"):
                    found.append((seconds, said["content"]))
        return found

    @property
    def text(self) -> str:
        """All that the model wrote."""
        return "".join(text for _, text in self.pieces)

    @property
    def prompt(self) -> list[str]:
        """The texts of the messages that it was sent."""
        return [_text(message["content"]) for message in self.request["messages"]]

    @property
    def seconds(self) -> float:
        """How long it took as a whole."""
        return self.lines[-1][0] if self.lines else 0.0

    def seconds_to(self, characters: int) -> float:
        """How long it took until that many characters of its text were there."""
        count = 0
        for seconds, text in self.pieces:
            count += len(text)
            if count >= characters:
                return seconds
        return self.seconds


class Drafts:
    """The drafts in a folder. `url` is where a chat model is asked."""

    def __init__(self, folder: Path, ask: Callable[[], str], listener: ThreadingHTTPServer) -> None:
        self._used: list[Draft] = []
        self.made = 0
        """How many were not there before."""
        self.url = f"http://127.0.0.1:{listener.server_address[1]}/v1"
        self._folder = folder
        self._ask = ask
        self._one = threading.Lock()

    @property
    def used(self) -> list[Draft]:
        """What was asked since `forget`; that which is still being sent, when it is whole."""
        with self._one:
            return list(self._used)

    def forget(self) -> None:
        """Begin anew with what is `used`."""
        with self._one:
            self._used.clear()

    def sent(self, body: bytes) -> Iterator[tuple[str, str]]:
        """Yield what a model sends to a request, its type of content with each line, from the folder or from it."""
        request = json.loads(body)
        file = self._folder / f"{_key(request)}.json"
        with self._one:
            if file.is_file():
                kept = json.loads(file.read_text("utf-8"))
                draft = Draft(kept["request"], kept["content_type"], tuple((s, line) for s, line in kept["lines"]))
                self._used.append(draft)
                yield from ((draft.content_type, line) for _, line in draft.lines)
                return
            yield from self._new(request, file)

    def _new(self, request: dict[str, Any], file: Path) -> Iterator[tuple[str, str]]:
        address = urlsplit(self._ask())
        started = time.perf_counter()
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_PATIENCE)
        path = f"{address.path}/chat/completions"
        connection.request("POST", path, json.dumps(request), {"Content-Type": "application/json"})
        response = connection.getresponse()
        content_type = response.headers.get("Content-Type", "application/json")
        lines = []
        for line in response:
            lines.append((round(time.perf_counter() - started, 3), line.decode().rstrip("\r\n")))
            # Whoever asked may have gone: the draft is read to its end all the same.
            yield content_type, lines[-1][1]
        connection.close()
        whole = response.status == 200 and (not request.get("stream") or any("[DONE]" in line for _, line in lines))
        if not whole:
            raise ConnectionError(f"the model answered {response.status}: {' '.join(line for _, line in lines)[:300]}")
        self._used.append(Draft(request, content_type, tuple(lines)))
        self.made += 1
        fresh = file.with_suffix(".new")
        fresh.write_text(
            json.dumps({"request": request, "content_type": content_type, "lines": lines}, ensure_ascii=False), "utf-8"
        )
        fresh.replace(file)


@contextmanager
def kept_drafts(folder: Path, model: Model, *, server: str = "") -> Iterator[Drafts]:
    """Keep what `model` says in `folder`. It is served when first needed, or by `server`, the address of one."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        started: list[str] = [server] if server else []

        def ask() -> str:
            if not started:
                started.append(stack.enter_context(serving(model)).url)
            return started[0]

        listener = ThreadingHTTPServer(("127.0.0.1", 0), _Asked)
        listener.daemon_threads = True
        drafts = Drafts(folder, ask, listener)
        listener.drafts = drafts  # type: ignore[attr-defined]
        thread = threading.Thread(target=listener.serve_forever, daemon=True)
        thread.start()
        stack.callback(listener.server_close)
        stack.callback(listener.shutdown)
        yield drafts


class _Asked(BaseHTTPRequestHandler):
    """One request of the chain."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        lines = self.server.drafts.sent(body)  # type: ignore[attr-defined]
        begun = False
        gone = False
        try:
            for content_type, line in lines:
                if gone:
                    continue
                try:
                    if not begun:
                        self.send_response(200)
                        self.send_header("Content-Type", content_type)
                        self.send_header("Connection", "close")
                        self.end_headers()
                        begun = True
                    self.wfile.write(line.encode() + b"\n")
                    self.wfile.flush()
                except OSError:
                    gone = True
        except Exception as error:  # noqa: BLE001 - told to whoever asked
            if not begun:
                with suppress(OSError):
                    self.send_error(502, str(error)[:200].replace("\n", " "))

    def do_GET(self) -> None:
        body = json.dumps({"object": "list", "data": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _key(request: dict[str, Any]) -> str:
    """Return what is the same for the same request, whatever code its passages are fenced with this time."""
    written = _FENCE.sub("fence", json.dumps(request, sort_keys=True))
    return hashlib.sha256(written.encode()).hexdigest()


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)
