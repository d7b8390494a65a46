"""Sends answers at a model's pace, and notices at once when the caller leaves."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Self

from starlette.types import Receive, Send

from gwtrace_core.demo_gateway.common.exchange import Ending
from gwtrace_core.demo_gateway.formats.answer_forms import NoAnswer, PlainAnswer, StreamAnswer
from gwtrace_core.demo_gateway.model.generation import Generation

# How much of the time to the first token passes before the headers of a stream are sent.
_HEADERS_AT = 0.4


class Caller:
    """The client on the other end of one request. Use as `async with`, after reading the body."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._gone = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._watch = asyncio.create_task(self._watch_for_disconnect())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._watch is not None:
            self._watch.cancel()

    async def leaves_before(self, moment_s: float | None) -> bool:
        """Wait until that time of the loop's clock (None: for ever) or until the caller leaves."""
        delay_s = None if moment_s is None else moment_s - asyncio.get_running_loop().time()
        if delay_s is not None and delay_s <= 0:
            await asyncio.sleep(0)  # lets the watcher and other requests run
            return self._gone.is_set()
        try:
            async with asyncio.timeout(delay_s):
                await self._gone.wait()
        except TimeoutError:
            return False
        return True

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Send status and headers."""
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def body(self, data: bytes, *, more: bool) -> None:
        """Send a part of the body."""
        await self._send({"type": "http.response.body", "body": data, "more_body": more})

    async def _watch_for_disconnect(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone.set()


class Delivery:
    """Sends one answer. `pace` multiplies every wait; 0 sends as fast as the socket takes it."""

    def __init__(self, caller: Caller, *, pace: float, on_start: Callable[[int], None]) -> None:
        self._caller = caller
        self._pace = pace
        self._on_start = on_start
        self._began_s = asyncio.get_running_loop().time()

    async def send(self, answer: PlainAnswer | StreamAnswer | NoAnswer) -> Ending:
        """Send it whole, unless the caller leaves. Returns how it ended."""
        match answer:
            case NoAnswer():
                await self._caller.leaves_before(None)
                return "client disconnected"
            case PlainAnswer():
                return await self._send_plain(answer)
            case StreamAnswer():
                return await self._send_stream(answer)

    async def _send_plain(self, answer: PlainAnswer) -> Ending:
        generation = answer.generation
        if generation is not None:
            pace = generation.model.pace
            wait_s = pace.first_token_ms / 1000
            wait_s += generation.usage.output_tokens / pace.tokens_per_s
            if await self._caller.leaves_before(self._moment(wait_s)):
                return "client disconnected"
        length = {"content-length": str(len(answer.body))}
        self._on_start(answer.status)
        await self._caller.start(answer.status, {**answer.headers, **length})
        await self._caller.body(answer.body, more=False)
        return "completed"

    async def _send_stream(self, answer: StreamAnswer) -> Ending:
        pace = answer.generation.model.pace
        first_token_s = 0.0 if answer.is_stored else pace.first_token_ms / 1000
        if await self._caller.leaves_before(self._moment(first_token_s * _HEADERS_AT)):
            return "client disconnected"
        self._on_start(200)
        await self._caller.start(200, answer.headers)
        moments = self._token_moments(answer.generation)
        for frame in answer.frames:
            due_s = None
            for _ in range(frame.tokens):
                due_s = next(moments)
            if due_s is not None and await self._caller.leaves_before(due_s):
                return "client disconnected"
            if frame.data:
                await self._caller.body(frame.data, more=True)
        match answer.end:
            case "complete":
                await self._caller.body(b"", more=False)
                return "completed"
            case "cut":
                await self._caller.body(b"", more=False)
                return "cut"
            case "reset":
                # Returning without an end of the body makes the server drop the connection.
                return "cut"
            case "stall":
                await self._caller.leaves_before(None)
                return "client disconnected"

    def _moment(self, after_s: float) -> float:
        return self._began_s + after_s * self._pace

    def _token_moments(self, generation: Generation) -> Iterator[float]:
        """When each token is due: a schedule, so that waits do not add up to a drift."""
        rng = random.Random(generation.seed)
        pace = generation.model.pace
        due_s = pace.first_token_ms / 1000
        while True:
            yield self._moment(due_s)
            due_s += (1 + rng.uniform(-pace.jitter, pace.jitter)) / pace.tokens_per_s
