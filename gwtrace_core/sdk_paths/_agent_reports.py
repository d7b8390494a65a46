"""Lets an agent report what it does while it does it, without changing what it does.

A capability puts a thin model around the agent's own. Streaming happens inside that model's
`request`: with `agent.run` the spans of the SDK below then nest under the model's span, and the
cost is counted once. Every public way to stream opens the request beside that span instead, which
MLflow adds up to double the cost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from gwtrace_core.connection import Provider, Target
from gwtrace_core.events import (
    ModelRequestStarted,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from gwtrace_core.sdk_paths import CallContext
from gwtrace_core.sdk_paths._cost import agent_cost
from gwtrace_core.sdk_paths._http import Exchange
from gwtrace_core.sdk_paths._turn import Answer, request_finished, without_image_data


class StreamCut(Exception):
    """The model's stream ended before its end."""


@dataclass(slots=True, kw_only=True)
class Reports:
    """Where one run's events go, and what has been seen of it."""

    context: CallContext
    model_name: str
    is_streamed: bool
    emit: Callable[[StreamEvent], None]
    request_count: int = 0
    finish_reason: str | None = None
    """Of the newest model request."""
    exchange: Exchange | None = None
    """The newest HTTP request."""


@dataclass(slots=True, kw_only=True)
class Reporting(AbstractCapability[Any]):
    """Puts the reporting model around whichever model serves a request."""

    reports: Reports

    def get_wrapper_model(self, model: Model) -> Model | None:
        """See Pydantic AI."""
        return _ReportingModel(model, self.reports)


class _ReportingModel(WrapperModel):
    def __init__(self, wrapped: Model, reports: Reports) -> None:
        super().__init__(wrapped)
        self._reports = reports

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        reports = self._reports
        index = reports.request_count
        reports.request_count += 1
        reports.exchange = exchange = Exchange(
            trace_headers=reports.context.trace_headers, is_streamed=reports.is_streamed
        )
        reports.emit(
            ModelRequestStarted(
                index=index,
                model=reports.model_name,
                inputs=_inputs(messages, model_settings, model_request_parameters),
            )
        )
        with exchange.active():
            if reports.is_streamed:
                response = await self._streamed(messages, model_settings, model_request_parameters)
            else:
                response = await self.wrapped.request(
                    messages, model_settings, model_request_parameters
                )
                for part in response.parts:
                    _report_part(part, reports.emit)
        answer = _answer(response, reports.context.target, exchange)
        reports.finish_reason = answer.finish_reason
        reports.emit(request_finished(index, answer, exchange))
        if answer.is_cut:
            raise StreamCut("The stream ended without a finish reason.")
        return response

    async def _streamed(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        call_ids: dict[int, str] = {}
        async with self.wrapped.request_stream(
            messages, model_settings, model_request_parameters
        ) as stream:
            async for event in stream:
                _report_stream_event(event, call_ids, self._reports.emit)
            return stream.get()


def _report_part(part: ModelResponsePart, emit: Callable[[StreamEvent], None]) -> None:
    match part:
        case TextPart(content=text) if text:
            emit(TextDelta(text=text))
        case ThinkingPart(content=text) if text:
            emit(ReasoningDelta(text=text))
        case ToolCallPart():
            emit(
                ToolCallDelta(
                    call_id=part.tool_call_id,
                    name=part.tool_name,
                    arguments_text=part.args_as_json_str() if part.args else "",
                )
            )
        case _:
            pass


def _report_stream_event(
    event: ModelResponseStreamEvent,
    call_ids: dict[int, str],
    emit: Callable[[StreamEvent], None],
) -> None:
    match event:
        case PartStartEvent(index=index, part=part):
            if isinstance(part, ToolCallPart):
                call_ids[index] = part.tool_call_id
            _report_part(part, emit)
        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)) if text:
            emit(TextDelta(text=text))
        case PartDeltaEvent(delta=ThinkingPartDelta(content_delta=text)) if text:
            emit(ReasoningDelta(text=text))
        case PartDeltaEvent(index=index, delta=ToolCallPartDelta(args_delta=piece)) if piece:
            text = piece if isinstance(piece, str) else json.dumps(piece, ensure_ascii=False)
            emit(ToolCallDelta(call_id=call_ids[index], name=None, arguments_text=text))
        case _:
            pass


def _inputs(
    messages: list[ModelMessage],
    settings: ModelSettings | None,
    parameters: ModelRequestParameters,
) -> Mapping[str, Any]:
    dumped = ModelMessagesTypeAdapter.dump_python(messages, mode="json", exclude_none=True)
    return {
        "messages": without_image_data(dumped),
        "model_settings": dict(settings or {}),
        "tools": [tool.name for tool in parameters.function_tools],
    }


def _answer(response: ModelResponse, target: Target, exchange: Exchange) -> Answer:
    # The provider's own word. Pydantic AI's translation says `stop` for a cut stream as well.
    finish_reason = (response.provider_details or {}).get("finish_reason")
    usage = _usage(response.usage)
    # Anthropic reports usage at the start of a stream, so there it proves nothing.
    proves_end = usage is not None and target.provider is not Provider.ANTHROPIC
    is_cut = exchange.is_streamed and finish_reason is None and not proves_end
    if finish_reason is None and not is_cut:
        finish_reason = response.finish_reason
    return Answer(
        finish_reason=finish_reason,
        usage=None if is_cut else usage,
        response_model=response.model_name,
        response_id=response.provider_response_id,
        outputs=_outputs(response),
        reported_cost=agent_cost(response.usage.cost, exchange.response_headers),
        is_cut=is_cut,
    )


def _outputs(response: ModelResponse) -> Mapping[str, Any]:
    dumped = ModelMessagesTypeAdapter.dump_python([response], mode="json", exclude_none=True)
    return cast(Mapping[str, Any], dumped[0])


def _usage(usage: RequestUsage) -> Usage | None:
    if not usage.has_values():
        return None
    # Pydantic AI counts from zero, so that nothing and not reported are the same to it.
    return Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens or None,
        cache_write_tokens=usage.cache_write_tokens or None,
        reasoning_tokens=_reasoning_tokens(usage.details),
    )


def _reasoning_tokens(details: Mapping[str, int]) -> int | None:
    # OpenAI and Groq, Google, Anthropic
    for name in ("reasoning_tokens", "thoughts_tokens", "thinking_tokens"):
        if name in details:
            return details[name]
    return None
