"""Every answer of the demo gateway with a single member changed, given to the path that asked.

For each way to ask: the demo's answers are recorded on the wire, then each member of them is
removed, made null, given another type or wrapped in a list, and the changed answer is served.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gwtrace_core.demo_gateway.serving import listen, make_server
from gwtrace_core.gateway.routes import resolve
from gwtrace_core.running.hub import Hub
from gwtrace_core.running.recorder import TraceRecorded
from gwtrace_core.running.run import Run
from gwtrace_core.values.request import ChatRequest, Message, TurnContext
from tests.core.sdk_paths.support import WAYS, Way, ask, gateway, lane_of

Change = Literal["removed", "null", "another type", "wrapped"]
CHANGES: tuple[Change, ...] = ("removed", "null", "another type", "wrapped")
TOOL_QUESTION = "What is 6*7?"
_QUESTIONS = {"text": "Hello", "tools": TOOL_QUESTION}
_SETTLE_S = 30.0
_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class WireAnswer:
    """An answer as the demo gave it."""

    content_type: str
    body: str

    @property
    def is_stream(self) -> bool:
        return "event-stream" in self.content_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One changed answer, the first of its turn, and what follows it unchanged."""

    way: Way
    streamed: bool
    kind: str
    change: Change
    place: str
    """Which member of which event was changed."""
    answers: tuple[WireAnswer, ...]

    @property
    def name(self) -> str:
        manner = "streamed" if self.streamed else "whole"
        return f"{self.way.name} {manner} {self.kind}: {self.place} {self.change}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a turn with a changed answer ended."""

    shape: Shape
    status: str
    failure: str | None
    is_own_fault: bool
    missing: str | None
    """Why there is no trace; None where there is one."""


@dataclass(slots=True, kw_only=True)
class Tried:
    """All outcomes, for a test to look at and for a benchmark to print."""

    outcomes: list[Outcome] = field(default_factory=list[Outcome])

    @property
    def own_faults(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.is_own_fault]

    @property
    def without_trace(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.missing is not None]


def record_shapes(demo_url: str, ways: Sequence[Way] = WAYS) -> list[Shape]:
    """Every changed answer of these ways; `demo_url` is a demo gateway's, ending in `/proxy`."""
    shapes: list[Shape] = []
    for way, streamed, kind in itertools.product(ways, (True, False), _QUESTIONS):
        answers = _record(demo_url, way, streamed, kind)
        for place, change, body in _changed_bodies(answers[0]):
            changed = WireAnswer(content_type=answers[0].content_type, body=body)
            shapes.append(
                Shape(
                    way=way,
                    streamed=streamed,
                    kind=kind,
                    change=change,
                    place=place,
                    answers=(changed, *answers[1:]),
                )
            )
    return shapes


def try_shapes(hub: Hub, shapes: Sequence[Shape]) -> Tried:
    """Ask for each of them through a hub, some at once."""
    room = threading.BoundedSemaphore(_AT_ONCE)
    runs: list[tuple[Shape, Run]] = []
    with _serving(shapes) as root:
        for index, shape in enumerate(shapes):
            assert room.acquire(timeout=_SETTLE_S), "nothing ends any more"
            run = _start(hub, f"{root}/{index}/proxy", shape, on_settled=lambda _: room.release())
            runs.append((shape, run))
        for shape, run in runs:
            assert run.wait_settled(_SETTLE_S), f"{shape.name} did not end"
    return Tried(outcomes=[_outcome(shape, run) for shape, run in runs])


def _start(hub: Hub, base_url: str, shape: Shape, *, on_settled: Callable[[Run], None]) -> Run:
    connection = gateway(base_url)
    lane = _lane(shape.way, shape.streamed, shape.kind)
    request = ChatRequest(lane=lane, messages=(Message(role="user", text=_QUESTIONS[shape.kind]),))
    context = TurnContext(session_id="odd-shapes", user="ada")
    return hub.start(
        request, resolve(connection, lane), context, on_settled=on_settled, is_remembered=False
    )


def _lane(way: Way, streamed: bool, kind: str) -> Any:
    tools = ("calculator",) if kind == "tools" else ()
    model = way.model if tools else way.reasoning_model
    return lane_of(way, streamed=streamed, model=model, tools=tools)


