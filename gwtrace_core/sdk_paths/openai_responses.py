"""OpenAI SDK, responses: nothing is kept at the provider, every request carries all it needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from openai import AsyncOpenAI, AsyncStream
from openai.types.responses import (
    Response,
    ResponseOutputItem,
    ResponseStreamEvent,
    ResponseUsage,
)

from gwtrace_core.chat import ChatRequest
from gwtrace_core.connection import Target
from gwtrace_core.events import ReasoningDelta, TextDelta, ToolCallDelta, Usage
from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.sdk_paths import PathClient
from gwtrace_core.sdk_paths._failures import (
    foreign_answer_failure,
    is_event_stream,
    stream_failure,
)
from gwtrace_core.sdk_paths._http import Exchange
from gwtrace_core.sdk_paths._openai import openai_pool, translated
from gwtrace_core.sdk_paths._openai_arguments import responses_arguments
from gwtrace_core.sdk_paths._turn import (
    Answer,
    CallFailed,
    Piece,
    ToolCall,
    ToolCallParts,
    TurnPath,
    usage_cost_usd,
)
from gwtrace_core.tools import ToolResult

_CLOSING_LIMIT_S = 1.0
"""How long a server may keep a stream open behind its closing event."""


def open_client() -> PathClient:
    """The path, with no connection yet."""
    return TurnPath(openai_pool(), _Conversation)


async def _read_to_the_end(events: AsyncStream[ResponseStreamEvent]) -> None:
    """Nothing comes any more, but autolog ends its span only where the stream does."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSING_LIMIT_S):
            async for _ in events:
                pass


class _Conversation:
    def __init__(
        self, client: AsyncOpenAI, request: ChatRequest, target: Target, able: Capabilities
    ) -> None:
        self._client = client
        self._target = target
        self._arguments = responses_arguments(request, able)
        self._model = request.lane.model
        self._output: Sequence[ResponseOutputItem] = ()

    def inputs(self) -> Mapping[str, Any]:
        return {**self._arguments, "input": list(self._arguments["input"])}

    async def send(self, exchange: Exchange) -> AsyncGenerator[Piece]:
        with translated(target=self._target, model=self._model):
            with exchange.active():
                answer = cast(object, await self._client.responses.create(**self._arguments))
            if isinstance(answer, AsyncStream) and is_event_stream(exchange):
                events = cast("AsyncStream[ResponseStreamEvent]", answer)
                async with events, aclosing(self._streamed(events)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            if isinstance(answer, AsyncStream):
                await answer.close()
            # A server that is none of these answers 200 with something else: the SDK lets it pass.
            if not isinstance(answer, Response) or getattr(answer, "output", None) is None:
                raise CallFailed(
                    foreign_answer_failure(exchange, target=self._target, model=self._model)
                )
            for piece in _pieces_of(answer):
                yield piece
            yield self._answer(answer, answer.output)

    def add_tool_results(self, results: Sequence[tuple[ToolCall, ToolResult]]) -> None:
        items: list[dict[str, Any]] = self._arguments["input"]
        items.extend(_as_json(item) for item in self._output)
        items.extend(
            {"type": "function_call_output", "call_id": call.call_id, "output": result.content}
            for call, result in results
        )

    async def _streamed(self, events: AsyncStream[ResponseStreamEvent]) -> AsyncGenerator[Piece]:
        stream = _StreamState()
        async for event in events:
            match event.type:
                case "response.completed" | "response.incomplete" | "response.failed":
                    await _read_to_the_end(events)
                    # Some servers leave the output out of the closing event.
                    yield self._answer(event.response, event.response.output or stream.items)
                    return
                case "error":
                    raise CallFailed(
                        stream_failure(_as_json(event), target=self._target, model=self._model)
                    )
                case _:
                    piece = stream.piece(event)
                    if piece is not None:
                        yield piece
        yield Answer(
            finish_reason=None,
            usage=None,
            response_model=stream.model,
            response_id=stream.response_id,
            outputs={"output": [_as_json(item) for item in stream.items]},
            is_cut=True,
        )

    def _answer(self, response: Response, output: Sequence[ResponseOutputItem]) -> Answer:
        if response.status == "failed":
            error = _as_json(response.error) if response.error else "no reason given"
            raise CallFailed(stream_failure(error, target=self._target, model=self._model))
        self._output = output
        incomplete = response.incomplete_details
        return Answer(
            finish_reason=(incomplete.reason if incomplete else None) or response.status,
            usage=_usage(response.usage),
            response_model=response.model,
            response_id=response.id,
            outputs=_as_json(response),
            tool_calls=tuple(
                ToolCall(call_id=item.call_id, name=item.name, arguments_text=item.arguments)
                for item in output
                if item.type == "function_call"
            ),
            reported_cost_usd=usage_cost_usd(response.usage),
        )


@dataclass(slots=True, kw_only=True)
class _StreamState:
    """What the pieces of one stream need to know of those before them."""

    items: list[ResponseOutputItem] = field(default_factory=list[ResponseOutputItem])
    model: str | None = None
    response_id: str | None = None
    _parts: ToolCallParts = field(default_factory=ToolCallParts)

    def piece(self, event: ResponseStreamEvent) -> Piece | None:
        """What an event adds to the answer, None when it adds nothing to see."""
        match event.type:
            case "response.created":
                self.model, self.response_id = event.response.model, event.response.id
                return None
            case "response.output_text.delta" | "response.refusal.delta":
                return TextDelta(text=event.delta) if event.delta else None
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                return ReasoningDelta(text=event.delta) if event.delta else None
            case "response.reasoning_summary_part.added":
                return ReasoningDelta(text="\n\n") if event.summary_index else None
            case "response.output_item.done":
                self.items.append(event.item)
                return None
            case "response.output_item.added" if event.item.type == "function_call":
                return self._parts.add(
                    event.output_index,
                    call_id=event.item.call_id,
                    name=event.item.name,
                    arguments_text="",
                )
            case "response.function_call_arguments.delta":
                return self._parts.add(
                    event.output_index, call_id=None, name=None, arguments_text=event.delta
                )
            case _:
                return None


def _pieces_of(response: Response) -> list[Piece]:
    pieces: list[Piece] = []
    for item in response.output:
        match item.type:
            case "reasoning":
                parts = [part.text for part in (item.summary or item.content or ())]
                if any(parts):
                    pieces.append(ReasoningDelta(text="\n\n".join(parts)))
            case "message":
                pieces.extend(
                    TextDelta(text=part.text if part.type == "output_text" else part.refusal)
                    for part in item.content
                )
            case "function_call":
                pieces.append(
                    ToolCallDelta(
                        call_id=item.call_id, name=item.name, arguments_text=item.arguments
                    )
                )
            case _:
                pass
    return pieces


def _as_json(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value.model_dump(mode="json", exclude_none=True))


def _usage(usage: ResponseUsage | None) -> Usage | None:
    if usage is None:
        return None
    # Compatible servers leave the details out, though the SDK's type has them always.
    details: Any = getattr(usage, "input_tokens_details", None)
    output_details: Any = getattr(usage, "output_tokens_details", None)
    return Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=getattr(details, "cached_tokens", None),
        cache_write_tokens=getattr(details, "cache_write_tokens", None),
        reasoning_tokens=getattr(output_details, "reasoning_tokens", None),
    )
