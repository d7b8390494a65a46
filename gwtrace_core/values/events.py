"""What an SDK path reports while a call runs: a closed union that ends in one terminal event.

The order is: (`ModelRequestStarted`, deltas and tool calls, `ModelRequestFinished`, then for each
tool asked for `ToolCallStarted` … `ToolCallFinished`) once or more, then `Finished` or `Failed`.
A consumer matches every case and ends in `assert_never`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gwtrace_core.values.errors import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one or more model requests. None means not reported; 0 means reported as zero."""

    input_tokens: int | None = None
    """All input tokens, those read from and written to a cache included."""
    output_tokens: int | None = None
    """All output tokens, reasoning included."""
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None

    @property
    def total_tokens(self) -> int | None:
        """Input and output together, None unless both are known."""
        if self.input_tokens is None or self.output_tokens is None:
            return None
        return self.input_tokens + self.output_tokens

    def reported(self) -> Usage | None:
        """The same, None where it says nothing: no request has neither input nor output."""
        return self if self.input_tokens or self.output_tokens else None

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input_tokens=_sum(self.input_tokens, other.input_tokens),
            output_tokens=_sum(self.output_tokens, other.output_tokens),
            cache_read_tokens=_sum(self.cache_read_tokens, other.cache_read_tokens),
            cache_write_tokens=_sum(self.cache_write_tokens, other.cache_write_tokens),
            reasoning_tokens=_sum(self.reasoning_tokens, other.reasoning_tokens),
        )


def _sum(left: int | None, right: int | None) -> int | None:
    if left is None:
        return right
    return left if right is None else left + right


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequestStarted:
    """A request is about to be sent to the model. The n-th of the turn, from 0."""

    index: int
    model: str
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The call's arguments in the SDK's own words (messages, tools, …), JSON values, no secrets,
    image data replaced by its size. Recorded when autolog records nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """More of the answer."""

    text: str
    is_late: bool = False
    """Whether it came before: it was held back until it was known to be no key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningDelta:
    """More of the model's reasoning, or of its summary."""

    text: str
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallDelta:
    """The model is writing a tool call; shown as progress. `name` comes with the first piece."""

    call_id: str
    name: str | None
    arguments_text: str
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequestFinished:
    """The model's answer to one request is complete, or the stream ended early."""

    index: int
    finish_reason: str | None
    """In the provider's own words (`stop`, `end_turn`, `tool_use`, …); None: never said."""
    usage: Usage | None
    response_model: str | None
    """The model that the answer names."""
    response_id: str | None = None
    request_id: str | None = None
    """The provider's request id header, for its support."""
    gateway_cost_usd: float | None = None
    """The exact cost that the gateway reported (header or injected usage), where it gave one."""
    rounded_cost_usd: float | None = None
    """The cost by an older gateway's header, which is rounded to four decimals."""
    is_from_cache: bool = False
    """Whether the gateway answered from its response cache: the model was not asked."""
    unseen: tuple[str, ...] = ()
    """Parts of the answer that came and are not shown, in a person's words: `a picture`,
    `audio`, `a web search by the provider`."""
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The answer in the SDK's own words. Recorded when autolog records nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallStarted:
    """A built-in tool is about to run with these arguments."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallFinished:
    """A built-in tool has answered. A wrong call is an answer too, with `is_error`."""

    call_id: str
    name: str
    content: str
    is_error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Terminal: the turn came to its proper end."""

    finish_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Terminal: the turn failed; what had arrived stands."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Terminal, made by the hub and never by an SDK path: somebody pressed Stop or left."""

    reason: str = "Stopped by the user."


StreamEvent = (
    ModelRequestStarted
    | TextDelta
    | ReasoningDelta
    | ToolCallDelta
    | ModelRequestFinished
    | ToolCallStarted
    | ToolCallFinished
    | Finished
    | Failed
    | Stopped
)
