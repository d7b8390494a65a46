"""The demo gateway as an ASGI app."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from gwtrace_core.demo_gateway.common.exchange import Ending, Exchange
from gwtrace_core.demo_gateway.delivery import Caller, Delivery
from gwtrace_core.demo_gateway.formats.answer_forms import PlainAnswer
from gwtrace_core.demo_gateway.formats.frames import json_bytes
from gwtrace_core.demo_gateway.gateway import Forwarded, Gateway
from gwtrace_core.demo_gateway.keys import GatewayError, Keys

Observer = Callable[[Exchange], None]

PREFIX = "/proxy"
DEFAULT_SPENDING_LIMIT_USD = 0.005

_TEXT = {"content-type": "text/plain; charset=utf-8"}
_BANNER = "gwtrace demo gateway: simulated answers, no provider is called.\n"


def create_app(
    *,
    observer: Observer | None = None,
    pace: float = 1.0,
    spending_limit_usd: float = DEFAULT_SPENDING_LIMIT_USD,
    clock: Callable[[], float] = time.monotonic,
    prefix: str = PREFIX,
) -> Starlette:
    """The demo gateway.

    `observer` sees every exchange on arrival, when its answer begins, and at its end. `pace`
    multiplies every simulated wait, 0 for none. `spending_limit_usd` is the limit of the key
    `demo-limit`. `clock` (seconds) times the five minutes of a blocked key. With an empty `prefix`
    it is as the open gateway that one runs oneself: its routes hang on the root, and it lists no
    models.
    """
    keys = Keys(clock=clock, spending_limit_usd=spending_limit_usd)
    endpoint = _Endpoint(Gateway(keys), observer=observer, pace=pace, prefix=prefix)
    return Starlette(routes=[Mount("/", app=endpoint)])


class _Endpoint:
    """Reads a request, has the gateway answer it, and delivers the answer."""

    def __init__(
        self, gateway: Gateway, *, observer: Observer | None, pace: float, prefix: str
    ) -> None:
        self._gateway = gateway
        self._prefix = prefix
        self._observer = observer
        self._pace = pace
        self._indexes: Iterator[int] = itertools.count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        record = _Record(next(self._indexes), request, body, self._observer)
        ending: Ending = "client disconnected"
        try:
            forwarded = self._answer(request, body)
            async with Caller(receive, send) as caller:
                delivery = Delivery(caller, pace=self._pace, on_start=record.started)
                ending = await delivery.send(forwarded.answer)
            if ending == "completed" and forwarded.settle is not None:
                forwarded.settle()
        finally:
            record.ended(ending)

    def _answer(self, request: Request, body: bytes) -> Forwarded:
        try:
            return self._route(request, body)
        except GatewayError as error:
            return _text(error.status, error.text)

    def _route(self, request: Request, body: bytes) -> Forwarded:
        path = request.scope["path"]
        if path in ("/", self._prefix, f"{self._prefix}/"):
            if request.method not in ("GET", "HEAD"):
                return _text(405, "Method Not Allowed")
            return _text(200, _BANNER)
        if not path.startswith(f"{self._prefix}/"):
            raise GatewayError(status=404, text="Path not found")
        below = path.removeprefix(self._prefix)
        query = request.scope["query_string"].decode("latin-1")
        headers = dict(request.headers)
        if self._prefix and below == "/models" and request.method == "GET":
            route = parse_qs(query).get("route", [None])[0]
            listing = json_bytes(self._gateway.list_models(route, headers=headers))
            json_type = {"content-type": "application/json"}
            return Forwarded(answer=PlainAnswer(status=200, headers=json_type, body=listing))
        return self._gateway.forward(below, body, query=query, headers=headers)


class _Record:
    """Tells the observer about one exchange."""

    def __init__(
        self, index: int, request: Request, body: bytes, observer: Observer | None
    ) -> None:
        self._observer = observer
        self._exchange = Exchange(
            index=index,
            method=request.method,
            path=request.scope["path"],
            query=request.scope["query_string"].decode("latin-1"),
            headers=dict(request.headers),
            json=_parsed(body),
            started_s=time.monotonic(),
        )
        self._tell()

    def started(self, status: int) -> None:
        self._exchange = replace(self._exchange, status=status, first_byte_s=time.monotonic())
        self._tell()

    def ended(self, ending: Ending) -> None:
        self._exchange = replace(self._exchange, ending=ending, ended_s=time.monotonic())
        self._tell()

    def _tell(self) -> None:
        if self._observer is not None:
            self._observer(self._exchange)


def _text(status: int, text: str) -> Forwarded:
    answer = PlainAnswer(status=status, headers=_TEXT, body=text.encode("utf-8", "replace"))
    return Forwarded(answer=answer)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
