"""OpenAI SDK, responses: nothing is kept at the provider, every request carries all it needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any, cast

from openai import AsyncOpenAI, AsyncStream

from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.sdk_paths import PathClient
from gwtrace_core.sdk_paths.failures import foreign_answer_failure, is_event_stream, stream_failure
from gwtrace_core.sdk_paths.http import Exchange
from gwtrace_core.sdk_paths.openai_arguments import responses_arguments
from gwtrace_core.sdk_paths.openai_client import openai_pool, translated
from gwtrace_core.sdk_paths.responses_answer import ResponseAnswer, is_response
from gwtrace_core.sdk_paths.tool_call_parts import ToolCall
from gwtrace_core.sdk_paths.tool_loop import CallFailed, Piece, TurnPath
from gwtrace_core.tools.tools import ToolResult
from gwtrace_core.values.connection import SdkPath, Target
from gwtrace_core.values.request import ChatRequest
from gwtrace_core.values.unicode_text import clean_json, clean_text

_CLOSING_LIMIT_S = 1.0
"""How long a server may keep a stream open behind its closing event."""


def open_client() -> PathClient:
    """The path, with no connection yet."""
    return TurnPath(openai_pool(), _Conversation, sdk_path=SdkPath.OPENAI_RESPONSES)


class _Conversation:
    def __init__(
        self, client: AsyncOpenAI, request: ChatRequest, target: Target, able: Capabilities
    ) -> None:
        self._client = client
        self._target = target
        self._arguments = responses_arguments(request, able)
        self._model = request.lane.model
        self._answer = self._new_answer()

    def inputs(self) -> Mapping[str, Any]:
        return {**self._arguments, "input": list(self._arguments["input"])}

    async def send(self, exchange: Exchange) -> AsyncGenerator[Piece]:
        with translated(exchange, target=self._target, model=self._model):
            with exchange.active():
                answer = cast(object, await self._client.responses.create(**self._arguments))
            self._answer = self._new_answer()
            if isinstance(answer, AsyncStream):
                events = cast("AsyncStream[object]", answer)
                async with events, aclosing(self._streamed(events, exchange)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            if not is_response(answer):
                raise CallFailed(
                    foreign_answer_failure(exchange, target=self._target, model=self._model)
                )
            for piece in self._answer.take_whole(answer):
                yield piece
            yield self._answer.answer()

    def add_tool_results(self, results: Sequence[tuple[ToolCall, ToolResult]]) -> None:
        sent: list[dict[str, Any]] = self._arguments["input"]
        sent.extend(clean_json(self._answer.items_to_send_back()))
        sent.extend(
            {
                "type": "function_call_output",
                "call_id": clean_text(call.call_id),
                "output": result.content,
            }
            for call, result in results
        )

    async def _streamed(
        self, events: AsyncStream[object], exchange: Exchange
    ) -> AsyncGenerator[Piece]:
        if not is_event_stream(exchange):
            raise CallFailed(
                foreign_answer_failure(exchange, target=self._target, model=self._model)
            )
        async for event in events:
            for piece in self._answer.take(event):
                yield piece
            if self._answer.error_event is not None:
                raise CallFailed(self._answer.error_event)
            if self._answer.is_closed:
                await _read_to_the_end(events)
                break
        yield self._answer.answer()

    def _new_answer(self) -> ResponseAnswer:
        return ResponseAnswer(
            failure_of=lambda error: stream_failure(error, target=self._target, model=self._model)
        )


async def _read_to_the_end(events: AsyncStream[object]) -> None:
    """Nothing comes any more, but autolog ends its span only where the stream does."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSING_LIMIT_S):
            async for _ in events:
                pass
