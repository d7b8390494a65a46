"""The turn of the three plain SDKs: model request, tool calls, the next request, bounded.

What differs between the SDKs is a `Conversation`; what they have in common is here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, Protocol, cast

from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.gateway.failures import cut_stream
from gwtrace_core.sdk_paths import CallContext
from gwtrace_core.sdk_paths.cost import ReportedCost, header_cost
from gwtrace_core.sdk_paths.http import ClientPool, ClientT, Exchange
from gwtrace_core.sdk_paths.request import checked_capabilities
from gwtrace_core.sdk_paths.tool_call_parts import ToolCall, parsed_arguments
from gwtrace_core.tools.tools import ToolResult
from gwtrace_core.values.connection import Provider, SdkPath, Target
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.events import (
    Failed,
    Finished,
    ModelRequestFinished,
    ModelRequestStarted,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallFinished,
    ToolCallStarted,
    Usage,
)
from gwtrace_core.values.request import ChatRequest, Lane
from gwtrace_core.values.secret import Secret

MAX_MODEL_REQUESTS = 6


class CallFailed(Exception):
    """A model request failed in a way that is known. Never leaves the SDK paths."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one model request came to, in the order of its deltas the last piece."""

    finish_reason: str | None
    usage: Usage | None
    response_model: str | None
    response_id: str | None
    outputs: Mapping[str, Any]
    tool_calls: tuple[ToolCall, ...] = ()
    reported_cost: ReportedCost | None = None
    """What the gateway put into the usage, where it did."""
    unseen: tuple[str, ...] = ()
    """What came and is not shown, see `ModelRequestFinished.unseen`."""
    is_cut: bool = False
    """Whether the stream ended before its end: no SDK raises for that."""
    failure: Failure | None = None
    """Where the provider says that the answer came to nothing: what came of it stands."""


Piece = TextDelta | ReasoningDelta | ToolCallDelta | Answer


class Conversation(Protocol):
    """One SDK's messages and its way to send them."""

    def inputs(self) -> Mapping[str, Any]:
        """The next request's arguments, as JSON values."""
        ...

    def send(self, exchange: Exchange) -> AsyncGenerator[Piece]:
        """Make one model request; the last piece is its `Answer`. Raises CallFailed."""
        ...

    def add_tool_results(self, results: Sequence[tuple[ToolCall, ToolResult]]) -> None:
        """Append the last answer and what its tools said."""
        ...


class TurnPath(Generic[ClientT]):
    """A path made of an SDK's clients and its `Conversation`."""

    def __init__(
        self,
        clients: ClientPool[ClientT],
        converse: Callable[[ClientT, ChatRequest, Target, Capabilities], Conversation],
        *,
        sdk_path: SdkPath,
    ) -> None:
        self._clients = clients
        self._converse = converse
        self._sdk_path = sdk_path

    async def stream(
        self, request: ChatRequest, context: CallContext
    ) -> AsyncGenerator[StreamEvent]:
        """See `PathClient.stream`."""
        target = context.target
        able = checked_capabilities(request, target)
        async with self._clients.client(target) as client:
            conversation = self._converse(client, request, target, able)
            turn = run_turn(conversation, context=context, lane=request.lane)
            async with aclosing(turn) as events:
                async for event in events:
                    yield event

    def load(self, provider: Provider) -> None:
        """See `PathClient.load`: the path's one SDK came with its module."""
        from gwtrace_core.sdk_paths.rehearsal import rehearse

        rehearse(self._sdk_path, provider)

    async def open(self, target: Target) -> None:
        """See `PathClient.open`."""
        await self._clients.open(target)

    async def forget(self, key: Secret) -> None:
        """See `PathClient.forget`."""
        await self._clients.forget(key)

    async def aclose(self) -> None:
        """Close every pooled connection."""
        await self._clients.aclose()


