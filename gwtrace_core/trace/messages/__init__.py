"""The conversation in a span, whichever SDK, framework or convention recorded it.

Known forms: OpenAI chat completions (with the older function calls) and responses, Anthropic
messages, Google's contents, Bedrock's Converse, Pydantic AI's message parts, LangChain's and
LangGraph's messages, LlamaIndex's, the Vercel AI SDK's; in attributes and events OpenTelemetry's
GenAI conventions, OpenInference's and OpenLLMetry's. An unknown form gives no messages; the caller
then shows what was recorded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gwtrace_core.trace.messages.conventions import (
    CHOICE,
    read_answered_by_attributes,
    read_answered_by_events,
    read_asked_by_attributes,
    read_asked_by_events,
    read_instructions,
)
from gwtrace_core.trace.messages.parts import Part, TextPart, ToolCallPart, ToolResultPart
from gwtrace_core.trace.messages.recorded import is_unset, read_input_messages, read_output_messages
from gwtrace_core.trace.messages.speakers import BareTexts
from gwtrace_core.trace.messages.values import Conversation, SpanMessage
from gwtrace_core.trace.model import Span
from gwtrace_core.trace.totals import MODEL_KINDS
from gwtrace_core.values import trace_names

__all__ = ["Conversation", "SpanMessage", "conversation_of", "is_unset", "last_text_in"]

_WITHOUT_SPEAKERS = frozenset({"TOOL", "RETRIEVER", "EMBEDDING", "RERANKER", "PARSER", "MEMORY"})
"""Kinds of spans whose texts nobody says."""


def conversation_of(span: Span) -> Conversation:
    """The messages of a span; an empty conversation when their form is not known."""
    bare: BareTexts = "never" if span.kind in _WITHOUT_SPEAKERS else "where known"
    # None has it all every time: MLflow's server takes from events but the texts, OpenInference
    # from an agent's state but the first message, and libraries write their objects as bare texts.
    inputs = _choose_fullest(
        read_input_messages(span.inputs, bare=bare),
        read_asked_by_attributes(span.attributes),
        read_asked_by_events(span.events),
    )
    outputs = _choose_fullest(
        read_output_messages(span.outputs, bare=bare),
        read_answered_by_attributes(span.attributes),
        read_answered_by_events(span.events),
    )
    if span.kind in MODEL_KINDS:
        if all(message.role == "system" for message in inputs):
            inputs = read_input_messages(span.inputs, bare="always") or inputs
        outputs = outputs or read_output_messages(span.outputs, bare="always")
    if not any(message.role == "system" for message in inputs):
        inputs = (*read_instructions(span.attributes), *inputs)
    if span.kind == "TOOL":
        inputs, outputs = _as_call(span, inputs), _as_result(span, outputs)
    inputs = _name_results(inputs, ())
    outputs = _name_results(outputs, inputs)
    return Conversation(inputs=inputs, outputs=_drop_question(outputs, inputs))


def _choose_fullest(*readings: tuple[SpanMessage, ...]) -> tuple[SpanMessage, ...]:
    """The one that holds most; of equals the first, the others are made of it."""
    return max(readings, key=lambda messages: sum(len(message.parts) for message in messages))


def last_text_in(recorded: Any) -> str:
    """The last text that somebody says in a value recorded as a question or as an answer."""
    messages = read_output_messages(recorded) or read_input_messages(recorded)
    texts = (_join_text(message) for message in reversed(messages))
    return next(filter(None, texts), "")


def _join_text(message: SpanMessage) -> str:
    return "\n\n".join(part.text for part in message.parts if isinstance(part, TextPart))


def _as_call(span: Span, inputs: tuple[SpanMessage, ...]) -> tuple[SpanMessage, ...]:
    """Events have a tool's arguments as a message of the tool."""
    name = str(span.attributes.get(trace_names.GENAI_TOOL_NAME) or span.name)
    return tuple(
        replace(
            message,
            role="assistant",
            parts=tuple(
                ToolCallPart(call_id=part.call_id, name=name, arguments=part.content)
                if isinstance(part, ToolResultPart)
                else part
                for part in message.parts
            ),
        )
        if message.role == "tool"
        else message
        for message in inputs
    )


def _as_result(span: Span, outputs: tuple[SpanMessage, ...]) -> tuple[SpanMessage, ...]:
    """And its result as the answer of a model."""
    if (
        not outputs
        or outputs[0].role != "assistant"
        or not any(event.name == CHOICE for event in span.events)
    ):
        return outputs
    call_id = str(span.attributes.get(trace_names.GENAI_TOOL_CALL_ID) or "")
    name = str(span.attributes.get(trace_names.GENAI_TOOL_NAME) or span.name)
    text = "\n".join(filter(None, map(_join_text, outputs)))
    return (
        SpanMessage(role="tool", parts=(ToolResultPart(call_id=call_id, name=name, content=text),)),
    )


def _drop_question(
    outputs: tuple[SpanMessage, ...], inputs: tuple[SpanMessage, ...]
) -> tuple[SpanMessage, ...]:
    """An agent's state holds the question once more, before the answer."""
    without_system = tuple(message for message in inputs if message.role != "system")
    for asked in (inputs, without_system):
        if 0 < len(asked) < len(outputs) and outputs[: len(asked)] == asked:
            return outputs[len(asked) :]
    return outputs


def _name_results(
    messages: tuple[SpanMessage, ...], earlier: tuple[SpanMessage, ...]
) -> tuple[SpanMessage, ...]:
    """Tool results with the name of the tool, which most forms keep with the call only."""
    names = {
        part.call_id: part.name
        for message in (*earlier, *messages)
        for part in message.parts
        if isinstance(part, ToolCallPart) and part.call_id
    }

    def add_name(part: Part) -> Part:
        if isinstance(part, ToolResultPart) and not part.name:
            return replace(part, name=names.get(part.call_id, ""))
        return part

    return tuple(
        replace(message, parts=tuple(add_name(part) for part in message.parts))
        for message in messages
    )
