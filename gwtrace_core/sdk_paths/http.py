"""HTTP for every SDK path: pooled clients, and the hooks they carry.

The hooks are the one gate that all requests pass, whatever an SDK made of its environment: only
headers known to belong to a call go out, the credential is the connection's and nothing else, and
it goes only to the host that it was configured for.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import httpx
import httpx2

from gwtrace_core.gateway.transports import open_legacy_transport, open_transport
from gwtrace_core.values.connection import Provider, Target
from gwtrace_core.values.secret import Secret

MAX_IDLE_CLIENTS = 16

_TIMEOUT_S = {"connect": 10.0, "write": 30.0, "pool": 10.0}
_SILENCE_S = {"streamed": 120.0, "whole": 600.0}
"""The longest silence. In a stream that is the time between two pieces; an answer that comes as a
whole is silent for as long as the model thinks and writes, so that it has what the SDKs give it."""

_TAIL_BYTES = 4_000
"""How much of a stream is kept, to show of it what could not be read."""

_OWN_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "anthropic-beta",
        "anthropic-version",
        "connection",
        "content-length",
        "content-type",
        "host",
        "traceparent",
        "tracestate",
        "transfer-encoding",
        "user-agent",
        "x-goog-api-client",
    }
)
_OWN_HEADER_PREFIX = "x-stainless-"

ClientT = TypeVar("ClientT")


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request and its answer, as the HTTP hooks see them."""

    trace_headers: Callable[[], Mapping[str, str]]
    is_streamed: bool
    """Whether the answer is to come in pieces."""
    response_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Empty until the answer's head has come. Names are in lower case."""
    _response: httpx2.Response | httpx.Response | None = field(default=None, repr=False)
    _stream_tail: bytearray = field(default_factory=bytearray, repr=False)

    def note(self, response: httpx2.Response | httpx.Response) -> None:
        """Take in the head of the answer, and keep an eye on its body."""
        self.response_headers = dict(response.headers)
        self._response = response
        # What is compressed cannot be read from its end.
        if "content-encoding" not in self.response_headers and isinstance(
            response.stream, httpx2.AsyncByteStream | httpx.AsyncByteStream
        ):
            response.stream = _Overheard(response.stream, self._stream_tail)

    def answer_text(self) -> str:
        """The answer as it came: the whole one, or of a stream the end of what came so far."""
        if self._response is None:
            return ""
        try:
            return self._response.text
        except (httpx2.ResponseNotRead, httpx.ResponseNotRead):
            return self._stream_tail[-_TAIL_BYTES:].decode("utf-8", "replace")

    @contextmanager
    def active(self) -> Generator[None]:
        """Requests sent by this task, and by tasks it starts meanwhile, are this exchange's.

        Never held across a `yield` of an async generator: the next step may run in another task.
        """
        token = _exchange.set(self)
        try:
            yield
        finally:
            _exchange.reset(token)


class _Overheard(httpx2.AsyncByteStream, httpx.AsyncByteStream):
    """A body's bytes as they are, of which the last ones are kept."""

    def __init__(
        self, body: httpx2.AsyncByteStream | httpx.AsyncByteStream, tail: bytearray
    ) -> None:
        self._body = body
        self._tail = tail

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._body:
            self._tail += piece
            if len(self._tail) > 2 * _TAIL_BYTES:
                del self._tail[:-_TAIL_BYTES]
            yield piece

    async def aclose(self) -> None:
        await self._body.aclose()


_exchange: ContextVar[Exchange | None] = ContextVar("gwtrace_exchange", default=None)


def http_client(target: Target) -> httpx2.AsyncClient:
    """A client for one host and key. The caller closes it."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(**_timeout_s(is_streamed=False)),
        transport=open_transport(target.base_url, target.connection.reach),
        trust_env=False,
        event_hooks={"request": [_request_hook(target)], "response": [_note_response]},
    )


def legacy_http_client(target: Target) -> httpx.AsyncClient:
    """The same for the SDKs that have not moved to httpx2. The caller closes it."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(**_timeout_s(is_streamed=False)),
        transport=open_legacy_transport(target.base_url, target.connection.reach),
        trust_env=False,
        event_hooks={"request": [_request_hook(target)], "response": [_note_response]},
    )