def _outcome(shape: Shape, run: Run) -> Outcome:
    snapshot = run.poll()
    failure = snapshot.reply.failure
    return Outcome(
        shape=shape,
        status=snapshot.reply.status,
        failure=None if failure is None else failure.message,
        is_own_fault=failure is not None and failure.source.value == "settings",
        missing=None if isinstance(trace := snapshot.trace, TraceRecorded) else str(trace),
    )


def _record(demo_url: str, way: Way, streamed: bool, kind: str) -> list[WireAnswer]:
    """What the demo answers to a turn's requests, by a relay between the two."""
    answers: list[WireAnswer] = []

    async def relay(request: Request) -> Response:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name in ("authorization", "content-type", "anthropic-version")
        }
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.post(
                f"{demo_url}/{request.path_params['rest']}",
                params=dict(request.query_params),
                content=await request.body(),
                headers=headers,
            )
        kind = answer.headers["content-type"]
        answers.append(WireAnswer(content_type=kind, body=answer.text))
        return Response(answer.content, answer.status_code, {"content-type": kind})

    with _running(Starlette(routes=[Route("/proxy/{rest:path}", relay, methods=["POST"])])) as root:
        lane = _lane(way, streamed, kind)
        asyncio.run(_drain(f"{root}/proxy", lane, _QUESTIONS[kind]))
    assert answers, f"{way.name} asked nothing"
    return answers


async def _drain(base_url: str, lane: Any, question: str) -> None:
    await ask(gateway(base_url), lane, question)


@contextmanager
def _serving(shapes: Sequence[Shape]) -> Iterator[str]:
    counts: dict[int, int] = {}

    async def answer(request: Request) -> Response:
        index = int(request.path_params["index"])
        answers = shapes[index].answers
        count = counts[index] = counts.get(index, 0) + 1
        given = answers[min(count, len(answers)) - 1]
        return Response(given.body, headers={"content-type": given.content_type})

    route = Route("/{index:int}/{rest:path}", answer, methods=["POST"])
    with _running(Starlette(routes=[route])) as root:
        yield root


@contextmanager
def _running(app: Starlette) -> Iterator[str]:
    server, listener = make_server(app), listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def _changed_bodies(answer: WireAnswer) -> Iterator[tuple[str, Change, str]]:
    """(place, change, body) for every member of the answer."""
    if not answer.is_stream:
        whole = json.loads(answer.body)
        for place, change, changed in _changes(whole):
            yield place, change, json.dumps(changed)
        return
    blocks = [block for block in answer.body.split("\n\n") if block.strip()]
    seen: dict[str, list[int]] = {}
    for number, block in enumerate(blocks):
        data = _data_of(block)
        if data is not None:
            seen.setdefault(" ".join(place for place, *_ in _changes(data)), []).append(number)
    # Events of one form are alike: its first and its last stand for all.
    for number in sorted({end for numbers in seen.values() for end in (numbers[0], numbers[-1])}):
        head, data = blocks[number].partition("data: ")[0], _data_of(blocks[number])
        for place, change, changed in _changes(data):
            block = f"{head}data: {json.dumps(changed)}"
            body = "\n\n".join([*blocks[:number], block, *blocks[number + 1 :]]) + "\n\n"
            yield f"event {number} {place}", change, body


def _data_of(block: str) -> Any:
    data = block.partition("data: ")[2]
    return json.loads(data) if data.startswith("{") else None


def _changes(root: Any) -> Iterator[tuple[str, Change, Any]]:
    for path in _paths(root):
        for change in CHANGES:
            changed = copy.deepcopy(root)
            holder = changed
            for step in path[:-1]:
                holder = holder[step]
            if change == "removed":
                del holder[path[-1]]
            else:
                holder[path[-1]] = _value(holder[path[-1]], change)
            yield ".".join(map(str, path)), change, changed


def _paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        pairs: Any = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    else:
        return
    for step, item in pairs:
        yield (*above, step)
        yield from _paths(item, (*above, step))


def _value(value: Any, change: Change) -> Any:
    match change:
        case "null":
            return None
        case "wrapped":
            return [value]
        case _ if isinstance(value, str):
            return 5
        case _ if isinstance(value, dict):
            return "a text"
        case _ if isinstance(value, list):
            return {"an": "object"}
        case _:
            return str(value)