async def run_turn(
    conversation: Conversation, *, context: CallContext, lane: Lane
) -> AsyncGenerator[StreamEvent]:
    """The whole turn, ending in `Finished` or `Failed`."""
    for index in range(MAX_MODEL_REQUESTS):
        yield ModelRequestStarted(
            index=index, model=lane.model, inputs=without_image_data(conversation.inputs())
        )
        exchange = Exchange(trace_headers=context.trace_headers, is_streamed=lane.streamed)
        answer: Answer | None = None
        try:
            async with aclosing(conversation.send(exchange)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Answer):
                        answer = piece
                    else:
                        yield piece
        except CallFailed as exc:
            yield Failed(failure=exc.failure)
            return
        assert answer is not None, "a conversation's last piece is its answer"
        yield request_finished(index, answer, exchange)
        # What a cut stream says of its usage is half of it, so paths leave that out.
        if answer.is_cut:
            yield Failed(failure=cut_stream(target=context.target, model=lane.model))
            return
        if answer.failure is not None:
            yield Failed(failure=answer.failure)
            return
        if not answer.tool_calls:
            yield Finished(finish_reason=answer.finish_reason)
            return
        results: list[tuple[ToolCall, ToolResult]] = []
        async with aclosing(_run_tools(answer.tool_calls, context, results)) as events:
            async for event in events:
                yield event
        conversation.add_tool_results(results)
    yield Failed(failure=tool_loop_failure())


async def _run_tools(
    calls: Sequence[ToolCall],
    context: CallContext,
    results: list[tuple[ToolCall, ToolResult]],
) -> AsyncGenerator[ToolCallStarted | ToolCallFinished]:
    for call in calls:
        arguments = parsed_arguments(call.arguments_text)
        yield ToolCallStarted(call_id=call.call_id, name=call.name, arguments=arguments or {})
        if arguments is None:
            result = ToolResult(
                content=f"The arguments of {call.name} are not a JSON object.", is_error=True
            )
        else:
            result = await context.run_tool(call.name, arguments)
        yield ToolCallFinished(
            call_id=call.call_id, name=call.name, content=result.content, is_error=result.is_error
        )
        results.append((call, result))


def request_finished(index: int, answer: Answer, exchange: Exchange) -> ModelRequestFinished:
    """The event for an answer, with what its HTTP headers add."""
    headers = exchange.response_headers
    cost = answer.reported_cost or header_cost(headers)
    return ModelRequestFinished(
        index=index,
        finish_reason=answer.finish_reason,
        usage=answer.usage,
        response_model=answer.response_model,
        response_id=answer.response_id,
        request_id=headers.get("x-request-id") or headers.get("request-id"),
        gateway_cost_usd=cost.exact_usd,
        rounded_cost_usd=cost.rounded_usd,
        is_from_cache=cost.is_from_cache,
        unseen=answer.unseen,
        outputs=answer.outputs,
    )


def tool_loop_failure() -> Failure:
    """The model asked for tools, or for more time, again and again."""
    return Failure(
        source=FailureSource.PROVIDER,
        cause=FailureCause.TOOL_LOOP_LIMIT,
        message=f"The model came to no end in {MAX_MODEL_REQUESTS} requests in a row.",
        hint="Ask more simply, switch tools off, or use another model.",
    )


def without_image_data(value: Any) -> Any:
    """JSON values with the data of images replaced by their size: a trace is no place for them."""
    if isinstance(value, str):
        return _data_url_size(value) if value.startswith("data:image/") else value
    if isinstance(value, Mapping):
        items = cast(Mapping[str, Any], value)
        # Anthropic's sources and Pydantic AI's binary parts.
        if items.get("type") == "base64" or items.get("kind") == "binary":
            return {**items, "data": f"{_decoded_size(str(items['data']))} bytes"}
        return {name: without_image_data(item) for name, item in items.items()}
    if isinstance(value, list | tuple):
        return [without_image_data(item) for item in cast(Sequence[Any], value)]
    return value


def _data_url_size(url: str) -> str:
    head, _, data = url.partition(",")
    return f"{head.removeprefix('data:').partition(';')[0]}, {_decoded_size(data)} bytes"


def _decoded_size(data: str) -> int:
    return len(data) * 3 // 4 - data[-2:].count("=")
