"""The conversation in a span, whichever SDK recorded it.

Known forms: OpenAI chat completions and responses, Anthropic messages, Google's contents, Pydantic
AI's message parts, OpenTelemetry's GenAI messages. Forms are told by what is there, not by who
recorded it: several libraries write each of them. An unknown form gives no messages; the caller
then shows what was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from gwtrace_core.trace.message_parts import (
    Json,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    as_list,
    as_mapping,
    part_of,
    parts_of,
)
from gwtrace_core.trace.model import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanMessage:
    """One message as a span recorded it."""

    role: str
    """`system`, `user`, `assistant` or `tool`; anything else as it was recorded."""
    parts: tuple[Part, ...]
    finish_reason: str | None = None
    """In the provider's words, on an answer that has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What went into a span and what came out of it."""

    inputs: tuple[SpanMessage, ...] = ()
    outputs: tuple[SpanMessage, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.inputs or self.outputs)


def conversation_of(span: Span) -> Conversation:
    """The messages of a span; an empty conversation when their form is not known."""
    inputs = tuple(_input_messages(span.inputs))
    outputs = tuple(_output_messages(span.outputs))
    attributes = span.attributes
    if not inputs:
        instructions = parts_of(_json(attributes.get("gen_ai.system_instructions")))
        recorded = _listed(_json(attributes.get("gen_ai.input.messages")))
        inputs = (*_with_role("system", instructions), *recorded)
    if not outputs:
        outputs = tuple(_listed(_json(attributes.get("gen_ai.output.messages"))))
    return Conversation(inputs=_named(inputs, ()), outputs=_named(outputs, inputs))


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def _input_messages(inputs: Any) -> Iterator[SpanMessage]:
    if isinstance(inputs, list):
        yield from _listed(inputs)
        return
    found = as_mapping(inputs)
    config = as_mapping(found.get("config"))
    for holder, name in (
        (found, "system"),
        (found, "instructions"),
        (found, "system_instruction"),
        (config, "system_instruction"),
    ):
        value = holder.get(name)
        content = as_mapping(value).get("parts") or value
        yield from _with_role("system", parts_of(_real(content)))
    for name in ("messages", "input", "contents", "user_prompt"):
        value = found.get(name)
        if isinstance(value, str):
            yield from _with_role("user", parts_of(_real(value)))
        elif name == "user_prompt":
            yield from _with_role("user", parts_of(value))
        else:
            yield from _listed(value)


def _output_messages(outputs: Any) -> Iterator[SpanMessage]:
    if isinstance(outputs, list):
        yield from _listed(outputs)
        return
    found = as_mapping(outputs)
    for choice in as_list(found.get("choices")):
        reason = _reason(as_mapping(choice), "finish_reason")
        for message in _messages_of(as_mapping(choice).get("message")):
            yield replace(message, finish_reason=reason)
    for candidate in as_list(found.get("candidates")):
        answer = as_mapping(candidate)
        reason = _reason(answer, "finishReason", "finish_reason")
        for message in _messages_of(answer.get("content")):
            yield replace(message, role="assistant", finish_reason=reason)
    yield from _listed(found.get("output"))
    if "role" in found or "parts" in found:
        yield from _messages_of(found)


def _listed(values: Any) -> Iterator[SpanMessage]:
    """The messages of a list; items that make up one answer of the assistant become one."""
    pending: SpanMessage | None = None
    for message in (found for value in as_list(values) for found in _messages_of(value)):
        if pending is None:
            pending = message
        elif message.role == pending.role == "assistant" and pending.finish_reason is None:
            pending = replace(message, parts=(*pending.parts, *message.parts))
        else:
            yield pending
            pending = message
    if pending is not None:
        yield pending


