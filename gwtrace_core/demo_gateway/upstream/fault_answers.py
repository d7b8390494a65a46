"""Answers with and without a fault: where each fault model does what its name says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gwtrace_core.demo_gateway.common.faults import Fault
from gwtrace_core.demo_gateway.formats.answer_forms import (
    Answer,
    NoAnswer,
    StreamAnswer,
    Unreachable,
    error_answer,
    json_answer,
)
from gwtrace_core.demo_gateway.formats.frames import Frame, WireFormat
from gwtrace_core.demo_gateway.model.conversation import Conversation, ProviderError
from gwtrace_core.demo_gateway.model.generation import Generation

_TOKENS_BEFORE_STALL = 5


def early_answer(
    fault: Fault | None,
    wire: WireFormat,
    conversation: Conversation,
    request_id: str,
    caller_key: str,
) -> Answer | None:
    """The answer of a fault that never gets as far as running the model, None for the others."""
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
    return error_answer(wire, error, request_id)


def plain_answer(
    wire: WireFormat,
    generation: Generation,
    conversation: Conversation,
    request_id: str,
    fault: Fault | None,
) -> Answer:
    """The whole answer at once, damaged as the fault does it."""
    answer = json_answer(200, wire.plain(generation, conversation), wire.headers(request_id))
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


def stream_answer(
    wire: WireFormat,
    generation: Generation,
    conversation: Conversation,
    request_id: str,
    fault: Fault | None,
) -> StreamAnswer:
    """The answer as a stream, damaged as the fault does it."""
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
