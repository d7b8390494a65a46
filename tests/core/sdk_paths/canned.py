"""Servers that give written answers to any SDK path, and the forms that such answers have."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gwtrace_core.demo_gateway.serving import listen, make_server
from gwtrace_core.values.connection import Connection, ConnectionKind, Target
from gwtrace_core.values.events import StreamEvent
from gwtrace_core.values.secret import Secret
from tests.cases import case
from tests.core.sdk_paths.support import WAYS, Way, ask, lane_of

JSON, SSE, HTML = "application/json", "text/event-stream", "text/html"
BY_NAME = {way.name: way for way in WAYS}
CHAT, RESPONSES, MESSAGES = BY_NAME["chat"], BY_NAME["responses"], BY_NAME["messages"]
AGENT_CHAT, AGENT_ANTHROPIC = BY_NAME["agent-chat"], BY_NAME["agent-anthropic"]
AGENT_GOOGLE = BY_NAME["agent-google"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canned:
    """One answer of the server, whatever it is asked."""

    body: str
    content_type: str = JSON
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    base_url: str
    bodies: list[Any]
    """What it was asked, in order."""


@contextmanager
def serving(*answers: Canned) -> Iterator[Server]:
    """A server that gives these answers in turn, the last one for ever."""
    bodies: list[Any] = []

    async def answer(request: Request) -> Response:
        canned = answers[min(len(bodies), len(answers) - 1)]
        bodies.append(await request.json())
        return Response(
            canned.body,
            status_code=canned.status,
            headers={**canned.headers, "content-type": canned.content_type},
        )

    app = Starlette(routes=[Route("/{rest:path}", answer, methods=["POST"])])
    server, listener = make_server(app), listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        port = listener.getsockname()[1]
        yield Server(base_url=f"http://127.0.0.1:{port}/v1", bodies=bodies)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
        assert not thread.is_alive()


async def turn(way: Way, server: Server, question: str = "Hello", **lane: Any) -> list[StreamEvent]:
    connection = Connection(
        id="custom",
        kind=ConnectionKind.CUSTOM,
        label="My server",
        base_url=server.base_url,
        api_key=Secret("own-key"),
        provider=way.provider,
    )
    target = Target(
        connection=connection,
        provider=way.provider,
        route="",
        sdk_path=way.sdk_path,
        base_url=server.base_url,
    )
    return await ask(connection, lane_of(way, **lane), question, target=target)


def sse(*events: dict[str, Any], done: bool = True) -> Canned:
    lines = [
        (f"event: {event['type']}\n" if "type" in event else "") + f"data: {json.dumps(event)}\n\n"
        for event in events
    ]
    return Canned(body="".join(lines) + ("data: [DONE]\n\n" if done else ""), content_type=SSE)


def chat_chunk(delta: dict[str, Any], reason: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
        **more,
    }


def chat_answer(message: dict[str, Any], reason: str = "stop", **usage: Any) -> Canned:
    body = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
        ],
        "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12, **usage},
    }
    return Canned(body=json.dumps(body))


def tool_call(arguments: str, call_id: str | None = "t1", name: str = "calculator") -> Any:
    call = {"type": "function", "function": {"name": name, "arguments": arguments}}
    return call if call_id is None else {"id": call_id, **call}


def canned_case(*names: str) -> Canned:
    """An answer of `tests/cases`, by its folder and file."""
    path = case(*names)
    body = path.read_text()
    return Canned(body=body, content_type=SSE if path.suffix == ".sse" else JSON)
