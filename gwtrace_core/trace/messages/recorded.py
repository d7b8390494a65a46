"""The messages in what a span has as its inputs and outputs.

Forms are told by what is there, not by who recorded it: several libraries write each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from gwtrace_core.trace.messages.message import (
    make_messages,
    read_message,
    read_messages,
)
from gwtrace_core.trace.messages.parts import Json, as_list, as_mapping, parts_of
from gwtrace_core.trace.messages.speakers import BareTexts, is_message, reason_of
from gwtrace_core.trace.messages.values import SpanMessage

_SYSTEM = (
    "system",
    "instructions",
    "system_instruction",
    "systemInstruction",
    "system_prompt",
    "systemPrompt",
)
_ASKED = ("chat_history", "messages", "input", "contents", "user_prompt", "user_msg")
_ASKED_OF_A_MODEL = ("prompt", "prompts", "args")
"""Arguments that say nothing of a question where the span is no model's."""
_ANSWERED = ("output", "response", "text")
"""Names under which an answer may be a bare text."""
_INPUT_BOXES = ("inputs", "input", "kwargs", "ev", "request", "body", "llm_request", "args")
_OUTPUT_BOXES = ("outputs", "output", "result", "response", "update", "return_values", "body")
_MOST_BOXES = 3
"""How deep messages are looked for in boxes that frameworks put around them."""
_OBJECT = re.compile(r"<.* object .*at 0x[0-9a-f]+>")
"""What Python makes of an object that has no text, such as a stream."""
_UNSET_WORDS = {"NOT_GIVEN", "<NOT_GIVEN>", "Omit()"}


def read_input_messages(
    inputs: Any, *, bare: BareTexts = "where known", boxes: int = _MOST_BOXES
) -> tuple[SpanMessage, ...]:
    """The question, with what was said before it; empty when the form is not known."""
    if isinstance(inputs, list):
        return tuple(read_messages(inputs, "user", bare=bare))
    found = as_mapping(inputs)
    asked = (*_read_system(found), *_read_asked(found, bare))
    if not asked and is_message(found):
        asked = tuple(read_message(found, "user"))
    if any(message.role != "system" for message in asked) or boxes == 0:
        return asked
    return asked + _look_in_boxes(
        found, _INPUT_BOXES, lambda held: read_input_messages(held, bare=bare, boxes=boxes - 1)
    )


def _read_system(found: Json) -> Iterator[SpanMessage]:
    for holder in (found, as_mapping(found.get("config"))):
        for name in _SYSTEM:
            value = holder.get(name)
            content = as_mapping(value).get("parts") or value
            yield from make_messages("system", parts_of(_drop_unset(content)))


def _read_asked(found: Json, bare: BareTexts) -> Iterator[SpanMessage]:
    for name in (*_ASKED, *(_ASKED_OF_A_MODEL if bare == "always" else ())):
        value = _drop_unset(found.get(name))
        if isinstance(value, str) or name == "user_prompt":
            yield from make_messages("user", parts_of(value) if bare != "never" else ())
        elif is_message(value):
            yield from read_message(value, "user")
        else:
            # Google's contents may be bare texts.
            are_texts = name == "contents" and bare != "never"
            yield from read_messages(value, "user", bare="always" if are_texts else bare)


def _look_in_boxes(
    found: Json, names: tuple[str, ...], read: Callable[[Any], tuple[SpanMessage, ...]]
) -> tuple[SpanMessage, ...]:
    for name in names:
        held = found.get(name)
        for each in as_list(held) if name == "args" else [held]:
            if isinstance(each, list | dict) and (messages := read(each)):
                return messages
    return ()


