"""What every wire format has in common: JSON and SSE bytes, frames, and the shape of an API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gwtrace_core.demo_gateway.model.conversation import Conversation, Json, ProviderError
from gwtrace_core.demo_gateway.model.generation import Generation


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One piece of a streamed body. No data: the model is busy and nothing is sent."""

    data: bytes
    tokens: int = 0
    """Output tokens that it stands for, which is what it takes time for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpError:
    """A provider's error answer."""

    status: int
    body: Json


class WireFormat(Protocol):
    """One provider API: how it is asked, and how it answers."""

    def parse(self, body: Json, *, path: str) -> Conversation:
        """Read a request. Raises `BadRequestError` for what the provider would refuse."""
        ...

    def plain(self, generation: Generation, conversation: Conversation) -> Json:
        """The answer as one JSON body."""
        ...

    def frames(self, generation: Generation, conversation: Conversation) -> Sequence[Frame]:
        """The answer as a stream, from its first to its last byte."""
        ...

    def error(self, error: ProviderError, *, request_id: str) -> HttpError:
        """The error as the provider words it."""
        ...

    def error_frame(self, error: ProviderError, *, request_id: str, position: int) -> Frame:
        """The error in the middle of a stream, after that many events."""
        ...

    def headers(self, request_id: str) -> Mapping[str, str]:
        """The provider's own response headers that callers look at."""
        ...


def json_bytes(value: Any) -> bytes:
    """Compact UTF-8 JSON; what cannot be encoded becomes a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def sse(value: Any, *, event: str | None = None, tokens: int = 0) -> Frame:
    """One server-sent event."""
    head = f"event: {event}\n".encode() if event else b""
    return Frame(data=head + b"data: " + json_bytes(value) + b"\n\n", tokens=tokens)


def new_id(prefix: str, *, size: int = 24) -> str:
    """A fresh id such as the providers make: `prefix` and `size` hex digits."""
    return prefix + secrets.token_hex(size // 2)
