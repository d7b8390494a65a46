"""Lets an agent report what it does while it does it, without changing what it does.

A capability puts a thin model around the agent's own. Streaming happens inside that model's
`request`: with `agent.run` the spans of the SDK below then nest under the model's span, and the
cost is counted once. Every public way to stream opens the request beside that span instead, which
MLflow adds up to double the cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.messages import (
    CompactionPart,
    FilePart,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    NativeToolCallPart,
    NativeToolReturnPart,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
    ToolReturnPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from gwtrace_core.connection import Provider
from gwtrace_core.events import (
    ModelRequestStarted,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCallDelta,
    ToolCallFinished,
    ToolCallStarted,
    Usage,
)
from gwtrace_core.gateway.failures import cut_stream
from gwtrace_core.sdk_paths import CallContext
from gwtrace_core.sdk_paths._failures import (
    MISREAD,
    is_our_bug,
    misread_failure,
    stream_failure,
)
from gwtrace_core.sdk_paths._http import Exchange
from gwtrace_core.sdk_paths._members import count_of, object_text, text_of, words_of
from gwtrace_core.sdk_paths._tool_call_parts import ToolCall, parsed_arguments
from gwtrace_core.sdk_paths._turn import (
    MAX_MODEL_REQUESTS,
    Answer,
    CallFailed,
    request_finished,
    tool_loop_failure,
    without_image_data,
)
from gwtrace_core.sdk_paths._unseen import Unseen
from gwtrace_core.unicode_text import clean_json


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
        index = reports.begin_request(_inputs(messages, model_settings, model_request_parameters))
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
        _clean_texts(response)
        answer = _answer(response, reports)
        if not any(isinstance(part, TextPart) and part.content for part in response.parts):
            _say(_refusal(response), reports.emit)
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
            _report_part(part, self._reports.emit)
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
    # Not what Pydantic AI's types say, but what it was given.
    match part:
        case TextPart():
            _say(part.content, emit)
        case ThinkingPart():
            _think(part.content, emit)
        case ToolCallPart():
            call = _call(part)
            emit(
                ToolCallDelta(
                    call_id=call.call_id, name=call.name, arguments_text=call.arguments_text
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
                call_ids[index] = _call(part).call_id
            _report_part(part, emit)
        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            _say(text, emit)
        case PartDeltaEvent(delta=ThinkingPartDelta(content_delta=text)):
            _think(text, emit)
        case PartDeltaEvent(index=index, delta=ToolCallPartDelta(args_delta=piece)) if (
            piece and index in call_ids
        ):
            text = object_text(piece)
            emit(ToolCallDelta(call_id=call_ids[index], name=None, arguments_text=text))
        case _:
            pass


def _clean_texts(response: ModelResponse) -> None:
    """Make an answer's texts valid Unicode: Pydantic AI reads them again and sends them back."""
    for part in response.parts:
        match part:
            case TextPart() | ThinkingPart():
                part.content = clean_json(part.content)
            case ToolCallPart():
                part.args = clean_json(part.args)
                part.tool_call_id = clean_json(part.tool_call_id)
            case _:
                pass


def _say(text: object, emit: Callable[[StreamEvent], None]) -> None:
    if found := text_of(text):
        emit(TextDelta(text=found))


def _think(text: object, emit: Callable[[StreamEvent], None]) -> None:
    if found := text_of(text):
        emit(ReasoningDelta(text=found))


def _call(part: ToolCallPart) -> ToolCall:
    return ToolCall(
        call_id=words_of(part.tool_call_id) or "",
        name=words_of(part.tool_name) or "",
        arguments_text=object_text(part.args) if part.args else "",
    )


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


def _answer(response: ModelResponse, reports: Reports) -> Answer:
    target = reports.context.target
    # The provider's own word. Pydantic AI's translation says `stop` for a cut stream as well.
    finish_reason = words_of((response.provider_details or {}).get("finish_reason"))
    usage = _usage(response.usage)
    # Anthropic reports usage at the start of a stream, so there it proves nothing.
    proves_end = usage is not None and target.provider is not Provider.ANTHROPIC
    is_cut = (
        reports.is_streamed
        and finish_reason is None
        and not proves_end
        and _refusal(response) == ""
    )
    if finish_reason is None and not is_cut:
        finish_reason = words_of(response.finish_reason)
    failure = None
    if finish_reason == "error":
        failure = stream_failure("no reason given", target=target, model=reports.model_name)
    cost_usd = response.usage.cost
    return Answer(
        finish_reason=finish_reason,
        usage=None if is_cut else usage,
        response_model=words_of(response.model_name),
        response_id=words_of(response.provider_response_id),
        outputs=_outputs(response),
        tool_calls=tuple(_call(part) for part in response.parts if isinstance(part, ToolCallPart)),
        reported_cost_usd=None if cost_usd is None else float(cost_usd),
        unseen=_unseen(response),
        is_cut=is_cut,
        failure=failure,
    )


def _refusal(response: ModelResponse) -> str:
    """The text of a refusal, which Pydantic AI keeps apart from the answer."""
    found = (response.provider_details or {}).get("refusal")
    return found if isinstance(found, str) else ""


def _unseen(response: ModelResponse) -> tuple[str, ...]:
    unseen = Unseen()
    for part in response.parts:
        match part:
            case FilePart():
                unseen.add_part(part.content.media_type.partition("/")[0])
            # Of a streamed call Pydantic AI keeps the result alone.
            case NativeToolCallPart() | NativeToolReturnPart():
                unseen.add_tool(part.tool_name)
            case CompactionPart():
                unseen.add_part("compaction")
            case _:
                pass
    return unseen.words


def _outputs(response: ModelResponse) -> Mapping[str, Any]:
    dumped = ModelMessagesTypeAdapter.dump_python([response], mode="json", exclude_none=True)
    return cast(Mapping[str, Any], dumped[0])


def _usage(usage: RequestUsage) -> Usage | None:
    # Pydantic AI counts from zero, so that nothing and not reported are the same to it.
    return Usage(
        input_tokens=count_of(usage.input_tokens),
        output_tokens=count_of(usage.output_tokens),
        cache_read_tokens=count_of(usage.cache_read_tokens) or None,
        cache_write_tokens=count_of(usage.cache_write_tokens) or None,
        reasoning_tokens=_reasoning_tokens(usage.details),
    ).reported()


def _reasoning_tokens(details: Mapping[str, int]) -> int | None:
    # OpenAI and Groq, Google, Anthropic
    for name in ("reasoning_tokens", "thoughts_tokens", "thinking_tokens"):
        if name in details:
            return count_of(details[name])
    return None
