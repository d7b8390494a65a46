"""Anthropic SDK, messages.

MLflow's autolog records a stream of the SDK's as finished at its first byte. The recorder keeps it
out and fills in one right span instead.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from typing import Any, cast

import anthropic
import httpx2
from anthropic import AsyncAnthropic, AsyncStream

from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.sdk_paths import PathClient
from gwtrace_core.sdk_paths.anthropic_answer import MessageAnswer, is_message
from gwtrace_core.sdk_paths.anthropic_arguments import messages_arguments
from gwtrace_core.sdk_paths.failures import (
    MISREAD,
    answer_failure,
    foreign_answer_failure,
    is_event_stream,
    is_our_bug,
    misread_failure,
    stream_failure,
    transport_failure,
    unreadable_failure,
)
from gwtrace_core.sdk_paths.http import ClientPool, Exchange, http_client
from gwtrace_core.sdk_paths.tool_call_parts import ToolCall
from gwtrace_core.sdk_paths.tool_loop import CallFailed, Piece, TurnPath
from gwtrace_core.tools.tools import ToolResult
from gwtrace_core.values.connection import SdkPath, Target
from gwtrace_core.values.request import ChatRequest
from gwtrace_core.values.unicode_text import clean_json, clean_text


def open_client() -> PathClient:
    """The path, with no connection yet."""
    return TurnPath(ClientPool(_open, _close), _Conversation, sdk_path=SdkPath.ANTHROPIC_MESSAGES)


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
def _translated(exchange: Exchange, *, target: Target, model: str) -> Generator[None]:
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
        failure = unreadable_failure(exc.message, exchange, target=target, model=model)
        raise CallFailed(failure) from exc
    # While a stream is read, the HTTP client's own exceptions come through.
    except (anthropic.APIConnectionError, httpx2.RequestError) as exc:
        failure = transport_failure(exc, target=target) or unreadable_failure(
            str(exc.__cause__ or exc), exchange, target=target, model=model
        )
        raise CallFailed(failure) from exc
    except MISREAD as exc:
        if is_our_bug(exc):
            raise
        raise CallFailed(misread_failure(exc, exchange, target=target, model=model)) from exc


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
        self._arguments = messages_arguments(request, able)
        if request.lane.streamed:
            self._arguments["stream"] = True
        self._answer = MessageAnswer()

    def inputs(self) -> Mapping[str, Any]:
        return {**self._arguments, "messages": list(self._arguments["messages"])}

    async def send(self, exchange: Exchange) -> AsyncGenerator[Piece]:
        self._answer = MessageAnswer()
        with _translated(exchange, target=self._target, model=self._model):
            with exchange.active():
                answer = cast(object, await self._client.messages.create(**self._arguments))
            if isinstance(answer, AsyncStream):
                events = cast("AsyncStream[object]", answer)
                async with events, aclosing(self._streamed(events, exchange)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            if not is_message(answer):
                raise CallFailed(
                    foreign_answer_failure(exchange, target=self._target, model=self._model)
                )
            for piece in self._answer.take_whole(answer):
                yield piece
            yield self._answer.answer()

    def add_tool_results(self, results: Sequence[tuple[ToolCall, ToolResult]]) -> None:
        messages: list[dict[str, Any]] = self._arguments["messages"]
        content = clean_json(self._answer.content_to_send_back())
        messages.append({"role": "assistant", "content": content})
        messages.append(
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": clean_text(call.call_id),
                        "content": result.content,
                        "is_error": result.is_error,
                    }
                    for call, result in results
                ],
            }
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
        yield self._answer.answer()
