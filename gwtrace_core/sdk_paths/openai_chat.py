"""OpenAI SDK, chat completions: also what Groq and most self-hosted servers speak."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, cast

from openai import AsyncOpenAI, AsyncStream

from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.sdk_paths import PathClient
from gwtrace_core.sdk_paths.chat_answer import ChatAnswer, is_completion
from gwtrace_core.sdk_paths.failures import foreign_answer_failure, is_event_stream, stream_failure
from gwtrace_core.sdk_paths.http import Exchange
from gwtrace_core.sdk_paths.members import members_of
from gwtrace_core.sdk_paths.openai_arguments import chat_arguments
from gwtrace_core.sdk_paths.openai_client import openai_pool, translated
from gwtrace_core.sdk_paths.tool_call_parts import ToolCall
from gwtrace_core.sdk_paths.tool_loop import CallFailed, Piece, TurnPath
from gwtrace_core.tools.tools import ToolResult
from gwtrace_core.values.connection import SdkPath, Target
from gwtrace_core.values.request import ChatRequest
from gwtrace_core.values.unicode_text import clean_json, clean_text


def open_client() -> PathClient:
    """The path, with no connection yet."""
    return TurnPath(openai_pool(), _Conversation, sdk_path=SdkPath.OPENAI_CHAT)


class _Conversation:
    def __init__(
        self, client: AsyncOpenAI, request: ChatRequest, target: Target, able: Capabilities
    ) -> None:
        self._client = client
        self._target = target
        self._arguments = chat_arguments(request, target, able)
        self._model = request.lane.model
        self._answer_message: dict[str, Any] = {}

    def inputs(self) -> Mapping[str, Any]:
        return {**self._arguments, "messages": list(self._arguments["messages"])}

    async def send(self, exchange: Exchange) -> AsyncGenerator[Piece]:
        with translated(exchange, target=self._target, model=self._model):
            with exchange.active():
                answer = cast(object, await self._client.chat.completions.create(**self._arguments))
            if isinstance(answer, AsyncStream):
                chunks = cast("AsyncStream[object]", answer)
                async with chunks, aclosing(self._streamed(chunks, exchange)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            if not is_completion(answer):
                raise CallFailed(
                    foreign_answer_failure(exchange, target=self._target, model=self._model)
                )
            whole = self._new_answer()
            for piece in whole.take(answer):
                yield piece
            self._answer_message = whole.message()
            yield whole.answer(outputs=members_of(answer), is_streamed=False)

    def add_tool_results(self, results: Sequence[tuple[ToolCall, ToolResult]]) -> None:
        messages: list[dict[str, Any]] = self._arguments["messages"]
        messages.append(clean_json(self._answer_message))
        messages.extend(
            {"role": "tool", "tool_call_id": clean_text(call.call_id), "content": result.content}
            for call, result in results
        )

    async def _streamed(
        self, chunks: AsyncStream[object], exchange: Exchange
    ) -> AsyncGenerator[Piece]:
        if not is_event_stream(exchange):
            raise CallFailed(
                foreign_answer_failure(exchange, target=self._target, model=self._model)
            )
        growing = self._new_answer()
        async for chunk in chunks:
            for piece in growing.take(chunk):
                yield piece
        self._answer_message = growing.message()
        yield growing.answer(is_streamed=True)

    def _new_answer(self) -> ChatAnswer:
        return ChatAnswer(
            failure_of=lambda error: stream_failure(error, target=self._target, model=self._model)
        )