def read_output_messages(
    outputs: Any, *, bare: BareTexts = "where known", boxes: int = _MOST_BOXES
) -> tuple[SpanMessage, ...]:
    """The answer; empty when the form is not known."""
    if isinstance(outputs, str):
        is_said = bare == "always" and _OBJECT.fullmatch(outputs) is None
        return tuple(make_messages("assistant", parts_of(outputs) if is_said else ()))
    if isinstance(outputs, list):
        return tuple(_read_list(as_list(outputs), bare))
    found = as_mapping(outputs)
    for read in _ANSWERS:
        if messages := tuple(read(found)):
            return messages
    for name in _ANSWERED if bare != "never" else ():
        if isinstance(text := found.get(name), str) and (name != "text" or bare == "always"):
            return tuple(make_messages("assistant", parts_of(text)))
    if boxes == 0:
        return ()
    return _look_in_boxes(
        found, _OUTPUT_BOXES, lambda held: read_output_messages(held, bare=bare, boxes=boxes - 1)
    )


def _read_list(outputs: list[Any], bare: BareTexts) -> Iterator[SpanMessage]:
    # LangGraph's nodes answer with commands: what to change in the state.
    commands = [as_mapping(as_mapping(each).get("update")) for each in outputs]
    if any(commands):
        for each in commands:
            yield from read_output_messages(each)
    else:
        yield from read_messages(outputs, "assistant", bare=bare)


def _read_choices(found: Json) -> Iterator[SpanMessage]:
    for each in as_list(found.get("choices")):
        choice = as_mapping(each)
        said = choice.get("message") or choice.get("delta")
        if said is None and isinstance(choice.get("text"), str):
            said = {"content": choice["text"]}
        for message in read_message(said, "assistant"):
            yield replace(message, finish_reason=reason_of(choice) or message.finish_reason)


def _read_candidates(found: Json) -> Iterator[SpanMessage]:
    for each in as_list(found.get("candidates")):
        candidate = as_mapping(each)
        for message in read_message(candidate.get("content"), "assistant"):
            yield replace(message, role="assistant", finish_reason=reason_of(candidate))


def _read_output(found: Json) -> Iterator[SpanMessage]:
    """OpenAI's responses; in Bedrock's Converse the message lies in a box."""
    yield from read_messages(found.get("output"), "assistant")
    for message in read_message(as_mapping(found.get("output")).get("message"), "assistant"):
        yield replace(message, finish_reason=reason_of(found) or message.finish_reason)


def _read_generations(found: Json) -> Iterator[SpanMessage]:
    for each in as_list(found.get("generations")):
        # One list for each conversation that was asked; in it one answer or more.
        for generation in as_list(each) or [each]:
            said = as_mapping(generation)
            if said.get("message") is None and isinstance(said.get("text"), str):
                about = as_mapping(said.get("generation_info"))
                said = {"content": said["text"], "finish_reason": reason_of(about)}
            yield from read_message(said, "assistant")


def _read_state(found: Json) -> Iterator[SpanMessage]:
    """The state of an agent, with all that was said in it."""
    yield from read_messages(found.get("messages"), "assistant")


def _read_single_message(found: Json) -> Iterator[SpanMessage]:
    for name in ("message", "response"):
        if is_message(found.get(name)) and "role" not in found:
            for message in read_message(found[name], "assistant"):
                yield replace(message, finish_reason=message.finish_reason or reason_of(found))


def _read_whole(found: Json) -> Iterator[SpanMessage]:
    if is_message(found):
        yield from read_message(found, "assistant")


def _read_vercel(found: Json) -> Iterator[SpanMessage]:
    if reason_of(found) and {"text", "toolCalls", "object", "reasoning"} & found.keys():
        said = {"text": found.get("object"), **found, "role": "assistant"}
        yield from read_message(said, "assistant")


_ANSWERS: tuple[Callable[[Json], Iterator[SpanMessage]], ...] = (
    _read_choices,
    _read_candidates,
    _read_output,
    _read_generations,
    _read_state,
    _read_single_message,
    _read_whole,
    _read_vercel,
)
"""Each reads one form of an answer, and nothing where it is another; the first that does counts."""


def is_unset(value: Any) -> bool:
    """Whether `value` is what autolog writes for an argument that was not given."""
    return isinstance(value, str) and (
        value in _UNSET_WORDS
        or (value.startswith("<") and ".Omit object at 0x" in value)
        or (value.startswith("<") and ".NotGiven object at 0x" in value)
    )


def _drop_unset(value: Any) -> Any:
    return None if is_unset(value) else value
