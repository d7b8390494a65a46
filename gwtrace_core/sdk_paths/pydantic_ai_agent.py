"""Pydantic AI: the same conversation by an agent, which runs the tools itself.

The agent runs in a task of its own, and its events pass through a queue; see `agent_events` for
where they come from.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from types import NoneType
from typing import Any

import httpx
import httpx2
from pydantic_ai import Agent, BinaryContent, RunContext, Tool, UsageLimits
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelHTTPError,
    UnexpectedModelBehavior,
    UserError,
)
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.models import Model

from gwtrace_core.gateway.catalog import Capabilities
from gwtrace_core.gateway.failures import HttpAnswer, classify_answer
from gwtrace_core.sdk_paths import CallContext, PathClient
from gwtrace_core.sdk_paths.agent_events import Reporting, Reports
from gwtrace_core.sdk_paths.agent_models import (
    agent_model,
    close_connection,
    load_sdk,
    model_settings,
    open_connection,
)
from gwtrace_core.sdk_paths.failures import (
    MISREAD,
    answer_failure,
    is_our_bug,
    misread_failure,
    stream_failure,
    transport_failure,
    unreadable_failure,
)
from gwtrace_core.sdk_paths.http import ClientPool
from gwtrace_core.sdk_paths.rehearsal import rehearse
from gwtrace_core.sdk_paths.request import (
    checked_capabilities,
    chosen_tools,
    sendable_messages,
    taken_parameters,
)
from gwtrace_core.sdk_paths.tool_loop import MAX_MODEL_REQUESTS, CallFailed
from gwtrace_core.tools.tools import Tool as BuiltInTool
from gwtrace_core.values.connection import Provider, SdkPath, Target
from gwtrace_core.values.errors import Failure, FailureCause, FailureSource
from gwtrace_core.values.events import Failed, Finished, StreamEvent, ToolCallFinished
from gwtrace_core.values.request import ChatRequest, Message
from gwtrace_core.values.secret import Secret
from gwtrace_core.values.unicode_text import clean_text


def open_client() -> PathClient:
    """The path, with no connection yet."""
    return _PydanticAIAgent()


class _PydanticAIAgent:
    def __init__(self) -> None:
        self._connections = ClientPool(open_connection, close_connection)

    def load(self, provider: Provider) -> None:
        load_sdk(provider)
        rehearse(SdkPath.PYDANTIC_AI, provider)

    async def stream(
        self, request: ChatRequest, context: CallContext
    ) -> AsyncGenerator[StreamEvent]:
        able = checked_capabilities(request, context.target)
        async with self._connections.client(context.target) as connection:
            model = agent_model(context.target, request.lane.model, connection.provider)
            events: asyncio.Queue[StreamEvent | None] = asyncio.Queue()
            reports = Reports(
                context=context,
                model_name=request.lane.model,
                is_streamed=request.lane.streamed,
                emit=events.put_nowait,
            )
            task = asyncio.create_task(_run(request, able, model, reports))
            task.add_done_callback(lambda _: events.put_nowait(None))
            try:
                while (event := await events.get()) is not None:
                    yield event
                await task
            finally:
                await _ended(task)

    async def open(self, target: Target) -> None:
        await self._connections.open(target)

    async def forget(self, key: Secret) -> None:
        await self._connections.forget(key)

    async def aclose(self) -> None:
        await self._connections.aclose()


async def _ended(task: asyncio.Task[None]) -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
        # Taken out, or asyncio complains that nobody looked at it.
        if not task.cancelled():
            task.exception()


async def _run(request: ChatRequest, able: Capabilities, model: Model, reports: Reports) -> None:
    target = reports.context.target
    messages = sendable_messages(request.messages)
    # Built for each run: autolog reaches only agents that were built after it was switched on.
    agent = Agent(
        model,
        # An answer without text is an answer: Pydantic AI would ask for another one.
        output_type=[str, NoneType],
        instructions=clean_text(request.system_prompt) or None,
        tools=[_agent_tool(tool, reports) for tool in chosen_tools(request, able)],
        capabilities=[Reporting(reports=reports)],
        retries={"tools": MAX_MODEL_REQUESTS, "output": 0},
    )
    try:
        await agent.run(
            _prompt(messages[-1]),
            message_history=[_past(message) for message in messages[:-1]],
            model_settings=model_settings(target, taken_parameters(request, able), able),
            # Counted by the reports: what a model goes on with after a pause counts too.
            usage_limits=UsageLimits(request_limit=None),
        )
    except CallFailed as exc:
        reports.emit(Failed(failure=exc.failure))
    except (
        ModelAPIError,
        UnexpectedModelBehavior,
        UserError,
        httpx.RequestError,
        httpx2.RequestError,
        *MISREAD,
    ) as exc:
        if is_our_bug(exc):
            raise
        reports.emit(_ending(exc, reports))
    else:
        reports.emit(Finished(finish_reason=reports.answer and reports.answer.finish_reason))


def _ending(exc: Exception, reports: Reports) -> Finished | Failed:
    """How a run ended that Pydantic AI broke off."""
    answer = reports.answer
    if isinstance(exc, UnexpectedModelBehavior) and answer and not answer.tool_calls:
        # The answer is whole and Pydantic AI does not want it: it is empty, or filtered. The other
        # paths take it as it is, with its finish reason.
        return Finished(finish_reason=answer.finish_reason)
    return Failed(failure=_failure(exc, reports))


def _failure(exc: Exception, reports: Reports) -> Failure:
    target, model, exchange = reports.context.target, reports.model_name, reports.exchange
    match exc:
        case ModelAPIError() if exc.in_stream:
            return stream_failure(exc.body or str(exc), target=target, model=model)
        case ModelHTTPError():
            return _http_failure(exc, target=target, model=model)
        case UserError() if exchange is None or not exchange.response_headers:
            return Failure(
                source=FailureSource.SETTINGS,
                cause=FailureCause.REQUEST_INVALID,
                message=f"Pydantic AI refused the call: {exc}",
                hint="Change the settings of the lane.",
            )
        case UnexpectedModelBehavior() | UserError():
            return unreadable_failure(exc.message, exchange, target=target, model=model)
        case ModelAPIError() | httpx.RequestError() | httpx2.RequestError():
            # What is not about the line is an answer that the SDK could not decode.
            return transport_failure(exc, target=target) or unreadable_failure(
                str(exc), exchange, target=target, model=model
            )
        case _:
            return misread_failure(exc, exchange, target=target, model=model)


def _http_failure(exc: ModelHTTPError, *, target: Target, model: str) -> Failure:
    # The SDK's own exception below has the answer as it came; Pydantic AI keeps a part of it.
    response = getattr(exc.__cause__, "response", None)
    if isinstance(response, httpx2.Response | httpx.Response):
        return answer_failure(response, target=target, model=model)
    headers = exc.headers or {}
    body = exc.body if isinstance(exc.body, str) else json.dumps(exc.body, default=str)
    answer = HttpAnswer(
        status=exc.status_code,
        content_type=headers.get("content-type", ""),
        body=body,
        headers=headers,
    )
    return classify_answer(answer, target=target, model=model)


def _agent_tool(tool: BuiltInTool, reports: Reports) -> Tool[object]:
    async def call(ctx: RunContext[object], **arguments: Any) -> str:
        call_id = ctx.tool_call_id or ""
        reports.begin_tool(call_id, tool.name, arguments)
        result = await reports.context.run_tool(tool.name, arguments)
        reports.emit(
            ToolCallFinished(
                call_id=call_id, name=tool.name, content=result.content, is_error=result.is_error
            )
        )
        return result.content

    return Tool.from_schema(
        call, tool.name, tool.description, dict(tool.parameters), takes_ctx=True
    )


def _prompt(message: Message) -> Sequence[UserContent]:
    pictures = [
        BinaryContent(data=image.data, media_type=image.media_type) for image in message.images
    ]
    text = clean_text(message.text)
    return [*pictures, text] if text.strip() else pictures


def _past(message: Message) -> ModelMessage:
    if message.role == "user":
        return ModelRequest(parts=[UserPromptPart(content=_prompt(message))])
    return ModelResponse(parts=[TextPart(content=clean_text(message.text))])
