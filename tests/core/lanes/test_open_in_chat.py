from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwtrace_core.lanes.open_in_chat import OpenedConversation, open_in_chat
from gwtrace_core.settings.settings import make_demo_connection
from gwtrace_core.values.connection import Connection, ConnectionKind, Provider, SdkPath
from gwtrace_core.values.errors import RequestRefused
from gwtrace_core.values.request import Image, Message, Parameters
from gwtrace_core.values.secret import Secret
from tests.core.trace.traces import span

DEMO = make_demo_connection("http://127.0.0.1:1/proxy")
GATEWAY = Connection(
    id="gateway",
    kind=ConnectionKind.GATEWAY,
    label="Gateway",
    base_url="https://gateway.test/proxy",
    api_key=Secret("k"),
)
GROQ = Connection(
    id="direct-groq",
    kind=ConnectionKind.DIRECT,
    label="Groq",
    base_url="",
    api_key=Secret("k"),
    provider=Provider.GROQ,
)
PNG = base64.b64encode(b"\x89PNG").decode()


def opened(
    inputs: Any,
    *,
    outputs: Any = None,
    connections: tuple[Connection, ...] = (GATEWAY,),
    **fields: Any,
) -> OpenedConversation:
    return open_in_chat(
        span("s", inputs=inputs, outputs=outputs, kind="CHAT_MODEL", **fields), connections
    )


def user(text: str, *images: Image) -> Message:
    return Message(role="user", text=text, images=images)


def assistant(text: str) -> Message:
    return Message(role="assistant", text=text)


def test_an_agents_state_is_opened_with_its_question_and_its_last_answer() -> None:
    said = [{"type": "human", "content": "Before"}, {"type": "ai", "content": "Old"}]
    asked = {"type": "human", "content": "Which order?"}
    called = {"type": "ai", "content": "", "tool_calls": [{"name": "list", "args": {}, "id": "c"}]}
    result = {"type": "tool", "content": "7", "tool_call_id": "c"}
    answer = {"type": "ai", "content": "Order 7."}
    for state in ([asked, called, result, answer], [*said, asked, called, result, answer]):
        found = opened({"messages": [["user", "Which order?"]]}, outputs={"messages": state})
        assert (found.messages, found.answer) == ((user("Which order?"),), "Order 7.")


def test_an_openai_chat_with_all_that_cannot_be_carried_over() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    found = opened(
        {
            "model": "gpt-5.2",
            "temperature": 0.2,
            "max_completion_tokens": 90,
            "top_p": "<openai.Omit object at 0x7f>",
            "stop": ["END"],
            "reasoning_effort": "extreme",
            "seed": 7,
            "stream": False,
            "tools": [
                {"type": "function", "function": {"name": "search"}},
                {"type": "function", "function": {"name": "calculator"}},
            ],
            "messages": [
                {"role": "system", "content": "Be short."},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Look"},
                        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                        {"type": "image_url", "image_url": {"url": "https://x.test/cat.png"}},
                    ],
                },
                {"role": "assistant", "content": "Searching.", "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": "3"},
                {"role": "assistant", "content": "Found it.", "reasoning_content": "Hm."},
                {"role": "user", "content": "And now?"},
            ],
        },
        outputs={"choices": [{"message": {"role": "assistant", "content": "Now this."}}]},
    )
    assert found.messages == (
        user("Look", Image(media_type="image/png", data=b"\x89PNG")),
        assistant("Searching.\n\nFound it."),
        user("And now?"),
    )
    lane = found.lane
    assert (lane.connection_id, lane.provider, lane.route, lane.sdk_path, lane.model) == (
        "gateway",
        Provider.OPENAI,
        "openai",
        SdkPath.OPENAI_CHAT,
        "gpt-5.2",
    )
    assert lane.parameters == Parameters(temperature=0.2, max_output_tokens=90, stop=("END",))
    assert (lane.system_prompt, lane.tools, lane.streamed) == ("Be short.", ("calculator",), False)
    assert found.answer == "Now this."
    assert found.left_out == (
        "1 tool call with its result of the conversation.",
        "1 piece of reasoning of the conversation.",
        "1 picture that is not in the trace of the conversation.",
        "Tools that only its own program has: search.",
        "Settings that the chat does not have: reasoning_effort, seed.",
    )


