"""Messages that a span has in its attributes and events, by the conventions of OpenTelemetry.

OpenTelemetry's own (GenAI), OpenInference's, OpenLLMetry's and the Vercel AI SDK's. MLflow's server
makes inputs and outputs of some of them, and of some but the half.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from gwtrace_core.trace.messages.message import make_messages, read_message, read_messages
from gwtrace_core.trace.messages.parts import as_list, as_mapping, parts_of
from gwtrace_core.trace.messages.recorded import read_input_messages, read_output_messages
from gwtrace_core.trace.messages.speakers import reason_of
from gwtrace_core.trace.messages.values import SpanMessage
from gwtrace_core.trace.model import SpanEvent
from gwtrace_core.trace.recorded_json import read_json_or_none
from gwtrace_core.values import trace_names

Attributes = Mapping[str, Any]

_INPUT_LISTS = ("gen_ai.input.messages", "ai.prompt.messages")
_OUTPUT_LISTS = ("gen_ai.output.messages",)
_FLAT_INPUTS = ("llm.input_messages.", "gen_ai.prompt.")
_FLAT_OUTPUTS = ("llm.output_messages.", "gen_ai.completion.")
_INPUT_VALUES = ("gen_ai.prompt", "ai.prompt", "input.value", "traceloop.entity.input")
_OUTPUT_VALUES = ("gen_ai.completion", "output.value", "traceloop.entity.output")
_VERCEL_ANSWER = "ai.response."
_ROLES_OF_EVENTS = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
CHOICE = "gen_ai.choice"


def read_instructions(attributes: Attributes) -> tuple[SpanMessage, ...]:
    """The system prompt, where it is recorded apart from the messages."""
    recorded = attributes.get(trace_names.GENAI_SYSTEM_INSTRUCTIONS)
    # Some record the bare text.
    parts = parts_of(read_json_or_none(recorded)) or parts_of(recorded)
    return tuple(make_messages("system", parts))


def read_asked_by_attributes(attributes: Attributes) -> tuple[SpanMessage, ...]:
    """What went in; empty when no convention is followed."""
    for name in _INPUT_LISTS:
        if found := tuple(read_messages(read_json_or_none(attributes.get(name)), "user")):
            return found
    for prefix in _FLAT_INPUTS:
        if found := tuple(read_messages(_list_items(attributes, prefix), "user")):
            return found
    for name in _INPUT_VALUES:
        if found := read_input_messages(read_json_or_none(attributes.get(name)), bare="always"):
            return found
    return ()


def read_answered_by_attributes(attributes: Attributes) -> tuple[SpanMessage, ...]:
    """What came out; empty when no convention is followed."""
    for name in _OUTPUT_LISTS:
        if found := tuple(read_messages(read_json_or_none(attributes.get(name)), "assistant")):
            return found
    for prefix in _FLAT_OUTPUTS:
        if found := tuple(read_messages(_list_items(attributes, prefix), "assistant")):
            return found
    answer = _nest_below(attributes, _VERCEL_ANSWER)
    if found := read_output_messages(
        {name: _read_or_keep_text(value) for name, value in answer.items()}
    ):
        return found
    for name in _OUTPUT_VALUES:
        if found := read_output_messages(read_json_or_none(attributes.get(name))):
            return found
    return ()


def _read_or_keep_text(value: Any) -> Any:
    read = read_json_or_none(value)
    return value if read is None or isinstance(read, int | float) else read


def _nest_below(attributes: Attributes, prefix: str) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in attributes.items()
        if name.startswith(prefix)
    }


def _list_items(attributes: Attributes, prefix: str) -> list[Any]:
    """`0.message.role`, `0.message.content`, … below the prefix as messages."""
    root: dict[str, Any] = {}
    for name, value in _nest_below(attributes, prefix).items():
        *above, last = name.split(".")
        holder = root
        for step in above:
            held = holder.setdefault(step, {})
            # Nothing has both a value and names below it.
            holder = cast(dict[str, Any], held) if isinstance(held, dict) else {}
        holder.setdefault(last, value)
    return as_list(_make_lists(root))


def _make_lists(value: Any) -> Any:
    """Objects whose names are numbers as lists. Never deeper than names have dots."""
    if not isinstance(value, dict):
        return value
    found = {str(name): _make_lists(each) for name, each in as_mapping(value).items()}
    if found and all(name.isdecimal() for name in found):
        return [found[name] for name in sorted(found, key=int)]
    return found


def read_asked_by_events(events: Iterable[SpanEvent]) -> tuple[SpanMessage, ...]:
    """What went in, by the events of the span."""
    return tuple(
        message
        for event in events
        for message in _read_asked_by_event(event.name, _read_body(event.attributes))
    )


def _read_asked_by_event(name: str, body: Attributes) -> Iterator[SpanMessage]:
    role = _ROLES_OF_EVENTS.get(name)
    if role is not None:
        yield from read_message(_find_message(body, role), role)
    elif name != CHOICE:
        yield from read_instructions(body)
        yield from read_asked_by_attributes(body)


def read_answered_by_events(events: Iterable[SpanEvent]) -> tuple[SpanMessage, ...]:
    """What came out, by the events of the span."""
    found: list[SpanMessage] = []
    for event in events:
        body = _read_body(event.attributes)
        if event.name == CHOICE:
            reason = reason_of(body)
            message = {**_find_message(body, "assistant"), "finish_reason": reason}
            found += read_message(message, "assistant")
            # Strands Agents: what the tools said to it.
            results = read_json_or_none(body.get("tool.result"))
            found += read_message({"role": "tool", "content": results}, "tool") if results else ()
        elif event.name not in _ROLES_OF_EVENTS:
            found += read_answered_by_attributes(body)
    return tuple(found)


def _read_body(attributes: Attributes) -> Attributes:
    """Azure's libraries have the whole event as one JSON text."""
    return as_mapping(read_json_or_none(attributes.get("gen_ai.event.content"))) or attributes


def _find_message(body: Attributes, role: str) -> dict[str, Any]:
    held = body.get("message")
    told = read_json_or_none(held)
    message = dict(as_mapping(told) or body)
    if held is not None and not as_mapping(told):
        # Content blocks, or a bare text.
        message["content"] = message.pop("message")
    for name in ("content", "tool_calls"):
        read: Any = read_json_or_none(message.get(name))
        if isinstance(read, list | dict):
            message[name] = read
    if "id" in message and role == "tool":
        message.setdefault("tool_call_id", message["id"])
    return {"role": role, **message}
