"""Answers that the demo does not give: other servers' manners, broken ones, and endless tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from gwtrace_core.values.connection import SdkPath
from gwtrace_core.values.events import StreamEvent, ToolCallDelta, Usage
from tests.core.sdk_paths.canned import (
    AGENT_ANTHROPIC,
    AGENT_CHAT,
    AGENT_GOOGLE,
    CHAT,
    HTML,
    MESSAGES,
    RESPONSES,
    Canned,
    chat_answer,
    chat_chunk,
    serving,
    sse,
    tool_call,
    turn,
)
from tests.core.sdk_paths.support import WAYS, Way, answers, shape

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
async def test_reasoning_of_compatible_servers_is_told_apart(name: str) -> None:
    chunks = sse(
        chat_chunk({"role": "assistant", name: "Let me "}),
        chat_chunk({name: "see."}),
        chat_chunk({"content": "Yes."}),
        chat_chunk({}, "stop"),
    )
    with serving(chunks, chat_answer({"content": "Yes.", name: "Let me see."})) as server:
        streamed = await turn(CHAT, server)
        plain = await turn(CHAT, server, streamed=False)
    assert shape(streamed) == [
        ("request", 0, "gpt-4o-mini"),
        ("reasoning", "Let me see."),
        ("text", "Yes."),
        # A finish reason is an end, though this server never tells its usage.
        ("answer", 0, "stop", False),
        ("finished", "stop"),
    ]
    assert [row[0] for row in shape(plain)] == [
        "request",
        "reasoning",
        "text",
        "answer",
        "finished",
    ]


async def test_thoughts_of_gemini_are_told_apart() -> None:
    def candidate(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "candidates": [{"content": {"role": "model", "parts": list(parts)}, **more}],
            "modelVersion": "gemini-2.5-flash",
            "responseId": "r1",
            "usageMetadata": {
                "promptTokenCount": 4,
                "candidatesTokenCount": 3,
                "thoughtsTokenCount": 6,
                "totalTokenCount": 13,
            },
        }

    chunks = sse(
        candidate({"text": "Let me see.", "thought": True}),
        candidate({"text": "Yes."}, finishReason="STOP"),
        done=False,
    )
    with serving(chunks) as server:
        events = await turn(AGENT_GOOGLE, server)
    assert shape(events) == [
        ("request", 0, "gemini-2.5-flash"),
        ("reasoning", "Let me see."),
        ("text", "Yes."),
        ("answer", 0, "STOP", True),
        ("finished", "STOP"),
    ]
    [answer] = answers(events)
    assert answer.usage == Usage(input_tokens=4, output_tokens=9, reasoning_tokens=6)


async def test_tool_calls_in_pieces_and_without_ids_are_put_together() -> None:
    def piece(index: int, **function: str) -> dict[str, Any]:
        return {"index": index, "function": function}

    chunks = sse(
        chat_chunk({"tool_calls": [piece(0, name="calculator", arguments="")]}),
        chat_chunk({"tool_calls": [piece(1, name="look_up_fact", arguments='{"topic"')]}),
        chat_chunk({"tool_calls": [piece(0, arguments='{"expression": '), piece(1)]}),
        chat_chunk({"tool_calls": [piece(1, arguments=': "Mars"}')]}),
        chat_chunk({"tool_calls": [piece(0, arguments='"6*7"}')]}),
        chat_chunk({}, "tool_calls"),
    )
    end = sse(chat_chunk({"content": "42"}), chat_chunk({}, "stop"))
    with serving(chunks, end) as server:
        events = await turn(CHAT, server, tools=("calculator", "look_up_fact"))
    ran = [row for row in shape_without_calls(events) if row[0] in ("tool", "result")]
    assert ran[0] == ("tool", 1, "calculator", {"expression": "6*7"})
    assert ran[1] == ("result", 1, "42", False)
    assert ran[2] == ("tool", 2, "look_up_fact", {"topic": "Mars"})
    assert ran[3][2].startswith("Mars is 6,779 km across")
    sent = server.bodies[1]["messages"][-3:]
    assert [call["function"]["arguments"] for call in sent[0]["tool_calls"]] == [
        '{"expression": "6*7"}',
        '{"topic": "Mars"}',
    ]
    assert sent[1] == {"role": "tool", "tool_call_id": "call_0", "content": "42"}


def shape_without_calls(events: Sequence[StreamEvent]) -> list[tuple[Any, ...]]:
    return shape(event for event in events if not isinstance(event, ToolCallDelta))


@pytest.mark.parametrize("arguments", ["{broken", "[1]", '"text"', '{"expression": NaN}'])
async def test_arguments_that_are_no_object_are_answered_to_the_model(arguments: str) -> None:
    call = chat_answer({"content": None, "tool_calls": [tool_call(arguments)]}, "tool_calls")
    with serving(call, chat_answer({"content": "Sorry."})) as server:
        events = await turn(CHAT, server, tools=("calculator",), streamed=False)
    assert shape(events)[3:5] == [
        ("tool", 1, "calculator", {}),
        ("result", 1, "The arguments of calculator are not a JSON object.", True),
    ]
    assert shape(events)[-1] == ("finished", "stop")


@pytest.mark.parametrize("way", [CHAT, AGENT_CHAT], ids=lambda way: way.name)
async def test_wrong_arguments_are_answered_with_what_would_be_right(way: Way) -> None:
    call = chat_answer({"content": None, "tool_calls": [tool_call('{"x": 1}')]}, "tool_calls")
    with serving(call, chat_answer({"content": "Sorry."})) as server:
        events = await turn(way, server, tools=("calculator",), streamed=False)
    said = "calculator takes exactly: expression (string). Got: x."
    assert ("result", 1, said, True) in shape(events)
    assert said in json.dumps(server.bodies[1])
    assert shape(events)[-1] == ("finished", "stop")


RESPONSES_CALL = {
    "id": "r1",
    "object": "response",
    "created_at": 1,
    "model": "m",
    "status": "completed",
    "output": [
        {
            "type": "function_call",
            "id": "f1",
            "call_id": "t1",
            "name": "calculator",
            "arguments": '{"expression": "1+1"}',
            "status": "completed",
        }
    ],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "usage": {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12},
}
MESSAGES_CALL = {
    "id": "m1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [
        {"type": "tool_use", "id": "t1", "name": "calculator", "input": {"expression": "1+1"}}
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 5,
        "output_tokens": 7,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 20,
    },
}


@pytest.mark.parametrize(
    ("way", "body"),
    [
        (CHAT, chat_answer({"tool_calls": [tool_call('{"expression": "1+1"}')]}, "tool_calls")),
        (RESPONSES, Canned(body=json.dumps(RESPONSES_CALL))),
        (MESSAGES, Canned(body=json.dumps(MESSAGES_CALL))),
        (AGENT_CHAT, chat_answer({"tool_calls": [tool_call('{"expression": "1+1"}')]})),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_a_model_that_only_asks_for_tools_is_ended(way: Way, body: Canned) -> None:
    with serving(body) as server:
        events = await turn(way, server, tools=("calculator",), streamed=False)
    rows = shape(events)
    assert rows[-1] == ("failed", "provider", "too many tool rounds", None)
    assert len(server.bodies) == len([row for row in rows if row[0] == "request"]) == 6


async def test_anthropics_cached_input_is_part_of_the_input() -> None:
    answer = {**MESSAGES_CALL, "content": [{"type": "text", "text": "Hi"}]}
    with serving(Canned(body=json.dumps(answer))) as server:
        by_sdk = answers(await turn(MESSAGES, server, streamed=False))
        by_agent = answers(await turn(AGENT_ANTHROPIC, server, streamed=False))
    usage = Usage(input_tokens=125, output_tokens=7, cache_read_tokens=100, cache_write_tokens=20)
    assert [answer.usage for answer in (*by_sdk, *by_agent)] == [usage, usage]


NEW, OLD = "logfire-ai-gateway-cost", "pydantic-ai-gateway-price-estimate"


@pytest.mark.parametrize("way", [CHAT, AGENT_CHAT], ids=lambda way: way.name)
@pytest.mark.parametrize(
    ("usage", "headers", "told"),
    [
        ({}, {}, (None, None, False)),
        ({}, {OLD: "0.0012USD"}, (None, 0.0012, False)),
        ({}, {OLD: "0.0000USD"}, (None, 0.0, False)),
        ({}, {OLD: "free"}, (None, None, False)),
        ({}, {NEW: "0.00121875USD", OLD: "0.0012USD"}, (0.00121875, None, False)),
        ({}, {NEW: "0.00121875"}, (None, None, False)),
        ({}, {NEW: "0USD"}, (0.0, None, True)),
        (
            {"pydantic_ai_gateway": {"cost_estimate": 0.00012125}},
            {OLD: "0.0001USD"},
            (0.00012125, None, False),
        ),
        ({"pydantic_ai_gateway": {"cost_estimate": 0}}, {OLD: "0.0000USD"}, (0.0, None, False)),
        ({"logfire_ai_gateway": {"cost": "0.0038"}}, {}, (0.0038, None, False)),
        ({"logfire_ai_gateway": {"cost": 0.0038}}, {NEW: "1USD"}, (0.0038, None, False)),
        ({"logfire_ai_gateway": {"cost": "0"}}, {NEW: "0USD"}, (0.0, None, True)),
        (
            {"logfire_ai_gateway": {}, "pydantic_ai_gateway": {"cost_estimate": "2e-7"}},
            {},
            (2e-7, None, False),
        ),
        ({"pydantic_ai_gateway": {"cost_estimate": -1}}, {}, (None, None, False)),
        ({"logfire_ai_gateway": {"cost": "NaN"}}, {}, (None, None, False)),
        ({"logfire_ai_gateway": {"cost": "1e400"}}, {}, (None, None, False)),
        ({"logfire_ai_gateway": {"cost": True}}, {}, (None, None, False)),
        ({"logfire_ai_gateway": "0.0038"}, {}, (None, None, False)),
    ],
)
async def test_the_gateways_cost_is_taken_where_it_is_most_exact(
    way: Way,
    usage: dict[str, Any],
    headers: dict[str, str],
    told: tuple[float | None, float | None, bool],
) -> None:
    answer = chat_answer({"content": "Hi"}, **usage)
    with serving(Canned(body=answer.body, headers=headers)) as server:
        [finished] = answers(await turn(way, server, streamed=False))
    read = finished.gateway_cost_usd, finished.rounded_cost_usd, finished.is_from_cache
    assert read == told


@pytest.mark.parametrize(
    "way", [CHAT, RESPONSES, MESSAGES, AGENT_CHAT, AGENT_ANTHROPIC], ids=lambda way: way.name
)
@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "plain"])
@pytest.mark.parametrize(
    "canned",
    [
        Canned(body="<html>Welcome</html>", content_type=HTML),
        Canned(body='{"hello": "world"}'),
        Canned(body="{broken"),
    ],
    ids=["page", "other json", "broken json"],
)
async def test_a_server_that_speaks_something_else_is_unreadable(
    way: Way, streamed: bool, canned: Canned
) -> None:
    with serving(canned) as server:
        events = await turn(way, server, streamed=streamed)
    assert shape(events) in (
        [
            ("request", 0, way.model),
            ("failed", "provider", "answer not understood", None),
        ],
        # Pydantic AI reads a page as a stream without events.
        [
            ("request", 0, way.model),
            ("answer", 0, None, False),
            ("failed", "provider", "stream cut", None),
        ]
        if way.sdk_path is SdkPath.PYDANTIC_AI and streamed
        else [],
    )


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_a_redirect_is_not_followed(way: Way) -> None:
    with serving(chat_answer({"content": "Hi"})) as elsewhere:
        moved = Canned(body="", status=307, headers={"location": elsewhere.base_url})
        with serving(moved) as server:
            events = await turn(way, server, streamed=False)
        assert elsewhere.bodies == [], "the key would have gone to another host"
    assert shape(events)[-1][0] == "failed"
    assert len(server.bodies) == 1
