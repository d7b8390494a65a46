"""What a provider gives the gateway: a body, a stream, silence, or nothing to connect to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gwtrace_core.demo_gateway.formats.frames import Frame, WireFormat, json_bytes
from gwtrace_core.demo_gateway.model.conversation import Json, ProviderError
from gwtrace_core.demo_gateway.model.generation import Generation

_RETRY_AFTER_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainAnswer:
    """A body sent at once."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    generation: Generation | None = None
    """What it cost and how long it took; None for errors, which cost nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamAnswer:
    """A body sent piece by piece."""

    headers: Mapping[str, str]
    frames: Sequence[Frame]
    generation: Generation
    end: Literal["complete", "cut", "reset", "stall"] = "complete"
    """`cut` ends cleanly too early, `reset` breaks the connection, `stall` waits for ever."""
    is_stored: bool = False
    """Whether it is an earlier answer again, which takes no model's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """Nothing is sent until the caller leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """The provider could not be connected to."""


Answer = PlainAnswer | StreamAnswer | NoAnswer | Unreachable


def json_answer(status: int, body: Json, headers: Mapping[str, str]) -> PlainAnswer:
    """A JSON body."""
    return PlainAnswer(
        status=status,
        headers={"content-type": "application/json", **headers},
        body=json_bytes(body),
    )


def error_answer(wire: WireFormat, error: ProviderError, request_id: str) -> PlainAnswer:
    """An error in the provider's own words, with its headers."""
    words = wire.error(error, request_id=request_id)
    headers = dict(wire.headers(request_id))
    if error.kind == "rate_limit":
        headers["retry-after"] = str(_RETRY_AFTER_S)
    return json_answer(words.status, words.body, headers)
