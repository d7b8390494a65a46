"""The simulated providers behind the gateway, faults included."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from gwtrace_core.demo_gateway.anthropic_messages import AnthropicMessages
from gwtrace_core.demo_gateway.conversation import BadRequestError, Conversation, Json, as_mapping
from gwtrace_core.demo_gateway.faults import Fault, find_fault
from gwtrace_core.demo_gateway.generation import (
    Generation,
    PromptCache,
    count_input_tokens,
    generate,
)
from gwtrace_core.demo_gateway.google_generate import GoogleGenerate
from gwtrace_core.demo_gateway.models import DemoModel, Family, default_model, find_model
from gwtrace_core.demo_gateway.openai_chat import OpenAIChat
from gwtrace_core.demo_gateway.openai_responses import OpenAIResponses
from gwtrace_core.demo_gateway.wire import (
    Frame,
    ProviderError,
    WireFormat,
    json_bytes,
    new_id,
)

_SLOW_FIRST_TOKEN_MS = 10_000
_RETRY_AFTER_S = 2
_TOKENS_BEFORE_STALL = 5


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """Nothing is sent until the caller leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """The provider could not be connected to."""


Answer = PlainAnswer | StreamAnswer | NoAnswer | Unreachable

_GOOGLE_PATH = re.compile(
    r"v1(?:beta1?)?/(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/google/)?"
    r"models/[^/:]+:(?:generateContent|streamGenerateContent)"
)
_CHAT, _RESPONSES = OpenAIChat(), OpenAIResponses()
_MESSAGES, _GOOGLE = AnthropicMessages(), GoogleGenerate()
_FORMATS: Mapping[Family, Mapping[str, WireFormat]] = {
    "openai": {"chat/completions": _CHAT, "responses": _RESPONSES},
    "anthropic": {
        "v1/messages": _MESSAGES,
        "v1/messages/count_tokens": _MESSAGES,
        "v1/chat/completions": OpenAIChat("anthropic"),
    },
    "groq": {"openai/v1/chat/completions": OpenAIChat("groq")},
    "google-vertex": {},
}


@dataclass(slots=True)
class Provider:
    """One provider as the gateway knows it: a key of its own and an API of some family."""

    key: str
    family: Family
    down: bool = False
    """Whether it answers every request with 503."""
    _cache: PromptCache = field(default_factory=PromptCache)

    def call(self, path: str, body: Any, *, query: str, caller_key: str) -> Answer:
        """Answer one POST request to `path` (below the provider's base URL)."""
        wire = self._format(path)
        request_id = new_id("req_")
        request = as_mapping(body)
        if wire is None:
            return _error(self._any_format(), self._path_error(path), request_id)
        if self.down:
            return _error(wire, ProviderError(kind="unavailable"), request_id)
        try:
            conversation = wire.parse(request, path=path)
        except BadRequestError as refused:
            error = ProviderError(
                kind="invalid_request", message=refused.message, param=refused.param
            )
            return _error(wire, error, request_id)
        fault = find_fault(conversation.model)
        model = find_model(conversation.model, self.family)
        if fault is not None:
            model = default_model(self.family)
            if fault is Fault.SLOW:
                model = replace(
                    model, pace=replace(model.pace, first_token_ms=_SLOW_FIRST_TOKEN_MS)
                )
        if model is None:
            error = ProviderError(kind="model_not_found", model=conversation.model, param="model")
            return _error(wire, error, request_id)
        input_tokens = count_input_tokens(conversation)
        if path.endswith("count_tokens"):
            return _json(200, {"input_tokens": input_tokens}, wire.headers(request_id))
        if input_tokens > model.context_window:
            return _error(wire, _too_long(input_tokens, model), request_id)
        early = _early_fault(fault, wire, conversation, request_id, caller_key)
        if early is not None:
            return early
        generation = generate(conversation, model, cache=self._cache, fault=fault)
        if not conversation.stream:
            return _plain(wire, generation, conversation, request_id, fault)
        answer = _stream(wire, generation, conversation, request_id, fault)
        # Google's own default is one JSON array; every SDK asks for events.
        as_array = self.family == "google-vertex" and "alt=sse" not in query
        return _as_json_array(answer) if as_array else answer

    def _format(self, path: str) -> WireFormat | None:
        if self.family == "google-vertex" and _GOOGLE_PATH.fullmatch(path):
            return _GOOGLE
        return _FORMATS[self.family].get(path)

    def _any_format(self) -> WireFormat:
        return next(iter(_FORMATS[self.family].values()), _GOOGLE)

    def _path_error(self, path: str) -> ProviderError:
        message = ""
        if self.family == "openai" and path == "completions":
            message = (
                "This is a chat model and not supported in the v1/completions endpoint. Did you "
                "mean to use v1/chat/completions?"
            )
        elif self.family == "openai":
            message = f"Invalid URL (POST /v1/{path})"
        elif self.family == "groq":
            message = (
                f"Unknown request URL: POST /{path}. Please check the URL for typos, or see the "
                "docs at https://console.groq.com/docs/"
            )
        return ProviderError(kind="path_not_found", message=message)


def _json(status: int, body: Json, headers: Mapping[str, str]) -> PlainAnswer:
    return PlainAnswer(
        status=status,
        headers={"content-type": "application/json", **headers},
        body=json_bytes(body),
    )


