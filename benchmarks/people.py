"""People and programs that ask a served Footnote at once, as their own clients do: in the window, by API, by SSE.

Each asks, reads for a while, and asks again. A person in the window speaks what Gradio's page speaks: the page and its
configuration are fetched, the queue is joined, its events are read; who reads it only needs no browser on these cores.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

READING = (10.0, 30.0)
"""Seconds from an answer to the next question: what it takes to read one, and to type."""
_TIMEOUT = httpx.Timeout(120, connect=20)
_TAG = re.compile(r"<[^>]+>")
_REMARK = re.compile(r'<p class="remark"[^>]*>(.*?)</p>', re.DOTALL)
"""What stands in the place of an answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, and what came of it. Times are seconds from the start of the run."""

    way: str
    question: str
    at: float
    first: float | None
    """Seconds to the first words."""
    whole: float
    """Seconds to all of it."""
    said: str = ""
    problem: str = ""
    """What was seen in the place of an answer."""


@dataclass
class Run:
    """What all of them saw."""

    begun: float = field(default_factory=time.monotonic)
    asked: list[Asked] = field(default_factory=list)

    def now(self) -> float:
        """Return the seconds since it began."""
        return time.monotonic() - self.begun

    def noted(self, way: str, question: str, at: float, first: float | None, said: str = "", problem: str = "") -> None:
        """Note a question that has been asked `at`, and is answered now."""
        now = self.now()
        self.asked.append(Asked(way, question, at, first and first - at, now - at, said, problem))


Person = Callable[[httpx.AsyncClient, str, Run], AsyncIterator[None]]


async def ask_api(client: httpx.AsyncClient, question: str, run: Run) -> None:
    """Ask by ``POST /api/answer``, and take it whole."""
    at = run.now()
    try:
        reply = await client.post("/api/answer", json={"question": question})
        body = reply.json()
    except (httpx.HTTPError, ValueError) as error:
        run.noted("API", question, at, None, problem=_named(error))
        return
    if reply.status_code == 200:
        run.noted("API", question, at, run.now(), body["text"])
    else:
        run.noted("API", question, at, None, problem=f"{reply.status_code}: {_message(body)}")


async def ask_sse(client: httpx.AsyncClient, question: str, run: Run) -> None:
    """Ask by ``POST /api/answer`` for server-sent events."""
    at, first, event = run.now(), None, ""
    try:
        async with client.stream("POST", "/api/answer", json={"question": question, "stream": True}) as reply:
            if reply.status_code != 200:
                body = json.loads(await reply.aread())
                run.noted("SSE", question, at, None, problem=f"{reply.status_code}: {_message(body)}")
                return
            async for line in reply.aiter_lines():
                if line.startswith("event: "):
                    event = line[7:]
                elif line.startswith("data: "):
                    first = first or run.now()
                    data = json.loads(line[6:])
                    if event == "done":
                        run.noted("SSE", question, at, first, data["text"])
                        return
                    if event == "error":
                        run.noted("SSE", question, at, None, problem=_message(data))
                        return
    except (httpx.HTTPError, ValueError) as error:
        run.noted("SSE", question, at, None, problem=_named(error))
        return
    run.noted("SSE", question, at, None, problem="The events ended before the answer did.")


class Window:
    """One browser's window, as far as asking goes."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._session = "".join(random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=11))
        self._values: dict[int, Any] = {}
        self._events: dict[int, dict[str, Any]] = {}

    async def open(self) -> None:
        """Fetch the page, and have shown what it shows at first."""
        (await self._client.get("/")).raise_for_status()
        config = (await self._client.get("/config")).raise_for_status().json()
        ids = {each["props"].get("elem_id"): each["id"] for each in config["components"]}
        self._values = {each["id"]: each["props"].get("value") for each in config["components"]}
        self._events = {each["id"]: each for each in config["dependencies"]}
        self._box, self._log, self._hint = ids["question"], ids["log"], ids["hint"]
        submits = [self._box, "submit"]
        self._asks = next(each["id"] for each in self._events.values() if submits in each["targets"])
        self._answers = next(each["id"] for each in self._events.values() if each["trigger_after"] == self._asks)

    async def ask(self, question: str, run: Run) -> None:
        """Put a question down and read what is shown in its place until it has ended."""
        at, first = run.now(), None
        self._values[self._box] = question
        try:
            async for _ in self._happens(self._asks, self._box):
                pass
            if hint := _words(self._values[self._hint]):  # it was not even put down
                run.noted("window", question, at, None, problem=hint)
                return
            async for grown in self._happens(self._answers, None):
                first = first or (run.now() if grown else None)
            said = _words(self._shown())
        except (httpx.HTTPError, ValueError, _Failed) as error:
            run.noted("window", question, at, None, problem=_named(error))
            return
        remark = _REMARK.search(self._shown())
        problem = _words(remark[1]) if remark else ""
        run.noted("window", question, at, first or run.now(), "" if problem else said, problem)

    def _shown(self) -> str:
        turns = (self._values[self._log] or {}).get("turns") or [""]
        return str(turns[-1])

    async def _happens(self, number: int, pressed: int | None) -> AsyncIterator[bool]:
        """Let an event happen; yield, whenever it shows something, whether that is more than what was there."""
        event = self._events[number]
        joined = {
            "data": [self._values[one] for one in event["inputs"]],
            "fn_index": number,
            "session_hash": self._session,
            "trigger_id": pressed,
            "event_data": None,
        }
        reply = await self._client.post("/gradio_api/queue/join", json=joined)
        if reply.status_code != 200:
            raise _Failed(f"{reply.status_code}: {_message(reply.json())}")
        path = f"/gradio_api/queue/data?session_hash={self._session}"
        async with self._client.stream("GET", path) as events:
            if events.status_code != 200:
                raise _Failed(f"{events.status_code}: {_message(json.loads(await events.aread()))}")
            async for line in events.aiter_lines():
                told = json.loads(line[6:]) if line.startswith("data: ") else {}
                message, output = told.get("msg"), told.get("output") or {}
                if message == "process_generating":
                    yield True
                elif message == "process_completed":
                    if not told.get("success", True):
                        raise _Failed(str(output.get("error") or "The window says that it failed."))
                    self._take(event["outputs"], output.get("data") or [])
                    yield False
                elif message == "close_stream":
                    return
                elif message == "unexpected_error":
                    raise _Failed(str(told.get("message")))
        raise _Failed("The events ended before the answer did.")

    def _take(self, outputs: Sequence[int], data: Sequence[Any]) -> None:
        for one, value in zip(outputs, data, strict=False):
            if isinstance(value, dict) and value.get("__type__") == "update":
                if "value" in value:
                    self._values[one] = value["value"]
            else:
                self._values[one] = value


