"""Anthropic SDK, messages.

Streams go through `messages.stream()`: MLflow's autolog records `create(stream=True)` wrongly and
`stream()` not at all, so that the recorder can fill in one right span instead of a wrong one.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager
from typing import Any, cast

import anthropic
import httpx2
from anthropic import AsyncAnthropic
from anthropic.lib.streaming import AsyncMessageStream
from anthropic.types import Message as AnthropicMessage
from anthropic.types import Usage as AnthropicUsage

from gwtrace_core.chat import ChatRequest
from gwtrace_core.connection import Target
from gwtrace_core.events import ReasoningDelta, TextDelta, Usage
from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.gateway.failures import unreadable_answer
from gwtrace_core.sdk_paths import PathClient
from gwtrace_core.sdk_paths._anthropic_arguments import messages_arguments
from gwtrace_core.sdk_paths._cost import ReportedCost, usage_cost
from gwtrace_core.sdk_paths._failures import (
    answer_failure,
    foreign_answer_failure,
    is_event_stream,
    stream_failure,
    transport_failure,
)
from gwtrace_core.sdk_paths._http import ClientPool, Exchange, http_client
from gwtrace_core.sdk_paths._turn import (
    Answer,
    CallFailed,
    Piece,
    ToolCall,
    ToolCallParts,
    TurnPath,
)
from gwtrace_core.tools import ToolResult


def open_client() -> PathClient:
    """The path, with no connection yet."""
    return TurnPath(ClientPool(_open, _close), _Conversation)


def _open(target: Target) -> AsyncAnthropic:
    # An explicit token also keeps the SDK from looking for one in the environment. What is sent,
    # and in which header, is up to the HTTP hook.
    return AsyncAnthropic(
        auth_token=target.connection.api_key.reveal() or "none",
        base_url=target.base_url,
        max_retries=0,
        http_client=http_client(target),
    )


async def _close(client: AsyncAnthropic) -> None:
    await client.close()


@contextmanager
def _translated(*, target: Target, model: str) -> Generator[None]:
    """Turn the SDK's exceptions into CallFailed, most specific first."""
    try:
        yield
    except anthropic.APIStatusError as exc:
        # An error event inside a stream comes as the error of an answer that had status 200.
        failure = (
            answer_failure(exc.response, target=target, model=model)
            if exc.status_code >= 300
            else stream_failure(exc.body, target=target, model=model)
        )
        raise CallFailed(failure) from exc
    except anthropic.APIResponseValidationError as exc:
        raise CallFailed(unreadable_answer(exc.message, target=target, model=model)) from exc
    # While a stream is read, the HTTP client's own exceptions come through.
    except (anthropic.APIConnectionError, httpx2.TransportError) as exc:
        failure = transport_failure(exc, target=target)
        if failure is None:
            raise
        raise CallFailed(failure) from exc
    except json.JSONDecodeError as exc:
        raise CallFailed(
            unreadable_answer(f"broken JSON ({exc})", target=target, model=model)
        ) from exc


