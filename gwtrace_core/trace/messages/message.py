"""One message, or a list of them, in any form in which somebody records messages.

`role` is who is speaking where the recording does not say: of a question the user, of an answer
the assistant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from gwtrace_core.trace.messages.parts import (
    AudioPart,
    Json,
    OtherPart,
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
from gwtrace_core.trace.messages.speakers import (
    CONTENTS,
    REASONS,
    BareTexts,
    is_message,
    is_pair,
    reason_of,
    role_by_type,
    role_of,
    unwrap_message,
)
from gwtrace_core.trace.messages.values import SpanMessage
from gwtrace_core.trace.recorded_json import read_json_or_none

_REASONING = ("reasoning_content", "reasoning", "thinking", "reasoning_text")
# What a message holds beside what is said in it.
_ABOUT = frozenset(
    {
        *("role", "type", "kind", "part_kind", "id", "name", "index", "status", "model", "object"),
        *("created", "created_at", "timestamp", "usage", "usage_metadata", "response_metadata"),
        *("stop_sequence", "logprobs", "example", "tool_call_id", "phase", "lc", "run_id"),
        *("model_name", "provider_name", "provider_url", "provider_details", "metadata"),
        *("provider_response_id", "conversation_id", "state", *REASONS, *_REASONING),
        *("provider_specific_fields", "annotations", "signature", "additional_kwargs"),
    }
)


def read_messages(
    values: Any, role: str, *, bare: BareTexts = "where known"
) -> Iterator[SpanMessage]:
    """The messages of a list; items that make up one answer of the assistant become one, and so do
    parts that nobody put into a message.

    A list of nothing that is known is no list of messages.
    """
    items = [each for each in _list_items(values) if _may_be_said(each, bare)]
    found = [(is_message(item), list(read_message(item, role))) for item in items]
    if not any(is_whole or _is_known(messages) for is_whole, messages in found):
        return
    pending: SpanMessage | None = None
    was_part = False
    for is_whole, message in ((whole, each) for whole, messages in found for each in messages):
        are_parts = was_part and not is_whole
        if pending is None:
            pending = message
        elif message.role == pending.role and (are_parts or _goes_on(pending)):
            pending = replace(message, parts=(*pending.parts, *message.parts))
        else:
            yield pending
            pending = message
        was_part = not is_whole
    if pending is not None:
        yield pending


def _goes_on(message: SpanMessage) -> bool:
    return message.role == "assistant" and message.finish_reason is None


def _list_items(values: Any) -> Iterator[Any]:
    """Those of a list. LangChain asks for several conversations at once: a list of lists."""
    for value in as_list(values):
        if isinstance(value, list) and not is_pair(value):
            yield from as_list(value)
        else:
            yield value


def _may_be_said(item: Any, bare: BareTexts) -> bool:
    if isinstance(item, str):
        return bare == "always"
    return is_message(item) or (bare != "never" and bool(as_mapping(item)))


def _is_known(messages: list[SpanMessage]) -> bool:
    parts = [part for message in messages for part in message.parts]
    return any(not isinstance(part, OtherPart) for part in parts)


def read_message(value: Any, role: str) -> Iterator[SpanMessage]:
    """The messages in what was recorded as one: of a request in several roles there are several."""
    if isinstance(value, str):
        yield from make_messages(role, parts_of(value))
        return
    message = unwrap_message(value)
    if not message:
        return
    reason = reason_of(message) or reason_of(as_mapping(message.get("response_metadata")))
    role = role_of(message, role)
    if "parts" in message:
        # Pydantic AI keeps an agent's instructions beside the parts.
        yield from make_messages("system", parts_of(message.get("instructions")))
        yield from _split_by_role(role, as_list(message["parts"]), reason)
    elif "role" in message or role_by_type(message) or _holds_content(message):
        parts = tuple(_read_message_parts(message, role))
        # Anthropic sends tool results as messages of the user.
        if parts and all(isinstance(part, ToolResultPart) for part in parts):
            role = "tool"
        yield SpanMessage(role=role, parts=parts, finish_reason=reason)
    else:
        part = part_of(message)
        yield SpanMessage(role=_find_part_role(part, role), parts=(part,), finish_reason=reason)


def _holds_content(message: Json) -> bool:
    # Without a role, a part is known by its type: {"type": "text", "text": …}.
    return "content" in message and ("type" not in message or message["type"] == "message")


def _read_message_parts(message: Json, role: str) -> Iterator[Part]:
    if message.get("type") == "reasoning":
        yield part_of(message)
        return
    more = as_mapping(message.get("additional_kwargs"))
    yield from _read_reasoning(message, more)
    if role == "tool" and not _holds_results(message):
        # LlamaIndex keeps the id of the call with what is of one provider only.
        yield part_of({**more, **message, "type": "tool_result"})
        return
    content = next((message[name] for name in CONTENTS if message.get(name)), None)
    parts = parts_of(_decode_parts(content))
    calls = _read_calls(message) or _read_calls(more)
    known = {part.call_id for part in parts if isinstance(part, ToolCallPart)}
    said = [*parts, *_read_refusal(message), *_read_audio(message)]
    said += [call for call in calls if not call.call_id or call.call_id not in known]
    if said:
        # An empty text before a call says nothing.
        is_alone = len(said) == 1
        yield from (part for part in said if is_alone or part != TextPart(text=""))
    elif rest := _read_rest(message):
        yield OtherPart(value=rest)


def _holds_results(message: Json) -> bool:
    """Whether its parts are the results, each with the id of its call."""
    parts = parts_of(message.get("content"))
    return any(isinstance(part, ToolResultPart) for part in parts)


def _read_reasoning(message: Json, more: Json) -> Iterator[Part]:
    for holder in (message, more):
        for name in _REASONING:
            thought = holder.get(name)
            if isinstance(thought, str) and thought:
                yield ReasoningPart(text=thought)
                return
            if isinstance(thought, list) and thought:
                yield from parts_of(thought)
                return


def _decode_parts(content: Any) -> Any:
    """OpenLLMetry records parts as a JSON text. A text that is JSON otherwise stays a text."""
    if not isinstance(content, str) or not content.startswith("[{"):
        return content
    found = as_list(read_json_or_none(content))
    parts = [part_of(each) for each in found]
    is_parts = bool(parts) and not any(isinstance(part, OtherPart) for part in parts)
    return found if is_parts else content


def _read_calls(message: Json) -> list[ToolCallPart]:
    listed = as_list(message.get("tool_calls")) or as_list(message.get("toolCalls"))
    listed = [*listed, *as_list(message.get("invalid_tool_calls"))]
    if legacy := as_mapping(message.get("function_call")):
        listed.append(legacy)
    # OpenInference keeps each call in a box.
    calls = (as_mapping(as_mapping(call).get("tool_call")) or as_mapping(call) for call in listed)
    read = (part_of({**call, "type": "tool_call"}) for call in calls if call)
    return [part for part in read if isinstance(part, ToolCallPart)]


def _read_refusal(message: Json) -> Iterator[Part]:
    if isinstance(message.get("refusal"), str) and message["refusal"]:
        yield TextPart(text=message["refusal"])


def _read_audio(message: Json) -> Iterator[Part]:
    """What was spoken: its words, else that it was spoken."""
    audio = as_mapping(message.get("audio"))
    if not audio:
        return
    transcript = audio.get("transcript")
    if isinstance(transcript, str) and transcript:
        yield TextPart(text=transcript)
    else:
        part = part_of({"type": "audio", "audio": audio})
        yield part if isinstance(part, AudioPart) else OtherPart(value=audio)


def _read_rest(message: Json) -> dict[str, Any]:
    """What a message without a known part holds all the same."""
    empty: tuple[Any, ...] = (None, "", [], {})
    return {
        name: each
        for name, each in message.items()
        if name not in _ABOUT and each not in empty and not _is_empty(each)
    }


def _is_empty(value: Any) -> bool:
    held = as_mapping(value)
    return bool(held) and all(each in (None, "", False) for each in held.values())


def _split_by_role(role: str, items: list[Any], reason: str | None) -> Iterator[SpanMessage]:
    """One message for each stretch of parts of one role: a request may hold several."""
    with_roles = [
        (_find_item_role(item, role), part) for item in items for part in _read_item_parts(item)
    ]
    for part_role, group in groupby(with_roles, key=lambda pair: pair[0]):
        parts = tuple(part for _, part in group)
        yield SpanMessage(role=part_role, parts=parts, finish_reason=reason)


def _read_item_parts(item: Any) -> tuple[Part, ...]:
    """A prompt of Pydantic AI may hold several texts and pictures."""
    content = as_mapping(item).get("content")
    is_prompt = as_mapping(item).get("part_kind") in {"user-prompt", "system-prompt"}
    return parts_of(content) if is_prompt and isinstance(content, list) else (part_of(item),)


def _find_item_role(item: Any, role: str) -> str:
    if as_mapping(item).get("part_kind") == "system-prompt":
        return "system"
    return _find_part_role(part_of(item), role)


def _find_part_role(part: Part, role: str) -> str:
    if isinstance(part, ToolResultPart):
        return "tool"
    return "assistant" if isinstance(part, ToolCallPart | ReasoningPart) else role


def make_messages(role: str, parts: tuple[Part, ...]) -> Iterator[SpanMessage]:
    """A message of these parts; none without any."""
    if parts:
        yield SpanMessage(role=role, parts=parts)
