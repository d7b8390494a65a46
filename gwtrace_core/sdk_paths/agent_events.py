"""Lets an agent report what it does while it does it, without changing what it does.

A capability puts a thin model around the agent's own. Streaming happens inside that model's
`request`: with `agent.run` the spans of the SDK below then nest under the model's span, and the
cost is counted once. Every public way to stream opens the request beside that span instead, which
MLflow adds up to double the cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    TextPart,
    ToolReturnPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from gwtrace_core.gateway.failures import cut_stream
from gwtrace_core.sdk_paths import CallContext
from gwtrace_core.sdk_paths.agent_answer import (
    clean_texts,
    inputs_of,
    read_answer,
    refusal_of,
    report_part,
    report_stream_event,
    say,
)
from gwtrace_core.sdk_paths.failures import MISREAD, is_our_bug, misread_failure
from gwtrace_core.sdk_paths.http import Exchange
from gwtrace_core.sdk_paths.tool_call_parts import ToolCall, parsed_arguments
from gwtrace_core.sdk_paths.tool_loop import (
    MAX_MODEL_REQUESTS,
    Answer,
    CallFailed,
    request_finished,
    tool_loop_failure,
)
from gwtrace_core.values.events import (
    ModelRequestStarted,
    StreamEvent,
    ToolCallFinished,
    ToolCallStarted,
)


@dataclass(slots=True, kw_only=True)
class Reports:
    """Where one run's events go, and what has been seen of it."""

    context: CallContext
    model_name: str
    is_streamed: bool
    emit: Callable[[StreamEvent], None]
    request_count: int = 0
    exchange: Exchange | None = None
    """The newest HTTP request."""
    answer: Answer | None = None
    """What the newest model request came to; None while it has not ended."""
    _unanswered: dict[str, ToolCall] = field(default_factory=dict[str, ToolCall])
    """Calls of the newest answer that no tool has begun with, by their ids."""

    def begin_tool(self, call_id: str, name: str, arguments: Mapping[str, Any]) -> None:
        """A tool is about to run."""
        self._unanswered.pop(call_id, None)
        self.emit(ToolCallStarted(call_id=call_id, name=name, arguments=arguments))

    def begin_request(self, inputs: Mapping[str, Any]) -> int:
        """A request is about to be sent; its number. Raises CallFailed for one too many."""
        if self.request_count >= MAX_MODEL_REQUESTS:
            raise CallFailed(tool_loop_failure())
        index = self.request_count
        self.request_count += 1
        self.answer = None
        self.exchange = Exchange(
            trace_headers=self.context.trace_headers, is_streamed=self.is_streamed
        )
        self.emit(ModelRequestStarted(index=index, model=self.model_name, inputs=inputs))
        return index

    def end_request(self, index: int, answer: Answer, exchange: Exchange) -> None:
        """The answer is there. Raises CallFailed for one that came to nothing."""
        self.answer = answer
        self._unanswered = {call.call_id: call for call in answer.tool_calls}
        self.emit(request_finished(index, answer, exchange))
        if answer.is_cut:
            raise CallFailed(cut_stream(target=self.context.target, model=self.model_name))
        if answer.failure is not None:
            raise CallFailed(answer.failure)

    def report_refused_calls(self, messages: Sequence[ModelMessage]) -> None:
        """Say of calls that reached no tool what Pydantic AI told the model: a name that it made
        up, arguments that are no JSON."""
        for part in messages[-1].parts if messages else ():
            if not isinstance(part, ToolReturnPart):
                continue
            call = self._unanswered.get(part.tool_call_id)
            if call is None:
                continue
            arguments = parsed_arguments(call.arguments_text) or {}
            self.begin_tool(call.call_id, call.name, arguments)
            self.emit(
                ToolCallFinished(
                    call_id=call.call_id,
                    name=call.name,
                    content=part.model_response_str(),
                    is_error=True,
                )
            )


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
        target, name = reports.context.target, reports.model_name
        reports.report_refused_calls(messages)
        index = reports.begin_request(inputs_of(messages, model_settings, model_request_parameters))
        exchange = reports.exchange
        assert exchange is not None, "a request that has begun has its exchange"
        with exchange.active():
            try:
                response = await self._answered(messages, model_settings, model_request_parameters)
            except MISREAD as exc:
                if is_our_bug(exc):
                    raise
                failure = misread_failure(exc, exchange, target=target, model=name)
                raise CallFailed(failure) from exc
        clean_texts(response)
        answer = read_answer(response, exchange, target=target, model=name)
        if not any(isinstance(part, TextPart) and part.content for part in response.parts):
            say(refusal_of(response), reports.emit)
        reports.end_request(index, answer, exchange)
        return response

    async def _answered(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        if self._reports.is_streamed:
            return await self._streamed(messages, model_settings, model_request_parameters)
        response = await self.wrapped.request(messages, model_settings, model_request_parameters)
        for part in response.parts:
            report_part(part, self._reports.emit)
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
                report_stream_event(event, call_ids, self._reports.emit)
            return stream.get()
