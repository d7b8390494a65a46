"""Reads what Pydantic AI made of an answer: not as its types say, but as it was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

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
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from gwtrace_core.sdk_paths.cost import agent_cost
from gwtrace_core.sdk_paths.failures import stream_failure
from gwtrace_core.sdk_paths.http import Exchange
from gwtrace_core.sdk_paths.members import count_of, object_text, text_of, words_of
from gwtrace_core.sdk_paths.tool_call_parts import ToolCall
from gwtrace_core.sdk_paths.tool_loop import Answer, without_image_data
from gwtrace_core.sdk_paths.unseen import Unseen
from gwtrace_core.values.connection import Provider, Target
from gwtrace_core.values.events import ReasoningDelta, StreamEvent, TextDelta, ToolCallDelta, Usage
from gwtrace_core.values.unicode_text import clean_json


def report_part(part: ModelResponsePart, emit: Callable[[StreamEvent], None]) -> None:
    """Tell of a part that is whole."""
    match part:
        case TextPart():
            say(part.content, emit)
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


def report_stream_event(
    event: ModelResponseStreamEvent,
    call_ids: dict[int, str],
    emit: Callable[[StreamEvent], None],
) -> None:
    """Tell of a part that begins or goes on. `call_ids` keeps the ids of calls by their index."""
    match event:
        case PartStartEvent(index=index, part=part):
            if isinstance(part, ToolCallPart):
                call_ids[index] = _call(part).call_id
            report_part(part, emit)
        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            say(text, emit)
        case PartDeltaEvent(delta=ThinkingPartDelta(content_delta=text)):
            _think(text, emit)
        case PartDeltaEvent(index=index, delta=ToolCallPartDelta(args_delta=piece)) if (
            piece and index in call_ids
        ):
            text = object_text(piece)
            emit(ToolCallDelta(call_id=call_ids[index], name=None, arguments_text=text))
        case _:
            pass


def say(text: object, emit: Callable[[StreamEvent], None]) -> None:
    """Tell of text, if there is any."""
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


def inputs_of(
    messages: list[ModelMessage],
    settings: ModelSettings | None,
    parameters: ModelRequestParameters,
) -> Mapping[str, Any]:
    """A request as it is recorded where autolog records nothing."""
    dumped = ModelMessagesTypeAdapter.dump_python(messages, mode="json", exclude_none=True)
    return {
        "messages": without_image_data(dumped),
        "model_settings": dict(settings or {}),
        "tools": [tool.name for tool in parameters.function_tools],
    }


def clean_texts(response: ModelResponse) -> None:
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


def read_answer(
    response: ModelResponse, exchange: Exchange, *, target: Target, model: str
) -> Answer:
    """What one model request came to."""
    # The provider's own word. Pydantic AI's translation says `stop` for a cut stream as well.
    finish_reason = words_of((response.provider_details or {}).get("finish_reason"))
    usage = _usage(response.usage)
    # Anthropic reports usage at the start of a stream, so there it proves nothing.
    proves_end = usage is not None and target.provider is not Provider.ANTHROPIC
    is_cut = (
        exchange.is_streamed
        and finish_reason is None
        and not proves_end
        and refusal_of(response) == ""
    )
    if finish_reason is None and not is_cut:
        finish_reason = words_of(response.finish_reason)
    failure = None
    if finish_reason == "error":
        failure = stream_failure("no reason given", target=target, model=model)
    return Answer(
        finish_reason=finish_reason,
        usage=None if is_cut else usage,
        response_model=words_of(response.model_name),
        response_id=words_of(response.provider_response_id),
        outputs=_outputs(response),
        tool_calls=tuple(_call(part) for part in response.parts if isinstance(part, ToolCallPart)),
        reported_cost=agent_cost(response.usage.cost, exchange.response_headers),
        unseen=_unseen(response),
        is_cut=is_cut,
        failure=failure,
    )


def refusal_of(response: ModelResponse) -> str:
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
