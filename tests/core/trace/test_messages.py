from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.trace.messages import Conversation, SpanMessage, conversation_of, is_unset
from gwtrace_core.trace.messages.parts import (
    ImagePart,
    OtherPart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    part_of,
)
from gwtrace_core.trace.model import Nanoseconds, SpanEvent
from tests.core.trace.traces import span

PNG = base64.b64encode(b"\x89PNG").decode()
CALL = ToolCallPart(call_id="c1", name="add", arguments={"a": 1})
RESULT = ToolResultPart(call_id="c1", name="add", content="3")


def conversation(inputs: Any, outputs: Any, **attributes: Any) -> Conversation:
    return conversation_of(span("s", inputs=inputs, outputs=outputs, attributes=attributes))


def text(role: str, content: str, finish_reason: str | None = None) -> SpanMessage:
    return message(role, TextPart(text=content), finish_reason=finish_reason)


def message(role: str, *parts: Part, finish_reason: str | None = None) -> SpanMessage:
    return SpanMessage(role=role, parts=parts, finish_reason=finish_reason)


def test_openai_chat_completions() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    found = conversation(
        {
            "model": "gpt-5",
            "messages": [
                {"role": "developer", "content": "Be short."},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Look"},
                        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                        {"type": "image_url", "image_url": {"url": "https://x.test/cat.png"}},
                    ],
                },
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": "3"},
            ],
        },
        {
            "choices": [
                {
                    "message": {
                        "role": "assistant",
                        "content": "It is 3",
                        "reasoning_content": "Adding.",
                        "tool_calls": None,
                    },
                    "finish_reason": "stop",
                }
            ]
        },
    )
    assert found == Conversation(
        inputs=(
            text("system", "Be short."),
            message(
                "user",
                TextPart(text="Look"),
                ImagePart(media_type="image/png", data=b"\x89PNG"),
                ImagePart(media_type="", data=None, source="https://x.test/cat.png"),
            ),
            message("assistant", CALL),
            message("tool", RESULT),
        ),
        outputs=(
            message(
                "assistant",
                ReasoningPart(text="Adding."),
                TextPart(text="It is 3"),
                finish_reason="stop",
            ),
        ),
    )


def test_openai_responses() -> None:
    found = conversation(
        {
            "instructions": "Be short.",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "1+2?"}]},
                {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a":1}'},
                {"type": "function_call_output", "call_id": "c1", "output": "3"},
            ],
        },
        {
            "output": [
                {"type": "reasoning", "content": None, "summary": [{"text": "One."}]},
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": "3"}],
                },
            ]
        },
    )
    assert found.inputs == (
        text("system", "Be short."),
        text("user", "1+2?"),
        message("assistant", CALL),
        message("tool", RESULT),
    )
    assert found.outputs == (message("assistant", ReasoningPart(text="One."), TextPart(text="3")),)


def test_openai_responses_with_a_plain_text_and_arguments_that_were_not_given() -> None:
    omitted = "<openai.Omit object at 0x7fa94b35e790>"
    found = conversation({"input": "hi", "instructions": omitted}, None)
    assert found == Conversation(inputs=(text("user", "hi"),))


def test_anthropic_messages() -> None:
    found = conversation(
        {
            "system": [{"type": "text", "text": "Be short."}],
            "messages": [
                {"role": "user", "content": "1+2?"},
                {
                    "role": "assistant",
                    "content": [{"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}}],
                },
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "tool_result",
                            "tool_use_id": "c1",
                            "content": [{"type": "text", "text": "3"}],
                        }
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": PNG},
                        }
                    ],
                },
            ],
        },
        {
            "type": "message",
            "role": "assistant",
            "stop_reason": "end_turn",
            "content": [
                {"type": "thinking", "thinking": "Adding.", "signature": "x"},
                {"type": "text", "text": "3"},
            ],
        },
    )
    assert found.inputs == (
        text("system", "Be short."),
        text("user", "1+2?"),
        message("assistant", CALL),
        message("tool", RESULT),
        message("user", ImagePart(media_type="image/png", data=b"\x89PNG")),
    )
    assert found.outputs == (
        message(
            "assistant",
            ReasoningPart(text="Adding."),
            TextPart(text="3"),
            finish_reason="end_turn",
        ),
    )