@pytest.mark.parametrize(
    ("inputs", "fields", "provider", "path", "parameters"),
    [
        (
            {
                "model": "gpt-5.2",
                "instructions": "Be short.",
                "input": "Hi",
                "max_output_tokens": 5,
                "reasoning": {"effort": "low"},
            },
            {},
            Provider.OPENAI,
            SdkPath.OPENAI_RESPONSES,
            Parameters(max_output_tokens=5, reasoning_effort="low"),
        ),
        (
            {
                "model": "claude-haiku-4-5",
                "system": "Be short.",
                "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
                "max_tokens": 6,
                "stop_sequences": ["x"],
            },
            {"name": "Messages.create", "provider": "anthropic"},
            Provider.ANTHROPIC,
            SdkPath.ANTHROPIC_MESSAGES,
            Parameters(max_output_tokens=6, stop=("x",)),
        ),
        (
            {
                "model": "gemini-2.5-flash",
                "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
                "config": {"system_instruction": "Be short.", "top_p": 0.5},
            },
            {},
            Provider.GOOGLE,
            SdkPath.PYDANTIC_AI,
            Parameters(top_p=0.5),
        ),
        (
            {
                "messages": [
                    {
                        "kind": "request",
                        "parts": [
                            {"part_kind": "system-prompt", "content": "Be short."},
                            {"part_kind": "user-prompt", "content": "Hi"},
                        ],
                    }
                ],
                "model_settings": {"temperature": 1},
            },
            {"model": "llama-3.3-70b", "attributes": {"mlflow.message.format": "pydantic_ai"}},
            Provider.GROQ,
            SdkPath.PYDANTIC_AI,
            Parameters(temperature=1.0),
        ),
    ],
)
def test_every_providers_form_becomes_a_conversation(
    inputs: Any, fields: Any, provider: Provider, path: SdkPath, parameters: Parameters
) -> None:
    found = opened(inputs, **fields)
    assert found.messages == (user("Hi"),)
    assert (found.lane.provider, found.lane.sdk_path) == (provider, path)
    assert found.lane.parameters == parameters
    assert found.lane.system_prompt == "Be short."
    assert found.lane.model == (inputs.get("model") or fields["model"])
    assert found.left_out == ()


def test_opentelemetrys_attributes_become_a_conversation() -> None:
    attributes = {
        "gen_ai.input.messages": [
            {"role": "user", "parts": [{"type": "text", "content": "Hi"}]},
        ],
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.stop_sequences": ["a", "b"],
        "gen_ai.tool.definitions": '[{"type": "function", "name": "calculator"}]',
    }
    found = opened(None, attributes=attributes, model="gpt-5.2", provider="openai")
    assert found.messages == (user("Hi"),)
    assert found.lane.parameters == Parameters(temperature=0.5, stop=("a", "b"))
    assert (found.lane.tools, found.lane.model) == (("calculator",), "gpt-5.2")


def test_the_first_connection_that_reaches_the_provider_is_chosen() -> None:
    inputs = {"messages": [{"role": "user", "content": "Hi"}], "model": "claude-x"}
    assert opened(inputs, connections=(GROQ, DEMO)).lane.connection_id == "demo"
    found = opened(inputs, connections=(GROQ,))
    assert (found.lane.connection_id, found.lane.provider) == ("direct-groq", Provider.GROQ)
    assert found.left_out == (
        "No connection reaches Anthropic; another provider is chosen.",
        "Whose model 'claude-x' is: the trace does not say.",
    )


def test_a_model_that_the_demo_does_not_simulate_is_replaced_and_named() -> None:
    inputs = {"messages": [{"role": "user", "content": "Hi"}], "model": "gpt-unheard-of"}
    found = opened(inputs, connections=(DEMO,))
    assert found.lane.model == "gpt-5.2"
    assert found.left_out == (
        "The model 'gpt-unheard-of': Demo gateway does not have it, gpt-5.2 is chosen.",
    )


def test_what_was_said_before_the_first_and_after_the_last_question_is_named() -> None:
    said = (("assistant", "Welcome"), ("user", "Hi"), ("user", "there"), ("assistant", "{"))
    inputs = {"messages": [{"role": role, "content": text} for role, text in said]}
    found = opened(inputs, model="gpt-5.2")
    assert found.messages == (user("Hi\n\nthere"),)
    assert found.left_out == (
        "What the assistant said before the first question.",
        "What the assistant said after the last question.",
    )


def test_a_span_without_a_question_is_refused() -> None:
    for inputs in (None, {"x": 1}, {"messages": [{"role": "assistant", "content": "Hi"}]}):
        with pytest.raises(RequestRefused, match="no message of a user"):
            opened(inputs)


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["messages", "role", "content", "tools", "config", "temperature", "stop", "model"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_json, st.dictionaries(st.sampled_from(["mlflow.chat.tools", "gwtrace.provider"]), _json))
def test_no_recorded_value_breaks_it(inputs: Any, attributes: dict[str, Any]) -> None:
    try:
        found = opened(inputs, attributes=attributes)
    except RequestRefused:
        return
    roles = [message.role for message in found.messages]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