def _error(wire: WireFormat, error: ProviderError, request_id: str) -> PlainAnswer:
    words = wire.error(error, request_id=request_id)
    headers = dict(wire.headers(request_id))
    if error.kind == "rate_limit":
        headers["retry-after"] = str(_RETRY_AFTER_S)
    return _json(words.status, words.body, headers)


def _too_long(input_tokens: int, model: DemoModel) -> ProviderError:
    limit = model.context_window
    message = {
        "anthropic": f"prompt is too long: {input_tokens} tokens > {limit} maximum",
        "google-vertex": f"The input token count ({input_tokens}) exceeds the maximum number of "
        f"tokens allowed ({limit}).",
    }.get(
        model.family,
        f"This model's maximum context length is {limit} tokens. However, your messages resulted "
        f"in {input_tokens} tokens. Please reduce the length of the messages.",
    )
    return ProviderError(
        kind="invalid_request", message=message, param="messages", code="context_length_exceeded"
    )


def _early_fault(
    fault: Fault | None,
    wire: WireFormat,
    conversation: Conversation,
    request_id: str,
    caller_key: str,
) -> Answer | None:
    """The answer of a fault that never gets as far as running the model."""
    model = conversation.model
    match fault:
        case Fault.STALL:
            return NoAnswer()
        case Fault.STALL_MIDWAY if not conversation.stream:
            return NoAnswer()
        case Fault.UNREACHABLE:
            return Unreachable()
        case Fault.UPSTREAM_401:
            error = ProviderError(kind="invalid_key", model=model)
        case Fault.ECHO_KEY:
            message = f"Incorrect API key provided: {caller_key}."
            error = ProviderError(kind="invalid_key", message=message, model=model)
        case Fault.UPSTREAM_429:
            error = ProviderError(kind="rate_limit", model=model)
        case Fault.UPSTREAM_500:
            error = ProviderError(kind="server_error", model=model)
        case Fault.UPSTREAM_503:
            error = ProviderError(kind="unavailable", model=model)
        case Fault.OVERLOADED:
            error = ProviderError(kind="overloaded", model=model)
        case Fault.STREAM_ERROR if not conversation.stream:
            error = ProviderError(kind="server_error", model=model)
        case _:
            return None
    return _error(wire, error, request_id)


def _plain(
    wire: WireFormat,
    generation: Generation,
    conversation: Conversation,
    request_id: str,
    fault: Fault | None,
) -> Answer:
    answer = _json(200, wire.plain(generation, conversation), wire.headers(request_id))
    half = answer.body[: len(answer.body) // 2]
    match fault:
        case Fault.CUT_STREAM | Fault.BAD_JSON:
            return replace(answer, body=half, generation=generation)
        case Fault.RESET_STREAM:
            frames = [Frame(data=half, tokens=generation.usage.output_tokens)]
            return StreamAnswer(
                headers=answer.headers, frames=frames, generation=generation, end="reset"
            )
        case _:
            return replace(answer, generation=generation)


def _stream(
    wire: WireFormat,
    generation: Generation,
    conversation: Conversation,
    request_id: str,
    fault: Fault | None,
) -> StreamAnswer:
    frames = list(wire.frames(generation, conversation))
    whole = StreamAnswer(
        headers={"content-type": "text/event-stream; charset=utf-8", **wire.headers(request_id)},
        frames=frames,
        generation=generation,
    )
    shown_tokens = sum(frame.tokens for frame in frames if frame.data)
    half = _beginning(frames, (shown_tokens - 1) // 2)
    match fault:
        case Fault.CUT_STREAM:
            return replace(whole, frames=half, end="cut")
        case Fault.RESET_STREAM:
            return replace(whole, frames=half, end="reset")
        case Fault.STALL_MIDWAY:
            few = _beginning(frames, _TOKENS_BEFORE_STALL)
            return replace(whole, frames=few, end="stall")
        case Fault.STREAM_ERROR:
            error = ProviderError(kind="overloaded", model=conversation.model)
            position = sum(1 for frame in half if frame.data)
            broken = wire.error_frame(error, request_id=request_id, position=position)
            return replace(whole, frames=[*half, broken])
        case Fault.BAD_JSON:
            garbage = Frame(data=b'data: {"broken": \n\n')
            return replace(whole, frames=[*half, garbage, *frames[len(half) :]])
        case _:
            return whole


def _beginning(frames: Sequence[Frame], tokens: int) -> Sequence[Frame]:
    """The first frames, until more than that many tokens were seen; hidden reasoning is not."""
    seen = 0
    for index, frame in enumerate(frames):
        seen += frame.tokens if frame.data else 0
        if seen > tokens:
            return frames[: index + 1]
    return frames


def _as_json_array(answer: StreamAnswer) -> StreamAnswer:
    frames: list[Frame] = []
    for frame in answer.frames:
        data = frame.data.removeprefix(b"data: ").rstrip()
        lead = b"[" if not any(f.data for f in frames) else b",\n"
        frames.append(replace(frame, data=lead + data if data else b""))
    if answer.end == "complete":
        frames.append(Frame(data=b"]"))
    headers = {**answer.headers, "content-type": "application/json"}
    return replace(answer, frames=frames, headers=headers)