def test_pydantic_ai_message_parts() -> None:
    request = {
        "kind": "request",
        "instructions": "Use tools.",
        "parts": [
            {"part_kind": "system-prompt", "content": "Be short."},
            {"part_kind": "user-prompt", "content": "1+2?"},
        ],
    }
    call = {
        "kind": "response",
        "parts": [
            {"part_kind": "tool-call", "tool_name": "add", "args": '{"a":1}', "tool_call_id": "c1"}
        ],
    }
    returned = {
        "kind": "request",
        "instructions": None,
        "parts": [
            {"part_kind": "tool-return", "tool_name": "add", "content": "3", "tool_call_id": "c1"}
        ],
    }
    found = conversation(
        {"messages": [request, call, returned], "model_settings": {}},
        {
            "kind": "response",
            "parts": [{"part_kind": "text", "content": "It is 3", "id": None}],
            "finish_reason": "stop",
        },
    )
    assert found.inputs == (
        text("system", "Use tools."),
        text("system", "Be short."),
        text("user", "1+2?"),
        message("assistant", CALL),
        message("tool", RESULT),
    )
    assert found.outputs == (text("assistant", "It is 3", "stop"),)


def test_a_prompt_of_several_texts_and_pictures() -> None:
    content = ["one", {"kind": "binary", "media_type": "image/png", "data": PNG}, "two"]
    prompt = {"kind": "request", "parts": [{"part_kind": "user-prompt", "content": content}]}
    assert conversation({"messages": [prompt]}, None).inputs == (
        message(
            "user",
            TextPart(text="one"),
            ImagePart(media_type="image/png", data=b"\x89PNG"),
            TextPart(text="two"),
        ),
    )


def test_an_agents_prompt() -> None:
    assert conversation({"user_prompt": "1+2?"}, "{'_all_messages': …}") == Conversation(
        inputs=(text("user", "1+2?"),)
    )


def test_opentelemetry_genai_messages_in_attributes() -> None:
    found = conversation(
        None,
        None,
        **{
            "gen_ai.system_instructions": '[{"type": "text", "content": "Be short."}]',
            "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "hi"'
            "}]}]",
            "gen_ai.output.messages": [
                {
                    "role": "assistant",
                    "parts": [
                        {"type": "tool_call", "id": "c1", "name": "add", "arguments": {"a": 1}}
                    ],
                    "finish_reason": "tool_call",
                }
            ],
        },
    )
    assert found == Conversation(
        inputs=(text("system", "Be short."), text("user", "hi")),
        outputs=(message("assistant", CALL, finish_reason="tool_call"),),
    )


def test_google_contents() -> None:
    found = conversation(
        {
            "config": {"system_instruction": "Be short."},
            "contents": [
                {"role": "user", "parts": [{"text": "1+2?"}, {"inlineData": {"mimeType":
                    "image/png", "data": PNG}}]},
                {"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "add",
                    "args": {"a": 1}}}]},
                {"role": "user", "parts": [{"functionResponse": {"id": "c1", "name": "add",
                    "response": {"result": 3}}}]},
            ],
        },
        {"candidates": [{"content": {"role": "model", "parts": [{"text": "Hm", "thought": True},
            {"text": "3"}]}, "finishReason": "STOP"}]},
    )  # fmt: skip
    assert found.inputs == (
        text("system", "Be short."),
        message("user", TextPart(text="1+2?"), ImagePart(media_type="image/png", data=b"\x89PNG")),
        message("assistant", CALL),
        message("tool", ToolResultPart(call_id="c1", name="add", content={"result": 3})),
    )
    answer = (ReasoningPart(text="Hm"), TextPart(text="3"))
    assert [part for each in found.outputs for part in each.parts] == [*answer]
    assert {each.role for each in found.outputs} == {"assistant"}
    assert found.outputs[-1].finish_reason == "STOP"