class _Conversation:
    def __init__(
        self,
        client: AsyncAnthropic,
        request: ChatRequest,
        target: Target,
        able: Capabilities,
    ) -> None:
        self._client = client
        self._target = target
        self._model = request.lane.model
        self._is_streamed = request.lane.streamed
        self._arguments = messages_arguments(request, able)
        self._answer_content: list[dict[str, Any]] = []

    def inputs(self) -> Mapping[str, Any]:
        return {**self._arguments, "messages": list(self._arguments["messages"])}

    async def send(self, exchange: Exchange) -> AsyncGenerator[Piece]:
        with _translated(target=self._target, model=self._model):
            if self._is_streamed:
                async with aclosing(self._send_streamed(exchange)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            with exchange.active():
                message = cast(object, await self._client.messages.create(**self._arguments))
            # A server that is none of these answers 200 with something else: the SDK lets it pass.
            if (
                not isinstance(message, AnthropicMessage)
                or getattr(message, "content", None) is None
            ):
                raise CallFailed(
                    foreign_answer_failure(exchange, target=self._target, model=self._model)
                )
            for piece in self._complete(message):
                yield piece

    async def _send_streamed(self, exchange: Exchange) -> AsyncGenerator[Piece]:
        async with AsyncExitStack() as stack:
            with exchange.active():
                stream = await stack.enter_async_context(
                    self._client.messages.stream(**self._arguments)
                )
            if not is_event_stream(exchange):
                raise CallFailed(
                    foreign_answer_failure(exchange, target=self._target, model=self._model)
                )
            async with aclosing(self._streamed(stream)) as pieces:
                async for piece in pieces:
                    yield piece

    def add_tool_results(self, results: Sequence[tuple[ToolCall, ToolResult]]) -> None:
        messages: list[dict[str, Any]] = self._arguments["messages"]
        messages.append({"role": "assistant", "content": self._answer_content})
        messages.append(
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": call.call_id,
                        "content": result.content,
                        "is_error": result.is_error,
                    }
                    for call, result in results
                ],
            }
        )

    def _complete(self, message: AnthropicMessage) -> list[Piece]:
        pieces: list[Piece] = []
        parts = ToolCallParts()
        for index, block in enumerate(message.content):
            match block.type:
                case "thinking" if block.thinking:
                    pieces.append(ReasoningDelta(text=block.thinking))
                case "text" if block.text:
                    pieces.append(TextDelta(text=block.text))
                case "tool_use":
                    pieces.append(
                        parts.add(
                            index,
                            call_id=block.id,
                            name=block.name,
                            arguments_text=json.dumps(block.input, ensure_ascii=False),
                        )
                    )
                case _:
                    pass
        pieces.append(self._answer(message, parts, is_cut=False))
        return pieces

    async def _streamed(self, stream: AsyncMessageStream[None]) -> AsyncGenerator[Piece]:
        parts = ToolCallParts()
        cost: ReportedCost | None = None
        is_started = is_complete = False
        async for event in stream:
            match event.type:
                case "message_start":
                    is_started = True
                case "message_delta":
                    is_complete = is_complete or event.delta.stop_reason is not None
                    # The SDK's snapshot takes over only the usage that its types know.
                    cost = usage_cost(event.usage) or cost
                case "message_stop":
                    is_complete = True
                case "content_block_start" if event.content_block.type == "tool_use":
                    yield parts.add(
                        event.index,
                        call_id=event.content_block.id,
                        name=event.content_block.name,
                        arguments_text="",
                    )
                case "content_block_delta":
                    match event.delta.type:
                        case "text_delta" if event.delta.text:
                            yield TextDelta(text=event.delta.text)
                        case "thinking_delta" if event.delta.thinking:
                            yield ReasoningDelta(text=event.delta.thinking)
                        case "input_json_delta" if event.delta.partial_json:
                            yield parts.add(
                                event.index,
                                call_id=None,
                                name=None,
                                arguments_text=event.delta.partial_json,
                            )
                        case _:
                            pass
                case _:
                    pass
        message = stream.current_message_snapshot if is_started else None
        yield self._answer(message, parts, is_cut=not is_complete, cost=cost)

    def _answer(
        self,
        message: AnthropicMessage | None,
        parts: ToolCallParts,
        *,
        is_cut: bool,
        cost: ReportedCost | None = None,
    ) -> Answer:
        if message is None:
            return Answer(
                finish_reason=None,
                usage=None,
                response_model=None,
                response_id=None,
                outputs={},
                is_cut=True,
            )
        outputs = message.model_dump(mode="json", exclude_none=True)
        self._answer_content = outputs["content"]
        return Answer(
            finish_reason=message.stop_reason,
            usage=None if is_cut else _usage(message.usage),
            response_model=message.model,
            response_id=message.id,
            outputs=outputs,
            tool_calls=parts.calls,
            reported_cost=cost or usage_cost(message.usage),
            is_cut=is_cut,
        )


def _usage(usage: AnthropicUsage) -> Usage:
    # Anthropic counts what went through the cache beside the other input, not as part of it.
    cache_read, cache_write = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
    details = usage.output_tokens_details
    return Usage(
        input_tokens=usage.input_tokens + (cache_read or 0) + (cache_write or 0),
        output_tokens=usage.output_tokens,
        cache_read_tokens=cache_read,
        cache_write_tokens=cache_write,
        reasoning_tokens=details.thinking_tokens if details else None,
    )