class ClientPool(Generic[ClientT]):
    """One client per host and key. Beyond `MAX_IDLE_CLIENTS`, those longest unused are closed."""

    def __init__(
        self, build: Callable[[Target], ClientT], close: Callable[[ClientT], Awaitable[None]]
    ) -> None:
        self._build = build
        self._close = close
        self._entries: OrderedDict[object, _Entry[ClientT]] = OrderedDict()

    async def open(self, target: Target) -> None:
        """Have the client for this target, built in a thread of its own: Google's SDK reads all
        certificates for each, which takes a fifth of a second."""
        key = _key_of(target)
        if key not in self._entries:
            client = await asyncio.to_thread(self._build, target)
            if key in self._entries:
                await self._close(client)  # Another lane was quicker.
            else:
                self._entries[key] = _Entry(client=client, secret=target.connection.api_key)
                await self._close_idle()

    @asynccontextmanager
    async def client(self, target: Target) -> AsyncGenerator[ClientT]:
        """The client for this target; it is not closed while somebody is in here."""
        key = _key_of(target)
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = _Entry(
                client=self._build(target), secret=target.connection.api_key
            )
        self._entries.move_to_end(key)
        entry.user_count += 1
        try:
            await self._close_idle()
            yield entry.client
        finally:
            entry.user_count -= 1
            if entry.is_forgotten and not entry.user_count:
                await self._drop(key, entry)

    async def forget(self, secret: Secret) -> None:
        """Close the clients that hold this key: those that are idle now, others when they are."""
        for key, entry in list(self._entries.items()):
            if entry.secret != secret:
                continue
            entry.is_forgotten = True
            if not entry.user_count:
                await self._drop(key, entry)

    async def aclose(self) -> None:
        """Close every client."""
        while self._entries:
            _, entry = self._entries.popitem()
            await self._close(entry.client)

    async def _drop(self, key: object, entry: _Entry[ClientT]) -> None:
        # Somebody else may have been quicker while another one was being closed.
        if self._entries.get(key) is entry:
            del self._entries[key]
            await self._close(entry.client)

    async def _close_idle(self) -> None:
        excess = len(self._entries) - MAX_IDLE_CLIENTS
        idle = [key for key, entry in self._entries.items() if not entry.user_count]
        for key in idle[: max(excess, 0)]:
            await self._close(self._entries.pop(key).client)


def _key_of(target: Target) -> object:
    connection = target.connection
    # An address that was allowed to one connection is not thereby allowed to another.
    where = connection.kind, target.provider, target.route, target.base_url, connection.reach
    return where, connection.api_key


@dataclass(slots=True, kw_only=True)
class _Entry(Generic[ClientT]):
    client: ClientT
    secret: Secret
    user_count: int = 0
    is_forgotten: bool = False


def _request_hook(
    target: Target,
) -> Callable[[httpx2.Request | httpx.Request], Awaitable[None]]:
    origin = _origin(target.base_url)
    credential = _credential(target)

    async def prepare(request: httpx2.Request | httpx.Request) -> None:
        for name in list(request.headers):
            if name not in _OWN_HEADERS and not name.startswith(_OWN_HEADER_PREFIX):
                del request.headers[name]
        if credential is not None and _origin(str(request.url)) == origin:
            name, value = credential
            request.headers[name] = value
        exchange = _exchange.get()
        if exchange is not None:
            for name, value in exchange.trace_headers().items():
                request.headers.setdefault(name, value)
        # SDKs send one number for all phases, which would let connecting take minutes.
        is_streamed = exchange is not None and exchange.is_streamed
        request.extensions["timeout"] = _timeout_s(is_streamed=is_streamed)

    return prepare


def _timeout_s(*, is_streamed: bool) -> dict[str, float]:
    return {**_TIMEOUT_S, "read": _SILENCE_S["streamed" if is_streamed else "whole"]}


async def _note_response(response: httpx2.Response | httpx.Response) -> None:
    exchange = _exchange.get()
    if exchange is not None:
        exchange.note(response)


def _credential(target: Target) -> tuple[str, str] | None:
    key = target.connection.api_key
    if not key:
        return None
    if not target.connection.is_gateway:
        if target.provider is Provider.ANTHROPIC:
            return "x-api-key", key.reveal()
        if target.provider is Provider.GOOGLE:
            return "x-goog-api-key", key.reveal()
    # In x-api-key, a gateway would pass its own key on to every provider but Anthropic: there it
    # takes only the authorization header out.
    return "authorization", f"Bearer {key.reveal()}"


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default