@pytest.mark.parametrize("inputs", [None, "text", 7, {"query": "x"}, [1, 2]])
def test_an_unknown_form_gives_nothing_rather_than_a_guess(inputs: Any) -> None:
    assert conversation(inputs, inputs) == Conversation()


def test_an_unknown_part_is_kept_as_recorded() -> None:
    odd = {"type": "hologram", "depth": 3}
    found = conversation([{"role": "user", "content": [odd, "and text"]}], None)
    assert found.inputs == (message("user", OtherPart(value=odd), TextPart(text="and text")),)


@pytest.mark.parametrize(
    "part",
    [
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": "100 bytes"},
        },
        {"type": "image_url", "image_url": {"url": "image/png, 100 bytes"}},
        {"kind": "binary", "media_type": "image/png", "data": "100 bytes"},
    ],
)
def test_of_a_picture_that_gwtrace_left_out_the_size_is_known(part: dict[str, Any]) -> None:
    assert part_of(part) == ImagePart(media_type="image/png", data=None, left_out_bytes=100)


def test_a_picture_that_is_no_base64_is_not_shown() -> None:
    part = part_of({"type": "image", "source": {"type": "base64", "data": "%%%"}})
    assert part == ImagePart(media_type="", data=None)


def test_arguments_that_are_no_json_stay_text() -> None:
    part = part_of({"type": "tool_use", "id": "c", "name": "add", "input": '{"a": '})
    assert part == ToolCallPart(call_id="c", name="add", arguments='{"a": ')


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<openai.Omit object at 0x7fa94b35e790>", True),
        ("<anthropic.NotGiven object at 0x7fa94b35e790>", True),
        ("NOT_GIVEN", True),
        ("What is an Omit object at 0x0?", False),
        (None, False),
        (0, False),
    ],
)
def test_values_that_stand_for_not_given(value: Any, expected: bool) -> None:
    assert is_unset(value) is expected


_NAMES = ["role", "content", "parts", "type", "text", "messages", "input", "output", "choices",
          "message", "kind", "tool_calls", "function", "source", "data", "image_url", "part_kind",
          "candidates", "user_prompt", "blocks", "block_type", "toolUse", "toolResult", "lc",
          "kwargs", "generations", "update", "additional_kwargs", "audio", "function_call",
          "response", "outputs", "inputs", "message_content", "tool_call", "text"]  # fmt: skip
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_NAMES) | st.text(max_size=3),
            inner
            | st.sampled_from(["user", "text", "tool_result", "image", "reasoning", "tool-call"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


_attributes = st.dictionaries(
    st.sampled_from(
        [
            *("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions"),
            *("llm.input_messages.0", "llm.input_messages.0.message.content", "gen_ai.prompt.x.y"),
            *("gen_ai.completion.0.content", "gen_ai.prompt", "ai.prompt", "ai.response.text"),
            *("ai.response.finishReason", "output.value", "message", "content", "tool.result"),
        ]
    ),
    _json | _json.map(json.dumps),
)
_events = st.lists(
    st.builds(
        SpanEvent,
        name=st.sampled_from(["gen_ai.user.message", "gen_ai.tool.message", "gen_ai.choice", "x"]),
        time_ns=st.just(Nanoseconds(0)),
        attributes=_attributes,
    ),
    max_size=3,
).map(tuple)


@given(_json, _json, _attributes, _events, st.sampled_from(["LLM", "TOOL", "CHAIN"]))
def test_no_recorded_value_breaks_it(
    inputs: Any, outputs: Any, attributes: Any, events: Any, kind: str
) -> None:
    recorded = {"inputs": inputs, "outputs": outputs, "attributes": attributes}
    found = conversation_of(span("s", kind=kind, events=events, **recorded))
    for each in (*found.inputs, *found.outputs):
        assert isinstance(each.role, str)
        assert each.finish_reason is None or isinstance(each.finish_reason, str)