def _messages_of(value: Any) -> Iterator[SpanMessage]:
    message = as_mapping(value)
    if not message:
        return
    reason = _reason(message, "finish_reason", "stop_reason")
    role = _role(message)
    if "parts" in message:
        # Pydantic AI keeps an agent's instructions beside the parts.
        yield from _with_role("system", parts_of(message.get("instructions")))
        yield from _by_role(role, as_list(message["parts"]), reason)
    elif "role" in message or "content" in message:
        parts = tuple(_message_parts(message))
        # Anthropic sends tool results as messages of the user.
        if parts and all(isinstance(part, ToolResultPart) for part in parts):
            role = "tool"
        yield SpanMessage(role=role, parts=parts, finish_reason=reason)
    elif "type" in message:
        part = part_of(message)
        yield SpanMessage(role=_part_role(part, "assistant"), parts=(part,))


def _reason(holder: Json, *names: str) -> str | None:
    return next((str(holder[name]) for name in names if holder.get(name)), None)


def _role(message: Json) -> str:
    role = str(message.get("role") or "")
    if not role:
        role = "user" if message.get("kind") == "request" else "assistant"
    return {"model": "assistant", "developer": "system"}.get(role, role)


def _message_parts(message: Json) -> Iterator[Part]:
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    if isinstance(reasoning, str) and reasoning:
        yield ReasoningPart(text=reasoning)
    if message.get("type") == "reasoning":
        yield part_of(message)
        return
    if message.get("role") == "tool" and "tool_call_id" in message:
        yield part_of({**message, "type": "tool_result"})
        return
    yield from parts_of(message.get("content"))
    if isinstance(message.get("refusal"), str) and message["refusal"]:
        yield TextPart(text=message["refusal"])
    for call in as_list(message.get("tool_calls")):
        yield part_of({**as_mapping(call), "type": "function"})


def _by_role(role: str, items: list[Any], reason: str | None) -> Iterator[SpanMessage]:
    """One message for each stretch of parts of one role: a request may hold several."""
    with_roles = [(_item_role(item, role), part) for item in items for part in _item_parts(item)]
    for part_role, group in groupby(with_roles, key=lambda pair: pair[0]):
        parts = tuple(part for _, part in group)
        yield SpanMessage(role=part_role, parts=parts, finish_reason=reason)


def _item_parts(item: Any) -> tuple[Part, ...]:
    """A prompt of Pydantic AI may hold several texts and pictures."""
    content = as_mapping(item).get("content")
    is_prompt = as_mapping(item).get("part_kind") in {"user-prompt", "system-prompt"}
    return parts_of(content) if is_prompt and isinstance(content, list) else (part_of(item),)


def _item_role(item: Any, role: str) -> str:
    if as_mapping(item).get("part_kind") == "system-prompt":
        return "system"
    return _part_role(part_of(item), role)


def _part_role(part: Part, role: str) -> str:
    if isinstance(part, ToolResultPart):
        return "tool"
    return "assistant" if isinstance(part, ToolCallPart | ReasoningPart) else role


def _with_role(role: str, parts: tuple[Part, ...]) -> Iterator[SpanMessage]:
    if parts:
        yield SpanMessage(role=role, parts=parts)


def is_unset(value: Any) -> bool:
    """Whether `value` is what autolog writes for an argument that was not given."""
    return isinstance(value, str) and (
        value in {"NOT_GIVEN", "<NOT_GIVEN>", "Omit()"}
        or (value.startswith("<") and ".Omit object at 0x" in value)
        or (value.startswith("<") and ".NotGiven object at 0x" in value)
    )


def _real(value: Any) -> Any:
    return None if is_unset(value) else value


def _named(
    messages: tuple[SpanMessage, ...], earlier: tuple[SpanMessage, ...]
) -> tuple[SpanMessage, ...]:
    """Tool results with the name of the tool, which most forms keep with the call only."""
    names = {
        part.call_id: part.name
        for message in (*earlier, *messages)
        for part in message.parts
        if isinstance(part, ToolCallPart) and part.call_id
    }

    def named(part: Part) -> Part:
        if isinstance(part, ToolResultPart) and not part.name:
            return replace(part, name=names.get(part.call_id, ""))
        return part

    return tuple(
        replace(message, parts=tuple(named(part) for part in message.parts)) for message in messages
    )