class _Failed(Exception):
    """What a person is told in the place of an answer."""


@asynccontextmanager
async def _client(address: str, token: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=_TIMEOUT) as client:
        yield client


async def people(
    address: str,
    token: str,
    questions: Sequence[str],
    *,
    ways: Mapping[str, int],
    seconds: float,
    reading: tuple[float, float] = READING,
    run: Run | None = None,
    seed: int = 0,
) -> Run:
    """Let people ask for some seconds, so many by each of the `ways` ``window``, ``API`` and ``SSE``."""
    run = run or Run()
    ends = run.now() + seconds

    async def one(way: str, number: int) -> None:
        drawn = random.Random(f"{seed} {way} {number}")
        await asyncio.sleep(drawn.uniform(0, sum(reading) / 2))  # nobody begins with the others
        async with _client(address, "" if way == "window" else token) as client:
            window = None
            while run.now() < ends:
                question = drawn.choice(questions)
                if way == "window":
                    window = window or await _opened(client, run)
                    if window:
                        await window.ask(question, run)
                else:
                    await (ask_api if way == "API" else ask_sse)(client, question, run)
                await asyncio.sleep(min(drawn.uniform(*reading), max(0.0, ends - run.now())))

    await asyncio.gather(*(one(way, number) for way, count in ways.items() for number in range(count)))
    return run


async def _opened(client: httpx.AsyncClient, run: Run) -> Window | None:
    window, at = Window(client), run.now()
    try:
        await window.open()
    except (httpx.HTTPError, ValueError) as error:
        run.noted("window", "(opening it)", at, None, problem=_named(error))
        return None
    return window


def _words(markup: Any) -> str:
    return " ".join(_TAG.sub(" ", str(markup or "")).split())


def _message(body: Any) -> str:
    error = body.get("error", body) if isinstance(body, dict) else body
    return str(error.get("message", error) if isinstance(error, dict) else error)


def _named(error: Exception) -> str:
    return str(error) if isinstance(error, _Failed) else f"{type(error).__name__}: {error}".rstrip(": ")
