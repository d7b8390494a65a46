"""OpenAI SDK, chat completions: also what Groq and most self-hosted servers speak."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, cast

from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat.chat_completion_chunk import ChoiceDelta
from openai.types.completion_usage import CompletionUsage

from gwtrace_core.chat import ChatRequest
from gwtrace_core.connection import Target
from gwtrace_core.events import ReasoningDelta, TextDelta, Usage
from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.sdk_paths import PathClient
from gwtrace_core.sdk_paths._failures import foreign_answer_failure, is_event_stream
from gwtrace_core.sdk_paths._http import Exchange
from gwtrace_core.sdk_paths._openai import openai_pool, translated
from gwtrace_core.sdk_paths._openai_arguments import chat_arguments
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


def open_client() -> PathClient:
    """The path, with no connection yet."""
    return TurnPath(openai_pool(), _Conversation)


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
        with translated(target=self._target, model=self._model):
            with exchange.active():
                answer = cast(object, await self._client.chat.completions.create(**self._arguments))
            if isinstance(answer, AsyncStream) and is_event_stream(exchange):
                chunks = cast("AsyncStream[ChatCompletionChunk]", answer)
                async with chunks, aclosing(self._streamed(chunks)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            if isinstance(answer, AsyncStream):
                await answer.close()
            # A server that is none of these answers 200 with something else: the SDK lets it pass.
            if not isinstance(answer, ChatCompletion) or not getattr(answer, "choices", None):
                raise CallFailed(
                    foreign_answer_failure(exchange, target=self._target, model=self._model)
                )
            for piece in self._complete(answer):
                yield piece

    def add_tool_results(self, results: Sequence[tuple[ToolCall, ToolResult]]) -> None:
        messages: list[dict[str, Any]] = self._arguments["messages"]
        messages.append(self._answer_message)
        messages.extend(
            {"role": "tool", "tool_call_id": call.call_id, "content": result.content}
            for call, result in results
        )

    def _complete(self, completion: ChatCompletion) -> list[Piece]:
        choice = completion.choices[0]
        pieces: list[Piece] = []
        if reasoning := _reasoning(choice.message):
            pieces.append(ReasoningDelta(text=reasoning))
        if text := choice.message.content or choice.message.refusal:
            pieces.append(TextDelta(text=text))
        parts = ToolCallParts()
        for index, call in enumerate(choice.message.tool_calls or ()):
            if call.type == "function":
                pieces.append(
                    parts.add(
                        index,
                        call_id=call.id,
                        name=call.function.name,
                        arguments_text=call.function.arguments,
                    )
                )
        self._note_answer(text or "", parts.calls)
        pieces.append(
            Answer(
                finish_reason=choice.finish_reason,
                usage=_usage(completion.usage),
                response_model=completion.model,
                response_id=completion.id,
                outputs=completion.model_dump(mode="json", exclude_none=True),
                tool_calls=parts.calls,
                reported_cost_usd=usage_cost_usd(completion.usage),
            )
        )
        return pieces

    async def _streamed(self, chunks: AsyncStream[ChatCompletionChunk]) -> AsyncGenerator[Piece]:
        text, reasoning_text = "", ""
        parts = ToolCallParts()
        finish_reason: str | None = None
        usage: CompletionUsage | None = None
        model: str | None = None
        response_id: str | None = None
        async for chunk in chunks:
            model, response_id = chunk.model or model, chunk.id or response_id
            usage = chunk.usage or usage
            # The last chunk carries the usage and no choice.
            for choice in chunk.choices or ():
                finish_reason = choice.finish_reason or finish_reason
                if reasoning := _reasoning(choice.delta):
                    reasoning_text += reasoning
                    yield ReasoningDelta(text=reasoning)
                if piece := choice.delta.content or choice.delta.refusal:
                    text += piece
                    yield TextDelta(text=piece)
                for call in choice.delta.tool_calls or ():
                    yield parts.add(
                        call.index,
                        call_id=call.id,
                        name=call.function.name if call.function else None,
                        arguments_text=(call.function and call.function.arguments) or "",
                    )
        self._note_answer(text, parts.calls)
        message = self._answer_message
        if reasoning_text:
            message = {**message, "reasoning": reasoning_text}
        yield Answer(
            finish_reason=finish_reason,
            usage=_usage(usage),
            response_model=model,
            response_id=response_id,
            outputs={"choices": [{"finish_reason": finish_reason, "message": message}]},
            tool_calls=parts.calls,
            reported_cost_usd=usage_cost_usd(usage),
            is_cut=finish_reason is None and usage is None,
        )

    def _note_answer(self, text: str, calls: Sequence[ToolCall]) -> None:
        self._answer_message = {"role": "assistant", "content": text}
        if calls:
            self._answer_message["tool_calls"] = [
                {
                    "id": call.call_id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments_text},
                }
                for call in calls
            ]


def _reasoning(message: ChatCompletionMessage | ChoiceDelta) -> str:
    # Not part of OpenAI's API: Groq and OpenRouter say `reasoning`, vLLM and DeepSeek the other.
    extra = message.model_extra or {}
    text = extra.get("reasoning") or extra.get("reasoning_content")
    return text if isinstance(text, str) else ""


def _usage(usage: CompletionUsage | None) -> Usage | None:
    if usage is None:
        return None
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    return Usage(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cache_read_tokens=prompt.cached_tokens if prompt else None,
        cache_write_tokens=prompt.cache_write_tokens if prompt else None,
        reasoning_tokens=completion.reasoning_tokens if completion else None,
    )
