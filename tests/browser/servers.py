"""Servers that the app under test talks to, in threads of the test's own process."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gwtrace_core.demo_gateway.server import create_app
from gwtrace_core.demo_gateway.serving import listen, make_server
from tests.conftest import ExchangeLog


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """`app` on a free port of loopback; gives its root URL."""
    server = make_server(app)
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
        assert not thread.is_alive(), "The server did not stop within 10 s."


class SwapKey:
    """Lets a key of the test's own through as the demo's, and keeps what was sent."""

    def __init__(self, app: ASGIApp, key: str, keys_sent: list[str]) -> None:
        self._app = app
        self._key = key.encode()
        self._keys_sent = keys_sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers: list[tuple[bytes, bytes]] = []
            for name, value in scope["headers"]:
                if name in (b"authorization", b"x-api-key", b"x-goog-api-key"):
                    self._keys_sent.append(value.decode())
                    value = value.replace(self._key, b"demo")
                headers.append((name, value))
            scope = {**scope, "headers": headers}
        await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedGateway:
    """A demo gateway that takes one key, and the log of what it was asked."""

    base_url: str
    """Ends in `/proxy`."""
    key: str = field(repr=False)
    exchanges: ExchangeLog
    keys_sent: list[str] = field(repr=False)


@contextmanager
def keyed_gateway(key: str, *, pace: float) -> Iterator[KeyedGateway]:
    """A gateway of the test's own, configured like a hosted one."""
    log = ExchangeLog()
    keys_sent: list[str] = []
    demo = create_app(observer=log.observe, pace=pace)
    swapping = Middleware(SwapKey, key=key, keys_sent=keys_sent)
    with serving(Starlette(routes=[Mount("/", app=demo)], middleware=[swapping])) as url:
        yield KeyedGateway(base_url=f"{url}/proxy", key=key, exchanges=log, keys_sent=keys_sent)


class Scripted:
    """An OpenAI-compatible server that says what a test tells it to, whatever it is asked."""

    def __init__(self) -> None:
        self.text = ""
        """What it answers, streamed in pieces of a few characters."""
        self.respond: Callable[[str], Response] | None = None
        """Instead of an answer; is given the key that was sent."""
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str] = set()

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/v1/chat/completions", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        self.bodies.append(await request.json())
        authorization = request.headers.get("authorization", "")
        self.keys.add(authorization.removeprefix("Bearer "))
        if self.respond is not None:
            return self.respond(authorization)
        return StreamingResponse(_chunks(self.text), media_type="text/event-stream")


def _chunks(text: str) -> Iterator[str]:
    pieces = [text[start : start + 7] for start in range(0, len(text), 7)]
    for piece in pieces:
        yield _event(choices=[{"index": 0, "delta": {"content": piece}, "finish_reason": None}])
    yield _event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    yield _event(choices=[], usage=usage)
    yield "data: [DONE]\n\n"


def _event(**fields: Any) -> str:
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return f"data: {json.dumps(chunk | fields)}\n\n"


def refusal_that_repeats(key: str) -> Response:
    """What a careless server says: the whole key, in its error."""
    message = f"Incorrect API key provided: {key}. You can find your key in your settings."
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error"}}, 401)


@contextmanager
def hanging_host() -> Iterator[str]:
    """A host that takes connections and never says a word; gives its root URL."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


@contextmanager
def refusing_host() -> Iterator[str]:
    """An address that nobody listens on, kept from others meanwhile; gives its root URL."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    try:
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"
    finally:
        holder.close()
